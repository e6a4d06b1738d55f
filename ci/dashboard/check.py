"""Opens the dashboard of real runs, and reports of them, in a real browser: what they show, that they change while a run goes on,
that hostile names do nothing, that they work by keyboard and for screen readers, and that ten thousand spans stay fluid."""

import argparse
import os
import pathlib
import queue
import statistics
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

RUNS = 4  # of the showcase, before the long one
FLUID = 200  # milliseconds, for a zoom or an update of ten thousand spans
SIZES = ((1280, 900), (390, 844))
SCHEMES = ("light", "dark")
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Showcase:
    """The Java process with the dashboard."""

    def __init__(self, java, class_path, folder):
        command = [java, "-Djava.awt.headless=true", "-cp", class_path, "org.gristmill.browser.Showcase", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.uri = self.wait("uri ")

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait(self, start, seconds=180):
        """The rest of the next line that begins so."""
        end = time.monotonic() + seconds
        while True:
            line = self.lines.get(timeout=max(0.1, end - time.monotonic()))
            if line is None:
                raise AssertionError(f"the process ended before it said {start!r}")
            if line.startswith(start):
                return line[len(start):]

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


class World:
    """What the checks share."""

    def __init__(self, browser, showcase, out, reports):
        self.browser, self.showcase, self.out, self.reports = browser, showcase, out, reports
        self.contexts = []

    def open(self, address=None, size=SIZES[0], scheme="light", **options):
        """A page, with what it complained of and whom it asked."""
        width, height = size
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.complaints, page.asked = [], []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address or self.showcase.uri)
        expect(page.locator("#gantt canvas")).to_be_visible(timeout=15000)
        return page

    def report(self, name, **options):
        return self.open(self.reports[name].as_uri(), **options)

    def close_pages(self):
        for context in self.contexts:
            context.close()
        self.contexts.clear()


def require(condition, message):
    if not condition:
        raise AssertionError(message)


def quiet(page):
    require(not page.complaints, f"the page complained: {page.complaints}")


def settle(page):
    """After what is under way was drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def status(uri, headers=None, method="GET"):
    request = urllib.request.Request(uri, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


@check
def the_page_loads_asks_only_its_own_server_and_hides_its_token(world):
    page = world.open()
    host = urllib.parse.urlsplit(world.showcase.uri)
    expect(page.locator("h1")).to_have_text("Gristmill")
    expect(page.locator("#runs button")).to_have_count(RUNS)
    require("token" not in page.url, page.url)
    others = [url for url in page.asked if not url.startswith((f"http://{host.netloc}/", "data:"))]
    require(not others, f"asked others: {others}")
    quiet(page)


@check
def a_reload_needs_no_token_in_the_address(world):
    page = world.open()
    page.reload()
    expect(page.locator("#runs button")).to_have_count(RUNS)
    require("token" not in page.url, page.url)


@check
def without_the_token_the_page_says_what_is_missing(world):
    page = world.browser.new_page()
    page.goto(world.showcase.uri.split("?")[0])
    expect(page.locator("body")).to_contain_text("session.dashboard()")
    page.close()


@check
def a_report_works_from_disk_and_asks_nobody(world):
    for name in world.reports:
        page = world.report(name)
        require([urllib.parse.urlsplit(url).scheme for url in page.asked if not url.startswith("data:")] == ["file"], f"{name} asked for {page.asked}")
        expect(page.locator("#live")).to_contain_text("A report of")
        expect(page.locator("#state")).to_have_text("ended")
        quiet(page)


@check
def strangers_are_refused(world):
    address = urllib.parse.urlsplit(world.showcase.uri)
    base = f"http://{address.netloc}"
    bearer = {"Authorization": "Bearer " + urllib.parse.parse_qs(address.query)["token"][0]}
    for expected, uri, headers, method in (
        (401, base + "/api/runs", {}, "GET"),
        (401, base + "/api/runs", {"Authorization": "Bearer 0"}, "GET"),
        (403, base + "/api/runs", {**bearer, "Host": "rebound.example"}, "GET"),
        (405, base + "/api/runs", bearer, "POST"),
        (404, base + "/nothing", bearer, "GET"),
        (200, base + "/api/runs", bearer, "GET"),
    ):
        got = status(uri, headers, method)
        require(got == expected, f"{method} {uri}: {got}, not {expected}")


@check
def headings_and_landmarks_are_in_order(world):
    page = world.open()
    levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3,h4')].filter(h => h.checkVisibility()).map(h => Number(h.tagName[1]))")
    require(levels[0] == 1 and levels.count(1) == 1, f"headings: {levels}")
    require(all(after <= before + 1 for before, after in zip(levels, levels[1:])), f"headings skip a level: {levels}")
    require([page.locator(tag).count() for tag in ("body > header", "nav", "main")] == [1, 1, 1], "landmarks")
    bare = page.evaluate("() => [...document.querySelectorAll('table')].filter(t => !t.caption || !t.querySelector('th[scope=col]')).length")
    require(bare == 0, f"{bare} tables without caption or headers")


@check
def every_chart_says_its_figures(world):
    page = world.open()
    for canvas in page.locator("canvas").all():
        name = canvas.get_attribute("aria-label") or ""
        require(canvas.get_attribute("role") == "img" and any(c.isdigit() for c in name), f"a chart's name: {name!r}")
    require(page.locator("canvas").count() == 4, "four charts")


@check
def axe_finds_nothing(world):
    for scheme in SCHEMES:
        for name, page in (("live", world.open(scheme=scheme)), ("report", world.report("naive", scheme=scheme)), ("narrow", world.open(size=SIZES[1], scheme=scheme))):
            if name != "report":
                page.select_option("#other", index=RUNS - 1)
                expect(page.locator("#comparison")).to_be_visible()
            settle(page)
            found = Axe().run(page).response["violations"]
            told = [f"{v['id']}: {[node['target'] for node in v['nodes']][:3]}" for v in found]
            require(not told, f"{name}, {scheme}: {told}")


@check
def a_run_is_chosen_and_compared_by_keyboard_alone(world):
    page = world.open()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.closest('#runs') !== null"):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("#run-title")).to_have_text("Run 1")
    expect(page.locator("#runs [aria-current]")).to_contain_text("Run 1")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id === 'other'"):
            break
    page.keyboard.press("End")
    expect(page.locator("#comparison")).to_be_visible()
    expect(page.locator("#left-name")).to_have_text("Run 1")
    expect(page.locator("#right-name")).to_have_text("Run 2")
    loads = page.locator("#figures tr", has_text="Model loads").locator("td").all_text_contents()
    require(loads[:2] == ["16", "2"], f"naive against pool, loads: {loads}")
    require(page.evaluate("() => document.activeElement.id") == "other", "the select keeps its focus")
    page.screenshot(path=world.out / "comparison.png", full_page=True)
    bound = page.locator("#figures tr", has_text="Bound by").locator("td").first.text_content()
    require(bound not in ("", "–"), "the run has a verdict")
    quiet(page)


@check
def hostile_names_and_messages_are_only_text(world):
    for page in (world.open(), world.report("set-aside")):
        errors = page.locator("#errors li")
        require(errors.count() >= 10, f"{errors.count()} errors are shown")
        expect(errors.first).to_contain_text("</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>")
        expect(errors.first.locator(".path")).to_contain_text("onerror=window.hacked=1> \"'`&amp; ✓🦀")
        require(page.evaluate("() => window.hacked") is None, "a message ran as a script")
        require(page.locator("#errors img").count() >= 10, "the pictures that failed")
        require(all(image.get_attribute("alt") for image in page.locator("img").all()), "pictures have a text")
        quiet(page)


@check
def nothing_is_cut_off_at_any_width(world):
    for size in SIZES:
        for scheme in SCHEMES:
            page = world.open(size=size, scheme=scheme)
            settle(page)
            page.screenshot(path=world.out / f"{size[0]}-{scheme}.png", full_page=True)
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            require(wide <= size[0], f"{wide} pixels wide at {size[0]}, {scheme}")
            page = world.report("naive", size=size, scheme=scheme)
            settle(page)
            page.screenshot(path=world.out / f"report-{size[0]}-{scheme}.png", full_page=True)
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            require(wide <= size[0], f"the report is {wide} pixels wide at {size[0]}, {scheme}")


@check
def a_page_that_is_made_wider_or_darker_is_drawn_again(world):
    page = world.report("pool")
    light = page.screenshot(clip={"x": 260, "y": 500, "width": 600, "height": 300})
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    require(page.evaluate("() => document.documentElement.scrollWidth") <= 390, "too wide after it was made narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
    settle(page)
    require(page.screenshot(clip={"x": 260, "y": 500, "width": 600, "height": 300}) != light, "nothing changed")


@check
def dragging_zooms_all_charts_and_hovering_tells_the_span(world):
    page = world.report("naive")
    over = page.locator("#gantt .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    y = box["y"] + box["height"] * 0.9
    page.mouse.move(box["x"] + box["width"] * 0.55, y)
    expect(page.locator(".tip")).to_contain_text("a task of 4 rows")
    expect(page.locator(".tip")).to_contain_text("mapBatches")
    page.screenshot(path=world.out / "hover.png")
    expect(page.locator("#all")).to_be_disabled()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=5)
    page.mouse.up()
    expect(page.locator("#all")).to_be_enabled()
    settle(page)
    page.screenshot(path=world.out / "zoomed.png")
    limits = page.evaluate("() => timeline.limits()")
    elapsed = page.evaluate("() => JSON.parse(document.getElementById('data').textContent).runs[0].elapsed")
    require(abs(limits[0] / elapsed - 0.55) < 0.02 and abs(limits[1] / elapsed - 0.7) < 0.02, f"zoomed to {limits} of {elapsed}")
    page.locator("#all").click()
    expect(page.locator("#all")).to_be_disabled()
    page.locator("#closer").press("Enter")
    expect(page.locator("#all")).to_be_enabled()
    over.dblclick()
    expect(page.locator("#all")).to_be_disabled()
    quiet(page)


@check
def ten_thousand_spans_stay_fluid(world):
    page = world.report("naive")
    times = page.evaluate(
        """async () => {
          const all = JSON.parse(document.getElementById("data").textContent);
          const big = n => {
            const run = structuredClone(all.runs[0]);
            run.elapsed = 100 + n;
            const last = run.stages.length - 1;
            run.stages[last].actors = [0, 1, 2, 3].map(number => ({number, device: "cpu", tasks: 2500, rows: 2500, busy: 90}));
            run.timeline.spans = [];
            for (let i = 0; i < 10000; i++) {
              const at = Math.floor(i / 4) * 0.04;
              run.timeline.spans.push([last, i % 4, 1, at, at + 0.036, 1, 1, 0.036, i % 50 ? 0 : 0.01, i % 700 ? 0 : 1]);
            }
            return run;
          };
          const canvas = document.querySelector("#gantt canvas");
          const drawn = () => new Promise(done => setTimeout(done)); // charts draw in microtasks
          const time = async work => {
            const began = performance.now();
            work();
            await Promise.resolve().then(() => {}).then(() => {});
            canvas.getContext("2d").getImageData(0, 0, 1, 1); // waits for what was only put down for drawing
            const took = performance.now() - began;
            await drawn();
            return took;
          };
          const updates = [], zooms = [];
          for (let n = 0; n < 7; n++) {
            const run = big(n);
            updates.push(await time(() => page.show(all, run, null)));
            zooms.push(await time(() => timeline.zoom(10 + n, 12 + 10 * n)));
            zooms.push(await time(() => timeline.all()));
          }
          return {updates, zooms};
        }"""
    )
    settle(page)
    page.screenshot(path=world.out / "ten-thousand-spans.png", full_page=True)
    update, zoom = (statistics.median(times[name]) for name in ("updates", "zooms"))
    print(f"   10,000 spans: an update {update:.0f} ms, a zoom {zoom:.0f} ms (medians)")
    require(update < FLUID and zoom < FLUID, f"{times}")


@check
def a_verdict_shows_its_evidence_and_what_changes_would_bring(world):
    page = world.report("naive")
    page.evaluate(
        """() => {
          const all = JSON.parse(document.getElementById("data").textContent);
          const run = structuredClone(all.runs[0]);
          Object.assign(run, {state: "failed", failure: "<b>row 5</b> failed", total: 100, totalIsEstimate: true});
          run.verdict = {
            bound: "repeated loads",
            sentence: "The model was loaded for every batch.",
            evidence: ["16 loads by 2 workers", "<i>half</i> of the time"],
            changes: [{change: "load the model once an actor", rowsPerSecond: 64.2, gain: 1.55}],
          };
          run.memory.gpu = 2e9;
          run.peak.gpu = 3e9;
          run.timeline.samples.gpu = run.timeline.samples.at.map(() => 0.5);
          run.timeline.samples.gpuMemory = run.timeline.samples.at.map(() => 2e9);
          page.show({...all, machine: {...all.machine, gpus: ["A GPU, 80 GB"]}}, run, null);
        }"""
    )
    expect(page.locator("#verdict-title")).to_have_text("Verdict: repeated loads")
    expect(page.locator("#evidence li")).to_have_text(["16 loads by 2 workers", "<i>half</i> of the time"])
    expect(page.locator("#changes tr")).to_have_text("load the model once an actor64.2× 1.55")
    expect(page.locator("#failure")).to_have_text("<b>row 5</b> failed")
    expect(page.locator("#progress-text")).to_contain_text("64 of about 100 rows (64 %)")
    expect(page.locator("#machine")).to_contain_text("A GPU, 80 GB")
    expect(page.locator("#use")).to_contain_text("GPU: 50 %")
    expect(page.locator("#memory")).to_contain_text("GPU2.0 GB3.0 GB")
    settle(page)
    page.screenshot(path=world.out / "verdict.png", full_page=True)
    quiet(page)


@check
def the_page_changes_while_a_run_goes_on_and_keeps_its_place(world):
    page = world.open()
    world.showcase.say("long")
    expect(page.locator("#run-title")).to_have_text(f"Run {RUNS + 1}", timeout=10000)
    expect(page.locator("#state")).to_have_text("running")
    expect(page.locator("#live")).to_have_text(f"Live: run {RUNS + 1} is running")
    expect(page.locator("#progress-text")).to_contain_text(" left", timeout=10000)

    rows = lambda: page.evaluate("() => Number(document.getElementById('progress').getAttribute('aria-valuenow'))")
    page.evaluate("() => timeline.zoom(0.5, 1.5)")
    page.locator("#closer").focus()
    page.evaluate("() => scrollTo(0, 300)")
    before, place = rows(), page.evaluate("() => scrollY")
    page.wait_for_function("before => Number(document.getElementById('progress').getAttribute('aria-valuenow')) > before", arg=before, timeout=10000)
    settle(page)
    require(page.evaluate("() => timeline.limits()") == [0.5, 1.5], "the zoom was lost")
    require(page.evaluate("() => scrollY") == place, "the page has scrolled")
    require(page.evaluate("() => document.activeElement.id") == "closer", "the focus was lost")
    page.evaluate("() => timeline.all()")
    page.screenshot(path=world.out / "running.png", full_page=True)

    expect(page.locator("#state")).to_have_text("ended", timeout=60000)
    expect(page.locator("#live")).to_have_text("Live: nothing is running")
    batches = page.locator("#stages tr").last.locator("td").nth(6).text_content()
    require(int(batches.replace(",", "")) >= 10000, f"{batches} batches")
    world.showcase.wait("rows 12000")
    settle(page)
    page.screenshot(path=world.out / "long-run.png", full_page=True)
    quiet(page)


@check
def a_lost_connection_is_told_and_found_again(world):
    page = world.open()
    page.route("**/api/**", lambda route: route.abort())
    expect(page.locator("#lost")).to_contain_text("Connection lost", timeout=15000)
    page.unroute("**/api/**")
    expect(page.locator("#lost")).to_be_hidden(timeout=15000)
    expect(page.locator("#live")).to_contain_text("Live")


@check
def nothing_moves_for_those_who_asked_for_it(world):
    page = world.open(reduced_motion="reduce")
    moving = page.evaluate("() => document.getAnimations().length")
    require(moving == 0, f"{moving} animations")


@check
def when_the_kernel_has_ended_the_page_says_so(world):
    page = world.open()
    world.showcase.say("close")
    world.showcase.wait("closed")
    expect(page.locator("#lost")).to_contain_text("Connection lost: the kernel has ended", timeout=15000)
    expect(page.locator("#live")).to_have_text("Not live")
    expect(page.locator("#run-title")).to_be_visible()
    page.screenshot(path=world.out / "lost.png")


def run_checks(world):
    failed = 0
    for function in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            function(world)
            print(f"ok   {name}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {name}", flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            world.close_pages()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--browser", required=True, help="its path; empty for Playwright's own")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="for pictures and reports")
    options = parser.parse_args()
    showcase = Showcase(options.java, options.class_path, options.out)
    arguments = ["--disable-gpu", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    try:
        showcase.wait("ready")
        reports = {name: options.out / f"{name}.html" for name in ("naive", "pool", "set-aside")}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.browser or None, args=arguments)
            failed = run_checks(World(browser, showcase, options.out, reports))
            browser.close()
    finally:
        showcase.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
