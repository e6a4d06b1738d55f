"use strict";

// What every actor did when: a lane an actor, a rectangle a span. Spans narrower than a pixel
// become columns whose height is the share of time that was work, so that ten thousand of them are
// drawn as fast as ten, and gaps do not vanish.
const gantt = (() => {
  const MAKING = 0;
  const box = dom.byId("gantt");
  const tip = dom.make("div", "tip raw");
  tip.hidden = true;
  let plot = null;
  let lanes = []; // [{stage, actor, name, device, spans, next}]
  let elapsed = 0;

  function toLanes(run) {
    const found = new Map();
    const lane = (stage, actor) => {
      const key = stage * 1e6 + actor;
      if (!found.has(key)) {
        const known = run.stages[stage]?.actors.find(a => a.number === actor);
        const name = run.stages[stage]?.name ?? "";
        found.set(key, {key, stage, actor, name, device: known?.device ?? "", spans: [], first: false});
      }
      return found.get(key);
    };
    run.stages.forEach((stage, i) => stage.actors.forEach(a => lane(i, a.number)));
    for (const [stage, actor, kind, from, to, tasks, rows, busy, loading, errors] of run.timeline.spans) {
      lane(stage, actor).spans.push({kind, from, to, tasks, rows, busy, loading, errors});
    }
    const all = [...found.values()].sort((a, b) => a.key - b.key);
    all.forEach((l, i) => {
      l.first = i === 0 || all[i - 1].stage !== l.stage;
      l.spans.sort((a, b) => a.from - b.from);
    });
    return all;
  }

  function laneHeight() {
    return lanes.length <= 12 ? 24 : lanes.length <= 40 ? 16 : 9;
  }

  function height() {
    return 38 + Math.max(1, lanes.length) * laneHeight();
  }

  function label(lane) {
    if (!timeline.isWide(box)) return `${lane.stage + 1} · ${lane.actor}`;
    return `${lane.stage + 1}. ${stages.short(lane.name, 18)} · ${lane.actor}`;
  }

  // The first span that ends behind that time.
  function search(spans, time) {
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans[middle].to < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Adds seconds to the columns of pixels that they fall into.
  function spread(columns, x, w, seconds) {
    if (seconds === 0) return;
    const last = Math.floor(x + w);
    for (let column = Math.floor(x); column <= last; column++) {
      const share = w > 0 ? (Math.min(column + 1, x + w) - Math.max(column, x)) / w : 1;
      if (column >= 0 && column < columns.length) columns[column] += share * seconds;
    }
  }

  function draw(u) {
    const {ctx, bbox} = u;
    const {min, max} = u.scales.x;
    const perSecond = bbox.width / (max - min);
    const each = bbox.height / Math.max(1, lanes.length);
    const rectangles = {pale: [], busy: [], loading: [], making: []};
    const errors = [];
    const width = Math.ceil(bbox.width) + 1;
    const columns = {busy: new Float64Array(width), loading: new Float64Array(width), making: new Float64Array(width)};

    lanes.forEach((lane, i) => {
      const top = bbox.top + i * each + Math.max(1, each * 0.12);
      const high = each - 2 * Math.max(1, each * 0.12);
      const block = (into, x, w, share = 1) => {
        const h = Math.max(1, high * Math.min(1, share));
        rectangles[into].push(bbox.left + x, top + high - h, w, h);
      };
      let narrow = false;
      for (let n = search(lane.spans, min); n < lane.spans.length; n++) {
        const span = lane.spans[n];
        if (span.from > max) break;
        const x = (span.from - min) * perSecond;
        const w = (span.to - span.from) * perSecond;
        if (span.errors) errors.push(bbox.left + x + w / 2, top, high);
        if (w < 2) {
          narrow = true;
          if (span.kind === MAKING) {
            spread(columns.making, x, w, span.busy);
          } else {
            spread(columns.busy, x, w, span.busy);
            spread(columns.loading, x, w, span.loading);
          }
          continue;
        }
        const visible = w > 5 ? w - 1 : w; // neighbours can be told apart
        if (span.kind === MAKING) {
          block("making", x, visible);
        } else if (span.tasks > 1) {
          block("pale", x, visible);
          block("busy", x, visible, span.busy / (span.to - span.from));
        } else {
          block("busy", x, visible);
        }
        if (span.loading > 0) block("loading", x, Math.min(visible, Math.max(1, span.loading * perSecond)));
      }
      if (narrow) {
        for (let x = 0; x < width; x++) {
          for (const into of ["busy", "making", "loading"]) {
            if (columns[into][x] > 0) block(into, x, 1, columns[into][x] * perSecond);
            columns[into][x] = 0;
          }
        }
      }
    });

    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const paint = (into, name) => {
      const all = rectangles[into];
      ctx.fillStyle = timeline.colour(name);
      for (let i = 0; i < all.length; i += 4) ctx.fillRect(all[i], all[i + 1], all[i + 2], all[i + 3]);
    };
    paint("pale", "--pale");
    paint("busy", "--busy");
    paint("making", "--making");
    paint("loading", "--loading");
    ctx.fillStyle = timeline.colour("--error");
    ctx.strokeStyle = timeline.colour("--ground");
    for (let i = 0; i < errors.length; i += 3) mark(ctx, errors[i], errors[i + 1], errors[i + 2]);
    ctx.fillStyle = timeline.colour("--quiet");
    lanes.forEach((lane, i) => {
      if (lane.first && i > 0) ctx.fillRect(bbox.left, Math.round(bbox.top + i * each), bbox.width, 1);
    });
    ctx.restore();
  }

  // A line with a triangle on top, so that it is told by its shape as well.
  function mark(ctx, x, top, high) {
    const size = Math.min(5 * uPlot.pxRatio, high / 2);
    ctx.fillRect(x - 1, top, 2, high);
    ctx.beginPath();
    ctx.moveTo(x - size, top);
    ctx.lineTo(x + size, top);
    ctx.lineTo(x, top + size * 1.5);
    ctx.closePath();
    ctx.stroke();
    ctx.fill();
  }

  function hover(u) {
    const {left, top} = u.cursor;
    const lane = left >= 0 && u.over.matches(":hover") ? lanes[Math.floor((top / u.over.clientHeight) * lanes.length)] : null;
    if (!lane) {
      dom.show(tip, false);
      return;
    }
    const time = u.posToVal(left, "x");
    const slack = u.posToVal(left + 3, "x") - time;
    const span = lane.spans[search(lane.spans, time - slack)];
    const who = `${lane.stage + 1}. ${stages.short(lane.name, 60)} · actor ${lane.actor}${lane.device ? ` on ${lane.device}` : ""}`;
    dom.text(tip, `${who}\n${span && span.from <= time + slack ? tell(span) : `${format.seconds(time)}: waiting`}`);
    dom.show(tip, true);
    const space = box.clientWidth - tip.offsetWidth - 4;
    tip.style.left = `${Math.max(0, Math.min(space, u.over.offsetLeft + left + 12))}px`;
    tip.style.top = `${u.over.offsetTop + top + 18}px`;
  }

  function tell(span) {
    const what = span.kind === MAKING
      ? "making its worker"
      : span.tasks === 1
        ? `a task of ${format.plural(span.rows, "row", "rows")}`
        : `${format.count(span.tasks)} tasks of ${format.plural(span.rows, "row", "rows")} together, busy ${format.seconds(span.busy)}`;
    const lines = [
      `${what}: ${format.seconds(span.to - span.from)}`,
      `from ${format.seconds(span.from)} to ${format.seconds(span.to)}`,
    ];
    if (span.loading > 0) lines.push(`of it loading a model: ${format.seconds(span.loading)}`);
    if (span.errors > 0) lines.push(format.plural(span.errors, "error", "errors"));
    return lines.join("\n");
  }

  function create() {
    const made = timeline.plot(box, height(), {
      series: [{}, {points: {show: false}}],
      scales: {y: {range: () => [0, Math.max(1, lanes.length)], dir: -1}},
      left: {
        splits: () => lanes.map((lane, i) => i + 0.5),
        values: () => lanes.map(lane => (laneHeight() >= 14 || lane.first ? label(lane) : "")),
        grid: {show: false},
        ticks: {show: false},
      },
      cursor: {y: false, points: {show: false}},
      hooks: {draw: [draw], setCursor: [hover]},
    }, [[0, 1], [null, null]]);
    box.append(tip);
    return made;
  }

  function fill(run) {
    lanes = toLanes(run);
    elapsed = run.elapsed;
    plot ??= create();
    if (plot.height !== height()) plot.setSize({width: plot.width, height: height()});
    timeline.setData(plot, [[0, Math.max(1e-4, elapsed)], [null, null]]);
    const spans = run.timeline.spans.length;
    const errors = run.stages.reduce((n, stage) => n + stage.errors, 0);
    const busiest = run.stages
        .flatMap((stage, i) => stage.actors.map(a => ({name: `stage ${i + 1} actor ${a.number}`, share: a.busy / Math.max(1e-9, elapsed)})))
        .sort((a, b) => b.share - a.share)
        .slice(0, 3)
        .map(a => `${a.name} ${format.percent(a.share)}`);
    plot.ctx.canvas.setAttribute(
        "aria-label",
        `What ${format.plural(lanes.length, "actor", "actors")} did in ${format.seconds(elapsed)}: `
        + `${format.plural(spans, "span", "spans")}, ${format.plural(errors, "error", "errors")}; `
        + `busiest: ${busiest.join(", ") || "none"}. The table of actors has all of them.`);
  }

  return {fill};
})();
