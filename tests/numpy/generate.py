"""Writes tests/numpy_cases.rs and tests/ui/numpy/*.rs from tests/numpy/cases.json, with NumPy's output.

    python3 tests/numpy/generate.py

from anywhere; needs nothing but NumPy (the committed files are those of NumPy 2.4.6). cases.json holds the calls of
NumPy's own documentation and test suite (BSD-3-Clause).

A case that NumPy accepts becomes a row of a table: the shapes of its operands, and the shape and values of the
output. Cases with the same subscripts and ranks share one expansion of the macros. A case that NumPy refuses for its
text or its ranks is a compile error and becomes a file of tests/ui/numpy; one whose extents disagree, or
whose rank is wrong in an array of dynamic rank, is a run-time error and stays in the table.
"""

import json
import math
import textwrap
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent

# The compile errors: their position in cases.json, and the file to write.
COMPILE_ERRORS = {
    0: "no-operand",
    1: "empty-text-two-operands",
    2: "comma-one-operand",
    3: "rank-too-low",
    4: "ellipsis-then-label-on-scalar",
    5: "label-then-ellipsis-on-scalar",
    6: "two-dots",
    7: "one-dot-before-ellipsis",
    8: "percent-before-ellipsis",
    9: "dollar-after-ellipsis",
    15: "rank-too-high",
    16: "rank-too-high-with-output",
}
# Those of them that are run-time errors for operands of dynamic rank.
WRONG_RANK = [3, 4, 5, 15, 16]
# An output of more elements than this is checked by a digest.
MOST_VALUES = 1000
# The largest integer up to which f64 has every integer.
EXACT = 2**53


def operand(shape, position):
    """The operand that `operand` in mod.rs makes."""
    n = np.arange(math.prod(shape), dtype=np.int64)
    return ((611 * n + 359 * position + 3) % 1009 % 11 - 4).reshape(shape)


def einsum(subscripts, operands):
    """NumPy's output; the orders of summation differ, but integers do not mind."""
    return np.asarray(np.einsum(subscripts, *operands, optimize=len(operands) > 2))


def output(number, case):
    operands = [operand(shape, p) for p, shape in enumerate(case["shapes"])]
    value = einsum(case["subscripts"], operands)
    assert value.dtype == np.int64
    assert list(value.shape) == case["out_shape"], (number, case, value.shape)
    largest = einsum(case["subscripts"], [abs(operand) for operand in operands])
    assert largest.max(initial=0) < EXACT, (number, case)
    assert value.size == 0 or value.any(), (number, "an output of zeros shows little")
    return value


def dimension(rank):
    return f"Ix{rank}" if rank <= 6 else "IxDyn"


def literal(text):
    return json.dumps(text, ensure_ascii=False)


def integers(values):
    return ", ".join(map(str, values))


def shapes_of(case):
    return ", ".join(f"&[{integers(shape)}]" for shape in case["shapes"])


def values_of(value):
    flat = value.ravel().tolist()
    if len(flat) <= MOST_VALUES:
        return f"Values::All(&[{integers(flat)}])"
    hash = 0
    for element in flat:
        hash = (31 * hash + element) % 1000003
    return f"Values::Digest {{ first: &[{integers(flat[:20])}], sum: {sum(flat)}, hash: {hash} }}"


def call_of(case):
    """What one expansion of the macros depends on."""
    ranks = [dimension(len(shape)) for shape in case["shapes"]]
    out = dimension(len(case["out_shape"])) if case["out_shape"] else "T"
    operands = ", ".join(f"{'abcdefgh'[p]}: {rank}" for p, rank in enumerate(ranks))
    return f"{literal(case['subscripts'])}, {operands} => {out}"


def group_of(case):
    """The test that a case belongs to."""
    shapes, text = case["shapes"], case["subscripts"]
    ranks = [len(shape) for shape in shapes]
    labels = [c for c in text.split("->")[0] if c.isalpha()]
    if max(map(math.prod, shapes)) > 100_000:
        return "large"
    if len(shapes) == 1:
        return "one_operand_with_ellipsis" if "..." in text else "one_operand"
    if len(shapes) == 2:
        if "..." in text:
            return "two_operands_with_ellipsis"
        if 0 in ranks:
            return "scalar_times_array"
        if len(labels) == len(set(labels)):
            return "outer_product"
        kinds = {(1, 1): "vector_vector", (2, 1): "matrix_vector", (2, 2): "matrix_matrix"}
        return kinds.get(tuple(sorted(ranks, reverse=True)), "two_operands_of_higher_rank")
    if len(shapes) == 3:
        return "three_operands"
    return "four_operands" if len(shapes) == 4 else "five_and_more_operands"


HEADER = """\
//! The {total} calls of `numpy/cases.json`, NumPy's own, with the values that NumPy gives.
//!
//! Written by `tests/numpy/generate.py`; change that, and run it again.

mod numpy;

use ndarray::prelude::*;
use ndeinsum::{{EinsumError, einsum, try_einsum}};
use numpy::{{Case, Element, Values, call, operand, run}};

/// How many calls the file has. Some differ in nothing; each is run.
const CASES: usize = {total};
"""

ACCOUNT = """
/// The calls that the compiler refuses, each with its file in `tests/ui/numpy`.
#[rustfmt::skip]
const COMPILE_ERRORS: &[(usize, &str)] = &[
{compile_errors}
];

#[test]
fn every_case_is_tested_once() {{
    let mut numbers: Vec<usize> = Vec::new();
    for cases in [
{groups}
    ] {{
        numbers.extend(cases.iter().map(|case| case.number));
    }}
    numbers.extend(COMPILE_ERRORS.iter().map(|(number, _)| number));
    numbers.extend(EXTENT_ERRORS);
    numbers.sort_unstable();
    assert_eq!(numbers, (0..CASES).collect::<Vec<_>>());
    for (number, file) in COMPILE_ERRORS {{
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/numpy").join(file);
        assert!(path.is_file(), "case {{number}} has no file {{file}}");
    }}
}}
"""


def wrapped(text, indent):
    return textwrap.fill(
        text,
        width=110,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def row(number, case, call):
    shapes = f"shapes: &[{shapes_of(case)}], shape: &[{integers(case['out_shape'])}]"
    return "\n".join([
        f"    Case {{ number: {number}, subscripts: {literal(case['subscripts'])}, call: {call},",
        wrapped(f"{shapes}, values: {values_of(output(number, case))} }},", "        "),
    ])


def error_test(name, comment, cases, dynamic):
    lines = [f"\n/// {comment}", "#[test]", f"fn {name}() {{", "    let mut accepted: Vec<usize> = Vec::new();"]
    for number, case in cases:
        names = "abcdefgh"[: len(case["shapes"])]
        for p, shape in enumerate(case["shapes"]):
            rank = "IxDyn" if dynamic else dimension(len(shape))
            lines.append(f"    let {names[p]}: Array<f64, {rank}> = operand(&[{integers(shape)}], {p});")
        call = f"try_einsum!({literal(case['subscripts'])}, {', '.join(names)})"
        lines.append(f"    if {call}.is_ok() {{")
        lines.append(f"        accepted.push({number});")
        lines.append("    }")
    lines.append('    assert!(accepted.is_empty(), "NumPy refuses what these accept: {accepted:?}");')
    lines.append("}")
    return "\n".join(lines)


def table(cases):
    """The text of numpy_cases.rs."""
    calls, groups = {}, {}
    for number, case in enumerate(cases):
        if case["expect"] == "ok":
            call = calls.setdefault(call_of(case), f"call_{number}")
            groups.setdefault(group_of(case), []).append(row(number, case, call))
    extents = [n for n, case in enumerate(cases) if case["expect"] == "error" and n not in COMPILE_ERRORS]

    parts = [HEADER.format(total=len(cases))]
    parts += [f"call!({name}: {call});" for call, name in calls.items()]
    for group, rows in groups.items():
        parts.append(f"\n#[rustfmt::skip]\nconst {group.upper()}: &[Case] = &[")
        parts += rows
        parts.append("];")
        parts.append(f"\n#[test]\nfn {group}() {{\n    run({group.upper()});\n}}")
    parts.append("\n/// The calls whose extents disagree.")
    parts.append(f"const EXTENT_ERRORS: &[usize] = &[{integers(extents)}];")
    comment = "Disagreeing extents are an error at run time."
    parts.append(error_test("extent_errors", comment, [(n, cases[n]) for n in extents], dynamic=False))
    comment = "What is a compile error for a static rank is one at run time for a dynamic rank."
    parts.append(error_test("rank_errors", comment, [(n, cases[n]) for n in WRONG_RANK], dynamic=True))
    files = [f'    ({number}, "{name}.rs"),' for number, name in COMPILE_ERRORS.items()]
    names = "\n".join(f"        {group.upper()}," for group in groups)
    parts.append(ACCOUNT.format(compile_errors="\n".join(files), groups=names))
    return "\n".join(parts)


def ui(number, case):
    """The file of a compile error."""
    lines = ["use ndarray::prelude::*;"] if case["shapes"] else []
    lines += ["use ndeinsum::einsum;", "", "fn main() {"]
    names = "abcdefgh"[: len(case["shapes"])]
    for name, shape in zip(names, case["shapes"]):
        extents = f"({integers(shape)},)" if len(shape) == 1 else f"({integers(shape)})"
        lines.append(f"    let {name} = Array{len(shape)}::<f64>::zeros({extents});")
    arguments = "".join(f", {name}" for name in names)
    lines.append(f"    einsum!({literal(case['subscripts'])}{arguments});")
    lines += ["}", ""]
    return "\n".join(lines)


def main():
    cases = json.loads((HERE / "cases.json").read_text())["cases"]
    (TESTS / "numpy_cases.rs").write_text(table(cases))
    folder = TESTS / "ui" / "numpy"
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in COMPILE_ERRORS.items():
        assert cases[number]["expect"] == "error"
        (folder / f"{name}.rs").write_text(ui(number, cases[number]))


main()
