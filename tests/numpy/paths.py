#!/usr/bin/env python3
"""Writes tests/path/numpy.rs: what NumPy's einsum_path says about some contractions.

    python3 tests/numpy/paths.py > tests/path/numpy.rs

The numbers are those that NumPy prints, with its digits. An index that only one of three operands or more has, and that is
summed over, is summed before all else here, which NumPy does not: such calls are marked, and cost no more here.
"""

import numpy as np

CASES = [
    ("ij,jk->ik", [(30, 40), (40, 50)]),
    ("ij->ji", [(60, 70)]),
    ("ij,jk,kl->il", [(10, 200), (200, 10), (10, 30)]),
    ("ij,jk,kl,lm->im", [(10, 1000), (1000, 10), (10, 1000), (1000, 10)]),
    ("ij,jk,kl,lm", [(512, 64), (64, 512), (512, 64), (64, 512)]),
    ("bn,anm,bm->ba", [(32, 16), (8, 16, 16), (32, 16)]),
    ("i,ij,j->", [(100,), (100, 200), (200,)]),
    ("ea,fb,abcd,gc,hd->efgh", [(10, 10), (10, 10), (10, 10, 10, 10), (10, 10), (10, 10)]),
    ("...ij,...jk,kl->...il", [(5, 10, 200), (5, 200, 10), (10, 30)]),
    ("...i,i...,ij->...j", [(4, 6, 20), (20, 6), (20, 30)]),
    ("ij,ij,ij->ij", [(80, 90)] * 3),
    ("iij,jk,kk->ik", [(20, 20, 30), (30, 40), (40, 40)]),
    (",ij,jk->ik", [(), (30, 40), (40, 50)]),
    ("ab,bc,ca,ad,bd->cd", [(9, 10), (10, 11), (11, 9), (9, 12), (10, 12)]),
    ("ijk,ilm,njm,nlk,abc->", [(6, 7, 8), (6, 9, 10), (11, 7, 10), (11, 9, 8), (12, 13, 14)]),
    ("αβ,βγ,γδ->αδ", [(10, 200), (200, 10), (10, 30)]),
]


def ascii_labels(subscripts):
    """NumPy knows no other letters."""
    greek = "αβγδ"
    return "".join("abcd"[greek.index(c)] if c in greek else c for c in subscripts)


def sums_a_lone_index(subscripts, operands):
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    lone = {c for c in inputs if c.isalpha() and sum(c in term for term in terms) == 1}
    return len(operands) > 2 and "->" in subscripts and bool(lone - set(output))


def number(text, name):
    line = next(line for line in text.splitlines() if name in line)
    return line.split(":")[1].split()[0]


HEAD = f"""//! What NumPy {np.__version__} says about some contractions.
//!
//! Written by `tests/numpy/paths.py`; change that, and run it again.

use super::{{Case, zeros}};
use ndeinsum::einsum_path;

pub(crate) fn cases() -> Vec<Case> {{
    vec!["""

print(HEAD)
for subscripts, shapes in CASES:
    operands = [np.ones(shape) for shape in shapes]
    path, text = np.einsum_path(ascii_labels(subscripts), *operands, optimize="optimal")
    steps = ", ".join("(" + ", ".join(map(str, step)) + ")" for step in path[1:])
    call = ", ".join([f'"{subscripts}"'] + [f"zeros({list(shape)})" for shape in shapes])
    fixed = f"; path = [{steps}]" if len(operands) > 2 else ""
    print(f"""        Case {{
            report: einsum_path!({call}),
            fixed: einsum_path!({call}{fixed}),
            sums_a_lone_index: {str(sums_a_lone_index(subscripts, operands)).lower()},
            scaling: ({number(text, "Naive scaling")}, {number(text, "Optimized scaling")}),
            naive_flop_count: {number(text, "Naive FLOP").replace("+", "")},
            flop_count: {number(text, "Optimized FLOP").replace("+", "")},
            speedup: {number(text, "speedup")},
            largest_intermediate: {number(text, "Largest").replace("+", "")},
        }},""")
print("    ]\n}")
