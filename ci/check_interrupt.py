"""Interrupts a cell that writes predictions, in a real kernel, and runs it again: it stops soon and leaves nothing running or
half written, goes on where it was, and a pool that is kept warm has one owner however often its cell runs."""

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from kernel_process import KernelProcess

ROWS = 400
PATIENCE = 5  # seconds; a second, the running batch, and what a busy machine adds

SETUP = """
import org.gristmill.*;
import org.gristmill.samples.Samples;
import java.util.List;
var session = Session.start();
"""

CELL = """
class Worker implements BatchWorker<Image, Prediction> {
    final ImageClassifier model;
    Worker(Device device) { model = ImageClassifier.load(Samples.MODEL, device); }
    public List<Prediction> apply(List<Image> batch) { return model.classify(batch); }
    public void close() { model.close(); }
}
var pool = ActorPool.of(2, Worker::new).keepWarm("worker");
var stats = Samples.images(%d).mapBatches(8, pool).writeJsonLines("%s", 16);
System.out.println(stats.modelLoads() + " loads; " + stats.rows() + " rows; " + stats.notes());
"""

OPEN = 'System.out.println(session.pools() + " " + session.models().size() + " models")'
CLOSE = 'session.close(); System.out.println(session.threads() + " " + session.models())'


class Kernel(KernelProcess):
    def start(self, code):
        return self.client.execute(code)

    def finish(self, request, timeout=300):
        """The reply's status, and what the cell printed."""
        printed = []
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
            elif message["msg_type"] == "error":
                printed.append("\n".join(message["content"]["traceback"]))
            elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == request:
                return reply["content"]["status"], "".join(printed)

    def run(self, code):
        return self.finish(self.start(code))


def rows(folder):
    return [json.loads(line)["path"] for file in sorted(folder.glob("segment-*.jsonl")) for line in file.read_text().splitlines()]


def require(holds, what, *seen):
    if not holds:
        sys.exit(f"failed: {what}: {' '.join(map(str, seen))}")
    print(f"passed: {what}", flush=True)


def check(kernel, folder):
    status, text = kernel.run(SETUP)
    require(status == "ok", "the session starts", text)
    cell = CELL % (ROWS, folder)

    running = kernel.start(cell)
    deadline = time.monotonic() + 120
    while len(list(folder.glob("segment-*"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    status, text = kernel.finish(running)
    seconds = time.monotonic() - began
    require(status != "ok", "an interrupted cell is not ok", text)
    require(seconds < PATIENCE, f"it stopped after {seconds:.1f} s", seconds)
    while list(folder.glob(".*partial")) and time.monotonic() - began < PATIENCE:
        time.sleep(0.05)  # the kernel answers before the cell's thread has ended
    before = len(rows(folder))
    require(48 <= before < ROWS, f"{before} rows were committed", before)
    require(not list(folder.glob(".*partial")), "nothing half written is left", list(folder.iterdir()))

    status, text = kernel.run(cell)
    require(status == "ok" and f"went on after {before} rows" in text, "the same cell goes on behind them", text)
    found = rows(folder)
    require(len(found) == ROWS and len(set(found)) == ROWS, f"all {ROWS} rows are there, each once", len(found), len(set(found)))
    status, text = kernel.run(cell)
    require("0 loads; 0 rows" in text and "is complete" in text, "and a third time does nothing", text)
    status, text = kernel.run(OPEN)
    require(re.fullmatch(r"\[worker\] [012] models", text.strip()), "one pool is open, whichever cell made it", text)
    status, text = kernel.run(CLOSE)
    require(text.strip() == "[] []", "the session closes it", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", default="gristmill", metavar="NAME")
    args = parser.parse_args()
    kernel = Kernel(args.kernel)
    try:
        with tempfile.TemporaryDirectory() as folder:
            check(kernel, Path(folder) / "predictions")
    finally:
        kernel.stop()


if __name__ == "__main__":
    main()
