"""A job of a peer: timed here, and marked for ci/bench, which reads the processor time of all processes at each mark."""

import json
import sys
import time


def mark(**said):
    """Prints a line and waits until ci/bench has seen it."""
    print(json.dumps(said), flush=True)
    sys.stdin.readline()


def run(batches, out, ready=lambda: {}):
    """Times an iterator over what comes out, lists of pairs of a file name and its most probable classes.

    out: a file for the predictions
    ready: gives, when the job is over, `ready_at`, the time at which the last of its workers had its model, and `start_cpu`,
    the processor time that this took; a job whose models are loaded before it needs none."""
    mark(mark="begin")
    began = time.time()
    found, twentieth = [], None
    for batch in batches():
        found += batch
        if twentieth is None and len(found) >= 20:
            twentieth = time.time()
    ended = time.time()
    loaded = ready()
    mark(
        mark="end",
        rows=len(found),
        seconds=ended - began,
        ready=max(0.0, loaded.get("ready_at", began) - began),
        start_cpu=loaded.get("start_cpu", 0.0),
        first_at=twentieth,
    )
    with open(out, "w") as file:
        json.dump(dict(found), file)
