"""Makes src/main/resources/gristmill/models/efficientnet_lite0.int8.onnx of efficientnet_lite0.onnx beside it.

    pip install torch==2.15.0 onnx==1.23.2 onnxruntime==1.32.0 numpy pillow
    python make_int8.py

Run it only to change the file; then put the sha256 that it prints into efficientnet_lite0.json. It is quantised as
kernel/export-model does it, fitted to the photographs of this jar: each as it is, and in seven random crops.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "kernel" / "exporter"))

import formats
import pictures
import preprocessing

RESOURCES = HERE / "src/main/resources/gristmill"
NAME = "efficientnet_lite0"
CROPS = 7
SMALLEST = 0.85  # of a side, as in Samples.java


def crop(photograph, random):
    width, height = (round(side * random.uniform(SMALLEST, 1)) for side in photograph.size)
    left, top = (random.integers(0, whole - part + 1) for whole, part in zip(photograph.size, (width, height)))
    part = photograph.crop((left, top, left + width, top + height))
    return ImageOps.mirror(part) if random.random() < 0.5 else part


def main():
    models = RESOURCES / "models"
    wanted = preprocessing.from_json(json.loads((models / f"{NAME}.json").read_text()))
    photographs = [Image.open(path) for path in sorted((RESOURCES / "images").glob("*.jpg"))]
    random = np.random.default_rng(0)
    shown = [*photographs, *(crop(photograph, random) for _ in range(CROPS) for photograph in photographs)]
    target = models / f"{NAME}.int8.onnx"
    formats.int8(models / f"{NAME}.onnx", np.stack([pictures.tensor(picture, wanted) for picture in shown]), target)
    print(target.stat().st_size, "bytes, sha256", hashlib.sha256(target.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
