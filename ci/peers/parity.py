"""Pictures decoded, resized and normalised by us, by Pillow and by OpenCV: how far the samples are apart, what that does to
predictions, and how long each takes on one core. Called by ci/bench. Prints tables in Markdown and a line of JSON; --record
also writes the tables into README.md here."""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from PIL import Image, ImageOps, features

import overhead

REPO = overhead.HERE.parent.parent
SAMPLES = REPO / "toolkit/samples/src/main/resources/gristmill"
SHARED = REPO.parent / "shared/data"
ENLARGED = 4  # times: pictures as a camera makes them, of which the labelled ones are too small copies
WITHIN = 0.999  # of the samples are to be at most 1 of 255 off
PASSES = 4  # over the pictures that are raced: the JVM counts its CPU time in hundredths of a second
SPEED_MODEL = SAMPLES / "models/efficientnet_lite0.onnx"  # short side 256 bicubic, crop 224


class Ours:
    """The Java side, a process that answers line by line."""

    def __init__(self, options):
        command = [options.java, "-Xmx3g", "-Dai.djl.pytorch.num_threads=1"]
        if options.java_version >= 22:
            command.append("--enable-native-access=ALL-UNNAMED")
        self.process = subprocess.Popen(
            [*command, "-cp", options.class_path, "org.gristmill.bench.Parity"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(options.log, "w"),
        )

    def ask(self, *words):
        self.process.stdin.write(("\t".join(map(str, words)) + "\n").encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"ci/bench: the Java side ended when asked for {' '.join(map(str, words))}; see the log in target/bench")
        return json.loads(line)

    def picture(self, *words):
        told = self.ask(*words)
        samples = self.process.stdout.read(told["bytes"])
        return np.frombuffer(samples, np.uint8).reshape(told["height"], told["width"], -1)

    def load(self, name, files):
        """Which of them OpenCV decodes for us."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
            names.write("\n".join(map(str, files)))
            names.flush()
            return self.ask("pictures", name, names.name)["plain"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


def pillow(data, short_side=0):
    image = Image.open(io.BytesIO(data))
    if short_side:
        image.draft("RGB", (short_side, short_side))
    return ImageOps.exif_transpose(image).convert("RGB")


def opencv(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def preprocessing(model):
    beside = json.loads(model.with_suffix(".json").read_text()) if model.with_suffix(".json").exists() else None
    return beside or json.loads((model.parent / "models.json").read_text())[model.stem]


def sizes(width, height, want):
    """torchvision's Resize and CenterCrop: the size, and the square's left, top, right and bottom."""
    short, crop = want["resize_short_side"], want["center_crop"]
    wide, high = (short, short * height // width) if width <= height else (short * width // height, short)
    left, top = round((wide - crop) / 2), round((high - crop) / 2)
    return (wide, high), (left, top, left + crop, top + crop)


def pillow_input(image, want):
    """What the model sees, in bytes."""
    size, box = sizes(*image.size, want)
    return image.resize(size, getattr(Image, want["interpolation"].upper())).crop(box)


def normalised(square, mean, std):
    """Its tensor: C x H x W, contiguous, float32."""
    return np.ascontiguousarray(((np.asarray(square, np.float32) - mean) / std).transpose(2, 0, 1))


class Distance:
    """How far samples are apart, over many pictures."""

    def __init__(self):
        self.counts = np.zeros(256, np.int64)

    def add(self, one, other):
        self.counts += np.bincount(cv2.absdiff(np.ascontiguousarray(one), np.ascontiguousarray(other)).ravel(), minlength=256)

    @property
    def equal(self):
        return self.counts[0] / self.counts.sum()

    @property
    def within(self):
        return self.counts[:2].sum() / self.counts.sum()

    @property
    def most(self):
        return int(np.flatnonzero(self.counts)[-1])

    @property
    def mean(self):
        return float((self.counts * np.arange(256)).sum() / self.counts.sum())

    def row(self, name, goal=False):
        reached = f" | {'reached' if self.within >= WITHIN else 'missed'}" if goal else " |"
        return f"| {name} | {share(self.equal)} | {share(self.within)} | {self.most} | {self.mean:.4f}{reached} |"


def share(value):
    """Rounded down: what is not all does not read as if it were."""
    return f"{int(value * 1e6) / 1e4:.4f} %"


def decoders(ours, data, plain):
    """What separates the builds of libjpeg, and resizing after them."""
    pairs = {}
    wants = {model: preprocessing(model) for model in models()}
    for index in plain:
        exact = pillow(data[index])
        reference = np.asarray(exact)
        native = ours.picture("samples", "native", 0, "labelled", index)
        java = ours.picture("samples", "java", 0, "labelled", index)
        python = opencv(data[index])
        for name, other in (("OpenCV for Python", python), ("ours, native", native), ("ours, javax.imageio", java)):
            pairs.setdefault(name, Distance()).add(reference, other)
        pairs.setdefault("ours, native, from OpenCV for Python", Distance()).add(python, native)
        for model, want in wants.items():
            square = np.asarray(pillow_input(exact, want))
            seen = ours.picture("input", "native", 0, model, "labelled", index)
            pairs.setdefault(f"ours, native, resized for {model.stem}", Distance()).add(square, seen)
    lines = ["| samples, from Pillow's | the same | within 1 of 255 | largest difference | mean difference | 99.9 % within 1 |"]
    lines += ["|---|---:|---:|---:|---:|---|"]
    lines += [pairs[name].row(name, name.startswith("ours")) for name in pairs]
    return lines, pairs


def models():
    candidates = [SPEED_MODEL, SHARED / "models/mobilenet_v2.onnx", SHARED / "models/efficientnet_lite2.pt"]
    return [model for model in candidates if model.exists()]


def enlarge(data, folder):
    """Copies that are ENLARGED times as large, as JPEGs of quality 95."""
    files = []
    for index, each in enumerate(data):
        image = pillow(each)
        file = folder / f"{index:04}.jpg"
        image.resize((image.width * ENLARGED, image.height * ENLARGED), Image.BICUBIC).save(file, quality=95)
        files.append(file)
    return files


def scaled(ours, data, plain):
    """What decoding at a smaller size does to the model's input and to its answer."""
    lines = ["| model | pictures | decoded at | pictures made smaller | input: mean difference | largest | within 1 of 255 | same top-1 |"]
    lines += ["|---|---|---|---:|---:|---:|---:|---:|"]
    agreement = {}
    with tempfile.TemporaryDirectory() as folder:
        large = enlarge([data[index] for index in plain], Path(folder))
        ours.load("large", large)
        for model in models():
            short = preprocessing(model)["resize_short_side"]
            cases = [
                ("large", f"{ENLARGED} times as large", short, "at least the model's short side"),
                ("large", f"{ENLARGED} times as large", 2 * short, "at least twice that"),
                ("labelled", "as they are", short, "at least the model's short side"),
                ("labelled", "as they are", short // 2, "at least half of it: too small"),
            ]
            exact = {name: ours.ask("classes", 0, model, name)["classes"] for name in ("large", "labelled")}
            indices = [("labelled", index) for index in plain] + [("large", index) for index in range(len(large))]
            inputs = {each: ours.picture("input", "native", 0, model, *each) for each in indices}
            for name, pictures, side, told in cases:
                distance, smaller = Distance(), 0
                for index in plain if name == "labelled" else range(len(large)):
                    smaller += ours.ask("divisor", side, name, index)["divisor"] > 1
                    distance.add(inputs[name, index], ours.picture("input", "native", side, model, name, index))
                classes = ours.ask("classes", side, model, name)["classes"]
                same = sum(one == other for one, other in zip(exact[name], classes))
                agreement[f"{model.stem}, {pictures}, {told}"] = same / len(classes)
                lines.append(
                    f"| {model.stem} | {pictures} | {told} ({side}) | {smaller} of {len(plain)} | {distance.mean:.2f} | {distance.most} "
                    f"| {share(distance.within)} | {same} of {len(classes)} |"
                )
    return lines, agreement


class Python:
    """The Python arms of the race, on one thread."""

    def __init__(self, data):
        cv2.setNumThreads(1)
        self.data = data
        self.want = preprocessing(SPEED_MODEL)
        self.mean = np.array(self.want["mean"], np.float32) * 255
        self.std = np.array(self.want["std"], np.float32) * 255

    def pillow_decode(self):
        for each in self.data:
            np.asarray(Image.open(io.BytesIO(each)).convert("RGB"))

    def pillow(self):
        for each in self.data:
            normalised(pillow_input(Image.open(io.BytesIO(each)).convert("RGB"), self.want), self.mean, self.std)

    def opencv_decode(self):
        for each in self.data:
            opencv(each)

    def opencv(self):
        for each in self.data:
            image = opencv(each)
            size, (left, top, right, bottom) = sizes(image.shape[1], image.shape[0], self.want)
            normalised(cv2.resize(image, size, interpolation=cv2.INTER_AREA)[top:bottom, left:right], self.mean, self.std)

    def time(self, arm):
        cpu, wall = time.process_time(), time.perf_counter()
        getattr(self, arm)()
        return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


ARMS = {
    "native decode": "decode: ours, native",
    "pillow_decode": "decode: Pillow, to a NumPy array",
    "opencv_decode": "decode: OpenCV for Python",
    "java decode": "decode: ours, javax.imageio",
    "native": "to the tensor: ours, native",
    "pillow": "to the tensor: Pillow and NumPy",
    "opencv": "to the tensor: OpenCV for Python (INTER_AREA) and NumPy",
    "java": "to the tensor: ours, javax.imageio",
    "java plain": "to the tensor: ours before, javax.imageio and a plain loop",
    "java 2d": "to the tensor: javax.imageio and Graphics2D",
    "djl": "to the tensor: DJL as documented, PyTorch",
}
GOALS = {"pillow": 2, "java plain": 4}  # times ours, native


def race(ours, data, raced, files, rounds):
    indices = PASSES * raced
    python = Python([data[index] for index in indices])
    ours.load("race", [files[index] for index in indices])

    def once(arm):
        return python.time(arm) if hasattr(python, arm) else ours.ask("time", arm, "race", SPEED_MODEL)

    for _ in range(3):  # the JVM compiles
        for arm in ARMS:
            once(arm)
    times = {arm: [] for arm in ARMS}
    for _ in range(rounds):
        for arm in ARMS:
            times[arm].append(once(arm)["cpu"] / len(indices))
    lines = ["| on one thread, CPU time | pictures/s | ms a picture, least..most | times ours, native | goal |", "|---|---:|---:|---:|---|"]
    ratios = {}
    for arm, name in ARMS.items():
        base = times["native decode" if name.startswith("decode") else "native"]
        each = [other / own for other, own in zip(times[arm], base)]
        ratios[arm] = median(each)
        goal = f"{GOALS[arm]}: {'reached' if ratios[arm] >= GOALS[arm] else 'missed'}" if arm in GOALS else ""
        least, most = 1e3 * min(times[arm]), 1e3 * max(times[arm])
        lines.append(
            f"| {name} | {1 / median(times[arm]):,.0f} | {1e3 * median(times[arm]):.2f} ({least:.2f}..{most:.2f}) "
            f"| {ratios[arm]:.2f} ({min(each):.2f}..{max(each):.2f}) | {goal} |"
        )
    return lines, ratios


def pictures(options):
    if options.images:
        folders = [Path(options.images)]
    elif (SHARED / "images/imagenet").is_dir():
        folders = [SHARED / "images/imagenet", SHARED / "images/cc16"]
    else:
        folders = [SAMPLES / "images"]
    files = [file for folder in folders for file in sorted(folder.iterdir()) if file.suffix.lower() in (".jpg", ".jpeg")]
    if not files:
        sys.exit(f"ci/bench: no JPEGs in {folders[0]}")
    return files[:: max(1, len(files) // 40)] if options.quick else files


def main():
    parser = argparse.ArgumentParser(prog="ci/bench parity", description="Decoded and resized pictures next to Pillow's, and their speed.")
    parser.add_argument("--images", help="a folder of JPEGs (default: ../shared/data, or the samples)")
    parser.add_argument("--quick", action="store_true", help="every sixth picture, fewer rounds: under two minutes")
    parser.add_argument("--record", action="store_true", help="write the tables into ci/peers/README.md")
    for name in ("--java", "--class-path", "--log"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    parser.add_argument("--java-version", type=int, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    where = overhead.machine(options.java, f", Pillow {version('pillow')} (libjpeg-turbo {features.version('libjpeg_turbo')}), OpenCV {cv2.__version__}")
    files = pictures(options)
    data = [file.read_bytes() for file in files]
    ours = Ours(options)
    try:
        plain = [index for index, is_plain in enumerate(ours.load("labelled", files)) if is_plain]
        decoder = ours.ask("decoder")["decoder"]
        speeds, ratios = race(ours, data, plain[:64], files, 3 if options.quick else 9)
        decoded, pairs = decoders(ours, data, plain)
        smaller, agreement = scaled(ours, data, plain)
    finally:
        ours.close()
    said = "ci/bench parity" + (" --quick" if options.quick else "") + (" --images …" if options.images else "")
    text = "\n".join(
        [f"`{said}`: {len(files)} JPEGs, {len(plain)} of them plain; speeds of {min(64, len(plain))} of these. {where}; ours: {decoder}.", ""]
        + [*speeds, "", *decoded, "", *smaller]
    )
    print(text + "\n")
    print(
        json.dumps(
            {
                "times_ours": {ARMS[arm]: round(ratio, 3) for arm, ratio in ratios.items()},
                "within_1": {name: round(float(pair.within), 6) for name, pair in pairs.items()},
                "same_top_1": {name: round(value, 4) for name, value in agreement.items()},
            }
        )
    )
    if options.record:
        overhead.record("parity", text)


if __name__ == "__main__":
    main()
