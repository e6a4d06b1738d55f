"""What a model wants done to a picture, in the words of toolkit's Preprocessing, and how others say the same.

What cannot be said in these words is refused: a model that gets its pictures a little wrong still answers.
"""

import math
from dataclasses import dataclass

RESAMPLING = {2: "bilinear", 3: "bicubic"}  # as Pillow numbers them
RESAMPLING_NAMES = {0: "nearest", 1: "lanczos", 4: "box", 5: "hamming"}


class Refused(Exception):
    """Why something cannot be exported, in a sentence."""


@dataclass(frozen=True)
class Preprocessing:
    """Resize so that the short side has so many pixels, cut the square in the middle, divide by 255, normalise."""

    resize_short_side: int
    interpolation: str  # bilinear or bicubic, antialiased
    center_crop: int
    mean: tuple
    std: tuple

    def __post_init__(self):
        if self.interpolation not in RESAMPLING.values():
            raise Refused(f"pictures are resized by {self.interpolation}, the toolkit knows bilinear and bicubic")
        if not 1 <= self.center_crop <= self.resize_short_side:
            raise Refused(f"the crop of {self.center_crop} is larger than the resized short side, {self.resize_short_side}")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise Refused(f"pictures of three channels need three means and deviations, not {self.mean} and {self.std}")

    def as_json(self):
        return {
            "input": [3, self.center_crop, self.center_crop],
            "resize_short_side": self.resize_short_side,
            "interpolation": self.interpolation,
            "center_crop": self.center_crop,
            "mean": list(self.mean),
            "std": list(self.std),
        }


def from_json(json):
    """What stands in a NAME.json of the toolkit."""
    try:
        return Preprocessing(
            int(json["resize_short_side"]),
            json["interpolation"],
            int(json["center_crop"]),
            tuple(json["mean"]),
            tuple(json["std"]),
        )
    except KeyError as missing:
        raise Refused(f"the preprocessing lacks {missing}: {json}") from None


def from_torchvision(transform):
    """What the transforms of torchvision's weights say: torchvision.transforms._presets.ImageClassification."""
    try:
        crop, resize = transform.crop_size, transform.resize_size
        return Preprocessing(
            resize[0], transform.interpolation.value, crop[0], tuple(transform.mean), tuple(transform.std)
        )
    except AttributeError:
        raise Refused(f"these are not the transforms of an image classifier: {transform}") from None


def from_hugging_face(config):
    """What a preprocessor_config.json says, in today's forms and in those of older feature extractors."""
    kind = config.get("image_processor_type") or config.get("feature_extractor_type") or ""
    kind = kind.removesuffix("Fast").removesuffix("Pil").removesuffix("FeatureExtractor").removesuffix("ImageProcessor")
    for flag in ("do_flip_channel_order", "do_pad", "do_thumbnail", "do_align_long_axis", "include_top"):
        if config.get(flag):
            raise Refused(f"the preprocessor's {flag} cannot be done by the toolkit")
    if not config.get("do_resize", True):
        raise Refused("the preprocessor does not resize: pictures would keep their different sizes")
    short_side, crop = sizes(kind, config)
    mean, std = normalisation(kind, config)
    return Preprocessing(short_side, resampling(kind, config), crop, mean, std)


def sizes(kind, config):
    """(short side, crop) in pixels."""
    size = config.get("size")
    cropped = crop_of(config)
    if isinstance(size, dict) and "shortest_edge" in size:
        edge = int(size["shortest_edge"])
        if size.get("longest_edge"):
            raise Refused(f"the preprocessor limits the long side too: {size}")
    elif isinstance(size, int) and kind in ("ConvNext", "PoolFormer", "Levit", "CLIP", "MobileNetV1", "MobileNetV2", "Bit"):
        edge = size
    elif isinstance(size, dict) and "height" in size or isinstance(size, (int, list)):
        raise Refused(
            f"the preprocessor {kind or '(of no stated type)'} squeezes pictures to {size} without keeping their shape;"
            " the toolkit resizes the short side and cuts the middle"
        )
    else:
        raise Refused(f"the preprocessor's size is not understood: {size}")

    if kind == "ConvNext":
        if edge >= 384:
            raise Refused(f"from 384 pixels on ConvNext squeezes pictures to {edge} x {edge} without keeping their shape")
        return int(edge / config.get("crop_pct", 224 / 256)), edge
    if kind == "PoolFormer":
        return int(edge / config.get("crop_pct", 0.9)), cropped or edge
    if kind == "Levit":
        return int(256 / 224 * edge), cropped or edge
    if "crop_pct" in config:
        raise Refused(f"what crop_pct means to {kind or 'a preprocessor of no stated type'} is not known here")
    if not config.get("do_center_crop", cropped is not None) or cropped is None:
        raise Refused("the preprocessor cuts nothing: pictures would keep their different shapes")
    return edge, cropped


def crop_of(config):
    """The side of the square that is cut, or None."""
    crop = config.get("crop_size")
    if isinstance(crop, dict):
        if crop["height"] != crop["width"]:
            raise Refused(f"the preprocessor's crop is not square: {crop}")
        crop = crop["height"]
    return crop


def resampling(kind, config):
    known = {"ConvNext": 2, "MobileNetV1": 2, "MobileNetV2": 2, "PoolFormer": 3, "Levit": 3, "CLIP": 3, "Bit": 3}
    number = config.get("resample", known.get(kind))
    if number is None:
        raise Refused("the preprocessor does not say how it resizes (resample)")
    return RESAMPLING.get(number) or RESAMPLING_NAMES.get(number, f"filter {number}")


def normalisation(kind, config):
    """(mean, std) for samples on a scale of 0..1, whatever the preprocessor's scale is."""
    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if config.get("do_normalize", True):
        if "image_mean" not in config or "image_std" not in config:
            raise Refused("the preprocessor does not say by which image_mean and image_std it normalises")
        mean, std = config["image_mean"], config["image_std"]
        mean, std = ([value] * 3 if isinstance(value, (int, float)) else value for value in (mean, std))
    factor = config.get("rescale_factor", 1 / 255) if config.get("do_rescale", True) else 1.0
    scale = 255 * factor  # (255 f x - mean) / std = (x - mean / 255 f) / (std / 255 f)
    if math.isclose(scale, 1):
        scale = 1.0
    offset = 1.0 if config.get("rescale_offset") else 0.0  # of EfficientNet: one is taken off after scaling
    return tuple((value + offset) / scale for value in mean), tuple(value / scale for value in std)
