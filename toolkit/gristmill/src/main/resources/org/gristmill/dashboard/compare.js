"use strict";

// Two runs side by side.
const compare = (() => {
  const sum = (run, of) => run.stages.filter(s => s.batches).reduce((n, s) => n + of(s), 0);

  // [name, value, text of a value, whether a ratio says something]
  const FIGURES = [
    ["State", run => run.state, String, false],
    ["Rows", run => run.rows, format.count, true],
    ["Set aside", run => run.setAside, format.count, false],
    ["Took", run => run.elapsed, format.seconds, true],
    ["Rows a second", run => run.rate, format.rate, true],
    ["Workers for batches", run => sum(run, s => s.workers), format.count, true],
    ["Batches", run => sum(run, s => s.tasks), format.count, true],
    ["Model loads", run => sum(run, s => s.loads), format.count, true],
    ["Time of loading, all workers", run => sum(run, s => s.loading), format.seconds, true],
    ["Busy time, all workers", run => sum(run, s => s.busy), format.seconds, true],
    ["Rows held at most", run => run.peak.rows, format.bytes, true],
    ["Process at most", run => run.peak.process, format.bytes, true],
    ["Bound by", run => (run.verdict ? run.verdict.bound : "–"), String, false],
  ];

  function ratio(left, right) {
    if (!(left > 0) || !(right > 0)) return "–";
    const times = left / right;
    return `× ${times >= 10 ? times.toFixed(0) : times.toFixed(2)}`;
  }

  function plan(id, run) {
    dom.list(
        dom.byId(id),
        run.stages,
        (stage, i) => i,
        () => dom.row(["raw", "number", "number", "shares"]),
        (tr, stage, i) => {
          dom.text(tr.children[0], `${i + 1}. ${stage.name}`);
          dom.text(tr.children[1], stages.workers(stage));
          dom.text(tr.children[2], stage.wall > 0 ? format.rate(stages.rate(stage)) : "–");
          stages.timeBar(tr.children[3], stage);
        });
  }

  function fill(left, right) {
    const box = dom.byId("comparison");
    dom.show(box, Boolean(left && right));
    if (!left || !right) return;
    dom.text(dom.byId("left-name"), `Run ${left.id}`);
    dom.text(dom.byId("right-name"), `Run ${right.id}`);
    dom.text(dom.byId("ratio-name"), `Run ${left.id} / run ${right.id}`);
    dom.text(dom.byId("left-caption"), `Plan of run ${left.id}`);
    dom.text(dom.byId("right-caption"), `Plan of run ${right.id}`);
    dom.list(
        dom.byId("figures"),
        FIGURES,
        ([name]) => name,
        () => dom.row(["", "number", "number", "number"]),
        (tr, [name, of, words, comparable]) => {
          const a = of(left);
          const b = of(right);
          dom.text(tr.children[0], name);
          dom.text(tr.children[1], words(a));
          dom.text(tr.children[2], words(b));
          dom.text(tr.children[3], comparable ? ratio(a, b) : "");
        });
    plan("left-plan", left);
    plan("right-plan", right);
  }

  return {fill};
})();
