#!/usr/bin/env python3
"""`einsum_vjp!` beside torch's autograd, on one thread, by turns.

    cargo bench --bench gradients --no-run          # prints the path of the binary
    benches/gradients.py PATH [--only REGEX] [--rounds 9] [--seconds 0.03]

Needs torch. For convolution layers, the forward pass with both gradients, beside `conv2d` in the same order of axes. For the product of two matrices, attention weights and a chain of four matrices: the gradients alone (torch keeps what its forward
pass has made, ndeinsum makes the intermediates again), and the forward pass with the gradients. Prints the median times and the median of the
ratios of slices that follow each other, torch's time by ours.
"""

import argparse
import re
import statistics
import subprocess
import time

import torch

SUBSCRIPTS = {
    "product": ("ij,jk->ik", [(256, 256)] * 2),
    "attention": ("bqhd,bkhd->bhqk", [(2, 256, 8, 64)] * 2),
    "chain": ("ij,jk,kl,lm->im", [(256, 256)] * 4),
}


def torch_calls(name, element):
    """The two calls of a workload in torch: the gradients of a kept forward pass, and both."""
    subscripts, shapes = SUBSCRIPTS[name]
    operands = [(torch.rand(shape, dtype=element) - 0.5).requires_grad_() for shape in shapes]
    if name == "chain":
        forward = lambda: operands[0] @ operands[1] @ operands[2] @ operands[3]
    elif name == "product":
        forward = lambda: operands[0] @ operands[1]
    else:
        forward = lambda: torch.einsum(subscripts, *operands)
    result = forward()
    cotangent = torch.rand(result.shape, dtype=element) - 0.5
    backward = lambda: torch.autograd.grad(result, operands, cotangent, retain_graph=True)
    both = lambda: torch.autograd.grad(forward(), operands, cotangent)
    return {"backward": backward, "both": both}


LAYERS = {"n32c16o32p28": (32, 16, 32, 28), "n8c64o64p56": (8, 64, 64, 56)}
VARIANTS = {"plain": {}, "stride": {"stride": 2}, "dilation": {"dilation": 2}}


def layer_call(size, order, variant, element):
    """Forward pass and both gradients of a convolution."""
    n, c, o, pixels = LAYERS[size]
    layout = torch.channels_last if order == "last" else torch.contiguous_format
    numbers = lambda *shape: (torch.rand(shape, dtype=element) - 0.5).to(memory_format=layout)
    images, kernel = numbers(n, c, pixels, pixels).requires_grad_(), numbers(o, c, 3, 3).requires_grad_()
    forward = lambda: torch.nn.functional.conv2d(images, kernel, **VARIANTS[variant])
    cotangent = numbers(*forward().shape)
    return lambda: torch.autograd.grad(forward(), [images, kernel], cotangent)


def workloads(name):
    """The names of all workloads, and their calls in torch."""
    element = {"f32": torch.float32, "f64": torch.float64}[name]
    for size in LAYERS:
        for order in ["last", "first"]:
            for variant in VARIANTS:
                yield f"{name}/layer/{size}/{order}/{variant}", lambda: layer_call(size, order, variant, element)
    for product in SUBSCRIPTS:
        for part in ["backward", "both"]:
            yield f"{name}/{product}/{part}", lambda: torch_calls(product, element)[part]


def nanoseconds(call, calls):
    start = time.perf_counter_ns()
    for _ in range(calls):
        call()
    return (time.perf_counter_ns() - start) / calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="the benchmark `gradients`")
    parser.add_argument("--only", default="", help="workloads that this regular expression is found in")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.03, help="of a slice")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ours = subprocess.Popen([arguments.binary, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            env={"RAYON_NUM_THREADS": "1"})

    def slice_of_ours(name, calls):
        ours.stdin.write(f"{name} {calls}\n")
        ours.stdin.flush()
        return float(ours.stdout.readline())

    print("| workload | ndeinsum µs | torch µs | torch / ndeinsum |")
    print("|---|---|---|---|")
    ratios = {}
    for element in ["f32", "f64"]:
        for workload, make in workloads(element):
            if not re.search(arguments.only, workload):
                continue
            call = make()
            # The first calls plan, fault pages in, and start pools.
            slice_of_ours(workload, 2), nanoseconds(call, 2)
            calls = max(1, round(arguments.seconds * 1e9 / slice_of_ours(workload, 3)))
            pairs = [(slice_of_ours(workload, calls), nanoseconds(call, calls)) for _ in range(arguments.rounds)]
            mine, theirs = (statistics.median(times) / 1e3 for times in zip(*pairs))
            ratio = statistics.median(their / our for our, their in pairs)
            ratios.setdefault("/".join(workload.split("/")[:2]), []).append(ratio)
            print(f"| {workload} | {mine:.0f} | {theirs:.0f} | {ratio:.2f} |", flush=True)
    for name, all_ratios in ratios.items():
        print(f"| {name}, geometric mean of {len(all_ratios)} | | | {statistics.geometric_mean(all_ratios):.2f} |")
    ours.stdin.close()
    ours.wait()


if __name__ == "__main__":
    main()
