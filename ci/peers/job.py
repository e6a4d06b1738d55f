"""A job of a peer: timed here, and marked for ci/bench, which reads the processor time of all processes at each mark."""

import json
import sys
import threading
import time


def mark(**said):
    """Prints a line and waits until ci/bench has seen it."""
    print(json.dumps(said), flush=True)
    sys.stdin.readline()


def run(batches, out, ready=None):
    """Times an iterator over what comes out, lists of pairs of a file name and its most probable classes.

    out: a file for the predictions
    ready: waits until all workers have their models; left out where they have them before the job begins, or nobody asks"""
    mark(mark="begin")
    began = time.time()
    watching = threading.Thread(target=lambda: (ready(), mark(mark="ready", seconds=time.time() - began)))
    if ready:
        watching.start()
    found, twentieth = [], None
    for batch in batches():
        found += batch
        if twentieth is None and len(found) >= 20:
            twentieth = time.time()
    seconds = time.time() - began
    if ready:
        watching.join()
    mark(mark="end", rows=len(found), seconds=seconds, first_at=twentieth)
    with open(out, "w") as file:
        json.dump(dict(found), file)
