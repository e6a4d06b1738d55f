"""A program and all that it starts: run, measured, and gone afterwards. Linux only, for what it reads in /proc."""

import json
import os
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

MARK = "GRISTMILL_BENCH_RUN"  # in the environment of all that a run starts, so that daemons too are found
PATIENCE = 10  # seconds for them to end by themselves
SAMPLES_EVERY = 0.5


def marked(run):
    """The processes that carry the mark, zombies excepted."""
    wanted = f"{MARK}={run}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # ended meanwhile, or another user's
            pass
    return found


def pss_kib(pids):
    """What the processes hold in memory, a page that several share counted once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            pass
    return total


def cpu_seconds(pids):
    """Processor time of the processes, and of those that they started and saw end."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def end(run):
    """Nothing that the run started outlives it. Only what carries its mark is touched."""
    deadline = time.monotonic() + PATIENCE
    while (left := marked(run)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(left)


def run(command, env, log, timeout, sampled=False):
    """Runs the command. Gives the records that it printed, one a line of JSON, each with `since_start`: the seconds from the
    start of the process to its first row; and, if sampled, the peak of the sum of PSS over all its processes in KiB. A record
    with a `mark` gets `cpu`, the processor seconds of all its processes so far, and is answered with an empty line."""
    name = uuid.uuid4().hex
    done = threading.Event()
    peak = [0]

    def read(line):
        record = json.loads(line)
        if "mark" in record:
            record["cpu"] = cpu_seconds(marked(name))
            process.stdin.write("\n")
            process.stdin.flush()
        return record

    def sample():
        while not done.wait(SAMPLES_EVERY):
            peak[0] = max(peak[0], pss_kib(marked(name)))

    sampler = threading.Thread(target=sample)
    with open(log, "w") as errors:
        started = time.time()
        process = subprocess.Popen(
            command, env={**env, MARK: name}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            start_new_session=True,
        )  # fmt: skip
        alarm = threading.Timer(timeout, process.kill)
        try:
            alarm.start()
            if sampled:
                sampler.start()
            records = [read(line) for line in process.stdout if line.startswith("{")]
            status = process.wait()
        finally:
            alarm.cancel()
            done.set()
            if process.poll() is None:  # Ctrl-C
                process.terminate()
            if sampled:
                sampler.join()
            end(name)
            process.wait()
    if status != 0:
        tail = "".join(Path(log).read_text().splitlines(keepends=True)[-20:])
        raise SystemExit(f"ci/bench: {command[-1]} ended with status {status} after {time.time() - started:.0f} s; {log} says:\n{tail}")
    for record in records:
        if record.get("first_at"):
            record["since_start"] = record["first_at"] - started
    return records, peak[0]
