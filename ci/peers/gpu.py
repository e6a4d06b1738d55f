"""ci/bench gpu: what must hold on a GPU, how fast ours is there, and a DataLoader of PyTorch's in turn with that. Prints every
result when it is there."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "kernel/exporter")]

import photos
from pixels import Pixels

SAMPLES = REPO / "toolkit/samples/src/main/resources/gristmill/models"
OF_RESNET = {"resize_short_side": 256, "interpolation": "bicubic", "center_crop": 224}
OF_RESNET |= {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
MODELS = ("efficientnet_lite0", "resnet50")
PICTURES = 64  # are made, where no folder is named
LEFT = 3 << 30  # bytes of the GPU's memory, where it is to run out


def say(what, **found):
    print(json.dumps({"what": what, **found}), flush=True)


def device():
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def precisions():
    """Of the models that are timed: few processors compute in bfloat16."""
    return ("", ".bf16") if device() == "cuda" else ("",)


def module(name, shown):
    """The samples' model; and a ResNet-50 of random weights whose activations stay of order 1 and tell pictures apart."""
    import torch
    import torchvision

    if name != "resnet50":
        return torch.jit.load(SAMPLES / f"{name}.pt", map_location="cpu").eval()
    torch.manual_seed(0)
    model = torchvision.models.resnet50(weights=None)
    with torch.no_grad():
        for each in model.modules():
            if isinstance(each, torch.nn.BatchNorm2d):
                each.momentum = None  # the mean of all that is seen
                each.reset_running_stats()
        model.train()(torch.from_numpy(shown))
        model.eval()
        features = torch.nn.Sequential(*list(model.children())[:-1], torch.nn.Flatten())
        seen = features(torch.from_numpy(shown))
        model.fc.weight.mul_(4 / ((seen - seen.mean(0)) @ model.fc.weight.T).std())
        model.fc.bias.copy_(-(seen.mean(0) @ model.fc.weight.T))
    return model


def make(folder, pictures):
    """Both models in float32 and in bfloat16, as kernel/export-model writes TorchScript."""
    import formats
    import torch

    for name in MODELS:
        wanted = OF_RESNET if name == "resnet50" else json.loads((SAMPLES / f"{name}.json").read_text())
        wanted = {key: value for key, value in wanted.items() if key in OF_RESNET}
        at = folder / name
        at.mkdir(parents=True, exist_ok=True)
        pixels = Pixels(wanted)
        shown = pixels.normalised([pixels.tuned(file) for file in pictures[:16]])
        made = module(name, shown)
        for suffix, dtype in (("", torch.float32), (".bf16", torch.bfloat16)):
            formats.torch_script(made, shown, at / f"{name}{suffix}.pt", dtype)
        (at / f"{name}.json").write_text(json.dumps(wanted))


def many(pictures, folder, count):
    """That many pictures, of which most are links to the same files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(count):
        os.link(pictures[number % len(pictures)], folder / f"{number:06}.jpg")
    return folder


def spans(piece, repeats=30):
    """The median time of a piece of work on the device, in seconds."""
    import torch

    wait = torch.cuda.synchronize if device() == "cuda" else lambda: None
    found = []
    for number in range(repeats + 5):
        wait()
        began = time.perf_counter()
        piece()
        wait()
        if number >= 5:
            found.append(time.perf_counter() - began)
    return statistics.median(found)


def ceilings(models, repeats):
    """What copying a batch and a forward pass take, each alone."""
    import torch

    for batch in (16, 64, 256) if device() == "cuda" else (4,):
        samples = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8)
        for kind, tensor in (("float32", samples.float()), ("uint8", samples)):
            for memory in ("pageable", "pinned"):
                if memory == "pinned" and device() == "cpu":
                    continue
                source = tensor.pin_memory() if memory == "pinned" else tensor
                say("copy", batch=batch, kind=kind, memory=memory, ms=1e3 * spans(lambda: source.to(device()), repeats))
        for name in MODELS:
            for precision in precisions():
                model = torch.jit.load(models / name / f"{name}{precision}.pt", map_location=device())
                there = torch.randn(batch, 3, 224, 224, device=device())
                with torch.inference_mode(), torch.jit.optimized_execution(False):
                    seconds = spans(lambda: model(there), repeats)
                say("model alone", model=name + precision, batch=batch, ms=1e3 * seconds, rate=batch / seconds)


class Pictures:
    """Decoded, resized and cropped in the loader's processes; normalised on the GPU."""

    def __init__(self, files, pixels):
        self.files, self.pixels = files, pixels

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        import torch

        return torch.from_numpy(self.pixels.tuned(self.files[i]).copy())


def loader(models, name, precision, files, batch, workers):
    """The peer, tuned: two passes over the pictures with workers that are kept; the second counts."""
    import torch

    torch.backends.cudnn.benchmark = True
    where, folder = device(), models / name
    wanted = json.loads((folder / f"{name}.json").read_text())
    model = torch.jit.load(folder / f"{name}{precision}.pt", map_location=where)
    mean, std = (torch.tensor(wanted[key], device=where).view(1, 3, 1, 1) * 255 for key in ("mean", "std"))
    workers = torch.utils.data.DataLoader(
        Pictures(files, Pixels(wanted)), batch, num_workers=workers, pin_memory=where == "cuda", persistent_workers=True, prefetch_factor=4
    )
    for turn in range(2):
        began, rows, waiting = time.perf_counter(), 0, None
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            for samples in workers:
                there = samples.to(where, non_blocking=True).permute(0, 3, 1, 2)
                made = model((there.float() - mean) / std).softmax(1).topk(5)
                if waiting is not None:
                    rows += len(waiting.indices.cpu()) + 0 * len(waiting.values.cpu())
                waiting = made
            rows += len(waiting.indices.cpu()) + 0 * len(waiting.values.cpu())
        seconds = time.perf_counter() - began
    say("PyTorch, DataLoader", model=name + precision, batch=batch, workers=workers.num_workers, rate=rows / seconds)


def java(options, *arguments, limit=300):
    command = [options.java, "-cp", options.class_path, *map(str, arguments)]
    try:
        ended = subprocess.run(command, timeout=limit, check=False).returncode
    except subprocess.TimeoutExpired:
        ended = f"nothing within {limit} s"
    if ended:
        print(f"FAILED: {arguments[0]} ended with {ended}", flush=True)


def without_memory(options, models, pictures):
    """While this process holds nearly all of the GPU's memory."""
    import torch

    held = []
    if device() == "cuda":
        free, _ = torch.cuda.mem_get_info()
        held.append(torch.empty(max(0, free - LEFT), dtype=torch.uint8, device="cuda"))
    rows, too_large = (128, 64) if device() == "cpu" else (2048, 1024)
    java(options, "org.gristmill.bench.GpuChecks", "memory", pictures, models / "resnet50/resnet50.pt", rows, too_large)
    held.clear()
    if device() == "cuda":
        torch.cuda.empty_cache()


def machine():
    import torch

    gpu = torch.cuda.get_device_name() if device() == "cuda" else "no GPU"
    say("machine", gpu=gpu, processors=len(os.sched_getaffinity(0)), torch=torch.__version__, cuda=torch.version.cuda)
    if shutil.which("nvidia-smi"):
        subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv"], check=False)


PARTS = ("ceilings", "checks", "memory", "speed", "loader")


def main():
    parser = argparse.ArgumentParser(prog="ci/bench gpu")
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--images", type=Path, help="a folder of JPEGs; made if none is named")
    parser.add_argument("--rows", type=int, default=8192)
    parser.add_argument("--actors", default="1,2,4")
    parser.add_argument("--batches", default="16,64,256")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    machine()
    if options.images is None:
        options.images = options.out / "gpu/photos"
        photos.make(options.images, PICTURES)
    pictures = photos.files(options.images)
    models = options.out / "gpu/models"
    make(models, pictures)
    few = many(pictures, options.out / "gpu/few", len(pictures))
    repeated = many(pictures, options.out / "gpu/pictures", options.rows)
    files = [[models / name / f"{name}{precision}.pt" for precision in ("", ".bf16")] for name in MODELS]
    if "ceilings" in options.parts:
        ceilings(models, 30 if device() == "cuda" else 3)
    if "checks" in options.parts:
        java(options, "org.gristmill.bench.GpuChecks", "predictions", few, *files[0])  # random weights would tell nothing
    if "speed" in options.parts:
        flat = [file for pair in files for file in pair[: len(precisions())]]
        java(options, "org.gristmill.bench.GpuSpeed", repeated, options.rows, options.actors, options.batches, *flat)
    if "loader" in options.parts:
        for name in MODELS:
            for precision in precisions():
                loader(models, name, precision, photos.files(repeated), 64, max(1, len(os.sched_getaffinity(0)) - 1))
    if "memory" in options.parts:
        without_memory(options, models, repeated)


if __name__ == "__main__":
    main()
