"""Writes a classifier as TorchScript and ONNX, in full precision and in reduced ones."""

import copy
import tempfile
from pathlib import Path

import numpy as np
import torch

OPSET = 17
CHANNELS_LAST = torch.channels_last


class ChannelsLast(torch.nn.Module):
    """Takes floats in any layout, computes channels-last in one precision, and gives floats."""

    def __init__(self, model, dtype):
        super().__init__()
        self.model = model
        self.dtype = dtype

    def forward(self, pictures):
        return self.model(pictures.to(self.dtype, memory_format=CHANNELS_LAST)).to(torch.float32)


@torch.no_grad()
def torch_script(module, pictures, path, dtype=torch.float32):
    """Traced and frozen: the weights are constants and BatchNorm is part of the convolutions before it."""
    own = copy.deepcopy(module).to(dtype)
    for parameter in own.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=CHANNELS_LAST)
    traced = torch.jit.trace(ChannelsLast(own, dtype).eval(), torch.from_numpy(pictures[:2]), check_trace=False)
    torch.jit.freeze(traced).save(str(path))


def onnx(module, pictures, path):
    """With torch's exporter by tracing: the one by torch.export splits what ONNX Runtime's quantisation expects whole."""
    torch.onnx.export(
        module,
        (torch.from_numpy(pictures[:2]),),
        str(path),
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
    )


def int8(full, pictures, path):
    """Statically quantised: 8-bit weights with a scale a channel, and 8-bit activations whose ranges are those that
    the pictures show."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    import onnx as onnx_format

    name = onnx_format.load(str(full)).graph.input[0].name

    class Pictures(CalibrationDataReader):
        def __init__(self):
            self.rest = iter(pictures)

        def get_next(self):
            picture = next(self.rest, None)
            return None if picture is None else {name: picture[np.newaxis]}

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(path),
            Pictures(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
