"""Ours and the peers, the same pictures and the same weights: in turn, each in a new process, several rounds. Called by ci/bench.
Prints tables in Markdown and ends with a line of JSON; --record also writes the tables into README.md here, and a chart beside it."""

import argparse
import importlib.util
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import arms
import numpy
import overhead
import photos
import processes
import report

sys.path.append(str(arms.HERE.parents[1] / "kernel"))
import kernelspec

PICTURES = 1000
COMPARED = 200  # pictures, of which every side's predictions are compared


def measured(records, peak_kib, out, reference):
    """What a run of an arm says: rates, processor time, memory, the time to its first predictions, and how right they were. Models
    are loaded where a job says `ready`; or, where a process does its job twice, when the second time begins."""
    begun, ready, ended = ([record for record in records if record["mark"] == mark] for mark in ("begin", "ready", "end"))
    first, last = ended[0], ended[-1]
    loaded = {"seconds": ready[0]["seconds"], "cpu": ready[0]["cpu"]} if ready else {"seconds": 0, "cpu": begun[-1]["cpu"]}
    return {
        "rows": first["rows"],
        "whole": first["rows"] / first["seconds"],
        "warm": last["rows"] / (last["seconds"] - loaded["seconds"]),
        "cpu": (first["cpu"] - begun[0]["cpu"]) / first["rows"],
        "warm cpu": (last["cpu"] - loaded["cpu"]) / last["rows"],
        "memory": peak_kib / 1024 if peak_kib else None,
        "first": first.get("since_start"),
        **compared(json.loads(Path(out).read_text()), reference),
    }


def compared(found, reference):
    """Top-1 agreement with the reference, and the mean difference of probabilities, for the pictures that it has."""
    both = [(top, reference[name]) for name, top in found.items() if name in reference]
    if not both:
        return {}
    same = sum(top[0][0] == int(probabilities.argmax()) for top, probabilities in both)
    differences = [abs(probability - float(probabilities[number])) for top, probabilities in both for number, probability in top]
    mean = sum(probability for top, _ in both for _, probability in top) / len(differences)
    difference = sum(differences) / len(differences)
    return {"agreement": same / len(both), "difference": difference, "relative": difference / mean}


class Bench:
    def __init__(self, options, commands, references):
        self.quick, self.most = options.quick, options.rows
        self.commands, self.references = commands, references
        self.logs = Path(options.logs)
        self.results = {}  # lists by arm, a round each; None where it did not take part
        self.skipped = {}  # reasons by arm

    def round(self, number, taking_part):
        for arm in taking_part:
            self.results.setdefault(arm, []).append(None)
            if number < arm.rounds and arm not in self.skipped:
                self.results[arm][-1] = self.run(arm, number)

    def run(self, arm, number):
        rows = arm.quick if self.quick else arm.rows
        rows = min(rows, self.most or rows)
        began = time.monotonic()
        log = self.logs / f"{arm.model}-{arm.kind}-{arm.name}-{arm.precision}.log".replace(" ", "-").replace(",", "")
        try:
            command, env = self.commands.of(arm, rows), self.commands.env(arm)
            # Memory is watched in the first round only: reading it takes time from what is measured.
            records, peak = processes.run(command, env, log, 900, sampled=number == 0)
            found = measured(records, peak, self.commands.out, self.references[arm.model])
        except (SystemExit, IndexError) as failed:
            if isinstance(failed.code if isinstance(failed, SystemExit) else "", int):
                raise  # a signal to us
            self.skipped[arm] = f"failed; {log} says why"
            print(f"{arm.key}: {failed}", file=sys.stderr)
            return None
        took = time.monotonic() - began
        print(f"  {took:5.1f} s  {found['whole']:7.1f} {found['warm']:7.1f} rows/s  {arm.kind}: {arm.key}", file=sys.stderr)
        return found


def take_part(chosen, quick, library):
    """Those that take part, and for the others the reason why not; library: jemalloc, or None."""
    taking_part, skipped = [], {}
    for arm in chosen:
        missing = [module for module in arm.needs if importlib.util.find_spec(module) is None]
        if library is None and "jemalloc" in arm.name:  # else it would be another arm once more
            missing.append("jemalloc")
        if quick and not arm.quick:
            continue
        if missing:
            skipped[arm] = f"not installed: {', '.join(missing)}"
        else:
            taking_part.append(arm)
    return taking_part, skipped


def inputs(options):
    """The folders of pictures and of models, made where they are missing."""
    images, built = options.images, Path(options.out) / "models"
    if images is None:
        images = str(Path(options.out) / "images")
        photos.make(Path(images), PICTURES)
    images = str(Path(images).resolve())
    # In a process of its own: this one stays small.
    made = subprocess.run([sys.executable, "-W", "ignore", arms.HERE / "models.py", built, images, str(COMPARED)])
    if made.returncode != 0:
        sys.exit("ci/bench: the models could not be made; that needs numpy, pillow, torch, transformers, onnx and onnxruntime")
    return images, built


def reference(folder):
    """Probabilities of all classes by file name."""
    with numpy.load(folder / "reference.npz") as found:
        return {name: found[name] for name in found.files}


def main():
    parser = argparse.ArgumentParser(prog="ci/bench peers", description="Ours and the peers on the same pictures with the same weights.")
    parser.add_argument("--images", help="a folder of JPEGs (default: a thousand that are made)")
    parser.add_argument("--only", default="", help="only those of whose names, such as 'ours: resnet50, PyTorch, fp32', this regular expression finds a part")
    parser.add_argument("--rows", type=int, help="rows at most, to try something out")
    parser.add_argument("--rounds", type=int, help="rounds at most (default 3, with --quick 1)")
    parser.add_argument("--quick", action="store_true", help="fewer rows, the main peers, one round: some minutes")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md, and a chart beside it")
    for name in ("--java", "--class-path", "--out"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    options.logs = Path(options.out) / "logs"
    options.logs.mkdir(parents=True, exist_ok=True)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, overhead.stop)
    images, built = inputs(options)
    references = {name: reference(built / name) for name in arms.MODELS}

    library = kernelspec.jemalloc(options.java)
    chosen = [arm for arm in arms.all_arms(arms.MODELS) if re.search(options.only, f"{arm.kind}: {arm.key}")]
    taking_part, skipped = take_part(chosen, options.quick, library)
    where = overhead.machine(options.java)
    most, budget = (1, 0) if options.quick else (3, 40 * 60)
    most = options.rounds or most
    with tempfile.TemporaryDirectory(prefix="gm-bench-", ignore_cleanup_errors=True) as home:  # short: Ray's sockets lie below
        out = str(Path(options.out) / "predictions.json")
        commands = arms.Commands(sys.executable, options.java, options.class_path, built, images, out, library, home)
        bench = Bench(options, commands, references)
        bench.skipped = skipped
        began, took = time.monotonic(), 0
        for number in range(most):
            if number >= 2 and time.monotonic() + took > began + budget:
                break
            start = time.monotonic()
            print(f"round {number + 1} of at most {most}", file=sys.stderr)
            bench.round(number, taking_part)
            took = time.monotonic() - start
    said = "ci/bench peers" + "".join(
        f" --{name}" + ("" if value is True else f" '{value}'" if name == "only" else f" {value}")
        for name, value in (("quick", options.quick), ("rows", options.rows), ("rounds", options.rounds), ("only", options.only), ("images", options.images))
        if value
    )
    text, ratios = report.text(bench.results, bench.skipped, said, where, library, options.quick)
    print(text)
    if options.record:
        chart = arms.HERE / "peers.png"
        drawn = report.chart(bench.results, chart)
        overhead.record("peers", text + (f"\n\n![rows a second]({chart.name})" if drawn else ""))
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
