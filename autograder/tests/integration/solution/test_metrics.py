"""`metrics.py` of the solution, beside what the autograder computes, and on real digits."""

import importlib

import numpy as np
import pytest
import torch

from checkkit import DATA, classifier

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")


@pytest.fixture(scope="module")
def digits() -> dict[str, torch.Tensor]:
    with np.load(DATA / "mnist_subset.npz", allow_pickle=False) as arrays:
        images = {half: arrays[f"{half}_images"] for half in ("train", "test")}
    return {half: torch.from_numpy(x / np.float32(255))[:, None] for half, x in images.items()}


def metrics():
    return importlib.import_module("diffusion.metrics")


def features(images: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(classifier.features(images[:, 0].numpy()))


@pytest.mark.parametrize("counts", [(400, 300), (20, 500), (10, 12)])
def test_fid_is_that_of_the_autograder(digits, counts):
    a, b = (features(digits[half][:n]) for half, n in zip(digits, counts, strict=True))
    theirs = classifier.frechet_distance(a.numpy(), b.numpy())
    assert metrics().fid(a, b) == pytest.approx(theirs, rel=1e-6)


def test_more_real_digits_are_nearer_to_each_other(digits):
    distances = [
        metrics().fid(features(digits["test"][:count]), features(digits["train"][:count]))
        for count in (100, 400, 1600)
    ]
    assert distances == sorted(distances, reverse=True) and 0 < distances[-1] < 0.2


def test_distances_of_digits_are_those_of_the_autograder(digits):
    samples, training = digits["test"][:60], digits["train"][:700]
    _, distances, nearest = metrics().memorization(samples, training, digits["test"][60:90])
    theirs, places = classifier.nearest(samples[:, 0].numpy(), training[:, 0].numpy())
    assert np.allclose(distances, theirs, atol=1e-3)
    assert np.mean(nearest.numpy() == places) > 0.95  # of two that are as near, either


def test_a_sampler_that_stores_its_digits_is_caught_and_honest_digits_are_not(digits):
    training, test = digits["train"][:1000], digits["test"]
    stored = training[:50].roll((1, -1), (2, 3))
    assert metrics().memorization(stored, training, test[:100])[0] == 1
    assert metrics().memorization(test[100:200], training, test[:100])[0] < 0.3


def test_more_images_than_a_chunk_are_searched(digits, monkeypatch):
    samples, training = digits["test"][:25], digits["train"][:40]
    whole = metrics().nearest_images(samples, training)
    monkeypatch.setattr(metrics(), "CHUNK", 7)
    for one, other in zip(whole, metrics().nearest_images(samples, training), strict=True):
        assert torch.allclose(one, other)
