"""Exports a small classifier of random weights with microsoft/resnet-50's preprocessor, and compares what Java makes of
pictures with each file with what transformers makes of them. Argument: the class path of the toolkit's tests. Run by a Python
that has torch and transformers; uses no network."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, ResNetConfig, ResNetForImageClassification

from check_preprocessing import RESNET_50

REPO = Path(__file__).resolve().parent.parent
PHOTOGRAPHS = REPO / "toolkit/samples/src/main/resources/gristmill/images"
TOLERANCE = {".pt": 0.01, ".onnx": 0.01, ".bf16.pt": 0.06, ".int8.onnx": 0.15}  # of a probability


@torch.no_grad()
def make(folder, photographs):
    """Writes a model whose answers depend on the picture; returns it, and the photographs as transformers prepares them."""
    torch.manual_seed(0)
    labels = {i: f"thing {i}" for i in range(10)}
    config = ResNetConfig(
        embedding_size=16, hidden_sizes=[16, 32, 64, 128], depths=[1, 1, 1, 1], layer_type="basic", id2label=labels
    )
    model = ResNetForImageClassification(config)
    (folder / "preprocessor_config.json").write_text(json.dumps(RESNET_50))
    pixels = AutoImageProcessor.from_pretrained(folder)(images=photographs, return_tensors="pt")["pixel_values"]
    for norm in (module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = None  # statistics become those of the one batch
    model.train()(pixels)
    model.eval()
    logits = model(pixels).logits
    classifier = model.classifier[1]
    scale = 2 / (logits - logits.mean(0)).std()
    classifier.weight.mul_(scale)
    classifier.bias.copy_(-(logits.mean(0) - classifier.bias) * scale)
    model.save_pretrained(folder)
    return model, pixels.numpy()


def shifted(mine, theirs):
    """The mean difference of two tensors, the second perhaps a pixel further left or up: where the margin is odd,
    transformers rounds the crop's place down, torchvision and the toolkit to the even number."""
    places = ((0, 0), (0, 1), (1, 0), (1, 1))
    crop = mine.shape[-1] - 1
    return min(np.abs(mine[:, :crop, :crop] - theirs[:, y : y + crop, x : x + crop]).mean() for y, x in places)


def export(source, out):
    env = {**os.environ, "PYTHON": sys.executable, "HF_HUB_OFFLINE": "1"}
    command = [REPO / "kernel/export-model", source, out, "--int8", PHOTOGRAPHS, "--bf16"]
    subprocess.run(command, env=env, check=True)


def classified(class_path, model):
    """Probabilities by class, of each photograph by its name, as Java has them."""
    command = ["java", "-cp", class_path, "org.gristmill.model.Classify", str(model), str(PHOTOGRAPHS)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {row["name"]: row["probabilities"] for row in map(json.loads, lines)}


def compare(file, found, names, expected):
    assert sorted(found) == sorted(names), f"{file}: {sorted(found)}"
    worst = max(
        abs(found[name][index] - probabilities[int(index)])
        for name, probabilities in zip(names, expected)
        for index in found[name]
    )
    tolerance = TOLERANCE["".join(Path(file).suffixes)]
    decisive = [(name, row) for name, row in zip(names, expected) if np.diff(np.sort(row))[-1] > 2 * tolerance]
    same = [max(found[name], key=found[name].get) == str(row.argmax()) for name, row in decisive]
    print(f"{file:<16} probabilities within {worst:.4f}, top-1 of {sum(same)} of {len(same)} decisive pictures the same")
    assert worst <= tolerance and all(same) and len(same) >= 3, file


def main():
    class_path = sys.argv[1]
    paths = sorted(PHOTOGRAPHS.glob("*.jpg"))
    names = [path.name for path in paths]
    with tempfile.TemporaryDirectory() as temporary:
        source, out = Path(temporary) / "tiny", Path(temporary) / "exported"
        source.mkdir()
        model, theirs = make(source, [Image.open(path).convert("RGB") for path in paths])
        export(source, out)

        sys.path.insert(0, str(REPO / "kernel/exporter"))
        import pictures
        import preprocessing

        wanted = preprocessing.from_json(json.loads((out / "tiny.json").read_text()))
        ours = pictures.read(paths, wanted)
        worst = max(shifted(*pair) for pair in zip(ours, theirs)) * max(wanted.std) * 255
        print(f"a picture's samples differ from those of transformers by {worst:.3f} of 255 on average, or less")
        assert worst < 0.1
        with torch.no_grad():
            expected = model(torch.from_numpy(ours)).logits.softmax(1).numpy()

        found = classified(class_path, out)  # the folder: its file in full precision
        compare("tiny.onnx", found, names, expected)
        for ending in TOLERANCE:
            compare("tiny" + ending, classified(class_path, out / ("tiny" + ending)), names, expected)


if __name__ == "__main__":
    main()
