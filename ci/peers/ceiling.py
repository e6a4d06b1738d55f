"""How close our pipeline comes to what the machine can do: the ceiling is its processors by the processor time that a row takes, part
by part, alone on one thread. Called by ci/bench. Prints a table in Markdown, what a run that stays below did meanwhile, and a line
of JSON; --record also writes table and profiles into README.md here."""

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median

import arms
import overhead
import peers
from report import number, spread

GOAL = 0.95
FILES = {"PyTorch, fp32": ".pt", "PyTorch, bf16": ".bf16.pt", "ONNX Runtime, fp32": ".onnx", "ONNX Runtime, int8": ".int8.onnx"}
ROWS = {"resnet50": 256, "efficientnet_lite0": 640}  # of a run
QUICK = ("PyTorch, fp32", "ONNX Runtime, fp32", "ONNX Runtime, int8")


def measure(command, env, log):
    """The rounds of a model, and its last run's stats as text."""
    with open(log, "w") as errors:
        ran = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    if ran.returncode != 0:
        sys.exit(f"ci/bench: the Java side ended with status {ran.returncode}; {log} says why")
    rounds, rest = [], []
    for line in ran.stdout.splitlines():
        if line.startswith("{"):
            rounds.append(json.loads(line))
        elif not line.startswith("gristmill:"):
            rest.append(line.rstrip())
    return rounds, "\n".join(rest).strip()


def ceilings(rounds):
    return [each["processors"] / sum(each["alone"].values()) for each in rounds]


def shares(rounds):
    """Of the ceiling, by round: both were measured right after each other."""
    return [each["rate"] / ceiling for each, ceiling in zip(rounds, ceilings(rounds))]


def left(rounds):
    """The same, of what other processes left of the processors."""
    return [share / max(0.01, 1 - max(0, each["load"] - each["use"])) for each, share in zip(rounds, shares(rounds))]


def row(model, engine, rounds):
    parts = [median(each["alone"].get(part, 0) for each in rounds) * 1000 for part in PARTS]
    cpu = median(each["cpu"] for each in rounds) * 1000
    reached = shares(rounds)
    cells = [f"{model}, {engine}", *map(number, parts), number(sum(parts)), number(cpu), spread(ceilings(rounds))]
    cells += [spread([each["rate"] for each in rounds]), f"**{median(reached):.0%}** ({min(reached):.0%}..{max(reached):.0%})"]
    cells.append(f"{median(left(rounds)):.0%}")
    return f"| {' | '.join(cells)} | {'reached' if median(reached) >= GOAL else 'missed'} |"


PARTS = ("read", "decode", "resize", "pack", "forward", "predictions")


def why(rounds):
    """What is missing to the ceiling, in two factors: processors that did not work on the run, and work that took more."""
    use, load = (median(each[name] for each in rounds) for name in ("use", "load"))
    more = median(each["cpu"] / sum(each["alone"].values()) for each in rounds)
    return (
        f"The processors worked on it for {use:.0%} of the time, on other processes for {max(0, load - use):.0%} and waited for the rest. "
        f"A row took {more:.2f} times the processor time of its parts alone."
    )


def main():
    parser = argparse.ArgumentParser(prog="ci/bench ceiling", description="How close our pipeline comes to what the machine can do.")
    parser.add_argument("--images", help="a folder of JPEGs (default: a thousand that are made)")
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds: a few minutes")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md")
    for name in ("--java", "--class-path", "--out"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, overhead.stop)
    images, built = peers.inputs(options)
    env = arms.clean_environment()
    where = overhead.machine(options.java)
    lines = [f"| model | {', ms | '.join(PARTS)}, ms | together | in a run | ceiling, rows/s | reached, rows/s | share | of what others left | 95 % |"]
    lines += ["|---|" + "---:|" * (len(PARTS) + 6) + "---|"]
    profiles, ratios = [], {}
    for model in arms.MODELS:
        for engine, end in FILES.items():
            if options.quick and engine not in QUICK:
                continue
            rows = ROWS[model] // (2 if options.quick else 1)
            file = f"{Path(built) / model / model}{end}"
            print(f"{model}, {engine}", file=sys.stderr)
            command = [options.java, "-cp", options.class_path, "org.gristmill.bench.Ceiling", file, images, "16"]
            rounds, stats = measure([*command, str(rows), "2" if options.quick else "5"], env, Path(options.out) / "ceiling.log")
            lines.append(row(model, engine, rounds))
            share = median(shares(rounds))
            ratios[f"{model}, {engine}"] = {"ceiling": round(median(ceilings(rounds)), 2), "share": round(share, 3)}
            if share < GOAL:
                stats = stats.replace(str(images), "IMAGES")  # where they are on this machine is nobody's business
                profiles += ["", f"{model}, {engine}: {why(rounds)}", "", "```", stats, "```"]
    said = "ci/bench ceiling" + (" --quick" if options.quick else "")
    text = f"`{said}`: medians, in brackets the least and the most. {where}.\n\n" + "\n".join(lines + profiles)
    print(text)
    if options.record:
        overhead.record("ceiling", text)
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
