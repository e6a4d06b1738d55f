"""The pipeline of transformers for a model of models.py."""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"


def folder(model):
    """What transformers loads of a model's folder."""
    return Path(model).parent / "hf" / Path(model).name


def classifier(model):
    """As the tutorial makes it. A model without a definition in transformers is wrapped as one, its pictures treated the same."""
    import torch
    from transformers import AutoImageProcessor, PretrainedConfig, PreTrainedModel, pipeline
    from transformers.modeling_outputs import ImageClassifierOutput

    hf = folder(model)
    if (hf / "config.json").exists():
        return pipeline("image-classification", model=str(hf))

    class Wrapped(PreTrainedModel):
        config_class = PretrainedConfig

        def __init__(self, config):
            super().__init__(config)
            self.script = torch.jit.load(Path(model) / "plain.pt").eval()
            self.place = torch.nn.Parameter(torch.zeros(1), requires_grad=False)  # tells where the model is
            self.post_init()

        def _init_weights(self, module):
            pass  # they are loaded

        def forward(self, pixel_values, **ignored):
            with torch.jit.optimized_execution(False):  # which would begin anew with each load and each size of a batch
                return ImageClassifierOutput(logits=self.script(pixel_values))

    labels = dict(enumerate((Path(model) / "labels.txt").read_text().splitlines()))
    labels = {number: f"{label} ({number})" for number, label in labels.items()}
    config = PretrainedConfig(id2label=labels, label2id={label: number for number, label in labels.items()})
    return pipeline("image-classification", model=Wrapped(config), image_processor=AutoImageProcessor.from_pretrained(hf))


def numbers(model):
    """The class of a label that a pipeline gives."""
    config = folder(model) / "config.json"
    if config.exists():
        return json.loads(config.read_text())["label2id"]
    labels = (Path(model) / "labels.txt").read_text().splitlines()
    return {f"{label} ({number})": number for number, label in enumerate(labels)}
