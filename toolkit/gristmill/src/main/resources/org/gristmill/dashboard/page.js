"use strict";

// Asks for the runs again and again, and shows the chosen one.
const page = (() => {
  const OFTEN = 1000; // milliseconds, while something runs
  const SELDOM = 3000;

  const known = new Map(); // runs by id; those that have ended do not change any more
  let runs = [];
  let chosen = null; // an id
  let followsNewest = true; // until an older one is chosen
  let other = null; // the id of the run to compare with
  let lost = false;
  let shown = []; // what is on the page
  let wake = () => {};

  function choose(id) {
    chosen = id;
    followsNewest = runs.length > 0 && runs[0].id === id;
    list();
    wake();
  }

  async function whole(id) {
    const summary = runs.find(run => run.id === id);
    const before = known.get(id);
    if (!summary) return null;
    if (before && before.state !== "running" && summary.state !== "running") return before;
    const run = await feed.run(id);
    if (run) known.set(id, run);
    return run;
  }

  async function ask() {
    const all = await feed.runs();
    runs = all.runs;
    const gone = !runs.some(run => run.id === chosen);
    if (followsNewest || gone) chosen = runs.length ? runs[0].id : null;
    if (!runs.some(run => run.id === other)) other = null;
    for (const id of known.keys()) {
      if (!runs.some(run => run.id === id)) known.delete(id);
    }
    return [all, await whole(chosen), await whole(other)];
  }

  async function look() {
    let answer;
    try {
      answer = await ask();
    } catch (failed) {
      setLost(failed);
      return;
    }
    setLost(null);
    show(...answer);
  }

  function show(all, run, beside) {
    machine(all.machine);
    list();
    live(all);
    dom.show(dom.byId("no-run"), !run);
    dom.show(dom.byId("one"), Boolean(run));
    if (!run || (run === shown[0] && beside === shown[1])) return;
    const another = shown[0]?.id !== run.id;
    shown = [run, beside];
    if (another) timeline.all();
    timeline.setExtent(run.elapsed);
    oneRun.fill(run, lost);
    compare.fill(run, beside);
    stages.fill(run);
    gantt.fill(run);
    timeline.fill(run);
    timeline.apply();
  }

  function machine({cpus, memory, gpus}) {
    const words = [format.plural(cpus, "processor", "processors"), `${format.bytes(memory)} of memory`, ...gpus];
    dom.text(dom.byId("machine"), words.join(" · "));
  }

  function live(all) {
    const running = runs.filter(run => run.state === "running").map(run => run.id);
    let words;
    if (!feed.live) words = `A report of ${new Date(all.now).toLocaleString("en-GB")}`;
    else if (running.length === 0) words = "Live: nothing is running";
    else if (running.length === 1) words = `Live: run ${running[0]} is running`;
    else words = `Live: ${running.length} runs are running`;
    dom.text(dom.byId("live"), words);
    dom.attribute(dom.byId("live"), "data-state", feed.live ? (running.length ? "running" : "idle") : "report");
    const title = running.length ? `${words} – Gristmill` : "Gristmill";
    if (document.title !== title) document.title = title;
  }

  function setLost(failed) {
    const was = lost;
    lost = failed !== null;
    const banner = dom.byId("lost");
    dom.show(banner, lost);
    if (lost) {
      const refused = /^401/.test(failed.message ?? "");
      dom.text(banner, refused
        ? "Another dashboard has taken this address: open the one that session.dashboard() gives now."
        : "Connection lost: the kernel has ended, or its dashboard was closed. Below is what was known last. The page goes on by itself when the dashboard is back.");
      dom.text(dom.byId("live"), "Not live");
      dom.attribute(dom.byId("live"), "data-state", "lost");
    } else {
      dom.text(banner, "");
    }
    if (was !== lost && shown[0]) {
      oneRun.fill(shown[0], lost);
      list();
    }
  }

  function list() {
    dom.show(dom.byId("no-runs"), runs.length === 0);
    dom.list(dom.byId("runs"), runs, run => run.id, item, (li, run) => {
      const button = li.firstElementChild;
      const [title, state, steps, figures] = button.children;
      if (run.id === chosen) dom.attribute(button, "aria-current", "true");
      else button.removeAttribute("aria-current");
      dom.text(title, oneRun.name(run));
      dom.text(state, oneRun.state(run, lost));
      dom.attribute(state, "data-state", oneRun.state(run, lost));
      dom.text(steps, run.steps);
      dom.text(figures, `${format.plural(run.rows, "row", "rows")} · ${format.rate(run.rate)} rows/s · ${format.seconds(run.elapsed)}`);
    });
    options();
  }

  function item(run) {
    const button = dom.make("button", "", dom.make("span", "name"), dom.make("span", "state"), dom.make("span", "steps raw"), dom.make("span", "quiet"));
    button.type = "button";
    button.addEventListener("click", () => choose(run.id));
    return dom.make("li", "", button);
  }

  function options() {
    const select = dom.byId("other");
    const others = [{id: null}, ...runs.filter(run => run.id !== chosen)];
    dom.list(select, others, run => run.id, () => dom.make("option"), (option, run) => {
      option.value = run.id ?? "";
      dom.text(option, run.id === null ? "no other run" : `${oneRun.name(run)}: ${stages.short(run.steps, 40)}`);
    });
    select.disabled = others.length === 1;
    if (other === chosen) other = null;
    if (select.value !== String(other ?? "")) select.value = String(other ?? "");
  }

  dom.byId("other").addEventListener("change", event => {
    other = event.target.value === "" ? null : Number(event.target.value);
    wake();
  });

  // Arrow keys go through the list, as well as Tab.
  dom.byId("runs").addEventListener("keydown", event => {
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1}[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  });

  async function go() {
    for (;;) {
      let woken = false;
      let stop = () => {};
      wake = () => {
        woken = true;
        stop();
      };
      await look();
      const pause = runs.some(run => run.state === "running") && !lost ? OFTEN : SELDOM;
      await new Promise(done => {
        stop = done;
        if (woken) done();
        else if (feed.live) setTimeout(done, pause);
      });
    }
  }

  go();
  return {show, choose};
})();
