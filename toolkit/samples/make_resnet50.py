"""Makes src/main/resources/gristmill/models/resnet50-random.zip, from which RandomResNet50.java makes a model file.

    pip install torch==2.3.1 torchvision==0.18.1 "numpy<2"
    python make_resnet50.py PICTURE...

Run it only to change the model; then put the sha256 and the size that Java reports into RandomResNet50.java. torch
must be no newer than the oldest libtorch that is to read the file. The model is torchvision's ResNet-50 with weights
that Java can make again bit for bit. The pictures, a hundred photographs or more, set BatchNorm's statistics and the
classifier's offset: without that every picture would get the same label.
"""

import io
import pathlib
import sys
import zipfile

import numpy as np
import torch
from PIL import Image
from torchvision import models, transforms

NAME = "resnet50-random"
SEED = 50
BRANCH = 0.25  # weight of what a block adds to its input; at 1, pictures unlike these give far larger values
LOGITS_STD = 3.0  # makes the highest of 1000 probabilities neither 0.001 nor 1
TEMPLATE = pathlib.Path(__file__).parent / f"src/main/resources/gristmill/models/{NAME}.zip"


def uniform(number, count, scale):
    """The values of a tensor, as RandomResNet50.uniform makes them: splitmix64 of (seed, tensor, element)."""
    i = np.uint64(number << 32) + np.arange(count, dtype=np.uint64)
    z = np.uint64(SEED) + i * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    top = ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.int32)
    return (top - (1 << 23)).astype(np.float32) * np.float32(2.0**-23) * np.float32(scale)


def fill(weight, number, std):
    """Fills a weight with random values and returns the recipe for them, and their bytes."""
    recipe = f"{number} {weight.numel()} {np.sqrt(3) * std:.6g}"
    values = uniform(number, weight.numel(), float(recipe.split()[2]))
    weight.copy_(torch.from_numpy(values).view_as(weight))
    return recipe, values.tobytes()


@torch.no_grad()
def build(pictures):
    model = models.resnet50(weights=None)
    recipes = {}  # by a weight's bytes
    for number, conv in enumerate((m for m in model.modules() if isinstance(m, torch.nn.Conv2d)), 1):
        recipe, content = fill(conv.weight, number, np.sqrt(2 / conv.weight[0].numel()))
        recipes[content] = recipe

    for block in (m for m in model.modules() if isinstance(m, models.resnet.Bottleneck)):
        block.bn3.weight.fill_(BRANCH)
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # running statistics become those of the one batch
    model.train()(pictures)
    model.eval()
    for norm in norms:
        norm.momentum = 0.1
        for statistic in (norm.running_mean, norm.running_var):
            statistic.copy_(statistic.bfloat16())  # half of the bits are zero: half the size when deflated

    classifier, model.fc = model.fc, torch.nn.Identity()
    features = model(pictures)
    model.fc = classifier
    deviations = (features - features.mean(0)).square().sum(1).mean().sqrt()
    recipe, content = fill(classifier.weight, number + 1, LOGITS_STD / deviations.item())
    recipes[content] = recipe
    classifier.bias.copy_(-(classifier.weight @ features.mean(0)).bfloat16())
    return model, recipes


@torch.no_grad()
def trace(model, pictures):
    traced = torch.jit.trace(model, pictures[:2])
    batch = pictures.repeat(16 // len(pictures) + 1, 1, 1, 1)[:16]
    logits = model(batch)
    for size in (1, 4, 16):
        error = max((traced(part) - want).abs().max().item()
                    for part, want in zip(batch.split(size), logits.split(size)))
        assert error < 1e-4, f"batches of {size} differ by {error}"
    top = logits.softmax(1).max(1)
    print(f"labels of {len(set(logits.argmax(1).tolist()))} kinds for {min(16, len(pictures))} pictures,",
          f"with probabilities from {top.values.min():.3f} to {top.values.max():.3f}")
    return traced


def write_template(traced, recipes):
    """Copies the archive's records; a random one becomes NAME.random, which holds its recipe, "number count scale"."""
    archive = io.BytesIO()
    torch.jit.save(traced, archive)
    with zipfile.ZipFile(archive) as records, zipfile.ZipFile(TEMPLATE, "w") as template:
        for name in records.namelist():
            if name.endswith((".debug_pkl", "/serialization_id")) or "/traced_inputs" in name:
                continue  # not needed to run the model; some hold paths of this machine
            content = records.read(name)
            if content in recipes:
                name, content = name + ".random", recipes.pop(content)
            fixed_time = zipfile.ZipInfo(name)
            template.writestr(fixed_time, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    assert not recipes, f"weights not found in the archive: {list(recipes.values())}"
    print(TEMPLATE, TEMPLATE.stat().st_size, "bytes")


def main(files):
    preprocess = transforms.Compose([
        transforms.Resize(256, transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    pictures = torch.stack([preprocess(Image.open(file).convert("RGB")) for file in files])
    model, recipes = build(pictures)
    write_template(trace(model, pictures), recipes)


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
