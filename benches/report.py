#!/usr/bin/env python3
"""Results of compare.py as text, Markdown or a plot.

    python report.py RESULTS.json … [--markdown FILE] [--plot FILE] [--json FILE] [--append FILE …]

Several files are parts of one run (`compare.py --only …`), on one machine; where two have the same workload, the later file counts.
"""

import argparse
import collections
import json
import math
import pathlib

OURS = "ndeinsum"

CLASSES = {
    "window": "Windows times kernel",
    "layer": "Convolution layers",
    "affine-window": "Images times kernel, by affine axes",
    "affine-layer": "Convolution layers by affine axes",
    "matmul": "Matrix products",
    "small": "Small matrix products",
    "batched": "Batches of matrix products",
    "tccg": "TCCG contractions",
    "contraction": "Other contractions of high rank",
    "large": "Large fresh results",
    "permute": "Permuted copies",
    "stream": "Sums, dot products, matrix times vector",
    "complex": "Complex matrix products",
    "integer": "Integer matrix products",
    "many": "Three and more operands",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=pathlib.Path, nargs="+")
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--plot", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="all results in one file")
    parser.add_argument("--append", type=pathlib.Path, nargs="+", default=[], help="sections of other measurements, for the Markdown")
    options = parser.parse_args()
    results = merged([json.loads(path.read_text(encoding="utf-8")) for path in options.results])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        others = [path.read_text(encoding="utf-8").strip() + "\n" for path in options.append]
        options.markdown.write_text("\n".join([markdown(results), *others]), encoding="utf-8")
    if options.plot:
        plot(results, options.plot)
    if not (options.markdown or options.plot or options.json):
        for row in results["rows"]:
            print_row(row, results["systems"])
        print_summary(results)


def merged(parts):
    """One run out of several, its rows in the order of the table."""
    first = parts[0]
    for part in parts[1:]:
        for fact in ("isa", "cpu", "any_layout"):
            if part["about"].get(fact) != first["about"].get(fact):
                raise SystemExit(f"these runs cannot be put together: their `{fact}` differs")
        if part["sweep"] != first["sweep"]:
            raise SystemExit("a sweep and a standard run cannot be put together")
    rows = {(row["workload"]["name"], row["threads"]): row for part in parts for row in part["rows"]}
    systems = list(dict.fromkeys(name for part in parts for name in part["systems"]))
    versions = {name: version for part in parts for name, version in part["about"]["versions"].items()}
    distinct = {fact: list(dict.fromkeys(part["about"][fact] for part in parts)) for fact in ("date", "commit")}
    return {
        "about": first["about"] | {"versions": versions} | {fact: " and ".join(all_) for fact, all_ in distinct.items()},
        "limits": reached([part["limits"] for part in parts]),
        "systems": systems,
        "sweep": first["sweep"],
        "rows": sorted(rows.values(), key=lambda row: (row["threads"], row["workload"].get("position", 0))),
    }


def reached(limits):
    """The highest of several measurements: a limit is what has been reached once. (A row's share is of its own run's.)"""
    first = limits[0]
    return first | {
        kind: {key: max((part[kind][key] or 0 for part in limits)) or None for key in first[kind]}
        for kind in ("fma", "read", "copy")
    }


# --- Figures of a row.


def best_peer(row):
    """The fastest peer that did the workload, or `None`."""
    peers = [name for name in row["ns"] if name != OURS]
    return min(peers, key=row["ns"].get, default=None)


def ratio(row):
    """The best peer's time over ours: above 1, we are faster."""
    peer = best_peer(row)
    return row["ns"][peer] / row["ns"][OURS] if peer and OURS in row["ns"] else None


def share(row):
    """The part of the machine's limit that we reach."""
    return row["limit_ns"] / row["ns"][OURS] if row["limit_ns"] and OURS in row["ns"] else None


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def duration(ns):
    """Three digits and a unit."""
    if ns is None:
        return "–"
    for unit, size in [("ns", 1), ("µs", 1e3), ("ms", 1e6)]:
        if ns < 1000 * size:
            break
    else:
        unit, size = "s", 1e9
    value = ns / size
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {unit}"


def percent(part):
    return "–" if part is None else f"{100 * part:.0f} %"


def times(factor):
    return "–" if factor is None else f"{factor:.2f}"


def size(bytes_):
    return "–" if bytes_ is None else f"{bytes_ / 1024:.1f} KiB"


# --- Groups of rows.


def grouped(rows):
    """Rows by class and number of threads, in the order of the table."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["workload"]["class"], row["threads"]].append(row)
    return groups


def title(class_, threads):
    name = CLASSES.get(class_, class_.replace("-", ": ").capitalize())
    return name if threads == 1 else f"{name}, {threads} threads"


def summary(rows):
    """The number of comparisons, the geometric mean of their ratios, the worst ratio and its workload."""
    ratios = [(ratio(row), row["workload"]["name"]) for row in rows if ratio(row) is not None]
    if not ratios:
        return None
    worst, name = min(ratios)
    return len(ratios), geometric_mean([value for value, _ in ratios]), worst, name


# --- The terminal.


def print_row(row, systems):
    times_ = "  ".join(f"{name} {duration(row['ns'].get(name))}" for name in systems if name in row["ns"])
    threads = "" if row["threads"] == 1 else f" ×{row['threads']}"
    print(f"{row['workload']['name'] + threads:46} {times(ratio(row)):>6} {percent(share(row)):>6}  {times_}", flush=True)


def print_summary(results):
    print(f"\n{'class':52}{'n':>4}{'mean':>8}{'worst':>8}")
    for (class_, threads), rows in grouped(results["rows"]).items():
        found = summary(rows)
        if found:
            count, mean, worst, name = found
            print(f"{title(class_, threads):52}{count:4}{mean:8.2f}{worst:8.2f}  {name}")
    for (threads, class_), members in speed_ups(results).items():
        worst, name = min(members)
        mean = geometric_mean([value for value, _ in members])
        print(f"{f'speed-up by {threads} threads: {class_}':52}{len(members):4}{mean:8.2f}{worst:8.2f}  {name}")
    for line in reasons(results):
        print(line)


def reasons(results):
    """Why systems are missing: a line for each system and reason."""
    found = collections.defaultdict(list)
    for row in results["rows"]:
        for name, reason in row["absent"].items():
            found[name, reason].append(row["workload"]["name"])
    return [
        f"{name}: {reason} ({len(names)} workloads, such as {names[0]})" for (name, reason), names in found.items()
    ]


# --- Markdown.


def markdown(results):
    parts = [heading(results), limits_table(results["limits"]), summary_table(results)]
    for (class_, threads), rows in grouped(results["rows"]).items():
        parts.append(class_table(title(class_, threads), rows, results["systems"]))
    parts += [speed_up_table(results), memory_table(results), missing(results)]
    return "\n".join(part for part in parts if part)


def heading(results):
    about = results["about"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    layout = "the layout that it comes in" if about["any_layout"] else "standard layout, as `einsum!` gives it"
    what = "at odd sizes" if results["sweep"] else "beside others"
    isa = instruction_sets(about)
    return f"""# Performance {what}

Made by `benches/compare.py`; see [its README](../benches/README.md). Times are medians of {about["rounds"]} slices of
{about["seconds"]} s, taken by turns with all systems, after a comparison of the numbers. A ratio is the best peer's time
over ours: above 1, ndeinsum is faster. A peer's result ends in {layout}. The share is the part of the machine's limit that ndeinsum reaches: of its
multiply-adds where these are the limit, else of the bandwidth of the smallest cache that holds operands and result.

| | |
|---|---|
| date, commit | {about["date"]}, {about["commit"]} |
| CPU | {about["cpu"]}, {about["cores"]} cores |
| instruction set | {isa} |
| system | {about["system"]} |
| versions | {about["rustc"]}; Python {about["python"]}; {versions} |
"""


def instruction_sets(about):
    ours = about.get("ours", "?")
    if about.get("isa"):
        return (
            f"all systems are held to {about['isa']}, but for the crates that look at the CPU alone: faer and omeinsum "
            "(both by the crate `gemm`), and cpueinsum"
        )
    return f"{ours} in ndeinsum and the limits; each other system the best that it finds"


def limits_table(limits):
    fma = ", ".join(f"{gflops:.1f} GFLOP/s {dtype}" for dtype, gflops in limits["fma"].items() if gflops)
    levels = list(limits["read"])
    rows = [
        [kind, *(f"{limits[kind][level]:.0f}" for level in levels)] for kind in ["read", "copy"]
    ]
    return f"""## Limits of one core

Fused multiply-adds: {fma or "unknown"}. Bandwidth in GB/s, for a copy loads and stores together:

{table(["", *levels], rows)}"""


def summary_table(results):
    rows = []
    for (class_, threads), members in grouped(results["rows"]).items():
        found = summary(members)
        if found:
            count, mean, worst, name = found
            rows.append([title(class_, threads), count, times(mean), times(worst), f"`{name}`"])
    return "## Summary\n\n" + table(["class", "workloads", "geometric mean", "worst ratio", "of"], rows)


def class_table(name, rows, systems):
    peers = [system for system in systems if system != OURS]
    body = []
    for row in rows:
        best = best_peer(row)
        cells = [f"**{duration(row['ns'][peer])}**" if peer == best else duration(row["ns"].get(peer)) for peer in peers]
        figures = [times(ratio(row)), percent(share(row)), duration(row["ns"].get(OURS))]
        body.append([f"`{row['workload']['name'].split('/', 1)[1]}`", *figures, *cells])
    return f"## {name}\n\n" + table(["workload", "ratio", "share", OURS, *peers], body)


def speed_ups(results):
    """Our time on one thread over that on several, by number of threads, for work that was measured with both."""
    alone = {row["workload"]["name"]: row["ns"].get(OURS) for row in results["rows"] if row["threads"] == 1}
    found = collections.defaultdict(list)
    for row in results["rows"]:
        name = row["workload"]["name"]
        if row["threads"] > 1 and alone.get(name) and OURS in row["ns"]:
            found[row["threads"], row["workload"]["class"]].append((alone[name] / row["ns"][OURS], name))
    return found


def speed_up_table(results):
    body = []
    for (threads, class_), members in speed_ups(results).items():
        worst, name = min(members)
        mean = geometric_mean([value for value, _ in members])
        body.append([CLASSES.get(class_, class_), threads, len(members), times(mean), times(worst), f"`{name}`"])
    if not body:
        return ""
    note = "Our time on one thread over that on several."
    head = ["class", "threads", "workloads", "geometric mean", "least", "of"]
    return f"## Speed-up by threads\n\n{note}\n\n" + table(head, body)


def memory_table(results):
    rows = [row for row in results["rows"] if row.get("memory") and row["threads"] == 1]
    if not rows:
        return ""
    systems = [name for name in results["systems"] if any(name in row["memory"] for row in rows)]
    body = [[f"`{row['workload']['name']}`", *(size(row["memory"].get(name)) for name in systems)] for row in rows]
    note = "The most that one call allocates beyond its operands and result, without what a system keeps from call to call."
    return f"## Peak memory\n\n{note}\n\n" + table(["workload", *systems], body)


def missing(results):
    lines = "".join(f"- {line}\n" for line in reasons(results))
    return "## Missing figures\n\n" + lines if lines else ""


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


# --- The plot.

DTYPE_COLOURS = {"f64": "#1f4e79", "f32": "#7fb3d5", "c64": "#6c3483", "c32": "#bb8fce", "i64": "#7e5109", "i32": "#dc7633"}
COLUMNS = 3
BAR_INCHES = 0.115
GAP_INCHES = 0.62


def plot(results, path):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    matplotlib.rcParams |= {"font.size": 7, "svg.fonttype": "path", "figure.dpi": 110}
    groups = [(title(*key), bars(rows)) for key, rows in grouped(results["rows"]).items()]
    groups = [(name, members) for name, members in groups if members]
    columns = balanced(groups)
    height = max(map(column_inches, columns)) + 0.8
    width = 5.2 * max(len(columns), 2)  # The heading and the legend need two.
    figure = pyplot.figure(figsize=(width, height))
    limits = axis_limits([bar for _, members in groups for _, entries in members for bar in entries.values()])
    for position, column in enumerate(columns):
        top = height - 0.8
        for name, members in column:
            tall = inches(members) - GAP_INCHES
            box = [(5.2 * position + 1.95) / width, (top - tall) / height, 3.0 / width, tall / height]
            draw_class(figure.add_axes(box), name, members, limits)
            top -= tall + GAP_INCHES
    dtypes = {dtype for _, members in groups for _, entries in members for dtype in entries}
    patches = [Patch(color=colour, label=dtype) for dtype, colour in DTYPE_COLOURS.items() if dtype in dtypes]
    figure.legend(handles=patches, ncols=len(patches), loc="upper right", frameon=False, fontsize=8)
    heading_ = "Time of the fastest other library ÷ time of ndeinsum  (right of the line: ndeinsum is faster)"
    figure.text(0.1 / width, 1 - 0.25 / height, heading_, fontsize=10, weight="bold", va="center")
    figure.savefig(path)


def bars(rows):
    """Pairs of a label and the ratios by element type: rows that differ in the element type share a label."""
    found = collections.defaultdict(dict)
    for row in rows:
        if ratio(row) is not None:
            _, dtype, *rest = row["workload"]["name"].split("/")
            found["/".join(rest)][dtype] = ratio(row)
    return list(found.items())


def inches(members):
    return GAP_INCHES + BAR_INCHES * sum(len(entries) + 0.6 for _, entries in members)


def balanced(groups):
    """The groups in columns of about the same height: the tallest first, each into the shortest column."""
    columns = [[] for _ in range(min(COLUMNS, len(groups)))]
    for group in sorted(groups, key=lambda group: -inches(group[1])):
        min(columns, key=column_inches).append(group)
    # As in the table again.
    columns = [sorted(column, key=groups.index) for column in columns]
    return sorted(columns, key=lambda column: groups.index(column[0]))


def column_inches(column):
    return sum(inches(members) for _, members in column)


def axis_limits(values):
    low, high = min([0.5, *values]), max([2.0, *values])
    # Room for the figures beside the bars.
    return low / 1.8, high * 1.9


def draw_class(axes, name, members, limits):
    y, ticks = 0.0, []
    for label, entries in members:
        ticks.append((y + (len(entries) - 1) / 2, label))
        for dtype, value in entries.items():
            left, right = min(value, 1), max(value, 1)
            axes.barh(y, right - left, left=left, height=0.85, color=DTYPE_COLOURS.get(dtype, "grey"))
            offset = 1.04 if value >= 1 else 1 / 1.04
            side = "left" if value >= 1 else "right"
            colour = "black" if value >= 1 else "#b03a2e"
            figure = f"{value:.2g}" if value < 10 else f"{value:.0f}"
            axes.text(value * offset, y, figure, va="center", ha=side, fontsize=5.5, color=colour)
            y += 1
        y += 0.6
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(y - 0.6, -1)
    axes.set_yticks([tick for tick, _ in ticks], [label for _, label in ticks], fontsize=6.5)
    axes.tick_params(axis="y", length=0)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.grid(axis="x", linewidth=0.3)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_title(name, loc="left", fontsize=8, weight="bold", pad=3)
    for edge in ["top", "right", "left"]:
        axes.spines[edge].set_visible(False)


if __name__ == "__main__":
    main()
