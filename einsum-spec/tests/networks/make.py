"""Networks with the operation counts of opt_einsum's paths: `small.txt` and `large.txt`.

    python make.py small > small.txt
    python make.py large > large.txt

A line is `terms>output|extents|counts`, labels being numbers: `0 1,1 2>0 2|3 4 5|120`. The counts are of opt_einsum's own
rule, `flop_count`: for a pair the product of the extents of its labels, twice that if it sums.

small: 3 to 8 operands; counts are `optimal` for the network as it is; then, without the labels that one operand has alone,
`optimal` and the true optimum, which differ where `optimal` goes wrong (see below).
large: 9 to 60 operands; counts are `greedy` and `random_greedy_128`; a name of the family comes first.
"""

import inspect
import multiprocessing
import random
import sys

import opt_einsum
from opt_einsum import paths
from opt_einsum.helpers import find_contraction, flop_count

# The search remembers the result of a pair by the two sets of labels alone, though it depends on what else is left. Where a label is in
# several operands it may thus go wrong; without the memory it does not.
SOURCE = inspect.getsource(paths.optimal).replace("result_cache[key] = calc_k12_flops", "calc_k12_flops")
SOURCE = SOURCE.replace("k12, flops12 = result_cache[key]\n", "raise KeyError\n")
exec(SOURCE.replace("def optimal", "def exact_optimal"), vars(paths))
assert "= result_cache[key]" not in SOURCE


def cost(path, terms, output, extents):
    left, total = [frozenset(term) for term in terms], 0
    for positions in path:
        _, left, removed, labels = find_contraction(positions, left, frozenset(output))
        total += flop_count(labels, bool(removed), len(positions), extents)
    return total


def without_lone(terms, output):
    count = {label: sum(label in term for term in terms) for term in terms for label in term}
    return [[label for label in term if count[label] > 1 or label in output] for term in terms]


def line(terms, output, extents, counts):
    text = ",".join(" ".join(map(str, term)) for term in terms) + ">" + " ".join(map(str, output))
    return "|".join([text, " ".join(map(str, extents)), " ".join(map(str, counts))])


def small(seed):
    rng = random.Random(seed)
    operands = 3 + seed % 6
    labels = rng.randint(operands - 1, operands + 4)
    terms = [[] for _ in range(operands)]
    # Most labels are in two operands; an operand may be a scalar, and have a label twice.
    for label in range(labels):
        owners = rng.choices([1, 2, 3, 4, operands], [3, 12, 3, 1, 1])[0]
        for term in rng.sample(range(operands), min(owners, operands)):
            terms[term].insert(rng.randint(0, len(terms[term])), label)
            if rng.random() < 0.05:
                terms[term].append(label)
    top = rng.choice([2, 4, 10, 30, 100])
    extents = [rng.randint(1, top) for _ in range(labels)]
    if rng.random() < 0.02:
        extents[rng.randrange(labels)] = 0
    output = [label for label in range(labels) if rng.random() < rng.choice([0.0, 0.2, 0.5])]
    rng.shuffle(output)
    stripped = without_lone(terms, output)
    as_is = cost(paths.optimal(terms, output, extents), terms, output, extents)
    find = [paths.optimal, paths.exact_optimal]
    counts = [cost(find(stripped, output, extents), stripped, output, extents) for find in find]
    return line(terms, output, extents, [as_is, *counts])


def regular(rng, operands, degree):
    """A random regular graph: a scalar."""
    while True:
        ends = [vertex for vertex in range(operands) for _ in range(degree)]
        rng.shuffle(ends)
        edges = {frozenset(pair) for pair in zip(ends[::2], ends[1::2])}
        if len(edges) == operands * degree // 2 and all(len(edge) == 2 for edge in edges):
            return edges_to_terms(operands, map(sorted, sorted(map(sorted, edges))), [])


def edges_to_terms(operands, edges, open_at):
    """One label for each edge, and one for each operand in `open_at`, which the output has."""
    terms, output, label = [[] for _ in range(operands)], [], 0
    for edge in edges:
        for vertex in edge:
            terms[vertex].append(label)
        label += 1
    for vertex in open_at:
        terms[vertex].append(label)
        output.append(label)
        label += 1
    return terms, output


def tree(rng, operands):
    edges = [(rng.randrange(vertex), vertex) for vertex in range(1, operands)]
    return edges_to_terms(operands, edges, rng.sample(range(operands), 3))


def chain(rng, operands):
    return edges_to_terms(operands, [(n, n + 1) for n in range(operands - 1)], [0, operands - 1])


def lattice(rng, operands):
    width = max(w for w in range(2, 7) if operands % w == 0 or w == 2)
    height = operands // width
    cells = [(x, y) for y in range(height) for x in range(width)]
    right = [(y * width + x, y * width + x + 1) for x, y in cells if x + 1 < width]
    down = [(y * width + x, (y + 1) * width + x) for x, y in cells if y + 1 < height]
    return edges_to_terms(width * height, right + down, [])


def mps(rng, operands):
    """An operator between two states: three rows, with columns."""
    length = operands // 3
    rows = [(row * length + n, row * length + n + 1) for row in range(3) for n in range(length - 1)]
    columns = [(row * length + n, (row + 1) * length + n) for row in range(2) for n in range(length)]
    return edges_to_terms(3 * length, rows + columns, rng.choice([[], [0], [length - 1]]))


def mera(rng, operands):
    """Layers of disentanglers and isometries of a binary tree, and their mirror image around an operator of two sites."""
    sites = 4 if operands < 20 else 8 if operands < 45 else 16
    terms, last = [], 0

    def new():
        nonlocal last
        last += 1
        return last - 1

    def half(legs):
        while len(legs) > 2:
            turned = legs[1:] + legs[:1]
            after = [new() for _ in legs]
            terms.extend([after[n], after[n + 1], turned[n], turned[n + 1]] for n in range(0, len(legs), 2))
            after = after[-1:] + after[:-1]
            legs = [new() for _ in after[::2]]
            terms.extend([leg, after[2 * n], after[2 * n + 1]] for n, leg in enumerate(legs))
        return legs

    below = [new() for _ in range(sites)]
    at = rng.randrange(sites - 1)
    above = below[:at] + [new(), new()] + below[at + 2:]
    terms.append([*above[at:at + 2], *below[at:at + 2]])
    terms.append(half(above))
    terms.append(half(below))
    return terms, []


def hyper(rng, operands):
    """Labels in two to five operands, some of them in the output."""
    terms, labels = [[] for _ in range(operands)], operands + operands // 4
    for label in range(labels):
        for term in rng.sample(range(operands), rng.choice([2, 2, 2, 2, 3, 3, 4, 5])):
            terms[term].append(label)
    return terms, rng.sample(range(labels), 2)


FAMILIES = {
    "regular3": lambda rng, operands: regular(rng, operands + operands % 2, 3),
    "regular4": lambda rng, operands: regular(rng, operands, 4),
    "tree": tree,
    "chain": chain,
    "lattice": lattice,
    "mps": mps,
    "mera": mera,
    "hyper": hyper,
}


def large(seed):
    rng = random.Random(seed)
    name = list(FAMILIES)[seed % len(FAMILIES)]
    operands = [9, 10, 12, 16, 20, 24, 30, 36, 40, 48, 54, 60][seed // len(FAMILIES) % 12]
    terms, output = FAMILIES[name](rng, operands)
    labels = 1 + max(label for term in terms for label in term)
    # Alike, or not: a bond dimension, or any.
    bond = rng.choice([2, 3, 4, 8])
    extents = [bond if seed % 3 else rng.randint(2, 2 * bond) for _ in range(labels)]
    assert without_lone(terms, output) == terms
    find = [paths.greedy, opt_einsum.paths.get_path_fn("random-greedy-128")]
    counts = [cost(find(terms, output, extents), terms, output, extents) for find in find]
    return name + " " + line(terms, output, extents, counts)


def main():
    make, count = {"small": (small, 1000), "large": (large, 96)}[sys.argv[1]]
    with multiprocessing.Pool() as pool:
        for text in pool.imap(make, range(count), chunksize=4):
            print(text, flush=True)


main()
