"""Runs cells in a real kernel and watches the tile that shows how a run stands: it changes while the cell runs, its last frame
comes before the cell has ended, one output stays, and what it says does not depend on styles or scripts."""

import argparse
import queue
import re
import sys
import time

from kernel_process import KernelProcess

PATIENCE = 5  # seconds that an interrupted run may take to say so

SETUP = """
import org.gristmill.*;
import java.util.List;
import java.util.stream.IntStream;
var session = Session.start();
List<Integer> slow(List<Integer> batch) throws InterruptedException {
    for (int row : batch) {
        Thread.sleep(20);
        if (row == BROKEN) {
            throw new IllegalStateException("row " + row + " is <b>broken</b>");
        }
    }
    return batch;
}
int BROKEN = -1;
Run<Integer> run(int rows) {
    return Dataset.of(IntStream.range(0, rows).boxed().toList()).mapBatches(5, 2, batch -> slow(batch)).toList();
}
Run<Prediction> predictions(int rows) {
    return Dataset.of(IntStream.range(0, rows).boxed().toList())
        .mapBatches(5, 2, batch -> slow(batch).stream().map(row -> new Prediction(row, "row", 1, List.of())).toList())
        .toList();
}
"""


class Kernel(KernelProcess):
    def run(self, code, interrupt_after=None):
        """The messages of a cell until it is over. One that is interrupted, once `interrupt_after` holds of its messages, is
        over before its thread has ended: of that, what comes until the run has told its end."""
        request = self.client.execute(code)
        deadline = time.monotonic() + 120
        messages, idle, interrupted = [], False, False
        while not idle or (interrupted and "failed after" not in text(shown(messages)[-1])):
            if time.monotonic() > deadline:
                break
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            messages.append(message)
            if interrupt_after and not interrupted and interrupt_after(messages):
                self.manager.interrupt_kernel()
                interrupted, deadline = True, time.monotonic() + PATIENCE
            idle = idle or (message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")
        require_quietly(idle, f"the cell is not over: {code}")
        self.client.get_shell_msg(timeout=30)
        return messages


def shown(messages):
    """What stays in the cell: a display for each id, as it was changed last. Other ids are not to be updated."""
    outputs = {}
    for message in messages:
        if message["msg_type"] in ("display_data", "update_display_data"):
            name = message["content"]["transient"]["display_id"]
            require_quietly(message["msg_type"] == "display_data" or name in outputs, "an update of what is not there")
            require_quietly(message["msg_type"] == "update_display_data" or name not in outputs, "a display twice")
            outputs[name] = message
    return list(outputs.values())


def text(message):
    """What a reader sees where scripts, styles and style attributes are stripped."""
    html = message["content"].get("data", {}).get("text/html", "")
    html = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    html = re.sub(r'\s(style|class)="[^"]*"', "", html)
    tags = set(re.findall(r"<(\w+)[^>]*>", html))
    require_quietly(tags <= {"table", "thead", "tbody", "tr", "th", "td", "p"}, f"tags that may be stripped: {tags}")
    require_quietly(not re.findall(r"<\w+\s[^>]*>", html), "attributes that mean something")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).replace("&lt;", "<").replace("&gt;", ">").strip()


def kinds(messages):
    return [message["msg_type"] for message in messages]


def require_quietly(holds, what):
    if not holds:
        sys.exit(f"failed: {what}")


def require(holds, what, *seen):
    if not holds:
        sys.exit(f"failed: {what}: {' '.join(map(str, seen))}")
    print(f"passed: {what}", flush=True)


def check(kernel):
    setup = kernel.run(SETUP)
    require("error" not in kinds(setup), "the session starts", setup)

    short = kernel.run("run(5).size()")
    require("display_data" not in kinds(short), "a short run shows nothing but its result", kinds(short))

    began = time.monotonic()
    messages = kernel.run("run(600).size()")
    seconds = time.monotonic() - began
    updates = kinds(messages).count("update_display_data")
    require(kinds(messages).count("display_data") == 1 and len(shown(messages)) == 1, "a run shows one tile", kinds(messages))
    require(3 <= updates <= 5 * seconds, f"it changes while the cell runs, {updates} times in {seconds:.1f} s")
    tiles = [message for message in messages if "display_data" in message["msg_type"]]
    middle, last = text(tiles[len(tiles) // 2]), text(tiles[-1])
    require("running for" in middle and re.search(r"[█▏▎▍▌▋▊▉]+░+ \d+ %, \d+ of 600", middle), "it tells how far the run is", middle)
    require(re.search(r"time left (under|about|\d+ to) \d+ s", middle), "and how long the rest may take", middle)
    require("ended after" in last and "100 %, 600" in last and "░ 100 %" not in last, "its last frame tells how the run ended", last)
    require(last.count("300 rows") == 0 and "mapBatches(5, 2 workers)" in last and "rows waiting" in last, "with its stages", last)
    ended = messages.index(tiles[-1])
    idle = max(i for i, kind in enumerate(kinds(messages)) if kind == "status")
    require(ended < idle, "the last frame comes before the cell has ended", ended, idle)
    plain = tiles[-1]["content"]["data"]["text/plain"]
    require("ended after" in plain and "<" not in plain, "the same as plain text", plain)

    three = kernel.run("for (int i = 0; i < 7; i++) { run(40); }")
    require(len(shown(three)) == 5, "seven runs in a cell show five tiles at most", len(shown(three)))

    messages = kernel.run('BROKEN = 120; run(200)')
    last = text(shown(messages)[-1])
    require(len(shown(messages)) == 1 and "error" in kinds(messages), "a run fails", kinds(messages))
    require("failed after" in last and "row 120 is <b>broken</b>" in last, "its last frame tells why", last)
    require(
        max(i for i, kind in enumerate(kinds(messages)) if "display" in kind) < kinds(messages).index("error"),
        "before the error",
        kinds(messages),
    )

    messages = kernel.run("BROKEN = -1; run(20000)", interrupt_after=lambda seen: kinds(seen).count("update_display_data") > 2)
    last = text(shown(messages)[-1])
    require("failed after" in last and "interrupted after" in last, "an interrupted run's last frame tells that it was", last)

    messages = kernel.run(
        'Comparison.of("one", () -> predictions(40)).and("two", () -> predictions(80)).measure(1).arms().size()'
    )
    require("error" not in kinds(messages), "a comparison runs", messages)
    last = text(shown(messages)[-1])
    require(len(shown(messages)) == 1, "its runs share one tile", len(shown(messages)))
    require(re.search(r"one 2 \S+ [\d.]+ rows/s", last) and re.search(r"two 2 \S+ [\d.]+ rows/s", last), "which has a line for each arm", last)
    printed = "".join(message["content"]["text"] for message in messages if message["msg_type"] == "stream")
    require("warm-up: one" in printed and "round 1 of 1: one" in printed, "its rounds are printed", printed)

    quiet = kernel.run("session.hideProgress(); run(100).size()")
    require("display_data" not in kinds(quiet), "hideProgress hides it", kinds(quiet))
    again = kernel.run("session.showProgress(); run(100).size()")
    require(len(shown(again)) == 1, "showProgress shows it again", kinds(again))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", default="gristmill", metavar="NAME")
    args = parser.parse_args()
    kernel = Kernel(args.kernel)
    try:
        check(kernel)
    finally:
        kernel.stop()


if __name__ == "__main__":
    main()
