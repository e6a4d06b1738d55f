"""Writes what TransformTest compares with, by the real Pillow: picture.png, and golden.csv with the size, the mode and the
CRC-32 of the samples that each step makes of that picture, in colours and in grey, and of an upright part of it.

    pip install pillow==12.3.0 && python make.py

The picture is a piece of the samples' macaw.jpg (Dcoetzee, CC0-1.0), made smaller. How steps call Pillow is how torchvision's
transforms do on Pillow's pictures (torchvision/transforms/_functional_pil.py)."""

import csv
import zlib
from pathlib import Path

from PIL import Image, ImageEnhance, __version__

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[6] / "samples/src/main/resources/gristmill/images"
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
FACTORS = ("0.0", "0.3", "0.5", "0.9", "1.0", "1.2", "1.7", "3.0")


def short_side(image, side, resampling):
    """torchvision's Resize: the long side is int(side * long / short)."""
    width, height = image.size
    size = (side, int(side * height / width)) if width <= height else (int(side * width / height), side)
    return image.resize(size, resampling)


def center(image, side):
    """torchvision's CenterCrop."""
    left, top = int(round((image.width - side) / 2.0)), int(round((image.height - side) / 2.0))
    return image.crop((left, top, left + side, top + side))


def steps():
    for name, resampling in FILTERS.items():
        for side in (5, 30, 43, 70):
            yield f"resize({side}, {name})", lambda image, side=side, r=resampling: short_side(image, side, r)
        for size in ((20, 50), (61, 20), (61, 43), (100, 7)):
            yield f"resize({size[0]}, {size[1]}, {name})", lambda image, size=size, r=resampling: image.resize(size, r)
    for side in (1, 20, 31):
        yield f"centerCrop({side})", lambda image, side=side: center(image, side)
    yield "crop(7, 3, 40, 11)", lambda image: image.crop((7, 3, 47, 14))
    yield "horizontalFlip", lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield "verticalFlip", lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    yield "grey", lambda image: image.convert("L")
    yield "rgb", lambda image: image.convert("RGB")
    for name, enhance in (("brightness", "Brightness"), ("contrast", "Contrast"), ("saturation", "Color")):
        for factor in FACTORS:
            yield f"{name}({factor})", lambda image, e=enhance, f=factor: getattr(ImageEnhance, e)(image).enhance(float(f))


def main():
    assert __version__ == "12.3.0", __version__
    whole = Image.open(SAMPLES / "macaw.jpg").convert("RGB")
    half = whole.resize((whole.width // 3, whole.height // 3), Image.Resampling.BICUBIC)
    left, top = (half.width - 61) // 2, (half.height - 43) // 3
    half.crop((left, top, left + 61, top + 43)).save(HERE / "picture.png", optimize=True)
    picture = Image.open(HERE / "picture.png").convert("RGB")
    with (HERE / "golden.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["step", "of", "width", "height", "mode", f"CRC-32 of the samples that Pillow {__version__} makes"])
        for name, step in steps():
            pictures = {"colours": picture, "grey": picture.convert("L"), "upright": picture.crop((0, 0, 31, 43))}
            for of, image in pictures.items():
                if of == "upright" and name.startswith("crop"):
                    continue  # it has no such part
                made = step(image)
                mode = {"L": "GREY", "RGB": "RGB"}[made.mode]
                out.writerow([name, of, *made.size, mode, f"{zlib.crc32(made.tobytes()):08x}"])


if __name__ == "__main__":
    main()
