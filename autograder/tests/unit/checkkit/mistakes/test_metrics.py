"""Wrong Fréchet distances, distances of images and shares are named by their formulas alone."""

import numpy as np
import pytest

from checkkit.mistakes import frechet, nearest
from checkkit.runs.frechet import drawn_features, drawn_gaussian
from checkkit.runs.memorization import planted

SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_formula_of_the_frechet_distance_is_named(seed):
    rng = np.random.default_rng(seed)
    pairs = [[drawn_gaussian(rng, size) for _ in range(2)] for size in (2, 3, 4, 5, 6, 8)]
    gaussians = [tuple((mu, low @ low.T) for mu, low in pair) for pair in pairs]
    right = np.array([frechet.frechet(*pair) for pair in gaussians])
    parts = [frechet._parts(*pair) for pair in gaussians]
    for name, _, formula in frechet.FORMULAS:
        series = np.array([formula(*part) for part in parts])
        assert frechet.frechet_mistake(series, gaussians, right).name == f"frechet: {name}"
    assert frechet.frechet_mistake(np.sqrt(right), gaussians, right) == frechet.ROOT
    for measured in (right, 1.02 * right, right + rng.random(6)):
        assert frechet.frechet_mistake(measured, gaussians, right) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_each_formula_of_sets_is_named(seed):
    rng = np.random.default_rng(seed)
    sets = [[drawn_features(rng, n, 4).astype(float) for n in (30, 40)] for _ in range(6)]
    right = np.array([frechet.frechet(*(frechet.gaussian(x, 1) for x in s)) for s in sets])
    for mistake, series in frechet._of_sets(sets):
        assert frechet.fid_mistake(series, sets, right) == mistake
    assert frechet.fid_mistake(right, sets, right) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_each_distance_of_images_is_named(seed):
    images = planted(np.random.default_rng(seed), 30, 18, noise=0.1, far=4)
    known = [x[:, 0] for x in (images.samples, images.training, images.test)]
    for name, story, series in nearest._distances(*known):
        found = nearest.distance_mistake(series, *known)
        assert found is not None and (found.name, found.words) == (f"nearest: {name}", story), name
    right = np.sqrt(nearest.squares(*known[:2]).min((0, 2)))
    assert nearest.distance_mistake(right, *known) is None
    assert nearest.distance_mistake(1.05 * right, *known) is None


def test_a_share_that_no_limit_explains_has_no_name():
    rng = np.random.default_rng(0)
    cases = [(rng.random(20), rng.random(21)) for _ in range(8)]
    right = np.array([np.mean(d < np.quantile(real, 0.1)) for d, real in cases])
    assert nearest.share_mistake(right, cases) is None
    assert nearest.share_mistake(rng.random(8), cases) is None
    assert nearest.share_mistake(100 * right, cases).name == "share: percent"
    assert nearest.share_mistake(1 - right, cases).name == "share: others"
