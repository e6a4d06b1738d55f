"use strict";

// Everything of one run but its charts and tables of stages.
const oneRun = (() => {
  function name(run) {
    return run.id ? `Run ${run.id}` : "Run";
  }

  // Without the dashboard nobody knows whether it still goes on.
  function state(run, lost) {
    return lost && run.state === "running" ? "was running" : run.state;
  }

  function fill(run, lost) {
    dom.text(dom.byId("run-title"), name(run));
    dom.text(dom.byId("state"), state(run, lost));
    dom.attribute(dom.byId("state"), "data-state", state(run, lost));
    dom.text(dom.byId("steps"), run.steps);
    dom.text(dom.byId("options"), run.options);
    dom.text(dom.byId("failure"), run.failure ?? "");
    dom.show(dom.byId("failure"), run.failure !== null);
    progress(run);
    verdict(run.verdict);
    memory(run);
    errors(run);
    dom.show(dom.byId("notes-box"), run.notes.length > 0);
    dom.list(dom.byId("notes"), run.notes, (n, i) => i, () => dom.make("li", "raw"), dom.text);
  }

  function progress(run) {
    const done = run.rows + run.setAside;
    const bar = dom.byId("progress");
    const known = run.total !== null && run.total > 0;
    const share = known ? Math.min(1, done / run.total) : 0;
    dom.show(bar, known);
    dom.attribute(bar, "data-state", run.state);
    dom.attribute(bar, "aria-valuemin", "0");
    dom.attribute(bar, "aria-valuemax", "100");
    dom.attribute(bar, "aria-valuenow", String(Math.floor(share * 100)));
    bar.firstElementChild.style.width = `${(share * 100).toFixed(1)}%`;
    const words = [];
    if (known && run.state !== "ended") {
      const total = `${run.totalIsEstimate ? "about " : ""}${format.count(run.total)}`;
      words.push(`${format.count(done)} of ${total} rows (${format.percent(share)})`);
    } else {
      words.push(format.plural(run.rows, "row", "rows"));
    }
    words.push(`${format.rate(run.rate)} rows/s`);
    if (run.setAside) words.push(`${format.count(run.setAside)} set aside`);
    words.push(`${run.state === "running" ? "so far" : "took"} ${format.seconds(run.elapsed)}`);
    if (run.remaining) words.push(left(run.remaining));
    if (run.began) words.push(`began ${format.clock(run.began)}`);
    dom.text(dom.byId("progress-text"), words.join(" · "));
  }

  function left({low, likely, high}) {
    const from = format.seconds(low);
    const to = format.seconds(high);
    return from === to ? `${from} left` : `${from} to ${to} left, likely ${format.seconds(likely)}`;
  }

  function verdict(v) {
    dom.show(dom.byId("verdict"), v !== null);
    if (v === null) return;
    dom.text(dom.byId("verdict-title"), `Verdict: ${v.bound}`);
    dom.text(dom.byId("sentence"), v.sentence);
    dom.list(dom.byId("evidence"), v.evidence, (e, i) => i, () => dom.make("li", "raw"), dom.text);
    dom.show(dom.byId("changes-box"), v.changes.length > 0);
    dom.list(dom.byId("changes"), v.changes, (c, i) => i, () => dom.row(["raw", "number", "number"]), (tr, change) => {
      dom.text(tr.children[0], change.change);
      dom.text(tr.children[1], format.rate(change.rowsPerSecond));
      dom.text(tr.children[2], `× ${change.gain.toFixed(2)}`);
    });
  }

  function memory({memory: now, peak}) {
    const rows = [
      ["Rows on their way", now.rows, peak.rows, peak.budget],
      ["Process", now.process, peak.process, peak.limit],
      ["Heap", now.heap, peak.heap, null],
      ["Direct buffers", now.direct, peak.direct, null],
      ["GPU", now.gpu, peak.gpu, null],
    ].filter(([, , most]) => most !== null);
    dom.list(
        dom.byId("memory"),
        rows,
        ([what]) => what,
        () => dom.row(["", "number", "number", "number", "shares"]),
        (tr, [what, present, most, limit]) => {
          dom.text(tr.children[0], what);
          dom.text(tr.children[1], present === null ? "–" : format.bytes(present));
          dom.text(tr.children[2], format.bytes(most));
          dom.text(tr.children[3], limit ? format.bytes(limit) : "–");
          if (limit) dom.bar(tr.children[4], [["busy", most / limit]], format.percent(most / limit));
        });
  }

  const PICTURE = /^data:image\/png;base64,[A-Za-z0-9+/=]+$/;

  function errors(run) {
    dom.show(dom.byId("errors-box"), run.errors.length > 0);
    dom.text(dom.byId("errors-title"), `Errors: ${run.errors.length === 1 ? "one row" : `the first ${run.errors.length} rows`}`);
    dom.list(dom.byId("errors"), run.errors, (e, i) => `${run.id} ${i}`, card, (item, error) => {
      const [head, path, message] = item.querySelectorAll("p");
      dom.text(head, `Row ${error.row}${error.stage ? `, in ${error.stage}` : ""}`);
      dom.text(path, error.path ?? "");
      dom.show(path, error.path !== null);
      dom.text(message, error.message);
    });
  }

  function card(error) {
    const item = dom.make("li");
    if (error.picture !== null && PICTURE.test(error.picture)) {
      const picture = dom.make("img");
      picture.alt = `Picture of row ${error.row}${error.path ? `: ${error.path.split("/").pop()}` : ""}`;
      picture.src = error.picture;
      item.append(picture);
    }
    item.append(dom.make("div", "", dom.make("p", "head raw"), dom.make("p", "path raw"), dom.make("p", "message raw")));
    return item;
  }

  return {fill, name, state};
})();
