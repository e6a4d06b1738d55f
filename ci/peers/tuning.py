"""The tuner against the exhaustive grid of what it chooses from. Called by ci/bench.
Prints a table in Markdown and a line of JSON; --record also writes them into README.md here."""

import argparse
import json
import subprocess

import overhead

MODELS = ["efficientnet_lite0", "efficientnet_lite0.onnx", "resnet50"]


def measure(options):
    """What Java found, a model."""
    rows, rounds, largest, times = (96, 1, 16, 1) if options.quick else (128, 2, 64, 3)
    arguments = [str(options.rows or rows), str(options.rounds or rounds), str(largest), str(times)]
    command = [options.java, "-cp", options.class_path, "org.gristmill.bench.TuneGrid", *arguments, *(options.models or MODELS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        for line in ours.stdout:
            if line.startswith("{"):
                yield json.loads(line)
    if ours.returncode:
        raise SystemExit(f"ci/bench: the grid failed with {ours.returncode}")


def table(found):
    lines = [
        "| model | the grid: ways, seconds | its best | rows/s: best, slowest, 1 x 1 thread one by one | the tuner took | seconds "
        "| rows/s against the best (95 %) |",
        "|---|---:|---|---:|---|---:|---:|",
    ]
    for model in found:
        for choice in model["choices"]:
            low, mean, high = choice["against_best"]
            rates = ", ".join(f"{model[rate]:.1f}" for rate in ("best_rate", "slowest_rate", "one_by_one"))
            against = "the same" if low == mean == high == 1 else f"{mean:.2f} ({low:.2f} to {high:.2f})"
            lines.append(
                f"| {model['model']} | {model['ways']}, {model['grid_seconds']:.0f} | {model['best']} | {rates} "
                f"| {choice['choice']} | {choice['seconds']:.1f} | {against} |"
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="ci/bench tune", description="The tuner against an exhaustive grid.")
    parser.add_argument("--quick", action="store_true", help="fewer rows, one round, batches of up to 16")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md")
    parser.add_argument("--rows", type=int, help="rows of a run of the grid (default 128, with --quick 96)")
    parser.add_argument("--rounds", type=int, help="of the grid (default 2, with --quick 1)")
    parser.add_argument("--models", nargs="+", help="names or paths (default: the samples' model on both engines, ResNet-50)")
    for name in ("--java", "--class-path"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    where = overhead.machine(options.java)
    found = list(measure(options))
    said = "ci/bench tune" + (" --quick" if options.quick else "")
    text = f"`{said}`. {where}.\n\n{table(found)}"
    print(text)
    if options.record:
        overhead.record("tune", text)
    regrets = {model["model"]: [round(1 - choice["against_best"][1], 3) for choice in model["choices"]] for model in found}
    seconds = [choice["seconds"] for model in found for choice in model["choices"]]
    print(json.dumps({"regret": regrets, "tuner_seconds": max(seconds), "grid_seconds": sum(model["grid_seconds"] for model in found)}))


if __name__ == "__main__":
    main()
