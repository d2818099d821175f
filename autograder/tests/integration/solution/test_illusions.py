"""What the solution draws with the digit model: anagrams that the classifier reads both ways."""

import importlib

import numpy as np
import pytest
import torch

from checkkit.classifier import recognised

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")

COUNT = 32


def module(name):
    return importlib.import_module(f"diffusion.{name}")


def pictures(x):
    return ((x[:, 0] + 1) / 2).clamp(0, 1).numpy()


@pytest.mark.parametrize(
    ("one", "two", "turn"), [(2, 5, "upside_down"), (6, 9, "half_turn"), (2, 4, "diagonal")]
)
def test_nine_of_ten_anagrams_read_as_both_digits(one, two, turn):
    illusions, iterative = module("illusions"), module("iterative")
    model, turn = module("pretrained.digit_model").load_digit_model(), getattr(illusions, turn)
    timesteps = iterative.strided_timesteps(297, 9)
    x = torch.randn(COUNT, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    x_0, _ = illusions.visual_anagram(model, x, timesteps, one, two, 7.0, seed=2, turn=turn)
    upright, turned = recognised(pictures(x_0)), recognised(pictures(turn(x_0)))
    assert np.mean((upright == one) & (turned == two)) >= 0.9


def test_from_afar_a_hybrid_image_is_like_its_first_digit():
    # The classifier reads no blurred digits: they are compared with the mean of blurred samples.
    illusions, iterative = module("illusions"), module("iterative")
    model, blur = module("pretrained.digit_model").load_digit_model(), module("single_step")
    timesteps = iterative.strided_timesteps(297, 9)
    x = torch.randn(COUNT, 1, 28, 28, generator=torch.Generator().manual_seed(1))

    def low(images):
        blurred = blur.blur_denoise(images, 33, 2.0).flatten(1)
        return blurred - blurred.mean(dim=1, keepdim=True)

    def samples(digit):
        return iterative.iterative_denoise_cfg(model, x, timesteps, 0, digit, 3.0, seed=2)[0]

    hybrids = low(illusions.hybrid_image(model, x, timesteps, 0, 7, 3.0, seed=2)[0])
    like_0, like_7 = (
        torch.nn.functional.cosine_similarity(hybrids, low(samples(digit)).mean(dim=0)[None])
        for digit in (0, 7)
    )
    assert (like_0 > like_7).float().mean() >= 0.9
