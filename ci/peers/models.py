"""The models of ci/bench peers, each in a folder as every side wants it: TorchScript (.pt), ONNX, ONNX with int8 weights and
activations, models.json with what is to be done to pictures, labels; and for transformers a folder hf."""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from transformers import ResNetConfig, ResNetForImageClassification

import photos
from pixels import Pixels

SAMPLES = Path(__file__).resolve().parents[2] / "toolkit/samples/src/main/resources/gristmill/models"
CALIBRATION = 64  # pictures


class Logits(torch.nn.Module):
    """A model of transformers that gives a tensor."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values).logits


def describe(folder, names, wanted):
    keys = ("resize_short_side", "interpolation", "center_crop", "mean", "std")
    described = {key: wanted[key] for key in keys} | {"labels": "labels.txt"}
    (folder / "models.json").write_text(json.dumps(dict.fromkeys(names, described), indent=1))


def processor(folder, wanted):
    """What tells transformers the same."""
    hf = folder / "hf"
    hf.mkdir(exist_ok=True)
    side = wanted["center_crop"]
    told = {
        "image_processor_type": "ConvNextImageProcessor",  # which resizes the short side to size / crop_pct, and crops
        "size": {"shortest_edge": side},
        "crop_pct": side / wanted["resize_short_side"],
        "resample": 3,
        "image_mean": wanted["mean"],
        "image_std": wanted["std"],
    }
    (hf / "preprocessor_config.json").write_text(json.dumps(told, indent=1))


def export(model, folder, name, example):
    """TorchScript and ONNX. kernel/export-model does that for models of users."""
    with torch.no_grad():
        torch.jit.trace(model, example[:2]).save(folder / f"{name}.pt")
        names = {"input_names": ["pixel_values"], "output_names": ["logits"]}
        free = {"pixel_values": {0: "n"}, "logits": {0: "n"}}
        file = str(folder / f"{name}.onnx")
        torch.onnx.export(model, (example[:2],), file, dynamo=False, opset_version=17, dynamic_axes=free, **names)


def quantise(folder, name, examples):
    """Static int8, per channel, by what the activations are on the examples."""
    source, prepared, target = (str(folder / f"{name}{end}.onnx") for end in ("", "_prepared", "_int8"))
    entry = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"]).get_inputs()[0].name
    batches = iter([{entry: examples[i : i + 4]} for i in range(0, len(examples), 4)])

    class Reader(CalibrationDataReader):
        def get_next(self):
            return next(batches, None)

    quant_pre_process(source, prepared)
    quantize_static(
        prepared, target, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip
    os.remove(prepared)


def random_resnet50(folder, examples):
    """Random weights, adjusted so that activations stay of order 1 and what comes out depends on the picture."""
    torch.manual_seed(0)
    labels = (folder / "labels.txt").read_text().splitlines()
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
    model.save_pretrained(folder / "hf")
    return Logits(model).eval()


def make_resnet50(folder, pictures):
    wanted = {"resize_short_side": 256, "interpolation": "bicubic", "center_crop": 224}
    wanted |= {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    describe(folder, ["resnet50", "resnet50_int8"], wanted)
    processor(folder, wanted)
    shutil.copy(SAMPLES / "imagenet_classes.txt", folder / "labels.txt")
    examples = calibration(folder, pictures)
    export(random_resnet50(folder, torch.from_numpy(examples)), folder, "resnet50", torch.from_numpy(examples))
    quantise(folder, "resnet50", examples)


def make_efficientnet_lite0(folder, pictures):
    """The samples' real model: no definition in transformers, so that hf holds only what is done to pictures."""
    wanted = json.loads((SAMPLES / "efficientnet_lite0.json").read_text())
    describe(folder, ["efficientnet_lite0", "efficientnet_lite0_int8"], wanted)
    processor(folder, wanted)
    shutil.copy(SAMPLES / wanted["labels"], folder / "labels.txt")
    for end in (".pt", ".onnx"):
        shutil.copy(SAMPLES / f"efficientnet_lite0{end}", folder)
    quantise(folder, "efficientnet_lite0", calibration(folder, pictures))


def calibration(folder, pictures):
    pixels = Pixels(folder)
    return pixels.normalised([pixels.plain(file) for file in photos.files(pictures)[:CALIBRATION]])


MODELS = {"resnet50": make_resnet50, "efficientnet_lite0": make_efficientnet_lite0}


def reference(folder, name, pictures, count):
    """The probabilities of every class for the first pictures, in the plainest way: one by one, PyTorch, float32."""
    pixels, model = Pixels(folder), torch.jit.load(folder / f"{name}.pt").eval()
    found = {}
    with torch.inference_mode():
        for file in photos.files(pictures)[:count]:
            logits = model(torch.from_numpy(pixels.normalised([pixels.plain(file)])))
            found[file.name] = logits.softmax(1)[0].numpy()
    np.savez(folder / "reference.npz", **found)


def main(root, pictures, count):
    """Makes the models that are not there, each whole. The pictures, and this file, are part of what a model is made from."""
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    made_from = f"{pictures} {count} {source}"
    for name, make in MODELS.items():
        folder = Path(root) / name
        note = folder / "made-from"
        if note.exists() and note.read_text() == made_from:
            continue
        print(f"making {name}: a minute or two", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder, pictures)
        reference(folder, name, pictures, count)
        note.write_text(made_from)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
