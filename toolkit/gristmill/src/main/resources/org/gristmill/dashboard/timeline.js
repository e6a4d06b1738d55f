"use strict";

// What all charts over a run's time have in common, and those that are lines. They show the same
// part of the run, below each other, with one cursor.
const timeline = (() => {
  const SHORTEST = 1e-4; // seconds that can be looked at
  const PALETTE = ["--blue", "--orange", "--vermillion", "--purple", "--green", "--sky", "--gray"];
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
  const TICKS = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000, 86400];

  const plots = new Set();
  let extent = 1; // seconds of the run so far
  let part = null; // [from, to] that was zoomed to; null is the whole run
  let colours = new Map();

  function limits() {
    return part ?? [0, extent];
  }

  function apply() {
    const [min, max] = limits();
    for (const plot of plots) plot.setScale("x", {min, max});
    dom.byId("all").disabled = part === null;
    dom.byId("earlier").disabled = part === null;
    dom.byId("later").disabled = part === null;
    dom.byId("wider").disabled = part === null;
  }

  function zoom(from, to) {
    const length = Math.min(extent, Math.max(SHORTEST, to - from));
    const begin = Math.max(0, Math.min(extent - length, from));
    part = length >= extent ? null : [begin, begin + length];
    apply();
  }

  function all() {
    part = null;
    apply();
  }

  function by(factor) {
    const [from, to] = limits();
    const middle = (from + to) / 2;
    const half = ((to - from) / 2) * factor;
    zoom(middle - half, middle + half);
  }

  function move(share) {
    const [from, to] = limits();
    zoom(from + share * (to - from), to + share * (to - from));
  }

  // The run is so long by now. What was zoomed to stays.
  function setExtent(seconds) {
    extent = Math.max(SHORTEST, seconds);
    if (part && part[1] > extent) part = null;
  }

  function colour(name) {
    if (!colours.has(name)) {
      colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    }
    return colours.get(name);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours = new Map();
    for (const plot of plots) plot.redraw(false, true);
  });

  function tick(s, step) {
    if (step >= 60) {
      const minutes = Math.floor(s / 60);
      const hours = Math.floor(minutes / 60);
      return hours ? `${hours} h ${minutes % 60}` : `${minutes} min`;
    }
    if (step < 1) return `${s.toFixed(Math.ceil(-Math.log10(step) - 1e-9))} s`;
    return s < 120 ? `${s} s` : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }

  function isWide(box) {
    return box.clientWidth >= 640;
  }

  function axis(more) {
    return {
      stroke: () => colour("--quiet"),
      font: "12px system-ui, sans-serif",
      grid: {stroke: () => colour("--line"), width: 1},
      ticks: {stroke: () => colour("--line"), width: 1, size: 4},
      ...more,
    };
  }

  // A chart in the box; what it draws is in `options`.
  function plot(box, height, options, data) {
    const made = new uPlot({
      width: Math.max(200, box.clientWidth),
      height,
      legend: {show: false},
      padding: [8, 8, 0, 0],
      ...options,
      scales: {x: {time: false}, ...options.scales},
      axes: [
        axis({
          incrs: TICKS,
          size: 30,
          space: 70,
          values: (u, splits, a, space, step) => splits.map(s => tick(s, step)),
        }),
        axis({size: () => (isWide(box) ? 180 : 70), ...options.left}),
      ],
      cursor: {
        y: false,
        points: {size: 6},
        drag: {x: true, y: false, setScale: false, dist: 4},
        sync: {
          key: "run",
          setSeries: false,
          scales: ["x", null],
          filters: {pub: type => type === "mousemove" || type === "mouseleave"},
        },
        bind: {dblclick: () => () => all()},
        ...options.cursor,
      },
      hooks: {
        ...options.hooks,
        setSelect: [u => {
          const {left, width} = u.select;
          if (width > 3) zoom(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
          u.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
        }],
      },
    }, data, box);
    made.ctx.canvas.setAttribute("role", "img");
    plots.add(made);
    const observer = new ResizeObserver(() => {
      if (box.clientWidth > 0 && box.clientWidth !== made.width) {
        made.setSize({width: box.clientWidth, height: made.height});
      }
    });
    observer.observe(box);
    made.forget = () => {
      observer.disconnect();
      plots.delete(made);
      made.destroy();
    };
    return made;
  }

  function setData(plot, data) {
    const [min, max] = limits();
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale("x", {min, max});
    });
  }

  // Lines over time, with what they are at the cursor, or at last, below.
  function lines(box, title, words, top) {
    const frame = dom.make("div", "frame");
    const empty = dom.make("p", "quiet");
    const legend = dom.make("ul", "keys");
    box.append(empty, frame, legend);
    let made = null;
    let shown = []; // [{name, values}]
    let at = [];

    function create(data) {
      return plot(frame, 140, {
        series: [{}, ...shown.map((line, i) => ({
          label: line.name,
          stroke: () => colour(PALETTE[i % PALETTE.length]),
          width: 2,
          dash: DASHES[i % DASHES.length],
          points: {show: false},
        }))],
        scales: {y: {range: (u, low, high) => [0, top ?? (high > 0 ? high * 1.08 : 1)]}},
        left: {values: (u, splits) => splits.map(words)},
        hooks: {setCursor: [() => values()]},
      }, data);
    }

    function values() {
      const idx = made && made.cursor.idx != null && made.cursor.left >= 0 ? made.cursor.idx : at.length - 1;
      dom.list(legend, shown, line => line.name, () => dom.make("li", "", dom.make("span", "stroke"), dom.make("span", "raw")),
          (item, line, i) => {
            const stroke = item.children[0].style;
            stroke.borderTopColor = `var(${PALETTE[i % PALETTE.length]})`;
            stroke.borderTopStyle = ["solid", "dashed", "dotted", "double"][i % DASHES.length];
            const value = line.values[idx];
            dom.text(item.children[1], `${line.name}: ${value == null ? "–" : words(value)}`);
          });
    }

    return (times, all) => {
      const before = shown.map(line => line.name).join("\n");
      at = times;
      shown = all.filter(line => line.values);
      dom.text(empty, at.length ? "" : "No samples: the run was too short.");
      dom.show(empty, !at.length);
      dom.show(frame, at.length > 0);
      dom.show(legend, at.length > 0);
      if (!at.length) return;
      const data = [at, ...shown.map(line => line.values)];
      if (made && before !== shown.map(line => line.name).join("\n")) {
        made.forget();
        made = null;
      }
      made ??= create(data);
      setData(made, data);
      const most = shown.map(line => {
        const high = line.values.reduce((a, b) => (b != null && b > a ? b : a), 0);
        return `${line.name} ${words(high)}`;
      });
      made.ctx.canvas.setAttribute("aria-label", `${title} over ${format.seconds(extent)}; at most: ${most.join(", ")}`);
      values();
    };
  }

  let queues = null;
  let memory = null;
  let use = null;

  function fill(run) {
    queues ??= lines(dom.byId("queues"), "Rows in front of each stage", format.count);
    memory ??= lines(dom.byId("memory-chart"), "Memory", format.bytes);
    use ??= lines(dom.byId("use"), "Utilisation", format.percent, 1);
    const s = run.timeline.samples;
    queues(s.at, run.stages.map((stage, i) => ({name: `${i + 1}. ${stages.short(stage.name, 40)}`, values: s.queues[i]})));
    memory(s.at, [
      {name: "rows held", values: s.held},
      {name: "process", values: s.process},
      {name: "heap", values: s.heap},
      {name: "direct buffers", values: s.direct},
      {name: "GPU", values: s.gpuMemory},
    ]);
    use(s.at, [{name: "processors", values: s.cpu}, {name: "GPU", values: s.gpu}]);
  }

  dom.byId("all").addEventListener("click", all);
  dom.byId("closer").addEventListener("click", () => by(0.5));
  dom.byId("wider").addEventListener("click", () => by(2));
  dom.byId("earlier").addEventListener("click", () => move(-0.5));
  dom.byId("later").addEventListener("click", () => move(0.5));

  return {fill, plot, setData, setExtent, zoom, all, limits, apply, colour, isWide};
})();
