"""Where a classifier comes from: Hugging Face, torchvision, a checkpoint or TorchScript."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch

import preprocessing
from preprocessing import Preprocessing, Refused


@dataclass(frozen=True)
class Classifier:
    """A module that makes n x classes logits of n x 3 x side x side floats, and what belongs to it."""

    name: str
    source: str
    module: torch.nn.Module
    preprocessing: Preprocessing
    labels: list


def load(source, arch=None, preprocessing_file=None):
    path = Path(source)
    if path.is_file():
        beside = Path(preprocessing_file) if preprocessing_file else path.with_suffix(".json")
        return torch_script(path, beside) if is_torch_script(path) else checkpoint(path, arch, beside)
    if source.startswith("torchvision:"):
        return torchvision_model(source.removeprefix("torchvision:"))
    return hugging_face(source)


class Logits(torch.nn.Module):
    """A Hugging Face model that gives a tensor instead of an object."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values).logits


def hugging_face(source):
    """A local folder, or a name on the hub, which transformers downloads into its cache."""
    from transformers import AutoModelForImageClassification
    from transformers.utils import cached_file, logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = json.loads(Path(cached_file(source, "preprocessor_config.json")).read_text())
        model = AutoModelForImageClassification.from_pretrained(source)
    except (OSError, ValueError) as failed:
        raise Refused(f"{source} is no file, and transformers cannot load it: {failed}") from None
    names = model.config.id2label
    labels = [names[i] for i in range(len(names))]
    name = Path(source).resolve().name if Path(source).is_dir() else source.split("/")[-1]
    wanted = preprocessing.from_hugging_face(config)
    return Classifier(name, f"Hugging Face {source}", Logits(model).eval(), wanted, labels)


def torchvision_model(name):
    """A model with its default weights, which torchvision downloads into its cache."""
    from torchvision.models import get_model, get_model_weights

    weights = known_weights(get_model_weights, name)
    try:
        model = get_model(name, weights=weights).eval()
    except OSError as failed:
        raise Refused(f"torchvision cannot fetch {weights.url}: {failed}; save it and name the file with --arch {name}") from None
    wanted = preprocessing.from_torchvision(weights.transforms())
    return Classifier(name, f"torchvision {weights}", model, wanted, list(weights.meta["categories"]))


def known_weights(get_model_weights, name):
    try:
        return get_model_weights(name).DEFAULT
    except ValueError as unknown:
        raise Refused(str(unknown)) from None


def checkpoint(path, arch, beside):
    """Weights of a torchvision architecture, by the names of its parameters."""
    from torchvision.models import get_model, get_model_weights

    if arch is None:
        raise Refused(f"{path} holds weights only: name their architecture, as --arch resnet50")
    arch = arch.removeprefix("torchvision:")
    weights = known_weights(get_model_weights, arch)
    state = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("state_dict", "model"):
        state = state.get(key, state)
    state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    classes = len(state[[name for name in state if name.endswith("bias")][-1]])  # the last layer's
    model = get_model(arch, weights=None, num_classes=classes).eval()
    try:
        model.load_state_dict(state)
    except RuntimeError as other:
        raise Refused(f"{path} does not fit {arch}: {other}") from None
    if beside.exists():
        wanted, labels = beside_file(beside)
    else:
        print(f"no {beside}: pictures are prepared as for torchvision's {weights}")
        wanted = preprocessing.from_torchvision(weights.transforms())
        categories = list(weights.meta["categories"])
        labels = categories if classes == len(categories) else []
    return Classifier(path.stem, f"checkpoint {path.name} of torchvision's {arch}", model, wanted, labels)


def torch_script(path, beside):
    if not beside.exists():
        raise Refused(
            f"nothing says how {path} wants its pictures: write {beside} with resize_short_side, interpolation,"
            " center_crop, mean, std and labels"
        )
    wanted, labels = beside_file(beside)
    return Classifier(path.stem, f"TorchScript {path.name}", torch.jit.load(path, "cpu").eval(), wanted, labels)


def beside_file(path):
    content = json.loads(path.read_text())
    labels = content.get("labels")
    return preprocessing.from_json(content), path.with_name(labels).read_text().splitlines() if labels else []


def is_torch_script(path):
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as records:
        return any(name.endswith("/constants.pkl") for name in records.namelist())
