"""Photo-like JPEGs, the same on every machine that has the same Pillow: noise with the spectrum of a photograph, soft shapes on it."""

from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

SIZES = [(500, 375), (375, 500), (500, 333), (400, 300), (1200, 900)]
SHARES = [0.68, 0.15, 0.12, 0.03, 0.02]  # of the sizes, as in a crawl of photographs


def noise(random, height, width, slope):
    """Values with the spectrum 1/f**slope, mean 0 and deviation 1."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1
    spectrum = (random.standard_normal(frequency.shape) + 1j * random.standard_normal(frequency.shape)) / frequency**slope
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, s=(height, width))
    return (values / values.std())[..., None]


def photo(number):
    random = np.random.default_rng([7, number])
    width, height = SIZES[random.choice(len(SIZES), p=SHARES)]
    light = random.uniform(30, 60) * noise(random, height, width, random.uniform(1.0, 1.35))
    scene = random.uniform(60, 190, 3) + light + 18 * np.concatenate([noise(random, height, width, 1.6) for _ in range(3)], axis=2)
    y, x = np.mgrid[0:height, 0:width]
    for _ in range(random.integers(3, 9)):
        across = ((x - random.uniform(0, width)) / (random.uniform(0.05, 0.35) * width)) ** 2
        down = ((y - random.uniform(0, height)) / (random.uniform(0.05, 0.35) * height)) ** 2
        cover = random.uniform(0.5, 1) / (1 + np.exp(np.clip((across + down - 1) * 40, -50, 50)))[..., None]
        scene = scene * (1 - cover) + cover * (random.uniform(0, 255, 3) + 0.6 * light)
    picture = Image.fromarray(np.clip(scene + random.normal(0, 4, scene.shape), 0, 255).astype(np.uint8))
    return picture.convert("L") if number % 33 == 7 else picture  # some are grey


def write(file):
    photo(int(file.stem)).save(file, quality=94)


def make(folder, count):
    """Makes those that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [file for file in (folder / f"{number:05}.jpg" for number in range(count)) if not file.exists()]
    with Pool() as pool:
        pool.map(write, missing, chunksize=10)


def files(folder):
    """The pictures of a folder, in the order in which every side reads them."""
    return sorted(file for file in Path(folder).iterdir() if file.suffix.lower() in (".jpg", ".jpeg"))
