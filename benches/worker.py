"""One Python library behind the line protocol of `bench-server`.

    python worker.py LIBRARY THREADS TABLE

LIBRARY is `numpy`, `opt_einsum`, `torch`, `jax`, or `reference`, which is no peer: it compares results with `float64`.
TABLE is the list of workloads in a file. `compare.py` starts one process per library and number of threads, since pools
of threads that spin in one process would disturb each other.
"""

import json
import math
import os
import statistics
import sys
import time

import numpy as np

DTYPES = {
    "f32": np.float32,
    "f64": np.float64,
    "c32": np.complex64,
    "c64": np.complex128,
    "i32": np.int32,
    "i64": np.int64,
}

# The same as in `peers/src/timing.rs`.
BATCH_NS = 50_000
LONG_NS = 50_000_000

# Above this many multiply-adds, the plain loops of `np.einsum` would take too long to wait for.
PATIENCE = 3e8


# Otherwise results end in the layout that `einsum!` gives, the standard one.
ANY_LAYOUT = "BENCH_ANY_LAYOUT" in os.environ


# --- The numbers, as in `peers/src/element.rs`.


def hashed(operand, count):
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1)
        h += np.uint32((operand + 1) * 0x85EBCA6B & 0xFFFFFFFF)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x045D9F3B)
        return h ^ (h >> np.uint32(16))


def numbers(operand, shape, dtype):
    count = math.prod(shape)
    if np.issubdtype(dtype, np.integer):
        values = (hashed(operand, count) & np.uint32(0xFF)).astype(dtype) - dtype(128)
    else:
        parts = 2 if np.issubdtype(dtype, np.complexfloating) else 1
        fractions = ((hashed(operand, parts * count) & np.uint32(0xFFFF)) + np.uint32(1)) / 65536.0
        values = fractions.astype(dtype(0).real.dtype).view(dtype)
    return values.reshape(shape)


def arrays_of(workload, dtype=None):
    dtype = dtype or DTYPES[workload["dtype"]]
    return [numbers(k, operand["shape"], dtype) for k, operand in enumerate(workload["operands"])]


def numpy_views(workload, arrays):
    """What the subscripts see: the arrays, or the views of their windows."""
    views = []
    for operand, array in zip(workload["operands"], arrays):
        if "windows" in operand:
            windows = operand["windows"]
            axes, stride, dilation = windows["axes"], windows["stride"], windows["dilation"]
            reach = [dilation * (extent - 1) + 1 for extent in windows["extents"]]
            rank = array.ndim
            array = np.lib.stride_tricks.sliding_window_view(array, reach, axis=axes)
            steps = [stride if axis in axes else 1 for axis in range(rank)] + [dilation] * len(axes)
            array = array[tuple(slice(None, None, step) for step in steps)]
        views.append(array)
    return views


def spread(workload):
    """The stride and the dilation of the windows."""
    windows = next((operand["windows"] for operand in workload["operands"] if "windows" in operand), None)
    return (windows["stride"], windows["dilation"]) if windows else (1, 1)


# --- What the subscripts mean to libraries that have matrix products.


def split(subscripts):
    terms, output = subscripts.split("->")
    return terms.split(","), output


def permutation(workload):
    """The axes of the only operand in the order of the output, or `None`."""
    terms, output = split(workload["subscripts"])
    if len(terms) == 1 and sorted(terms[0]) == sorted(output):
        return [terms[0].index(label) for label in output]
    return None


def contraction(workload):
    """Labels of two operands by role: batch, free on the left, free on the right, contracted."""
    terms, output = split(workload["subscripts"])
    if len(terms) != 2:
        return None
    left, right = terms
    shared = [label for label in left if label in right]
    batch = [label for label in output if label in shared]
    contracted = [label for label in shared if label not in output]
    free_left = [label for label in output if label in left and label not in right]
    free_right = [label for label in output if label in right and label not in left]
    whole = len(batch + free_left + contracted) == len(left) and len(batch + free_right + contracted) == len(right)
    return (batch, free_left, free_right, contracted) if whole and contracted else None


def matrix_axes(workload):
    """Axes that make the operands stacks of matrices, and the result of their product the output; or `None`."""
    roles = contraction(workload)
    if roles is None or [len(role) for role in roles[1:]] != [1, 1, 1]:
        return None
    batch, m, n, k = roles
    (left, right), output = split(workload["subscripts"])
    result = batch + m + n
    return (
        [left.index(label) for label in batch + m + k],
        [right.index(label) for label in batch + k + n],
        [result.index(label) for label in output],
    )


def multiply_adds(workload, views):
    """Of one loop over all indices."""
    terms, _ = split(workload["subscripts"])
    extents = {label: n for term, view in zip(terms, views) for label, n in zip(term, view.shape)}
    return math.prod(extents.values())


# --- The libraries. Each gives its ways to do a workload: names to calls without arguments.


class NumPy:
    native = {
        "i,i->": np.dot,
        "ij->": np.sum,
        "ij->i": lambda a: a.sum(axis=1),
        "ij->j": lambda a: a.sum(axis=0),
        "ij,j->i": np.dot,
        "ij,i->j": lambda a, x: x @ a,
        "i,j->ij": np.multiply.outer,
        "ij,ij->ij": np.multiply,
        "i,ij,j->": lambda x, a, y: x @ (a @ y),
    }

    def version(self):
        return np.__version__

    def calls(self, workload):
        arrays = arrays_of(workload)
        views = numpy_views(workload, arrays)
        if workload["into"]:
            return self.calls_into(workload, views)
        axes = permutation(workload)
        if axes is not None:
            return {"transpose": lambda: np.ascontiguousarray(views[0].transpose(axes))}
        subscripts = workload["subscripts"]
        path = np.einsum_path(subscripts, *views, optimize="optimal")[0]
        calls = {"einsum-optimized": lambda: np.einsum(subscripts, *views, optimize=path)}
        if multiply_adds(workload, views) < PATIENCE:
            calls["einsum"] = lambda: np.einsum(subscripts, *views)
        if subscripts in self.native:
            calls["function"] = lambda: self.native[subscripts](*views)
        return calls | self.products(workload, views)

    def calls_into(self, workload, views):
        place = np.empty(workload["output"], views[0].dtype)
        return {
            "dot": lambda: np.dot(*views, out=place),
            "einsum": lambda: np.einsum(workload["subscripts"], *views, out=place),
        }

    def products(self, workload, views):
        calls = {}
        axes = matrix_axes(workload)
        if axes is not None:
            a, b = views[0].transpose(axes[0]), views[1].transpose(axes[1])
            calls["matmul"] = lambda: np.matmul(a, b).transpose(axes[2])
        roles = contraction(workload)
        if roles is not None and not roles[0]:
            terms, output = split(workload["subscripts"])
            sums = [[term.index(label) for label in roles[3]] for term in terms]
            result = [label for term in terms for label in term if label not in roles[3]]
            order = [result.index(label) for label in output]
            calls["tensordot"] = lambda: np.tensordot(*views, axes=sums).transpose(order)
        return calls

    def finished(self, result):
        return np.ascontiguousarray(result)

    def array(self, result):
        return np.ascontiguousarray(result)


class OptEinsum(NumPy):
    def __init__(self):
        import opt_einsum

        self.library = opt_einsum

    def version(self):
        return self.library.__version__

    def calls(self, workload):
        if workload["into"] or permutation(workload) is not None:
            return {}
        views = numpy_views(workload, arrays_of(workload))
        expression = self.library.contract_expression(workload["subscripts"], *[view.shape for view in views])
        return {"contract": lambda: expression(*views)}


class Torch:
    def __init__(self, threads):
        import torch

        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.torch = torch
        self.native = {
            "i,i->": torch.dot,
            "ij->": torch.sum,
            "ij->i": lambda a: a.sum(dim=1),
            "ij->j": lambda a: a.sum(dim=0),
            "ij,j->i": torch.mv,
            "ij,i->j": lambda a, x: x @ a,
            "i,j->ij": torch.outer,
            "ij,ij->ij": torch.mul,
            "i,ij,j->": lambda x, a, y: torch.dot(x, torch.mv(a, y)),
        }

    def version(self):
        return self.torch.__version__

    def calls(self, workload):
        arrays = [self.torch.from_numpy(array) for array in arrays_of(workload)]
        views = [self.view(operand, array) for operand, array in zip(workload["operands"], arrays)]
        axes = permutation(workload)
        if workload["into"]:
            place = self.torch.empty(workload["output"], dtype=views[0].dtype)
            return {"matmul": lambda: self.torch.matmul(*views, out=place)}
        if axes is not None:
            return {"permute": lambda: views[0].permute(axes).contiguous()}
        subscripts = workload["subscripts"]
        calls = {"einsum": lambda: self.torch.einsum(subscripts, *views)}
        if subscripts in self.native:
            calls["function"] = lambda: self.native[subscripts](*views)
        axes = matrix_axes(workload)
        if axes is not None:
            a, b = views[0].permute(axes[0]), views[1].permute(axes[1])
            calls["matmul"] = lambda: self.torch.matmul(a, b).permute(axes[2])
        return calls | self.convolutions(subscripts, arrays, *spread(workload))

    def view(self, operand, array):
        if "windows" in operand:
            stride, dilation = operand["windows"]["stride"], operand["windows"]["dilation"]
            for axis, extent in zip(operand["windows"]["axes"], operand["windows"]["extents"]):
                array = array.unfold(axis, dilation * (extent - 1) + 1, stride)[..., ::dilation]
        return array

    def convolutions(self, subscripts, arrays, stride, dilation):
        conv2d = self.torch.nn.functional.conv2d
        if subscripts == "ncxyij,ocij->noxy":
            return {"conv2d": lambda: conv2d(*arrays, stride=stride, dilation=dilation)}
        if subscripts == "nxycij,ijco->nxyo":
            # In the layout that torch calls `channels_last`.
            images, filters = arrays[0].permute(0, 3, 1, 2), arrays[1].permute(3, 2, 0, 1)
            filters = filters.contiguous(memory_format=self.torch.channels_last)
            return {"conv2d": lambda: conv2d(images, filters, stride=stride, dilation=dilation).permute(0, 2, 3, 1)}
        if subscripts == "xyij,ij->xy":
            image, kernel = (array[None, None] for array in arrays)
            return {"conv2d": lambda: conv2d(image, kernel)[0, 0]}
        if subscripts == "nijkde,oide->nojk":
            return {"conv2d": lambda: conv2d(*arrays)}
        if subscripts == "nijkde,node->oijk":
            return {"conv2d-backward": self.weight_gradient(*arrays)}
        return {}

    def weight_gradient(self, images, cotangent):
        extents = [i - o + 1 for i, o in zip(images.shape[2:], cotangent.shape[2:])]
        filters = self.torch.empty(cotangent.shape[1], images.shape[1], *extents, dtype=images.dtype)
        backward = self.torch.ops.aten.convolution_backward
        plain = (None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [False, True, False])
        return lambda: backward(cotangent, images, filters, *plain)[1]

    def finished(self, result):
        return result.contiguous()

    def array(self, result):
        return result.contiguous().numpy()


class Jax:
    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        # Otherwise small calls measure the way to another thread and back.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        self.jax = jax

    def version(self):
        return self.jax.__version__

    def calls(self, workload):
        if workload["into"]:
            return {}
        arrays = arrays_of(workload)
        # Its arrays have no strides, so windows are copied before the clock starts.
        views = [self.jax.numpy.asarray(np.ascontiguousarray(v)) for v in numpy_views(workload, arrays)]
        arrays = [self.jax.numpy.asarray(array) for array in arrays]
        subscripts = workload["subscripts"]
        axes = permutation(workload)
        if axes is not None:
            return {"transpose": self.compiled(lambda a: self.jax.numpy.transpose(a, axes), views)}
        calls = {"einsum": self.compiled(lambda *x: self.jax.numpy.einsum(subscripts, *x), views)}
        return calls | self.convolutions(subscripts, arrays, *spread(workload))

    def compiled(self, function, arguments):
        function = self.jax.jit(function)
        return lambda: function(*arguments).block_until_ready()

    def convolutions(self, subscripts, arrays, stride, dilation):
        layouts = {
            "ncxyij,ocij->noxy": ("NCHW", "OIHW", "NCHW"),
            "nxycij,ijco->nxyo": ("NHWC", "HWIO", "NHWC"),
            "xyij,ij->xy": ("NCHW", "OIHW", "NCHW"),
            "nijkde,oide->nojk": ("NCHW", "OIHW", "NCHW"),
            "nijkde,node->oijk": ("CNHW", "IOHW", "CNHW"),
        }
        if subscripts not in layouts:
            return {}
        if arrays[0].ndim == 2:
            arrays = [array[None, None] for array in arrays]
        convolve = self.jax.lax.conv_general_dilated
        layout = layouts[subscripts]
        options = {"rhs_dilation": (dilation, dilation), "dimension_numbers": layout}
        call = lambda a, b: convolve(a, b, (stride, stride), "VALID", **options)
        return {"conv": self.compiled(call, arrays)}

    def finished(self, result):
        return result

    def array(self, result):
        return np.ascontiguousarray(result)


# --- The protocol.


class Worker:
    """Answers the lines about a library; keeps the calls of the last workload."""

    def __init__(self, library, table):
        self.library = library
        self.table = table
        self.workload = None
        self.calls = {}

    def answer(self, words):
        if words[0] == "version":
            return {"version": self.library.version()}
        if words[0] == "rest":
            self.workload, self.calls = None, {}
            return {}
        if words[1] != self.workload:
            # The operands of the last one go before those of the next come.
            self.calls = {}
            self.workload = words[1]
            calls = self.library.calls(self.table[words[1]])
            self.calls = calls if ANY_LAYOUT else {name: self.in_layout(call) for name, call in calls.items()}
        if words[0] == "variants":
            return list(self.calls)
        call = self.calls[words[2]]
        return self.check(call, words[3]) if words[0] == "check" else measured(call, float(words[3]))

    def in_layout(self, call):
        finished = self.library.finished
        return lambda: finished(call())

    def check(self, call, path):
        self.library.array(call()).tofile(path)
        return {"ns": timed(call, 1)}


class Reference:
    """`check WORKLOAD _ FILE`: the largest relative error of the result in FILE."""

    def __init__(self, table):
        self.table = table
        self.name = None
        self.exact = None

    def answer(self, words):
        _, name, _, path = words
        workload = self.table[name]
        if name != self.name:
            self.name, self.exact = name, exact_result(workload)
            size = np.abs(self.exact)
            # A zero that is off is as wrong as can be, and integers have zeros.
            self.size = np.where(size == 0, 1, size).reshape(-1)
        result = np.fromfile(path, DTYPES[workload["dtype"]])
        if result.size != self.exact.size:
            return {"error": f"has {result.size} elements instead of {self.exact.size}"}
        # A result that is not a number makes this one, which is below no bound.
        return {"difference": float(np.max(np.abs(result - self.exact.reshape(-1)) / self.size, initial=0))}


def exact_result(workload):
    wide = {"f": np.float64, "c": np.complex128, "i": np.int64}[workload["dtype"][0]]
    views = numpy_views(workload, arrays_of(workload, wide))
    return np.ascontiguousarray(np.einsum(workload["subscripts"], *views, optimize="optimal"))


def timed(call, count):
    start = time.perf_counter_ns()
    for _ in range(count):
        call()
    return time.perf_counter_ns() - start


def measured(call, seconds):
    """The median time of a call over batches, after a first one that does not count, unless it is long."""
    end = time.perf_counter_ns() + seconds * 1e9
    batch = 1
    elapsed = timed(call, batch)
    if elapsed >= LONG_NS:
        return {"ns": elapsed, "calls": 1}
    while elapsed < BATCH_NS:
        batch *= 2
        elapsed = timed(call, batch)
    samples = []
    while not samples or time.perf_counter_ns() < end:
        samples.append(timed(call, batch) / batch)
    return {"ns": statistics.median(samples), "calls": len(samples) * batch}


def worker(name, threads, table):
    if name == "reference":
        return Reference(table)
    libraries = {"numpy": NumPy, "opt_einsum": OptEinsum, "torch": lambda: Torch(threads), "jax": Jax}
    return Worker(libraries[name](), table)


def main():
    name, threads, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        table = {workload["name"]: workload for workload in json.load(file)}
    process = worker(name, int(threads), table)
    for line in sys.stdin:
        try:
            answer = process.answer(line.split())
        except Exception as error:  # Whatever a library raises is its answer to this workload.
            answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
