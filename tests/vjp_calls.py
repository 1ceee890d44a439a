"""Writes `tests/vjp_calls.in`: random calls of `einsum_vjp!` for `tests/vjp_differences.rs`.

    python tests/vjp_calls.py > tests/vjp_calls.in

One to five operands with labels, diagonals, ellipses, extents of one and affine axes; real and complex, scaled and not. The script
infers extents in its own way, to know that a call is sound.
"""

import random

random.seed(20)
LABELS = "abcdxy"


def term(extents, ellipsis, allow_affine):
    """Axes (a label, a list of (coefficient, label), or ...) of one operand."""
    axes = []
    for _ in range(random.choice([0, 1, 1, 2, 2, 2, 3])):
        kind = random.random()
        if allow_affine and kind < 0.35:
            labels = random.sample(LABELS, random.choice([2, 2, 2, 3]))
            axes.append([(random.choice([1, 1, 1, 2, 3]), label) for label in labels])
        else:
            axes.append(random.choice(LABELS))
    if ellipsis:
        axes.insert(random.randint(0, len(axes)), "...")
    return axes


def call(counts, affine_share):
    extents = {label: random.choice([1, 2, 2, 3]) for label in LABELS}
    with_ellipsis = random.random() < 0.25
    affine = random.random() < affine_share
    count = random.choice(counts)
    terms = [term(extents, with_ellipsis and random.random() < 0.8, affine) for _ in range(count)]
    sums = [axis for axes in terms for axis in axes if isinstance(axis, list)]
    plain = {axis for axes in terms for axis in axes if isinstance(axis, str) and axis != "..."}
    used = sorted(plain | {label for axis in sums for _, label in axis})
    if len(used) > 6 or not used and not with_ellipsis:
        return None

    rest = [random.choice([1, 2, 3]) for _ in range(random.choice([0, 1, 2]))]
    shapes = []
    for axes in terms:
        shape = []
        for axis in axes:
            if axis == "...":
                mine = rest[random.randint(0, len(rest)) :]
                shape += [1 if random.random() < 0.3 else extent for extent in mine]
            elif isinstance(axis, list):
                shape.append(sum(n * (extents[label] - 1) for n, label in axis) + 1 + random.choice([0, 0, 1]))
            else:
                single = axes.count(axis) == 1 and random.random() < 0.15
                shape.append(1 if single else extents[axis])
        shapes.append(shape)

    # Extents as the macro finds them.
    known = {}
    for axes, shape in zip(terms, shapes):
        if "..." in axes:
            at = axes.index("...")
            behind = len(axes) - at - 1
            pairs = list(zip(axes[:at], shape[:at])) + list(zip(axes[at + 1 :], shape[len(shape) - behind :]))
        else:
            pairs = list(zip(axes, shape))
        for axis, extent in pairs:
            if isinstance(axis, str):
                known[axis] = max(known.get(axis, 1), extent)
    lengths = []
    for axes, shape in zip(terms, shapes):
        at = axes.index("...") if "..." in axes else len(axes)
        for n, axis in enumerate(axes):
            if isinstance(axis, list):
                lengths.append((axis, shape[n] if n < at else shape[n - len(axes)]))
    given = {}
    while True:
        open_sums = [[label for _, label in axis if label not in known] for axis, _ in lengths]
        single = next((o[0] for o in open_sums if len(o) == 1), None)
        if single is None:
            stuck = next((o[0] for o in open_sums if o), None)
            if stuck is None:
                break
            given[stuck] = known[stuck] = extents[stuck]
            continue
        most = []
        for (axis, length), o in zip(lengths, open_sums):
            if o == [single]:
                others = sum(n * (known[label] - 1) for n, label in axis if label != single)
                coefficient = next(n for n, label in axis if label == single)
                if others >= length:
                    return None
                most.append((length - 1 - others) // coefficient + 1)
        known[single] = min(most)
    if any(sum(n * (known[label] - 1) for n, label in axis) >= length for axis, length in lengths):
        return None

    output = [label for label in used if random.random() < 0.5]
    random.shuffle(output)
    if with_ellipsis and random.random() < 0.7 and any("..." in axes for axes in terms):
        output.insert(random.randint(0, len(output)), "...")
    write = lambda axis: (
        "(" + "+".join((str(n) if n > 1 else "") + label for n, label in axis) + ")" if isinstance(axis, list) else axis
    )
    if any(isinstance(axis, list) and len(axis) == 1 for axes in terms for axis in axes):
        return None
    text = ",".join("".join(map(write, axes)) for axes in terms) + "->" + "".join(output)
    return text, shapes, given, not output


calls = {}
while len(calls) < 240:
    made = call([1, 2, 2, 2, 3, 3, 4], 0.5)
    if made and made[0] not in calls:
        calls[made[0]] = made
# Those whose gradients have intermediates in common.
while len(calls) < 320:
    made = call([3, 4, 5], 0)
    if made and made[0] not in calls:
        calls[made[0]] = made

for n, (text, shapes, given, scalar) in enumerate(calls.values()):
    element = "Complex<f64>" if n % 3 == 0 else "f64"
    scaled = n % 4 == 1
    operands = ", ".join(f"x[{k}]" for k in range(len(shapes)))
    options = ", ".join(f"{label} = {extent}" for label, extent in sorted(given.items()))
    names = (["s"] if scaled else []) + ["abcde"[k] for k in range(len(shapes))]
    scale = "s * " if scaled else ""
    forward = f'einsum!({scale}"{text}", {operands}; {options})'
    backward = f'einsum_vjp!({scale}"{text}", {operands}; {"g[IxDyn(&[])]" if scalar else "g"}, {options})'
    print("#[test]")
    print(f"fn call{n}() {{")
    print(f"    check::<{element}>(")
    print(f"        &[{', '.join('&' + str(shape) for shape in shapes)}],")
    print(f"        |x, {'s' if scaled else '_'}| {f'arr0({forward})' if scalar else forward}.into_dyn(),")
    print(f"        |x, g, {'s' if scaled else '_'}| {{")
    print(f"            let {'(' if len(names) > 1 else ''}{', '.join(names)}{')' if len(names) > 1 else ''} = {backward};")
    print(f"            ({'Some(s)' if scaled else 'None'}, vec![{', '.join(name for name in names if name != 's')}])")
    print("        },")
    print("    );")
    print("}")
