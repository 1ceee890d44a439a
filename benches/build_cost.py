#!/usr/bin/env python3
"""What ndeinsum costs to build, and how fast its kernels are in a debug build, as Markdown tables.

Needs Python 3.11 and a Rust toolchain, nothing else. It builds small crates in a temporary folder; on a busy machine the CPU
seconds mean more than those of the clock.
"""

import argparse
import itertools
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What a build may cost.
WITH_TO_WITHOUT = 2
MILLISECONDS_PER_CALL = {"debug": 50, "release": 150}

NDARRAY = 'ndarray = "0.17"\n'
NDEINSUM = f'ndeinsum = {{ path = "{ROOT.as_posix()}" }}\n'

# The three lines of the README.
OPTIMISED = """
[profile.dev.package.einsum-runtime]
opt-level = 3
"""
# Nothing of these is in the 512² product, as the table shows.
OPTIMISED_NDARRAY = """
[profile.dev.package.ndarray]
opt-level = 3
"""

PRODUCT_OF_NDARRAY = """
use ndarray::Array2;

fn main() {
    let a = Array2::<f64>::ones((3, 3));
    println!("{}", a.dot(&a));
}
"""
PRODUCT = """
use ndarray::Array2;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::ones((3, 3));
    println!("{}", einsum!("ij,jk->ik", a, a));
}
"""

SPEED = """
use ndarray::{Array2, Array4, Axis};
use ndeinsum::{einsum, sliding_windows};
use std::{hint::black_box, time::{Duration, Instant}};

fn median(mut call: impl FnMut()) -> f64 {
    call();
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || start.elapsed() < Duration::from_millis(500) && times.len() < 1000 {
        let one = Instant::now();
        call();
        times.push(one.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let single = Array2::<f32>::ones((512, 512));
    println!("{}", median(|| drop(black_box(einsum!("ij,jk->ik", black_box(&single), &single)))));
    for n in [512, 64, 8] {
        let a = Array2::<f64>::ones((n, n));
        println!("{}", median(|| drop(black_box(einsum!("ij,jk->ik", black_box(&a), &a)))));
    }
    let (images, filters) = (Array4::<f64>::ones((32, 16, 28, 28)), Array4::<f64>::ones((32, 16, 3, 3)));
    println!("{}", median(|| {
        let windows = sliding_windows(black_box(&images), [Axis(2), Axis(3)], [3, 3]);
        drop(black_box(einsum!("nijkde,oide->nojk", windows, filters)));
    }));
    let a = Array2::<f64>::ones((1000, 1000));
    println!("{}", median(|| drop(black_box(einsum!("ij->j", black_box(&a))))));
}
"""
SPEED_ROWS = [
    "`ij,jk->ik` 512², `f32`",
    "`ij,jk->ik` 512²",
    "`ij,jk->ik` 64²",
    "`ij,jk->ik` 8²",
    "`nijkde,oide->nojk`, 32 images of 28², 16 channels to 32, 3×3",
    "`ij->j` 1000²",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clean-build", action="store_true", help="only: a crate with ndarray, and one with ndeinsum too")
    parser.add_argument("--calls", action="store_true", help="only: what each further call costs")
    parser.add_argument("--debug-speed", action="store_true", help="only: kernels in debug builds")
    parser.add_argument("--repeats", type=int, default=2, metavar="N", help="builds of each kind; default 2")
    parser.add_argument("--folder", type=pathlib.Path, help="where to build, and leave it; default a temporary one")
    options = parser.parse_args()
    everything = not (options.clean_build or options.calls or options.debug_speed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or pathlib.Path(temporary)
        print(f"{version('rustc')}, {version('cargo')}, {os.cpu_count()} cores, {platform.platform()}")
        if everything or options.clean_build:
            print(clean_build(folder / "clean", options.repeats))
        if everything or options.calls:
            print(calls(folder / "calls", options.repeats))
        if everything or options.debug_speed:
            print(debug_speed(folder / "speed"))


def version(program):
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()


# --- Crates and builds.


def write_crate(folder, name, dependencies, source, profiles=""):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    manifest = f'[package]\nname = "{name}"\nedition = "2024"\n\n[dependencies]\n{dependencies}{profiles}\n[workspace]\n'
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")
    (folder / "src" / "main.rs").write_text(source, encoding="utf-8")
    # The versions that this repository is tested with.
    (folder / "Cargo.lock").write_bytes((ROOT / "Cargo.lock").read_bytes())
    return folder


def cargo(folder, *words, target):
    """Seconds of the clock and of the CPUs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARGO_")}
    environment |= {"CARGO_TARGET_DIR": str(target), "CARGO_TERM_QUIET": "true"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(["cargo", *words], cwd=folder, env=environment, check=True)
    elapsed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(measurements):
    return [statistics.median(values) for values in zip(*measurements)]


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n" + "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


# --- A clean build.


def clean_build(folder, repeats):
    crates = {
        "ndarray alone": write_crate(folder / "without", "without", NDARRAY, PRODUCT_OF_NDARRAY),
        "ndarray and ndeinsum": write_crate(folder / "with", "with", NDARRAY + NDEINSUM, PRODUCT),
    }
    found = {name: [] for name in crates}
    for crate in crates.values():
        cargo(crate, "fetch", target=crate / "target")
    # By turns, so that a busy minute of the machine is nobody's alone.
    for repeat in range(repeats):
        for name, crate in crates.items():
            target = crate / f"target-{repeat}"
            found[name].append(cargo(crate, "build", "--release", "--offline", target=target))
    (wall, cpu), (wall_with, cpu_with) = [medians(found[name]) for name in crates]
    rows = [
        ["ndarray alone", f"{wall:.1f} s", f"{cpu:.1f} s"],
        ["ndarray and ndeinsum", f"{wall_with:.1f} s", f"{cpu_with:.1f} s"],
        [f"ratio (at most {WITH_TO_WITHOUT})", f"{wall_with / wall:.2f}", f"{cpu_with / cpu:.2f}"],
    ]
    return table(["clean release build of a crate", "clock", "CPU"], rows)


# --- Further calls.


def calls(folder, repeats):
    few, many = 100, 200
    crates = {n: write_crate(folder / f"calls{n}", f"calls{n}", NDARRAY + NDEINSUM, program(n)) for n in (few, many)}
    target = folder / "target"
    rows = []
    for profile, flags in [("debug", []), ("release", ["--release"])]:
        found, sizes = {n: [] for n in crates}, {}
        for crate in crates.values():
            cargo(crate, "build", *flags, target=target)
        for _ in range(repeats):
            for n, crate in crates.items():
                cargo(crate, "clean", *flags, "-p", f"calls{n}", target=target)
                found[n].append(cargo(crate, "build", "--offline", *flags, target=target))
                sizes[n] = (target / profile / f"calls{n}").stat().st_size
        (wall_few, cpu_few), (wall_many, cpu_many) = [medians(found[n]) for n in crates]
        per_call = 1000 / (many - few)
        rows.append([
            profile,
            f"{wall_few:.1f} s",
            f"{wall_many:.1f} s",
            f"{(wall_many - wall_few) * per_call:.0f} ms (at most {MILLISECONDS_PER_CALL[profile]})",
            f"{(cpu_many - cpu_few) * per_call:.0f} ms",
            f"{(sizes[many] - sizes[few]) / (many - few) / 1024:.1f} KiB",
        ])
    head = ["crate of distinct calls", f"{few} calls", f"{many} calls", "each further call", "its CPU time", "its part of the binary"]
    return table(head, rows)


def program(count):
    """Distinct products of two arrays, each in a function of its own."""
    functions = [function(n, *terms) for n, terms in enumerate(itertools.islice(distinct(), count))]
    names = "\n".join(f"    total += call_{n}();" for n in range(count))
    main_ = f"fn main() {{\n    let mut total = 0.0;\n{names}\n    println!(\"{{total}}\");\n}}\n"
    return "use ndarray::prelude::*;\nuse ndeinsum::einsum;\nuse std::hint::black_box;\n\n" + main_ + "".join(functions)


def function(n, left, right, output):
    def ones(term):
        return f"black_box(Array{len(term)}::<f64>::ones([2; {len(term)}]))"

    total = "result.sum()" if output else "result"
    return f"""
#[inline(never)]
fn call_{n}() -> f64 {{
    let (a, b) = ({ones(left)}, {ones(right)});
    let result = einsum!("{left},{right}->{output}", a, b);
    {total}
}}
"""


def distinct():
    """Terms of two operands and the output: all classes, with the axes in one order after the other."""
    seen = set()
    for turn in itertools.count():
        for batch, rows, columns, summed in itertools.product(["", "b"], ["", "i", "ix"], ["", "k", "ky"], ["", "j", "jz"]):
            left = rotated(batch + rows + summed, turn)
            right = rotated(batch + summed + columns, turn // 2)
            output = rotated(batch + rows + columns, turn // 3)
            terms = (left, right, output)
            if left and right and terms not in seen:
                seen.add(terms)
                yield terms


def rotated(term, turn):
    at = turn % len(term) if term else 0
    return term[at:] + term[:at]


# --- Kernels in a debug build.


def debug_speed(folder):
    kinds = {
        "debug": ("", []),
        "debug, `einsum-runtime` optimised": (OPTIMISED, []),
        "the same, and ndarray": (OPTIMISED + OPTIMISED_NDARRAY, []),
        "release": ("", ["--release"]),
    }
    programs, target = {}, folder / "target"
    for n, (name, (profiles, flags)) in enumerate(kinds.items()):
        crate = write_crate(folder / f"speed{n}", f"speed{n}", NDARRAY + NDEINSUM, SPEED, profiles)
        cargo(crate, "build", *flags, target=target)
        programs[name] = target / ("release" if flags else "debug") / f"speed{n}"
    rounds = {name: [] for name in programs}
    for _ in range(3):
        for name, path in programs.items():
            rounds[name].append(times_of(path))
    columns = [medians(rounds[name]) for name in programs]
    rows = [[what, *map(microseconds, times)] for what, *times in zip(SPEED_ROWS, *columns)]
    return table(["time of a call, one thread", *programs], rows)


def times_of(path):
    one_thread = os.environ | {"RAYON_NUM_THREADS": "1"}
    output = subprocess.run([path], env=one_thread, check=True, capture_output=True, text=True).stdout
    return [float(line) for line in output.split()]


def microseconds(value):
    return f"{value / 1000:.2f} ms" if value >= 1000 else f"{value:.2f} µs"


if __name__ == "__main__":
    main()
