"""The replay finds coefficients and noise of synthetic samplers, however they call the net."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from checkkit import oracles
from checkkit.runner import CheckFailed
from checkkit.runner.local import as_tensors
from checkkit.runner.outcomes import Blocked
from checkkit.spies.sampling import SamplerSpy
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.guidance import assert_classes, assert_guidance
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
    described,
)
from checkkit.verdicts.replay import Run, replay
from checkkit.verdicts.sampling_steps import assert_finite, assert_step_mean, assert_timesteps
from checkkit.verdicts.settings import Setting, answer_images

T, N, HW, SCALE = 13, 3, (7, 9), 2.5
ALL = {"on_x": 1.0, "on_eps": 1.0, "noise": 1.0, "scale": SCALE, "last_noise": 0.0}


def two_passes(net, x, c, t):
    ones = torch.ones(len(x))
    return net(x, c, t, ones), net(x, c, t, mask=0 * ones)


def one_stacked_pass(net, x, c, t):
    mask = torch.arange(2 * len(x)) < len(x)
    return net(x.repeat(2, 1, 1, 1), c.repeat(2), t.repeat(2), mask).chunk(2)


def interleaved(net, x, c, t):
    twice = [v.repeat_interleave(2, dim=0) for v in (x, c, t)]
    both = net(*twice, torch.tensor([0, 1]).repeat(len(x)))
    return both[1::2], both[::2]


def one_by_one(net, x, c, t):
    rows = [two_passes(net, x[i : i + 1], c[i : i + 1], t[:1]) for i in range(len(x))]
    return [torch.cat(part) for part in zip(*rows, strict=True)]


def all_of_one_kind_first(net, x, c, t):
    drop = torch.zeros(1)
    u = [net(x[i : i + 1], c[i : i + 1], t[:1], drop) for i in range(len(x))]
    return net(x, c, t), torch.cat(u)


STYLES = [two_passes, one_stacked_pass, interleaved, one_by_one, all_of_one_kind_first]


def sampled(setting: Setting, images, directions, c, style=two_passes, **changes) -> dict:
    """A sampler with every quantity times a factor of our choice; evidence as a probe gives it."""
    factors = ALL | changes
    on_x, on_eps = oracles.reverse_coefficients(setting.tables)
    asked = *as_tensors([images, directions]), SCALE, setting.timesteps[:-1]
    spy = SamplerSpy(as_tensors(setting.inputs), *asked)
    net = spy.net()
    torch.manual_seed(5)
    x, caches = torch.randn(N, 1, *HW), []
    for t in range(T, 0, -1):
        k, u = style(net, x, torch.from_numpy(c), torch.full((N,), t / T))
        eps = u + factors["scale"] * (k - u)
        x = factors["on_x"] * on_x[t] * x + factors["on_eps"] * on_eps[t] * eps.detach()
        noise = factors["noise"] if t > 1 else factors["last_noise"]
        x = (x + noise * setting.tables.betas[t] ** 0.5 * torch.randn(x.shape)).float()
        if t in oracles.kept_timesteps(T):
            caches.append(x)
    seen = spy.evidence((x, torch.stack(caches, 1)))
    return {
        name: value.detach().numpy() if isinstance(value, torch.Tensor) else value
        for name, value in seen.items()
    }


@pytest.fixture
def setting():
    return Setting(0.004, 0.25, T)


@pytest.fixture
def replayed(setting):
    rng = np.random.default_rng(11)
    c = np.array([3, 1, 4])

    def run(**options):
        runs, directions = [], []
        for _ in range(2):
            images = answer_images(rng, setting, N, HW)
            directions.append(rng.normal(size=images.shape).astype(np.float32))
            seen = sampled(setting, images, directions[-1], c, **options)
            runs.append(Run.of(setting, seen, images))
        return replay(*runs, directions=tuple(directions)), seen, c

    return run


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_a_right_sampler_passes_however_it_calls_the_net(replayed, setting, style):
    found, seen, c = replayed(style=style)
    assert_timesteps(setting, seen["rows"], N)
    assert_step_mean(found)
    assert_guidance(found, SCALE)
    assert_noise_scale(found)
    assert_no_noise_in_last_step(found)
    assert_fresh_step_noise(found)
    assert_classes(seen["rows"], c)
    assert_caches(setting, seen)


@pytest.mark.parametrize("factor", [0.9, 0.99, 1.0, 1.01])
def test_coefficients_are_found_exactly(replayed, setting, factor):
    found, _, _ = replayed(on_x=factor, on_eps=2 - factor)
    on_x, on_eps = oracles.reverse_coefficients(setting.tables)
    assert np.allclose(found.on_x[1:], factor * on_x[found.timesteps[1:]], atol=2e-5)
    assert np.allclose(found.on_eps, (2 - factor) * on_eps[found.timesteps], atol=2e-5)
    assert found.misfit.max() < 1e-4
    if factor != 1:
        with pytest.raises(CheckFailed, match="equation 9 gives"):
            assert_step_mean(found)


@pytest.mark.parametrize(
    ("change", "judge", "words"),
    [
        ({"noise": 1.5}, assert_noise_scale, "standard deviation"),
        ({"noise": 0.5}, assert_noise_scale, "standard deviation"),
        ({"noise": 0.0}, assert_fresh_step_noise, "not independent normal noise"),
        ({"last_noise": 1.0}, assert_no_noise_in_last_step, "expected no noise"),
    ],
)
def test_wrong_noise_is_seen(replayed, change, judge, words):
    with pytest.raises(CheckFailed, match=words):
        judge(replayed(**change)[0])


def test_noise_of_the_last_step_is_named_only_where_its_mean_is_right(replayed):
    for factor, named in ((1.0, True), (0.9, False)):
        with pytest.raises(CheckFailed, match="expected no noise") as caught:
            assert_no_noise_in_last_step(replayed(last_noise=1.0, on_x=factor)[0])
        assert (caught.value.mistake is not None) == named


def test_a_number_that_is_added_to_each_pixel_is_no_noise():
    assert described(np.full((2, 4, 4), 0.565)) == "you add the number 0.5650 to every pixel"
    z = np.random.default_rng(0).standard_normal((2, 16, 16))
    assert described(0.1 * z).startswith("the noise that you add has standard deviation 0.")
    assert described(0.3 + 0.1 * z).startswith("what you add as noise has mean 0.")


def test_the_first_step_that_is_not_finite_is_named(replayed, setting):
    _, seen, _ = replayed()
    assert_finite(seen, setting)
    for size, words in ((1.0, "after step 3 (t="), (1e30, "x grows from step to step")):
        states = size * seen["states"]
        states[3:] = np.nan
        with pytest.raises(CheckFailed, match=re.escape(words)):
            assert_finite({**seen, "states": states, "x_0": seen["x_0"] * np.nan}, setting)


def test_a_change_from_one_variance_to_the_other_is_seen(replayed, setting):
    found, rng = replayed()[0], np.random.default_rng(3)
    t = found.timesteps
    z = rng.normal(size=(len(t), 16, 16, 16)) * (t > 1)[:, None, None, None]
    beta, posterior = (scale[t] for scale in oracles.step_noise_scales(setting.tables).values())
    for deviation in (beta, posterior):
        assert_noise_scale(replace(found, noise=z * deviation[:, None, None, None]))
    early = t > setting.num_ts / 2
    for deviation in (np.where(early, beta, posterior), np.where(early, posterior, beta)):
        with pytest.raises(CheckFailed, match="has to be the same in every step"):
            assert_noise_scale(replace(found, noise=z * deviation[:, None, None, None]))


def test_chains_of_different_seeds_that_share_noise_are_seen(replayed):
    found, _, _ = replayed()
    with pytest.raises(CheckFailed, match=r"in chain 1 and .* in chain 2 have correlation 1"):
        assert_fresh_step_noise(found, found)


def test_a_wrong_mean_leaves_the_noise_to_the_check_of_the_mean(replayed, setting):
    with pytest.raises(Blocked, match=r"The mean of a step is wrong.* First correct .*x_\{t-1\} ="):
        assert_fresh_step_noise(replayed(noise=0.0, on_eps=1.1)[0])


def test_a_class_that_is_never_dropped_is_told_without_a_strength(replayed):
    found, _, _ = replayed(scale=SCALE + 1)
    found.rows[:, 4] = 1
    with pytest.raises(CheckFailed, match=r"t=\d+ the net was never called with the class dropped"):
        assert_guidance(found, SCALE)


def test_the_strength_of_guidance_is_named(replayed):
    found, _, _ = replayed(scale=SCALE + 1)
    with pytest.raises(CheckFailed, match=r"eps_uncond \+ 3.5 "):
        assert_guidance(found, SCALE)


def test_a_wrong_class_is_named(replayed):
    _, seen, c = replayed()
    with pytest.raises(CheckFailed, match=r"image 0 has class 9, but .* class 3 without mask 0"):
        assert_classes(seen["rows"], np.array([9, *c[1:]]))


CALLS = {
    "rows": np.array([[k, i, 1 - k / T, -1, 1] for k in range(T) for i in range(N)]),
    "times": np.arange(T, 0, -1),
}


def test_runs_that_do_not_repeat_are_refused(setting):
    rng = np.random.default_rng(1)
    images = answer_images(rng, setting, N, HW)
    seen = [
        {
            "states": rng.normal(size=(T, N, 1, *HW)),
            "x_0": images[0].astype(float),
            **CALLS,
        }
        for _ in range(2)
    ]
    with pytest.raises(CheckFailed, match="start from different noise"):
        replay(*(Run.of(setting, one, images) for one in seen))


def test_hostile_numbers_end_in_a_verdict(setting):
    images = answer_images(np.random.default_rng(1), setting, N, HW)
    for value in (0.0, 1e30, np.nan, np.inf):
        seen = {"states": np.full((T, N, 1, *HW), value), "x_0": images[0] * value}
        seen |= CALLS
        with pytest.raises(CheckFailed):
            run = Run.of(setting, seen, images)
            found = replay(run, run)
            assert_step_mean(found)
