"""Makes a folder for ImageClassifier.load(OUT): the model as TorchScript and ONNX, how it wants its pictures, its labels,
and the hash of each file. Run by kernel/export-model.

NAME_OR_PATH is a Hugging Face image classifier (microsoft/resnet-50, or a folder with its files), torchvision:NAME, a
checkpoint of a torchvision model (.pt, .pth, with --arch), or TorchScript with NAME.json beside it.
"""

import argparse
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
import warnings
from pathlib import Path

NEEDED = {"torch": "torch", "onnx": "onnx", "onnxruntime": "onnxruntime", "numpy": "numpy", "PIL": "pillow"}
MOST_PICTURES = 128
COMPARED = 48
MADE_UP = 16


def require(modules):
    missing = [package for module, package in modules.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise SystemExit(
            f"kernel/export-model: this Python has no {', '.join(missing)}. Install them with\n"
            f"    {sys.executable} -m pip install {' '.join(missing)}\n"
            "or name a Python that has them: PYTHON=/path/to/python kernel/export-model ..."
        )


def packages_for(source):
    """torchvision's models need no transformers, and those of Hugging Face no torchvision."""
    if source.startswith("torchvision:") or source.endswith((".pt", ".pth")):
        return {**NEEDED, "torchvision": "torchvision"}
    return {**NEEDED, "transformers": "transformers"}


def export(args):
    import agreement
    import formats
    import pictures
    import sources
    import torch
    from preprocessing import Refused

    warnings.simplefilter("ignore")  # of tracing and of deprecated names: what was written is run and compared below
    classifier = sources.load(args.source, args.arch, args.preprocessing)
    wanted = classifier.preprocessing
    print(f"{classifier.source}: {wanted}, {len(classifier.labels)} labels")
    if args.int8:
        shown = pictures.read(pictures.files(args.int8, MOST_PICTURES), wanted)
    else:
        shown = pictures.made_up(MADE_UP, wanted)

    out = args.out
    out.mkdir(parents=True, exist_ok=True)
    base = out / classifier.name
    if Path(args.source).is_file() and Path(args.source).resolve().parent == out.resolve():
        raise Refused(f"{args.source} lies in {out}, where its own name may be taken: name another folder")
    paths = [base.with_name(base.name + ".pt"), base.with_name(base.name + ".onnx")]
    formats.torch_script(classifier.module, shown, paths[0])
    formats.onnx(classifier.module, shown, paths[1])
    if args.int8:
        paths.append(base.with_name(base.name + ".int8.onnx"))
        formats.int8(paths[1], shown, paths[-1])
    if args.bf16:
        paths.append(base.with_name(base.name + ".bf16.pt"))
        formats.torch_script(classifier.module, shown, paths[-1], torch.bfloat16)

    compared = shown[:: max(1, len(shown) // COMPARED)]
    kind = "of the pictures that the int8 file is fitted to" if args.int8 else "made-up pictures"
    print(f"compared with the original on {len(compared)} {kind}:")
    far = agreement.table(classifier.module, paths, compared)
    if far:
        raise SystemExit(f"kernel/export-model: {', '.join(far)} must not differ by more than {agreement.MOST}")
    describe(classifier, base, paths)


def describe(classifier, base, paths):
    """Writes labels and JSON: last, so that a folder that has them is whole."""
    content = classifier.preprocessing.as_json()
    if classifier.labels:
        labels = base.with_name("labels.txt")
        labels.write_text("".join(label.replace("\n", " ") + "\n" for label in classifier.labels), encoding="utf-8")
        content["labels"] = labels.name
        paths = [*paths, labels]
    content["source"] = classifier.source
    content["made_with"] = {
        package: importlib.metadata.version(package)
        for package in ("torch", "torchvision", "transformers", "onnx", "onnxruntime")
        if importlib.util.find_spec(package)
    }
    content["sha256"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    described = base.with_name(base.name + ".json")
    draft = described.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, described)
    print(f'{described} is written: ImageClassifier.load("{base.parent}")')


def main():
    parser = argparse.ArgumentParser(
        prog="kernel/export-model", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", metavar="NAME_OR_PATH")
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder to write")
    parser.add_argument("--int8", metavar="IMAGES", help="also NAME.int8.onnx, fitted to the pictures of that folder")
    parser.add_argument("--bf16", action="store_true", help="also NAME.bf16.pt, for GPUs and processors with bfloat16")
    parser.add_argument("--arch", metavar="NAME", help="the torchvision model that a checkpoint is of")
    parser.add_argument("--preprocessing", metavar="JSON", help="how a checkpoint or TorchScript wants its pictures")
    args = parser.parse_args()
    require(packages_for(args.source))

    from preprocessing import Refused

    try:
        export(args)
    except Refused as refused:
        raise SystemExit(f"kernel/export-model: {refused}") from None


if __name__ == "__main__":
    main()
