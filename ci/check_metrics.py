"""Reads the metrics of real runs with the parser of Prometheus's Python client, and compares them with what the runs' own
stats say. Argument: the class path of the tests."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

UNITS = ("_seconds", "_bytes", "_rows", "_total")
WITHOUT_UNIT = {"gristmill_run_active", "gristmill_stage_workers"}


def require(holds, message):
    if not holds:
        sys.exit(f"check_metrics: {message}")


def expected(runs):
    """What the two runs that ended well did, by their stats, as samples."""
    want = Counter()
    for run in runs:
        want["gristmill_output_rows_total", ""] += run["rows"]
        want["gristmill_rows_failed_total", ""] += run["set_aside"]
        want["gristmill_runs_total", "ended"] += 1
        for place, stage in enumerate(run["stages"]):
            label = f"{place} {re.match(r'[A-Za-z]+', stage['name'])[0]}"
            want["gristmill_rows_total", label] += stage["rows"]
            want["gristmill_stage_busy_seconds_total", label] += stage["busy"]
            if stage["batches"]:
                want["gristmill_batch_rows_sum", label] += stage["rows_in"]
                for name in ("duration_seconds", "rows"):
                    want[f"gristmill_batch_{name}_count", label] += stage["tasks"]
    # The run that failed: its first batch and that batch's first row. What its source had listed by then is not known here.
    want["gristmill_runs_total", "failed"] += 1
    want["gristmill_rows_failed_total", ""] += 1
    del want["gristmill_rows_total", "0 of"]
    return want


def main():
    (class_path,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        command = ["java", "-cp", class_path, "org.gristmill.observe.Scrape", folder]
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout
    stats, text = told.split("\n", 1)
    families = list(text_string_to_metric_families(text))
    samples = [sample for family in families for sample in family.samples]

    found = {(s.name, s.labels.get("stage", s.labels.get("state", ""))): s.value for s in samples if "reason" not in s.labels}
    want = expected(json.loads(stats))
    for (name, label), value in want.items():
        got = found.get((name, label))
        require(got is not None and abs(got - value) < 1e-6, f"{name} of {label or 'all'} is {got}, the stats say {value}")

    ours = [family for family in families if family.name.startswith("gristmill_")]
    for family in ours:
        require(family.documentation, f"{family.name} has no help text")
        name = family.name + ("_total" if family.type == "counter" else "")
        named = name.removesuffix("_max").endswith(UNITS) or name in WITHOUT_UNIT
        require(named, f"{name} does not end with a unit that Prometheus knows")
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total"):
        require(found.get((name, ""), 0) > 0, f"there is no {name}")
    own = next((s for s in samples if s.name == "users_own_total"), None)
    require(own and own.labels == {"of": 'a "quoted"\nlabel'} and own.value == 3, f"a user's own counter came as {own}")
    print(f"{len(samples)} samples of {len(families)} metrics; {len(want)} values are those of the runs' stats")


if __name__ == "__main__":
    main()
