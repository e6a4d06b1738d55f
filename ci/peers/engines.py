"""Engines as a tuned Python program uses them: file names in, the most probable classes out, on the calling thread alone."""

import warnings
from pathlib import Path

from pixels import Pixels, top


class OnnxRuntime:
    def __init__(self, model, precision="fp32", threads=1):
        import onnxruntime

        self.pixels = Pixels.of(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        file = Path(model) / (Path(model).name + {"fp32": "", "int8": ".int8"}[precision] + ".onnx")
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.entry = self.session.get_inputs()[0].name

    def __call__(self, paths):
        batch = self.pixels.normalised([self.pixels.tuned(path) for path in paths])
        return list(zip(names(paths), top(self.session.run(None, {self.entry: batch})[0])))


class Torch:
    def __init__(self, model, precision="fp32"):
        import torch

        warnings.simplefilter("ignore", FutureWarning)  # TorchScript is deprecated, and the fastest for these models
        torch.set_num_threads(1)
        self.torch, self.pixels = torch, Pixels.of(model)
        script = torch.jit.load(Path(model) / "plain.pt").eval()
        self.type = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
        # Frozen, in either case; measured: its convolutions prepared for one layout suit ResNet-50 in float32 alone.
        self.blocked = precision == "fp32" and Path(model).name == "resnet50"
        script = torch.jit.freeze(script.to(self.type))
        self.script = torch.jit.optimize_for_inference(script) if self.blocked else script

    def __call__(self, paths):
        torch = self.torch
        batch = torch.from_numpy(self.pixels.normalised([self.pixels.tuned(path) for path in paths]))
        layout = torch.contiguous_format if self.blocked else torch.channels_last
        with torch.inference_mode():
            logits = self.script(batch.to(self.type, memory_format=layout))
        return list(zip(names(paths), top(logits.float().numpy())))


def engine(name, model, precision):
    return {"onnxruntime": OnnxRuntime, "torch": Torch}[name](model, precision)


def names(paths):
    return [Path(path).name for path in paths]
