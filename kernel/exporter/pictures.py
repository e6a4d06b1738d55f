"""Pictures as a model sees them: decoded, resized, cropped and normalised as the toolkit does it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from preprocessing import Refused

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
ENDINGS = {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"}


def tensor(picture, wanted):
    """3 x crop x crop floats of a PIL image."""
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    width, height = picture.size
    short, crop = wanted.resize_short_side, wanted.center_crop
    size = (short, int(short * height / width)) if width <= height else (int(short * width / height), short)
    left, top = (round((side - crop) / 2) for side in size)
    picture = picture.resize(size, FILTERS[wanted.interpolation]).crop((left, top, left + crop, top + crop))
    samples = np.asarray(picture, np.float32) / np.float32(255)
    samples = (samples - np.asarray(wanted.mean, np.float32)) / np.asarray(wanted.std, np.float32)
    return np.ascontiguousarray(samples.transpose(2, 0, 1))


def files(folder, most):
    """The pictures of a folder and those below it, evenly picked if there are more than `most`."""
    found = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not found:
        raise Refused(f"there are no pictures in {folder}")
    step = max(1, len(found) / most)
    return [found[int(i * step)] for i in range(min(most, len(found)))]


def read(paths, wanted):
    """n x 3 x crop x crop floats."""
    tensors = []
    for path in paths:
        try:
            with Image.open(path) as picture:
                tensors.append(tensor(picture, wanted))
        except OSError as broken:
            raise Refused(f"{path} cannot be read: {broken}") from None
    return np.stack(tensors)


def made_up(count, wanted):
    """Smooth coloured noise, where there are no pictures: enough to compare files, not to judge a precision by."""
    random = np.random.default_rng(0)
    tensors = []
    for _ in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
        tensors.append(tensor(coarse.resize((320, 240), Image.Resampling.BICUBIC), wanted))
    return np.stack(tensors)
