"""The models of ci/bench peers, each as all sides want it: the folder that kernel/export-model writes, with plain.pt in it, which
is TorchScript as traced; and a folder for transformers."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from transformers import ResNetConfig, ResNetForImageClassification

import hugging
import photos
from pixels import Pixels

REPO = Path(__file__).resolve().parents[2]
sys.path.append(str(REPO / "kernel/exporter"))
from sources import Logits

SAMPLES = REPO / "toolkit/samples/src/main/resources/gristmill/models"
EXAMPLES = 32  # pictures
PREPROCESSING = {"resize_short_side": 256, "interpolation": "bicubic", "center_crop": 224}
OF_RESNET = PREPROCESSING | {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def describe(folder, wanted):
    """Tells transformers what is to be done to pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    side = wanted["center_crop"]
    told = {
        "image_processor_type": "ConvNextImageProcessor",  # which resizes the short side to size / crop_pct, and crops
        "size": {"shortest_edge": side},
        "crop_pct": side / wanted["resize_short_side"],
        "resample": 3,
        "image_mean": wanted["mean"],
        "image_std": wanted["std"],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(told, indent=1))


def random_resnet50(examples):
    """Random weights, adjusted so that activations stay of order 1 and what comes out depends on the picture."""
    torch.manual_seed(0)
    labels = (SAMPLES / "imagenet_classes.txt").read_text().splitlines()
    labels = [label if labels.index(label) == i else f"{label} ({i})" for i, label in enumerate(labels)]
    config = ResNetConfig(id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)})
    model = ResNetForImageClassification(config)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = None  # the mean of all that is seen
            norm.reset_running_stats()
        model.train()(examples)
        for norm in norms:
            norm.momentum = 0.1
        seen = model.eval().resnet(examples).pooler_output.flatten(1)
        last = model.classifier[1]
        last.weight.mul_(2 / ((seen - seen.mean(0)) @ last.weight.T).std())
        last.bias.copy_(-(seen.mean(0) @ last.weight.T))
    return model


def make_resnet50(folder, pictures):
    pixels = Pixels(OF_RESNET)
    examples = torch.from_numpy(pixels.normalised([pixels.plain(file) for file in photos.files(pictures)[:EXAMPLES]]))
    model, hf = random_resnet50(examples), hugging.folder(folder)
    describe(hf, OF_RESNET)
    model.save_pretrained(hf)
    with torch.no_grad():
        torch.jit.trace(Logits(model).eval(), examples[:2]).save(folder / "plain.pt")
    export(hf, folder, pictures)


def make_efficientnet_lite0(folder, pictures):
    """The samples' real model, for which transformers has no definition: it is told only what is to be done to pictures."""
    describe(hugging.folder(folder), json.loads((SAMPLES / "efficientnet_lite0.json").read_text()))
    shutil.copy(SAMPLES / "efficientnet_lite0.pt", folder / "plain.pt")
    export(SAMPLES / "efficientnet_lite0.pt", folder, pictures)


def export(source, folder, pictures):
    command = [REPO / "kernel/export-model", source, folder, "--int8", pictures, "--bf16"]
    subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "PYTHON": sys.executable})


def reference(folder, pictures, count):
    """The probabilities of every class for the first pictures, in the plainest way: one by one, PyTorch, float32."""
    pixels, model = Pixels.of(folder), torch.jit.load(folder / "plain.pt").eval()
    found = {}
    with torch.inference_mode():
        for file in photos.files(pictures)[:count]:
            logits = model(torch.from_numpy(pixels.normalised([pixels.plain(file)])))
            found[file.name] = logits.softmax(1)[0].numpy()
    np.savez(folder / "reference.npz", **found)


MODELS = {"resnet50": make_resnet50, "efficientnet_lite0": make_efficientnet_lite0}


def recipe():
    """Tells apart what the models were made with."""
    files = [Path(__file__), *sorted((REPO / "kernel/exporter").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def main(root, pictures, count):
    """Makes the models that are not there, each whole. The pictures are part of what a model is made from."""
    made_from = f"{pictures} {count} {recipe()}"
    for name, make in MODELS.items():
        folder = Path(root) / name
        note = folder / "made-from"
        if note.exists() and note.read_text() == made_from:
            continue
        print(f"making {name}: a minute or two", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder, pictures)
        reference(folder, pictures, count)
        note.write_text(made_from)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
