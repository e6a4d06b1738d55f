"use strict";

// What the plan's stages and their actors did.
const stages = (() => {
  const COLUMNS = ["raw", ...Array(5).fill("number"), "shares", ...Array(6).fill("number")];

  // What the time of all its workers together went into.
  function shares(stage) {
    const room = stage.waitedForRoom + (stage.waitedForMemory || 0);
    const sum = stage.busy + stage.waitedForInput + room;
    const whole = Math.max(sum, stage.wall * Math.max(1, stage.workers)) || 1;
    return {
      busy: stage.busy / whole,
      input: stage.waitedForInput / whole,
      room: room / whole,
    };
  }

  function timeBar(cell, stage) {
    if (!stage.tasks) {
      dom.bar(cell, [], stage.ended ? "not measured" : "nothing yet");
      return;
    }
    const {busy, input, room} = shares(stage);
    dom.bar(
        cell,
        [["busy", busy], ["input", input], ["room", room]],
        `busy ${format.percent(busy)}, input ${format.percent(input)}, room ${format.percent(room)}`);
  }

  function rate(stage) {
    return stage.wall > 0 ? stage.rows / stage.wall : 0;
  }

  function workers(stage) {
    return stage.workers === 0 ? "caller" : format.count(stage.workers);
  }

  function fill(run) {
    dom.list(dom.byId("stages"), run.stages, (s, i) => i, () => dom.row(COLUMNS), (tr, stage, i) => {
      const cells = tr.children;
      const took = value => (stage.tasks ? format.seconds(value) : "–");
      dom.text(cells[0], `${i + 1}. ${stage.name}`);
      dom.text(cells[1], workers(stage));
      dom.text(cells[2], format.count(stage.rows));
      dom.text(cells[3], stage.wall > 0 ? format.rate(rate(stage)) : "–");
      dom.text(cells[4], format.count(stage.queue));
      dom.text(cells[5], stage.ended ? "ended" : format.count(stage.running));
      timeBar(cells[6], stage);
      dom.text(cells[7], format.count(stage.tasks));
      dom.text(cells[8], took(stage.p50));
      dom.text(cells[9], took(stage.p90));
      dom.text(cells[10], took(stage.p99));
      dom.text(cells[11], stage.loads ? `${format.count(stage.loads)} in\n${format.seconds(stage.loading)}` : "0");
      dom.text(cells[12], format.count(stage.errors));
      cells[12].classList.toggle("bad", stage.errors > 0);
    });
    actors(run);
    sizes(run);
  }

  function actors(run) {
    const all = run.stages.flatMap((stage, place) =>
        stage.actors.map(actor => ({actor, place, stage, elapsed: run.elapsed})));
    dom.list(
        dom.byId("actors"),
        all,
        a => `${a.place} ${a.actor.number}`,
        () => dom.row(["raw", "", "number", "number", "shares"]),
        (tr, {actor, place, stage, elapsed}) => {
          const cells = tr.children;
          const share = elapsed > 0 ? actor.busy / elapsed : 0;
          dom.text(cells[0], `${place + 1}. ${short(stage.name, 22)} · ${actor.number}`);
          dom.text(cells[1], actor.device);
          dom.text(cells[2], format.count(actor.tasks));
          dom.text(cells[3], format.count(actor.rows));
          dom.bar(cells[4], [["busy", share]], `${format.percent(share)} of the run`);
        });
  }

  const MOST_SIZES = 12;

  // Each size, or ranges of sizes if there are many.
  function binned(sizes) {
    const all = Object.entries(sizes).map(([size, n]) => [Number(size), n]).sort((a, b) => a[0] - b[0]);
    if (all.length <= MOST_SIZES) return all.map(([size, n]) => [String(size), n]);
    const low = all[0][0];
    const width = Math.ceil((all[all.length - 1][0] - low + 1) / MOST_SIZES);
    const bins = new Map();
    for (const [size, n] of all) {
      const from = low + width * Math.floor((size - low) / width);
      bins.set(from, (bins.get(from) || 0) + n);
    }
    return [...bins].map(([from, n]) => [`${from} to ${from + width - 1}`, n]);
  }

  function sizes(run) {
    const some = run.stages.map((stage, place) => ({stage, place})).filter(s => s.stage.batches);
    const all = some.flatMap(({stage, place}) => {
      const bins = binned(stage.sizes);
      const most = Math.max(...bins.map(([, n]) => n));
      return bins.map(([size, n]) => ({size, n, most, place}));
    });
    dom.show(dom.byId("sizes-box"), all.length > 0);
    dom.list(
        dom.byId("sizes"),
        all,
        bin => `${bin.place} ${bin.size}`,
        () => dom.row(["", "shares"]),
        (tr, {size, n, most, place}) => {
          dom.text(tr.children[0], some.length > 1 ? `${size} (stage ${place + 1})` : size);
          dom.bar(tr.children[1], [["busy", n / most]], format.plural(n, "batch", "batches"));
        });
  }

  function short(name, length) {
    const letters = [...name];
    return letters.length <= length ? name : `${letters.slice(0, length - 1).join("")}…`;
  }

  return {fill, timeBar, rate, workers, short};
})();
