#!/usr/bin/env python3
"""Times ndeinsum beside other libraries, interleaved, and writes a table, a report and a plot.

Needs Python 3.11 and a Rust toolchain; what else it needs, it puts into a virtual environment. See README.md.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import venv

import report

HERE = pathlib.Path(__file__).resolve().parent
OURS = "ndeinsum"
RUST = [OURS, "ndarray", "ndarray-einsum", "cpueinsum", "omeinsum", "faer"]
PYTHON = ["numpy", "opt_einsum", "torch", "jax"]

# Slower than the best by these factors, a system gets so many rounds at most: its place in the table is certain.
FEWER_ROUNDS = [(10, 1), (3, 2)]
# Of calls that are longer than this, three are enough; a slice is then one call.
LONG_NS = 50e6
LONG_ROUNDS = 3
# Of several ways of one system, those this much slower than its best in the first call are not timed again.
WORSE = 4
# What could hold a system back without anyone asking for it.
HOLDING_BACK = [
    "EINSUM_KERNEL",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_DEBUG_CPU_TYPE",
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "NPY_DISABLE_CPU_FEATURES",
    "XLA_FLAGS",
]
# The same for `--isa avx2`. The crates under faer and omeinsum (`gemm`), cpueinsum and ndarray (`matrixmultiply`) look at the
# CPU alone, and have no such variable; `matrixmultiply` has nothing beyond AVX2.
HELD_BACK = {
    "avx2": {
        "EINSUM_KERNEL": "avx2",
        "OPENBLAS_CORETYPE": "Haswell",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "DNNL_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        # XLA's library for matrix products, YNNPACK, looks at the CPU alone: jax then does without it.
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2 --xla_cpu_experimental_ynn_fusion_type=",
    },
}

# Seconds that threads of a pool wait for work in a loop: OpenMP of Intel, under torch, the longest, 0.2.
SPINNING = 0.3

# With two threads, only work that takes one thread longer than this at the limit.
THREADED_SECONDS = 1e-3


def main():
    options = parse_options()
    python = prepare_python(options.venv)
    server = options.server or build_server()
    # Results of many megabytes go through a file; in memory, where there is such a folder.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        run = Run(options, python, server, pathlib.Path(folder))
        try:
            results = run.all()
        finally:
            run.stop()
    report.print_summary(results)
    write_outputs(options, python, results)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="REGEX", default="", help="workloads whose names match")
    parser.add_argument("--systems", metavar="A,B", help=f"of {', '.join(RUST + PYTHON)}; default all")
    parser.add_argument("--threads", metavar="N,M", default="1", help="numbers of threads; default 1")
    parser.add_argument("--isa", choices=sorted(HELD_BACK), help="hold all systems to an instruction set, where they let us")
    parser.add_argument("--rounds", type=int, metavar="N", default=5, help="slices per system and workload")
    parser.add_argument("--seconds", type=float, metavar="S", default=0.03, help="length of a slice")
    parser.add_argument("--quick", action="store_true", help="two rounds of 10 ms: does it run at all?")
    parser.add_argument("--sweep", action="store_true", help="odd sizes instead, beside the Rust peers and NumPy")
    parser.add_argument("--any-layout", action="store_true", help="peers may give results in any layout")
    parser.add_argument("--core", type=int, metavar="C", help="the core for one thread; default the last one")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all results, for report.py")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="the report")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE", help="SVG: ndeinsum beside the best peer")
    parser.add_argument("--venv", type=pathlib.Path, default=HERE / ".venv", help="the virtual environment")
    parser.add_argument("--server", type=pathlib.Path, help="a bench-server that is built already")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 0.01
    options.threads = [int(threads) for threads in options.threads.split(",")]
    default = [*RUST, "numpy"] if options.sweep else RUST + PYTHON
    options.systems = options.systems.split(",") if options.systems else default
    if max(options.threads) > len(os.sched_getaffinity(0)):
        parser.error("more threads than this process may use cores")
    unknown = set(options.systems) - set(RUST + PYTHON)
    if unknown:
        parser.error(f"no such system: {', '.join(sorted(unknown))}")
    if options.any_layout:
        os.environ["BENCH_ANY_LAYOUT"] = "1"
    if OURS not in options.systems:
        options.systems.insert(0, OURS)
    return options


def prepare_python(folder):
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making {folder} …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        requirements = str(HERE / "requirements.txt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    return python


def build_server():
    build = ["cargo", "build", "--release", "--manifest-path", str(HERE / "peers" / "Cargo.toml")]
    messages = subprocess.run(
        [*build, "--message-format=json-render-diagnostics"], check=True, stdout=subprocess.PIPE, text=True
    )
    artifacts = [json.loads(line) for line in messages.stdout.splitlines()]
    return next(artifact["executable"] for artifact in artifacts if artifact.get("executable"))


def write_outputs(options, python, results):
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(report.markdown(results), encoding="utf-8")
    if options.plot:
        # Matplotlib is in the virtual environment, which this script itself may not run in.
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(results, file)
            file.flush()
            subprocess.run([python, HERE / "report.py", file.name, "--plot", options.plot], check=True)


class Process:
    """A system in a process of its own: a line there, a line back."""

    def __init__(self, command, threads, core, isa):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(threads, isa),
        )
        if threads == 1 and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self.process.pid, {core})

    def ask(self, *words):
        try:
            print(*words, file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": "the process has died"}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def environment(threads, isa):
    """Of a system: the number of threads, and no instruction set that it may not use but for `--isa`."""
    names = ["OMP", "OPENBLAS", "MKL", "RAYON"]
    held_back = HELD_BACK.get(isa, {})
    variables = {name: value for name, value in os.environ.items() if name not in HOLDING_BACK}
    variables |= held_back | {f"{name}_NUM_THREADS": str(threads) for name in names}
    eigen = "true" if threads > 1 else "false"
    flags = [f"--xla_cpu_multi_thread_eigen={eigen}", f"intra_op_parallelism_threads={threads}"]
    variables["XLA_FLAGS"] = " ".join([*held_back.get("XLA_FLAGS", "").split(), *flags])
    # A GPU would be another comparison.
    return variables | {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}


class Run:
    """One run of the program: the processes, and what they have said."""

    def __init__(self, options, python, server, folder):
        self.options = options
        self.python = python
        self.server = server
        self.folder = folder
        self.core = options.core if options.core is not None else max(os.sched_getaffinity(0))
        self.processes = {}
        self.table_path = folder / "table.json"
        table = self.rust(OURS, 1).ask("sweep" if options.sweep else "list")
        self.table_path.write_text(json.dumps(table), encoding="utf-8")
        for position, workload in enumerate(table):
            workload["position"] = position
        self.table = [workload for workload in table if re.search(options.only, workload["name"])]

    def rust(self, system, threads):
        return self.process(system, threads, [self.server, threads])

    def worker(self, library, threads):
        return self.process(library, threads, [self.python, HERE / "worker.py", library, threads, self.table_path])

    def process(self, name, threads, command):
        if (name, threads) not in self.processes:
            self.processes[name, threads] = Process(command, threads, self.core, self.options.isa)
        return self.processes[name, threads]

    def system(self, name, threads):
        return self.rust(name, threads) if name in RUST else self.worker(name, threads)

    def stop(self):
        for process in self.processes.values():
            process.stop()

    def all(self):
        limits = self.limits()
        rows = []
        for threads in self.options.threads:
            for workload in self.table:
                limit = limit_seconds(workload, limits, threads)
                if threads == 1 or (workload["bound"] == "compute" and (limit or 0) * threads > THREADED_SECONDS):
                    rows.append(self.measure(workload, threads, limit))
                    report.print_row(rows[-1], self.options.systems)
        return {
            "about": self.about(),
            "limits": limits,
            "systems": self.options.systems,
            "sweep": self.options.sweep,
            "rows": rows,
        }

    def limits(self):
        """What one core can do at most."""
        server = self.rust(OURS, 1)
        caches = cache_sizes()
        # A buffer that fits well, and one that does not fit at all.
        buffers = {level: size // 2 for level, size in caches.items()}
        buffers["memory"] = 4 * max(caches.values())
        return {
            "fma": {dtype: server.ask("peak", dtype)["gflops"] for dtype in ["f32", "f64"]},
            "caches": caches,
            "read": {level: server.ask("read", size)["gbs"] for level, size in buffers.items()},
            "copy": {level: server.ask("copy", size)["gbs"] for level, size in buffers.items()},
        }

    def about(self):
        versions = rust_versions()
        for name in self.options.systems:
            if name in PYTHON:
                versions[name] = self.worker(name, self.options.threads[0]).ask("version").get("version", "?")
        return {
            "date": datetime.date.today().isoformat(),
            "commit": output_of("git", "-C", HERE, "describe", "--always", "--dirty"),
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "rustc": output_of("rustc", "--version"),
            "python": platform.python_version(),
            "versions": {name: versions.get(name, "?") for name in self.options.systems},
            "rounds": self.options.rounds,
            "seconds": self.options.seconds,
            "any_layout": self.options.any_layout,
            "isa": self.options.isa,
            "ours": self.rust(OURS, 1).ask("isa")["name"],
        }

    def measure(self, workload, threads, limit):
        """All systems on one workload: their numbers first, then their times by turns."""
        chosen, absent = {}, {}
        for name in self.options.systems:
            found, absent[name] = self.chosen_way(workload, name, threads)
            if found:
                chosen[name] = found
        times = self.interleaved(workload, threads, chosen)
        row = {
            "workload": workload,
            "threads": threads,
            "limit_ns": limit and limit * 1e9,
            "ns": times,
            "ways": {name: way for name, (way, _) in chosen.items()},
            "absent": {name: reason for name, reason in absent.items() if reason and name not in times},
        }
        if workload["class"].removeprefix("affine-") in ("window", "layer") and OURS in times:
            row["memory"] = {
                name: self.system(name, threads).ask("memory", workload["name"], name).get("bytes")
                for name in times
                if name in RUST
            }
        for name in self.options.systems:
            self.system(name, threads).ask("rest")
        return row

    def chosen_way(self, workload, name, threads):
        """The fastest way of a system that gives the right numbers, with the time of a call; or why there is none."""
        process = self.system(name, threads)
        ways = [name] if name in RUST else process.ask("variants", workload["name"])
        if isinstance(ways, dict):
            return None, ways["error"]
        path = self.folder / "result"
        reason = "has no such function"
        # The result of the last way is in the file: with one way only, it need not be made again.
        written, times = None, {}
        for way in ways:
            answer = process.ask("check", workload["name"], way, path)
            if "error" in answer:
                reason = answer["error"]
            else:
                written, times[way] = way, answer["ns"]
        times = self.timed_ways(workload, process, times)
        for way in sorted(times, key=times.get):
            if way != written:
                process.ask("check", workload["name"], way, path)
            answer = self.worker("reference", 1).ask("check", workload["name"], way, path)
            written = way
            if "error" not in answer and not answer["difference"] <= workload["tolerance"]:
                answer["error"] = f"wrong by {answer['difference']:.1e}"
                print(f"{workload['name']}: {name} ({way}) is {answer['error']}", file=sys.stderr)
            if "error" not in answer:
                path.unlink(missing_ok=True)
                return (way, times[way]), None
            reason = answer["error"]
        path.unlink(missing_ok=True)
        return None, reason

    def timed_ways(self, workload, process, first):
        """Times by which the ways of a system can be told apart; the first call of each may be all."""
        if len(first) < 2:
            return first
        near = [way for way, ns in first.items() if ns <= WORSE * min(first.values())]
        times = dict(first)
        if len(near) > 1 and min(first.values()) < LONG_NS:
            for way in near:
                times[way] = process.ask("time", workload["name"], way, self.options.seconds / 2)["ns"]
        # What was not near in its first call stays behind the others.
        return {way: ns if way in near else max(ns, *times.values()) for way, ns in times.items()}

    def interleaved(self, workload, threads, chosen):
        best = min(ns for _, ns in chosen.values()) if chosen else 0
        rounds = {name: self.rounds_of(name, ns, best) for name, (_, ns) in chosen.items()}
        samples = {name: [] for name in chosen}
        for round in range(self.options.rounds):
            for name, (way, first) in chosen.items():
                # A second and more: the call that was checked is sample enough, unless the place in the table is at stake.
                if round >= rounds[name] or (rounds[name] == 1 and first > 1e9):
                    continue
                if threads > 1:
                    # Until the threads of the system before have given up waiting for work: they spin meanwhile, on our cores.
                    time.sleep(SPINNING)
                answer = self.system(name, threads).ask("time", workload["name"], way, self.options.seconds)
                if "ns" in answer:
                    samples[name].append(answer["ns"])
        return {name: statistics.median(list_ or [chosen[name][1]]) for name, list_ in samples.items()}

    def rounds_of(self, name, ns, best):
        """How many slices a system gets: what is slow for certain, or takes long, needs fewer."""
        rounds = self.options.rounds
        if ns > LONG_NS:
            rounds = min(rounds, LONG_ROUNDS)
        if name != OURS:
            rounds = min([rounds, *(most for factor, most in FEWER_ROUNDS if ns > factor * best)])
        return rounds


def limit_seconds(workload, limits, threads):
    """The shortest time that the machine allows, or `None` if that is not known."""
    if workload["bound"] == "compute":
        peak = limits["fma"].get(workload["dtype"].replace("c", "f"))
        return workload["flops"] / (peak * 1e9 * threads) if peak else None
    fitting = [level for level, size in limits["caches"].items() if workload["bytes"] <= size]
    level = fitting[0] if fitting else "memory"
    return workload["bytes"] / (limits[workload["bound"]][level] * 1e9)


def cache_sizes():
    """Bytes of the caches for data that the first core sees; those of a usual machine where it does not say."""
    sizes = {"L1": 32 << 10, "L2": 512 << 10, "L3": 32 << 20}
    for cache in pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        if (cache / "type").read_text().strip() != "Instruction":
            kibibytes = int((cache / "size").read_text().strip().removesuffix("K"))
            sizes["L" + (cache / "level").read_text().strip()] = kibibytes << 10
    return dict(sorted(sizes.items()))


def rust_versions():
    lock = tomllib.loads((HERE / "peers" / "Cargo.lock").read_text(encoding="utf-8"))
    versions = {}
    for package in lock["package"]:
        if package["name"] in RUST:
            versions[package["name"]] = package["version"]
    return versions


def cpu_name():
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    family = f" (family {facts['cpu family']}, model {facts['model']})" if "cpu family" in facts else ""
    return facts.get("model name", platform.processor() or platform.machine()) + family


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


if __name__ == "__main__":
    main()
