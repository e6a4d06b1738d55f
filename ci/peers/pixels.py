"""From a file to what a model takes: decoded, the short side resized to 256 pixels, the 224 in the middle cut out (bicubic, with
antialiasing, as Pillow does it). What all Python sides share but those that leave it to transformers."""

import json
from pathlib import Path

import numpy as np
from PIL import Image


class Pixels:
    def __init__(self, wanted):
        """wanted: as a model's JSON says it."""
        self.short, self.crop = wanted["resize_short_side"], wanted["center_crop"]
        mean, std = (np.array(wanted[name], np.float32) for name in ("mean", "std"))
        self.factor, self.offset = (1 / 255 / std).astype(np.float32), (-mean / std).astype(np.float32)

    @classmethod
    def of(cls, model):
        """For a folder that kernel/export-model wrote."""
        folder = Path(model)
        return cls(json.loads((folder / f"{folder.name}.json").read_text()))

    def resized(self, width, height):
        """The size after resizing, as torchvision rounds it, and where the crop begins."""
        short = min(width, height)
        size = int(self.short * width / short), int(self.short * height / short)
        return size, [round((side - self.crop) / 2) for side in size]

    def plain(self, path):
        """Step by step, as one writes it."""
        picture = Image.open(path).convert("RGB")
        size, (left, top) = self.resized(*picture.size)
        picture = picture.resize(size, Image.Resampling.BICUBIC)
        return np.asarray(picture.crop((left, top, left + self.crop, top + self.crop)))

    def tuned(self, path):
        """The same, but only what the crop needs is computed."""
        picture = Image.open(path).convert("RGB")
        width, height = picture.size
        size, (left, top) = self.resized(width, height)
        across, down = width / size[0], height / size[1]
        box = left * across, top * down, (left + self.crop) * across, (top + self.crop) * down
        return np.asarray(picture.resize((self.crop, self.crop), Image.Resampling.BICUBIC, box))

    def normalised(self, pictures):
        """Pictures as n x 3 x crop x crop floats."""
        batch = np.empty((len(pictures), 3, self.crop, self.crop), np.float32)
        for out, picture in zip(batch, pictures):
            np.multiply(picture.transpose(2, 0, 1), self.factor[:, None, None], out=out)
            out += self.offset[:, None, None]
        return batch


def top(logits):
    """The five most probable classes of each row: pairs of class and probability."""
    logits = np.asarray(logits, np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = powers / powers.sum(axis=1, keepdims=True)
    five = np.argsort(-found, axis=1)[:, :5]
    return [[[int(each), float(row[each])] for each in best] for row, best in zip(found, five)]
