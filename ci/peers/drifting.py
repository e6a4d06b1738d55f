"""How often drift is said and found, what accuracy is expected, and what watching costs. Called by ci/bench.
Prints tables in Markdown and a line of JSON; --record also writes them into README.md here."""

import argparse
import json
import subprocess
from pathlib import Path

import overhead

DATA = overhead.HERE.parent.parent.parent / "shared" / "data"


def measure(options):
    """What Java found, a line each."""
    numbers = ["400", "40", "2", "quick"] if options.quick else ["2000", "200", "5", "all"]
    folder = options.images or (str(DATA) if DATA.is_dir() else "-")
    command = [options.java, "-Djava.awt.headless=true", "-cp", options.class_path, "org.gristmill.bench.DriftRates", folder, *numbers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        for line in ours.stdout:
            if line.startswith("{"):
                yield json.loads(line)
    if ours.returncode:
        raise SystemExit(f"ci/bench: drift failed with {ours.returncode}")


def percent(share):
    return f"{100 * share:.1f}"


def of(interval):
    low, value, high = interval
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def false_alarms(found):
    lines = ["| rows of a window | draws | false alarms, % (95 %) | p alone at most 1 %, % |", "|---:|---:|---:|---:|"]
    for line in found:
        if "false_alarms" in line:
            lines.append(f"| {line['false_alarms']} | {line['draws']} | {of(line['said'])} | {of(line['p_only'])} |")
    return "\n".join(lines)


def detections(found):
    by_name = {}
    for line in found:
        if "detection" in line:
            by_name.setdefault(line["detection"], []).append(line)
    windows = [line["window"] for line in next(iter(by_name.values()))]
    lines = [
        f"| rows that are | found in windows of {', '.join(map(str, windows))} rows, % | most often in, {windows[1]} rows "
        f"| expected accuracy, % (± of {windows[1]} rows) | true, % | within the interval, % |",
        "|---|---:|---|---:|---:|---:|",
    ]
    for name, at in by_name.items():
        middle = at[1]
        lines.append(
            f"| {name} | {', '.join(percent(line['found'][1]) for line in at)} | {', '.join(middle['what']) or '-'} "
            f"| {percent(middle['expected'])} ± {percent(middle['width'] / 2)} | {percent(middle['truth'])} | {percent(middle['covered'])} |"
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="ci/bench drift", description="False alarms, detections and costs of watching for drift.")
    parser.add_argument("--quick", action="store_true", help="fewer draws, one severity of each corruption")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md")
    parser.add_argument("--images", help="a folder with images/imagenet and labels/labels.csv; a dash for the samples")
    for name in ("--java", "--class-path"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    where = overhead.machine(options.java)
    found = list(measure(options))
    pictures = found[0]
    looking, adding, row = next(line["overhead"] for line in found if "overhead" in line)
    said = "ci/bench drift" + (" --quick" if options.quick else "")
    text = (
        f"`{said}`. {where}. {pictures['pictures']} pictures, {percent(pictures['accuracy'])} % right; references and windows are drawn "
        f"from them with replacement, references of 1000 rows.\nA profile's file: {pictures['profile_bytes']} bytes. "
        f"A row: {looking + adding:.0f} µs of a processor to look at it and {adding:.1f} of these to add it up, "
        f"of {row:.0f} to decode and classify it: {percent((looking + adding) / row)} %.\n\n"
        f"{false_alarms(found)}\n\n{detections(found)}"
    )
    print(text)
    if options.record:
        overhead.record("drift", text)
    summary = {
        "false_alarms": {line["false_alarms"]: round(line["said"][1], 4) for line in found if "false_alarms" in line},
        "found_in_256": {line["detection"]: round(line["found"][1], 3) for line in found if line.get("window") == 256},
        "profile_bytes": pictures["profile_bytes"],
        "overhead": round((looking + adding) / row, 4),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
