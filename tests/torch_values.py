"""Writes `tests/torch_values.in`: results of torch's `conv2d` for `tests/affine.rs`.

    python tests/torch_values.py > tests/torch_values.in

The inputs are small integers that both sides compute from their position, so that every result is exact.
"""

import torch
from torch.nn.functional import conv2d


def numbers(*shape):
    n = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return ((n * 7) % 23 - 11).reshape(shape)


def line(stride, dilation, images, kernels):
    result = conv2d(numbers(*images), numbers(*kernels), stride=stride, dilation=dilation)
    values = ", ".join(str(int(value)) for value in result.flatten())
    return f"    ({stride}, {dilation}) {images} {kernels} {tuple(result.shape)} [{values}];"


CASES = [
    (1, 1, (1, 1, 5, 6), (1, 1, 3, 3)),
    (1, 1, (2, 3, 5, 6), (2, 3, 3, 2)),
    (2, 1, (2, 2, 7, 8), (3, 2, 3, 3)),
    (1, 2, (1, 2, 7, 8), (2, 2, 3, 3)),
    (2, 3, (1, 2, 9, 12), (2, 2, 2, 3)),
    (3, 2, (1, 2, 9, 10), (2, 2, 3, 3)),
]

print("torch_values! {")
for case in CASES:
    print(line(*case))
print("}")
