"""What a framework costs when its workers do nothing: ours against Ray Data, in alternating processes. Called by ci/bench.
Prints a table in Markdown; --record also writes it into README.md here."""

import argparse
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import processes

HERE = Path(__file__).resolve().parent
ROWS = 2**18  # of the smaller size: Ray cuts rows into blocks of 2**17, and two actors get as many each
REPEATS = 3  # of each of our jobs in a round; their median counts
WIDE = 8  # times as many rows where batches are large: a row costs less there
LOOK = 1000  # rows of the job whose first row is timed
GOALS = {"row": 100, "first": 20, "memory": 5}


class Times:
    """Seconds by job and size; the median where a job ran several times."""

    def __init__(self, records):
        self.records = records

    def of(self, job, rows):
        found = [record["seconds"] for record in self.records if (record["job"], record["rows"]) == (job, rows)]
        return median(found) if found else None

    def row(self, job, rows):
        """Seconds that one more row costs."""
        return (self.of(job, 4 * rows) - self.of(job, rows)) / (3 * rows)

    def start(self, job, rows):
        """Seconds that the job would take without rows."""
        return self.of(job, rows) - self.row(job, rows) * rows


def figures(records, measured, whole, memory_kib, rows):
    """What both sides have: name to seconds, or to KiB. The records of one process, the first and the last of which are looks."""
    times = Times(measured)
    narrow, wide = times.row("batches16", rows), times.row("batches1024", WIDE * rows)
    batch = (narrow - wide) / (1 / 16 - 1 / 1024)
    return {
        "row16": narrow,
        "row1024": wide,
        "map": times.row("map", rows),
        "batch": batch,
        "row besides": wide - batch / 1024,
        "start": times.start("batches16", rows),
        "start map": times.start("map", rows),
        "first": records[0]["first"],
        "first again": records[-1]["first"],
        "first since start": records[0]["since_start"],
        "whole": whole,
        "memory": memory_kib,
    }


class Bench:
    def __init__(self, options):
        self.rows = options.rows
        self.uneven = 8_000 if options.quick else 32_000
        self.java = [options.java, "-cp", options.class_path, "org.gristmill.bench.Overhead"]
        self.logs = Path(options.logs)
        self.home = tempfile.mkdtemp(prefix="gm-bench-")  # short: Ray's sockets lie below, and their paths have a limit

    def ray(self, jobs, sampled=False):
        env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        env |= {
            "HOME": self.home,
            "RAY_TMPDIR": self.home,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # makes Ray use the loopback address for its node
        }
        return processes.run([sys.executable, HERE / "ray_overhead.py", *jobs], env, self.logs / "ray.log", 300, sampled)

    def ours(self, jobs):
        env = {name: value for name, value in os.environ.items() if not name.endswith(("JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"))}
        return processes.run([*self.java, *jobs], env, self.logs / "ours.log", 300)[0]

    def round(self):
        """Both sides in turn; gives the figures of Ray, of ours, and of our order. Each job has two sizes, so that what starting
        it costs can be subtracted."""
        rows, look, whole = self.rows, f"batches16:{LOOK}", f"batches16:{4 * self.rows}"
        smaller = [f"batches16:{rows}", f"batches1024:{WIDE * rows}", f"map:{rows}"]
        larger = [f"batches16:{4 * rows}", f"batches1024:{4 * WIDE * rows}", f"map:{4 * rows}"]
        jobs = smaller + larger
        records, _ = self.ray([look, *jobs, look])
        ray_times = (records, records[1:-1])
        warm_up = 2 * smaller
        arms = [f"unordered-{whole}", f"uneven:{self.uneven}", f"unordered-uneven:{self.uneven}"]
        records = self.ours([look, *warm_up, *REPEATS * [*jobs, *arms], look])
        ours_times = (records, records[1 + len(warm_up) : -1])

        (first,), peak = self.ray([whole], sampled=True)
        ray = figures(*ray_times, first["seconds"], peak, rows)
        (first,) = self.ours([whole])
        ours = figures(*ours_times, first["seconds"], first["peak_kib"], rows)
        return ray, ours, self.order(ours_times[1])

    def order(self, measured):
        """Rows a second, ordered and unordered (None while there is no such arm), evenly and unevenly long batches."""
        times, many = Times(measured), 4 * self.rows
        rates = {}
        for name, job, rows in (("even", "batches16", many), ("uneven", "uneven", self.uneven)):
            unordered = times.of(f"unordered-{job}", rows)
            rates[name] = (rows / times.of(job, rows), rows / unordered if unordered else None)
        ideal = next(record["ideal"] for record in measured if record["job"] == "uneven")
        return {**rates, "share": ideal / times.of("uneven", self.uneven)}


def spread(values, form):
    """The median, and in brackets the least and the most."""
    return f"{form(median(values))} ({form(min(values))}..{form(max(values))})" if values else "not measurable"


def versus(name, key, unit, scale, goal, ray, ours):
    """A line of the table: both sides, and how many times less ours is within the same round."""
    form = lambda value: f"{value * scale:.3g}" if abs(value * scale) < 1000 else f"{value * scale:,.0f}"
    # A difference that drowned in the noise in one round is told, not left out: what remained would be a choice.
    measurable = all(side[key] > 0 for side in ray + ours)
    ratios = [r[key] / o[key] for r, o in zip(ray, ours)] if measurable else []
    reached = ""
    if goal is not None:
        verdict = "not measurable" if not ratios else "reached" if median(ratios) >= GOALS[goal] else "missed"
        reached = f"{GOALS[goal]} times: {verdict}"
    times = spread(ratios, lambda value: f"{value:.3g}" if value < 1000 else f"{value:,.0f}")
    sides = [form(median(side[key] for side in sides)) for sides in (ray, ours)]
    return f"| {name}, {unit} | {sides[0]} | {sides[1]} | {times} | {reached} |"


def table(rounds, bench):
    ray, ours, order = zip(*rounds)
    whole = f"{4 * bench.rows:,}"
    lines = ["| what | Ray Data | Gristmill | times less | goal |", "|---|---:|---:|---:|---|"]
    for name, key, unit, scale, goal in (
        ("a row more, batches of 16", "row16", "µs", 1e6, "row"),
        ("a row more, batches of 1,024", "row1024", "µs", 1e6, "row"),
        ("a row more, `map`", "map", "µs", 1e6, "row"),
        ("of these: a batch", "batch", "µs", 1e6, None),
        ("of these: a row in a batch", "row besides", "µs", 1e6, None),
        ("starting and ending a job with actors", "start", "ms", 1e3, None),
        ("starting and ending a `map`", "start map", "ms", 1e3, None),
        ("first row, first job of a process", "first", "ms", 1e3, "first"),
        ("first row, a later job", "first again", "ms", 1e3, "first"),
        ("first row since the process was started", "first since start", "ms", 1e3, "first"),
        (f"{whole} rows in batches of 16, first job of a process", "whole", "ms", 1e3, None),
        ("peak memory of that process and its children", "memory", "MiB", 1 / 1024, "memory"),
    ):
        lines.append(versus(name, key, unit, scale, goal, ray, ours))

    lines += ["", "| order, Gristmill alone | ordered, rows/s | unordered, rows/s | ordered by unordered | goal |"]
    lines += ["|---|---:|---:|---:|---|"]
    arms = {"even": f"no-op batches of 16, {whole} rows", "uneven": f"batches of 16 that take 0..2 ms, {bench.uneven:,} rows"}
    for key, name in arms.items():
        ordered = f"{median(o[key][0] for o in order):,.0f}"
        if order[0][key][1] is None:
            lines.append(f"| {name} | {ordered} | not there yet | | 0.95 |")
        else:
            ratios = [o[key][0] / o[key][1] for o in order]
            goal = "reached" if median(ratios) >= 0.95 else "missed"
            unordered = f"{median(o[key][1] for o in order):,.0f}"
            lines.append(f"| {name} | {ordered} | {unordered} | {spread(ratios, '{:.2f}'.format)} | 0.95: {goal} |")
    share = spread([o["share"] for o in order], "{:.0%}".format)
    lines += ["", f"Ordered, the batches that take 0..2 ms ran at {share} of what two actors that never wait could do."]
    return "\n".join(lines)


def machine(java, peer=""):
    memory = int(re.search(r"MemTotal: *(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024**2
    jdk = subprocess.run([java, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {platform.system()} on {platform.machine()}; "
        f"{jdk}; Python {platform.python_version()}{peer}; load before it {os.getloadavg()[0]:.1f}"
    )


def record(name, text):
    """Puts the text between the two comments in the README that bear the name."""
    readme = HERE / "README.md"
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = readme.read_text().split(begin)
    readme.write_text(before + begin + text + "\n" + end + rest.split(end)[1])


def stop(number, frame):
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # once is enough: what was started is being ended
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(prog="ci/bench overhead", description="What ours and Ray Data cost when workers do nothing.")
    parser.add_argument("--rows", type=int, help="rows of the smaller of two sizes (default 262144, with --quick 65536)")
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds: under two minutes")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md")
    for name in ("--java", "--class-path", "--logs"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    said = "ci/bench overhead" + (f" --rows {options.rows}" if options.rows else "") + (" --quick" if options.quick else "")
    options.rows = options.rows or (ROWS // 4 if options.quick else ROWS)
    if options.rows < 10_000:
        parser.error("--rows takes 10000 or more: with fewer the differences drown in the noise")
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    where = machine(options.java, f", Ray {version('ray')}")
    bench = Bench(options)
    most, budget = (3, 110) if options.quick else (5, 350)
    rounds, began, took = [], time.monotonic(), 0
    try:
        bench.ray([f"batches16:{LOOK}"])  # the warm-up: files into the system's cache
        bench.ours([f"batches16:{LOOK}"])
        while len(rounds) < 2 or (len(rounds) < most and time.monotonic() + took < began + budget):
            start = time.monotonic()
            rounds.append(bench.round())
            took = time.monotonic() - start
            print(f"round {len(rounds)} of at most {most}: {took:.0f} s", file=sys.stderr)
    finally:
        shutil.rmtree(bench.home, ignore_errors=True)
    text = f"`{said}`: medians of {len(rounds)} rounds, in brackets the least and the most. {where}.\n\n{table(rounds, bench)}"
    print(f"{text}\n\nOnly the ratios mean something: each compares two runs of one round. Absolute figures are this machine's.")
    if options.record:
        record("overhead", text)


if __name__ == "__main__":
    main()
