"""Repeats runs of generated calls with NumPy, the second oracle.

    python with_numpy.py RUNS

RUNS has a run in each line, as `--dump` of a generated program writes it. Integers must be equal, with the same overflow; floats as well where every
sum is exact, and else within the bound of `src/element.rs`.
"""

import json
import sys

import numpy as np


def array(listed, dtype):
    elements = listed["elements"]
    if np.dtype(dtype).kind == "c":
        elements = [complex(re, im) for re, im in elements]
    return np.array(elements, dtype=dtype).reshape(listed["shape"])


def expected(run, operands, scale, before):
    with np.errstate(over="ignore"):
        result = np.einsum(run["text"], *operands)
        if scale is not None:
            result = (scale * result).astype(operands[0].dtype)
        if run["kind"] == "Add":
            result = before + result
        if run["kind"] == "Subtract":
            result = before - result
    return np.asarray(result)


def is_right(run):
    dtype = run["type"]
    operands = [array(listed, dtype) for listed in run["operands"]]
    pairs = zip(operands, run["conjugated"])
    operands = [operand.conj() if conjugated else operand for operand, conjugated in pairs]
    scale = run["scale"]
    if scale is not None:
        scale = array({"shape": [], "elements": [scale]}, dtype)[()]
    before = run["before"] and array(run["before"], dtype)
    found = array(run["result"], dtype)
    value = expected(run, operands, scale, before)
    if run["kind"] == "Value" and value.shape != found.shape:
        return False
    value = np.broadcast_to(value, found.shape)
    if not run["rounded"]:
        return np.array_equal(value, found)
    # All terms with their absolute values, and how many there are.
    sizes = [np.abs(operand).astype(float) for operand in operands]
    size = None if scale is None else float(abs(scale))
    kind = "Value" if before is None else "Add"
    sums = expected(run | {"kind": kind}, sizes, size, None if before is None else np.abs(before).astype(float))
    terms = np.einsum(run["text"], *[np.ones_like(size) for size in sizes])
    unit = np.finfo(dtype).eps / 2 * (4 if np.dtype(dtype).kind == "c" else 1)
    allowed = 2 * (terms + 1 + len(operands) + 3 + 4) * unit * sums
    return bool(np.all(np.abs(value - found) <= allowed))


def main():
    wrong = count = 0
    for line in open(sys.argv[1], encoding="utf-8"):
        run = json.loads(line)
        count += 1
        try:
            verdict = "" if is_right(run) else "NumPy has another result"
        except Exception as error:  # What NumPy refuses is a difference as well.
            verdict = f"NumPy says: {error}"
        if verdict:
            wrong += 1
            shapes = [operand["shape"] for operand in run["operands"]]
            print(f"call {run['call']} draw {run['draw']}: {run['kind']} {run['text']!r} {run['type']} {shapes}: {verdict}")
    print(f"NumPy {np.__version__}: {count} runs, {wrong} of them differ")
    sys.exit(wrong > 0)


main()
