"""What kernel/export-model makes of preprocessor configurations, and which it refuses. Needs nothing but Python."""

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kernel" / "exporter"))

from preprocessing import Preprocessing, Refused, from_hugging_face, from_json, from_torchvision

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
IMAGENET = {"do_normalize": True, "image_mean": list(MEAN), "image_std": list(STD)}
RESNET_50 = {  # as microsoft/resnet-50 has it
    "crop_pct": 0.875,
    "do_normalize": True,
    "do_resize": True,
    "feature_extractor_type": "ConvNextFeatureExtractor",
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 3,
    "size": 224,
}
CONV_NEXT = {**IMAGENET, "image_processor_type": "ConvNextImageProcessor"}
MOBILE_NET = {
    "image_processor_type": "MobileNetV2ImageProcessor",
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "size": {"shortest_edge": 256},
    "resample": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}
HALF = (0.5, 0.5, 0.5)

UNDERSTOOD = [
    (RESNET_50, Preprocessing(256, "bicubic", 224, MEAN, STD)),
    ({**CONV_NEXT, "size": {"shortest_edge": 224}, "resample": 3}, Preprocessing(256, "bicubic", 224, MEAN, STD)),
    ({**CONV_NEXT, "size": {"shortest_edge": 224}, "crop_pct": 0.95}, Preprocessing(235, "bilinear", 224, MEAN, STD)),
    ({**CONV_NEXT, "image_processor_type": "ConvNextImageProcessorFast", "size": 224}, Preprocessing(256, "bilinear", 224, MEAN, STD)),
    (MOBILE_NET, Preprocessing(256, "bilinear", 224, HALF, HALF)),
    ({**MOBILE_NET, "crop_size": 192}, Preprocessing(256, "bilinear", 192, HALF, HALF)),
    ({**MOBILE_NET, "image_mean": 0.5, "image_std": 0.5}, Preprocessing(256, "bilinear", 224, HALF, HALF)),
    ({**MOBILE_NET, "do_normalize": False}, Preprocessing(256, "bilinear", 224, (0.0,) * 3, (1.0,) * 3)),
    ({**MOBILE_NET, "rescale_factor": 0.00392156862745098}, Preprocessing(256, "bilinear", 224, HALF, HALF)),
    # x / 127.5, less 1: the same as (x / 255 - 0.5) / 0.5
    ({**MOBILE_NET, "rescale_factor": 1 / 127.5, "image_mean": [1, 1, 1], "image_std": [1, 1, 1]}, Preprocessing(256, "bilinear", 224, HALF, HALF)),
    ({**MOBILE_NET, "rescale_factor": 1 / 127.5, "rescale_offset": True, "do_normalize": False}, Preprocessing(256, "bilinear", 224, HALF, HALF)),
    ({**MOBILE_NET, "do_rescale": False, "image_mean": [127.5] * 3, "image_std": [127.5] * 3}, Preprocessing(256, "bilinear", 224, HALF, HALF)),
    ({**IMAGENET, "image_processor_type": "LevitImageProcessor", "size": {"shortest_edge": 224}, "resample": 3}, Preprocessing(256, "bicubic", 224, MEAN, STD)),
    ({**IMAGENET, "feature_extractor_type": "PoolFormerFeatureExtractor", "size": 224, "crop_pct": 0.9}, Preprocessing(248, "bicubic", 224, MEAN, STD)),
]

REFUSED = [
    ({**IMAGENET, "image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}, "resample": 2}, "squeezes pictures to"),
    ({**IMAGENET, "feature_extractor_type": "ViTFeatureExtractor", "size": 224, "resample": 2}, "squeezes pictures to"),
    ({**CONV_NEXT, "size": 384, "resample": 3}, "from 384 pixels on ConvNext squeezes"),
    ({**MOBILE_NET, "do_center_crop": False}, "cuts nothing"),
    ({**MOBILE_NET, "crop_size": {"height": 224, "width": 192}}, "not square"),
    ({**MOBILE_NET, "crop_size": 300}, "larger than the resized short side"),
    ({**MOBILE_NET, "resample": 1}, "resized by lanczos"),
    ({**MOBILE_NET, "do_flip_channel_order": True}, "do_flip_channel_order"),
    ({**MOBILE_NET, "do_resize": False}, "does not resize"),
    ({**MOBILE_NET, "size": {"shortest_edge": 256, "longest_edge": 512}}, "limits the long side"),
    ({**MOBILE_NET, "image_mean": [0.5], "image_std": [0.5]}, "three channels"),
    ({**MOBILE_NET, "crop_pct": 0.9}, "what crop_pct means"),
    ({**MOBILE_NET, "size": None}, "not understood"),
]


def close(one, other):
    numbers = zip((*one.mean, *one.std), (*other.mean, *other.std))
    same = (one.resize_short_side, one.interpolation, one.center_crop) == (other.resize_short_side, other.interpolation, other.center_crop)
    return same and all(abs(a - b) < 1e-9 for a, b in numbers)


def main():
    for config, expected in UNDERSTOOD:
        actual = from_hugging_face(config)
        assert close(actual, expected), f"{config}\ngave     {actual}\nexpected {expected}"
        assert close(from_json(actual.as_json()), expected)
    for config, words in REFUSED:
        try:
            wrong = from_hugging_face(config)
        except Refused as refused:
            assert words in str(refused), f"{config}\nsays     {refused}\nexpected {words}"
        else:
            raise AssertionError(f"{config}\nwas understood as {wrong}")
    preset = SimpleNamespace(
        crop_size=[224], resize_size=[232], interpolation=SimpleNamespace(value="bilinear"), mean=list(MEAN), std=list(STD)
    )
    assert close(from_torchvision(preset), Preprocessing(232, "bilinear", 224, MEAN, STD))
    print(f"{len(UNDERSTOOD)} configurations understood, {len(REFUSED)} refused")


if __name__ == "__main__":
    main()
