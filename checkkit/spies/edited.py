"""What a function that edits images returns."""

from typing import Any

import torch

Tensor = torch.Tensor


def one_tensor(returned: Any) -> Tensor:
    """The images that a function returned.

    Raises:
        TypeError: it returned something else.
    """
    if isinstance(returned, Tensor):
        return returned
    what = "nothing" if returned is None else f"a {type(returned).__name__}"
    if isinstance(returned, tuple | list):
        what = f"{len(returned)} values"
    raise TypeError(f"the function returned {what}, expected one tensor of images")
