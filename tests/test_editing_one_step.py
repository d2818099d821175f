"""Task editing_one_step: `one_step` of diffusion/single_step.py."""

import numpy as np
import pytest
import torch

from checkkit.mistakes.estimates import estimate_mistake
from checkkit.runner import Array, CheckFailed
from checkkit.spies.editing import ModelSpy
from checkkit.verdicts.settings import Setting, answer_images
from checkkit.verdicts.strided import StridedSetting

pytestmark = pytest.mark.task("editing_one_step")


def probe_one_step(diffusion, *, setting, images, x, cond, t):
    spy = ModelSpy(setting, images, None, 0.0, [t], cond)
    x_0 = diffusion.single_step.one_step(spy.model(), x, t, *([] if cond is None else [cond]))
    rows = torch.cat(spy.rows) if spy.rows else torch.zeros(0, 5, dtype=torch.float64)
    return {"x_0": x_0, "rows": rows, "x_after": x}


def run_one_step(submission, rng, setting: Setting, t: int, count=3, img_hw=(8, 9), cond=True):
    """x_0, the images that the model sees, x, and the rows of its calls."""
    images = answer_images(rng, setting, count, img_hw)[:1]
    x = rng.normal(size=(count, 1, *img_hw)).astype(np.float32)
    returns = {name: Array(x.shape) for name in ("x_0", "x_after")}
    evidence = submission.run(
        probe_one_step,
        returns={**returns, "rows": Array((None, 5), "float64", finite=False)},
        setting=setting.inputs,
        images=images,
        x=x,
        cond=1 + rng.permutation(9)[:count] if cond else None,
        t=t,
    )
    return evidence, images[0], x


@pytest.fixture
def setting(rng) -> StridedSetting:
    return StridedSetting.drawn_with(rng, 45, 5, 0)


def test_one_call_gives_the_estimate_of_equation_a3(submission, setting, rng):
    """x_0 = (x - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t), at any t.

    The noise is subtracted with its factor in x_t, and the rest is divided by that of the image.
    """
    times, factors = np.sort(1 + rng.choice(45, 8, replace=False)), []
    errors = {}
    for t in times.tolist():
        evidence, images, x = run_one_step(submission, rng, setting, t)
        errors[t] = float(np.abs(evidence["x_0"] - images).max())
        alpha_bar = setting.tables.alpha_bars[t]
        eps = (x - np.sqrt(alpha_bar) * images) / np.sqrt(1 - alpha_bar)
        columns = np.stack([x.ravel(), eps.ravel()], axis=1).astype(np.float64)
        factors.append(np.linalg.lstsq(columns, evidence["x_0"].ravel(), rcond=None)[0])
    t = max(errors, key=errors.__getitem__)
    if not errors[t] <= 1e-3:
        raise CheckFailed(
            f"at t={t} your x_0 differs from that of equation A3 by up to {errors[t]:.3g}",
            estimate_mistake(setting.tables.alpha_bars[times], np.array(factors)),
        )


def test_the_model_is_asked_once_at_t(submission, setting, rng):
    """The model gets x, t itself and cond, as they were given; None if cond is left out."""
    for cond in (True, False):
        t = int(rng.integers(5, 40))
        evidence, _, x = run_one_step(submission, rng, setting, t, cond=cond)
        rows = evidence["rows"]
        if len(rows) != len(x):
            raise CheckFailed(
                f"the model was asked for {len(rows)} images, expected one call for {len(x)}"
            )
        told = rows[:, 2] * setting.num_ts
        if not np.all(np.abs(told - t) <= 1e-4):
            raise CheckFailed(f"at t={t} the model received t={told[0]:g}, expected t itself")
        if cond and not rows[:, 4].all():
            raise CheckFailed("the model was called with None, expected cond as it was given")
        if not cond and rows[:, 4].any():
            raise CheckFailed("without cond the model received one, expected None")


@pytest.mark.supporting
def test_any_number_and_size_of_images(submission, setting, rng):
    """x_0 has the shape of x, which does not change."""
    for count, img_hw in ((1, (6, 6)), (4, (7, 12))):
        evidence, _, x = run_one_step(submission, rng, setting, 20, count, img_hw)
        if not np.array_equal(evidence["x_after"], x):
            raise CheckFailed("x was changed in place")
