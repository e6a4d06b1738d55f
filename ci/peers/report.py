"""What ci/bench peers found, for people to read: the ratio to the tuned peers leads."""

from statistics import median

NOISE = 0.03  # of a ratio, at least
SAME_WORK = 0.1  # a mean difference of probabilities, relative to the mean, with which sides still do the same work
GOALS = {("resnet50", "fp32"): 2, ("resnet50", "int8"): 6, ("efficientnet_lite0", "fp32"): 4}  # times Ray's optimised arm
SOONER, LESS_MEMORY = 5, 3
OPTIMISED = "Ray Data, optimised arm"


def values(results, arm, what):
    return [each[what] for each in results[arm] if each and each.get(what) is not None]


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def spread(found):
    """The median, and in brackets the least and the most."""
    if not found:
        return ""
    several = f" ({number(min(found))}..{number(max(found))})" if len(found) > 1 else ""
    return number(median(found)) + several


def ratios(results, mine, other, what, inverse=False):
    """How many times the other's figure ours is, by round; inverse where less is better."""
    pairs = [(a[what], b[what]) for a, b in zip(results[mine], results[other]) if a and b and a.get(what) and b.get(what)]
    return [b / a if inverse else a / b for a, b in pairs]


def best(results, model, precision, what):
    """Our fastest way in that precision."""
    found = [arm for arm in results if arm.kind == "ours" and (arm.model, arm.precision) == (model, precision)]
    found = [arm for arm in found if values(results, arm, what)]
    return max(found, key=lambda arm: median(values(results, arm, what)), default=None)


def noise(found):
    return max(NOISE, (max(found) - min(found)) / 2)


def verdict(found):
    """Whether we are ahead, judged by the spread of the ratio."""
    ratio, margin = median(found), noise(found)
    return "ahead" if ratio > 1 + margin else "behind" if ratio < 1 - margin else "even"


def versus(results, kind, what, cpu):
    """A table: our fastest way against each peer of that kind, in the same precision. Also gives the ratios by peer."""
    lines = ["| model, precision | peer | its rows/s | ours | our rows/s | times as fast | its CPU-ms a row | ours | |"]
    lines += ["|---|---|---:|---|---:|---:|---:|---:|---|"]
    medians = {}
    for peer in results:
        mine = best(results, peer.model, peer.precision, what) if peer.kind == kind else None
        found = ratios(results, mine, peer, what) if mine else []
        if not found:
            continue
        medians[peer.key] = median(found)
        cost = [number(1000 * median(values(results, arm, cpu))) for arm in (peer, mine)]
        rates = [spread(values(results, arm, what)) for arm in (peer, mine)]
        cells = [f"{peer.model}, {peer.precision}", peer.name, rates[0], mine.name, rates[1], f"**{spread(found)}**", *cost, verdict(found)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines, medians


def goal(name, wanted, found, results):
    reached = bool(found) and median(found) >= wanted
    verdict = "not measured" if not found else "reached" if reached else "missed"
    results.append({"goal": name, "wanted": wanted, "ratio": round(median(found), 3) if found else None, "verdict": verdict})
    return f"| {name} | {number(wanted)} times | {spread(found)} | {verdict} |"


def goals(results):
    """Each goal with its figure."""
    lines, told = ["| goal | wanted | found | |", "|---|---:|---:|---|"], []
    by_name = {(arm.model, arm.kind, arm.name): arm for arm in results}
    models = sorted({arm.model for arm in results})
    for (model, precision), wanted in ((what, wanted) for what, wanted in GOALS.items() if what[0] in models):
        peer = by_name.get((model, "written", OPTIMISED))
        mine = best(results, model, precision, "whole")
        found = ratios(results, mine, peer, "whole") if mine and peer else []
        counts = f" ({rows(results, mine)} and {rows(results, peer)} rows)" if found else ""
        lines.append(goal(f"{model}, {precision}: rows/s by those of Ray's optimised arm{counts}", wanted, found, told))
    for model in models:
        for precision in ("fp32", "int8"):
            lines += against_tuned(results, model, precision, told)
        peer, mine = (by_name.get((model, "first", name)) for name in (OPTIMISED, "ours"))
        found = ratios(results, mine, peer, "first", inverse=True) if mine and peer else []
        lines.append(goal(f"{model}: process start to the first 20 predictions, sooner than Ray", SOONER, found, told))
        peer, mine = by_name.get((model, "written", OPTIMISED)), best(results, model, "fp32", "whole")
        found = ratios(results, mine, peer, "memory", inverse=True) if mine and peer else []
        lines.append(goal(f"{model}: less memory at its peak than Ray's optimised arm", LESS_MEMORY, found, told))
    return lines, told


def rows(results, arm):
    return f"{values(results, arm, 'rows')[0]:,}"


def against_tuned(results, model, precision, told):
    """Not behind the best of the tuned peers by more than the noise."""
    peers = [arm for arm in results if (arm.kind, arm.model, arm.precision) == ("tuned", model, precision) and values(results, arm, "warm")]
    mine = best(results, model, precision, "warm")
    if not peers or mine is None:
        return []
    peer = max(peers, key=lambda arm: median(values(results, arm, "warm")))
    found = ratios(results, mine, peer, "warm")
    wanted = round(1 - noise(found), 2)
    return [goal(f"{model}, {precision}: rows/s by those of the best tuned peer ({peer.name}), less the noise", wanted, found, told)]


def everyone(results):
    """A row for each side."""
    lines = ["| model, precision | side | rows | rows/s, whole job | rows/s, models loaded | CPU-ms a row, whole | loaded | peak MiB | start to 20, s | top-1 as reference | difference of probabilities |"]
    lines += ["|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for arm, found in results.items():
        if not any(found):
            continue
        told = {what: values(results, arm, what) for what in next(each for each in found if each)}
        shown = arm.kind != "first"
        cells = [f"{arm.model}, {arm.precision}", f"{arm.name} ({arm.kind})", rows(results, arm)]
        cells += [spread(told["whole"]) if shown else "", spread(told["warm"]) if shown and arm.kind != "written" else ""]
        cells += [number(1000 * median(told[what])) if shown else "" for what in ("cpu", "warm cpu")]
        cells += [f"{max(told['memory'], default=0):,.0f}", spread(told.get("first", []))]
        cells += [f"{median(told['agreement']):.1%}", f"{median(told['difference']):.4f}"] if told.get("agreement") else ["", ""]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def lost_and_won(medians, results):
    """Where we win and where we lose, the worst first."""
    lines = []
    for ratio, key in sorted((ratio, key) for key, ratio in medians.items()):
        lines.append(f"- {'lost to' if ratio < 1 else 'ahead of'} {key}: {ratio:.2f} times")
    return lines


def other_work(results):
    """Sides in full precision whose probabilities say that they did something else."""
    lines = []
    for arm, found in results.items():
        differences = values(results, arm, "relative") if any(found) else []
        if arm.precision == "fp32" and differences and max(differences) > SAME_WORK:
            lines.append(f"- {arm.key} ({arm.kind}) does not do the same work: its probabilities are off by {max(differences):.0%} of their mean")
    return lines


def text(results, skipped, said, where, library, quick):
    tuned, tuned_medians = versus(results, "tuned", "warm", "warm cpu")
    written, written_medians = versus(results, "written", "whole", "cpu")
    goal_lines, told = goals(results)
    rounds = max((len(each) for each in results.values()), default=0)
    lines = [f"`{said}`: medians of {rounds} round{'s' if rounds != 1 else ''}, in brackets the least and the most. {where}."]
    lines += ["", "Against the tuned peers, all models loaded and imports excluded:", "", *tuned]
    lines += ["", "Against what the tutorials and documentations write, the whole job:", "", *written]
    lines += ["", *goal_lines, "", "Row by row:", "", *lost_and_won(tuned_medians | written_medians, results)]
    lines += ["", *everyone(results)]
    lines += [""] + (other_work(results) or ["All sides in full precision do the same work, by their probabilities."])
    lines += [f"- skipped: {arm.key} ({arm.kind}), {why}" for arm, why in skipped.items()]
    if library is None:
        lines.append("- jemalloc is not installed here: peers that would have it ran without")
    if quick:
        lines += ["", "With --quick there are too few rows and rounds to trust a figure."]
    rounded = {key: round(ratio, 3) for key, ratio in tuned_medians.items()}
    return "\n".join(lines), {"tuned": rounded, "written": {key: round(ratio, 3) for key, ratio in written_medians.items()}, "goals": told}


def chart(results, file):
    """Bars of rows a second, a panel a model; needs matplotlib. Gives whether it was drawn."""
    try:
        import matplotlib
    except ImportError:
        print("no chart: matplotlib is not installed")
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    models = list(dict.fromkeys(arm.model for arm in results))
    figure, panels = pyplot.subplots(1, len(models), figsize=(7 * len(models), 6), squeeze=False, layout="constrained")
    colours = {"ours": "#0b7285", "tuned": "#868e96", "written": "#ced4da"}
    for panel, model in zip(panels[0], models):
        shown = [arm for arm in results if arm.model == model and arm.kind in colours and any(results[arm])]
        rate = {arm: median(values(results, arm, "whole" if arm.kind == "written" else "warm")) for arm in shown}
        shown.sort(key=rate.get)
        labels = [f"{arm.name}, {arm.precision}" for arm in shown]  # some of ours are called as a peer is
        panel.barh(range(len(shown)), [rate[arm] for arm in shown], tick_label=labels, color=[colours[arm.kind] for arm in shown])
        panel.set(title=model, xlabel="rows a second")
        panel.spines[["top", "right"]].set_visible(False)
    marks = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in colours.values()]
    figure.legend(marks, ["ours", "tuned", "as written, the whole job"], loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(file, dpi=110)
    return True
