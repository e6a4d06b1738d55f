"""What it costs that runs are observed: each event by JMH, then as a share of the time of two kinds of rows. Called by ci/bench.
Prints tables in Markdown; --record also writes them into README.md here."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import overhead

BENCHMARKS = {
    "task": "a task: its sums, its duration, its span",
    "look": "a look at the clock",
    "stats": "a snapshot of 10,000 spans",
    "memory": "reading the process's memory",
    "runs": "a snapshot told to the runs that are kept",
    "metrics": "a snapshot told to the metrics",
    "batch": "a batch told to the metrics",
}
SNAPSHOTS = 5  # a second
READINGS = 20  # of memory, a second
LOOKS = 20  # a second, besides one a task


def events(job):
    """How many of each a run has at most: a task is handed over alone, and the driving thread wakes for each."""
    second = job["seconds"]
    told = SNAPSHOTS * second
    return {
        "task": job["tasks"],
        "look": job["tasks"] + LOOKS * second,
        "stats": told,
        "memory": READINGS * second,
        "runs": told,
        "metrics": told,
        "batch": job["batches"],
    }


def jmh(options):
    """Nanoseconds and their error by benchmark."""
    length = ["-f", "1", "-wi", "2", "-w", "1", "-i", "3", "-r", "1"] if options.quick else ["-f", "3", "-wi", "3", "-w", "2", "-i", "5", "-r", "2"]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [options.java, "-cp", options.class_path, "org.openjdk.jmh.Main", *length, "-foe", "true", "-rf", "json", "-rff", result]
        subprocess.run([*command, r"org\.gristmill\.bench\.Observing"], check=True, stdout=sys.stderr)
        found = json.loads(result.read_text())
    times = {each["benchmark"].rsplit(".", 1)[1]: each["primaryMetric"] for each in found}
    missing = BENCHMARKS.keys() - times.keys()
    if missing:
        sys.exit(f"ci/bench: JMH did not measure {', '.join(sorted(missing))}")
    return {name: (float(metric["score"]), float(metric["scoreError"])) for name, metric in times.items()}


def rows(options):
    pictures, numbers = (48, 2**20) if options.quick else (192, 2**22)
    command = [options.java, "-cp", options.class_path, "org.gristmill.bench.ObservedRows", str(pictures), str(numbers)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {job["job"]: job for job in map(json.loads, filter(lambda line: line.startswith("{"), told.splitlines()))}


def table(costs, jobs):
    names = {"pool": "pictures", "no-op": "no-op rows"}
    lines = ["| event | ns | error | " + " | ".join(f"ns a row, {names[job]}" for job in jobs) + " |", "|---|---:|---:|" + "---:|" * len(jobs)]
    total = dict.fromkeys(jobs, 0)
    for event, what in BENCHMARKS.items():
        cells = []
        for name, job in jobs.items():
            a_row = costs[event][0] * events(job)[event] / job["rows"]
            total[name] += a_row
            cells.append(f"{a_row:,.3g}" if a_row < 1000 else f"{a_row:,.0f}")
        cost, error = costs[event]
        lines.append(f"| {what} | {cost:,.0f} | {error:,.0f} | {' | '.join(cells)} |")
    lines.append("")
    for name, job in jobs.items():
        row = job["seconds"] / job["rows"] * 1e9
        lines.append(
            f"- {names[name]}: {total[name]:,.3g} ns of {row:,.0f} ns a row, **{total[name] / row:.2%}** "
            f"({job['rows']:,} rows, {job['tasks']:,} tasks, {job['batches']:,} batches, {job['seconds']:.2f} s)"
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="ci/bench observe", description="What it costs that runs are observed.")
    parser.add_argument("--quick", action="store_true", help="shorter: about a minute")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md")
    for name in ("--java", "--class-path"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    where = overhead.machine(options.java)
    jobs = rows(options)
    costs = jmh(options)
    said = "ci/bench observe" + (" --quick" if options.quick else "")
    text = f"`{said}`. {where}.\n\n{table(costs, jobs)}"
    print(text)
    if options.record:
        overhead.record("observe", text)


if __name__ == "__main__":
    main()
