# for: editing-*
"""Which pretrained model the figures show, and real images for it. Given, nothing to fill in.

    model = load_model("digits")
    x_0 = real_images("digits", model)
"""

from collections.abc import Callable
from typing import NamedTuple

import torch

from ..data import mnist
from ..pretrained.deepfloyd import load_deepfloyd
from ..pretrained.digit_model import load_digit_model
from ..pretrained.model import Model
from ..pretrained.photos import read_photos

IMAGES = 10


class Choice(NamedTuple):
    """How to get a model, and at most ten real images for it."""

    load: Callable[[], Model]
    images: Callable[[Model], torch.Tensor]


def _test_digits(model: Model) -> torch.Tensor:
    low, high = model.value_range
    return low + (high - low) * mnist(train=False, subset=True).tensors[0][:IMAGES]


MODELS = {
    "digits": Choice(load_digit_model, _test_digits),
    "deepfloyd": Choice(load_deepfloyd, lambda model: read_photos(model)[:IMAGES]),
}


def load_model(name: str) -> Model:
    """The model of this name: "digits" or "deepfloyd".

    Raises:
        ValueError: there is no such name.
        NotLoaded: the model cannot be loaded here; the message says what to do.
        FileNotFoundError: the file of the digit model is missing.
    """
    return _choice(name).load()


def real_images(name: str, model: Model) -> torch.Tensor:
    """(N, C, H, W) float32 in the model's size and range: test digits, or your photos.

    Raises:
        ValueError: there is no such name, or a photo cannot be read.
        FileNotFoundError: there are no photos.
    """
    return _choice(name).images(model)


def _choice(name: str) -> Choice:
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}: choose one of {', '.join(MODELS)}")
    return MODELS[name]
# end for
