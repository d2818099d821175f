"""Runs of EDM's four functions; a spy takes the net's place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from checkkit import oracles
from checkkit.runner import Array, CheckFailed, Integer
from checkkit.runner.outcomes import Blocked
from checkkit.spies.edm import EdmSpy, four_factors, own_factors
from checkkit.spies.losses import TimeLossSpy
from checkkit.spies.randomness import reset_random_state
from checkkit.verdicts.dependence import assert_images_enter
from checkkit.verdicts.edm_factors import wait_for_factors
from checkkit.verdicts.edm_loss import EdmLoss, analyse_edm_loss
from checkkit.verdicts.edm_sampling import EdmSetting, assert_finite_samples, edm_images
from checkkit.verdicts.losses import loss_returns
from checkkit.verdicts.settings import Setting

DATA = 0.34  # the default of sigma_data
NONE = Setting(0.1, 0.2, 2)  # a loss without a schedule
PROBED = np.array(
    [0.02, 0.1, 0.3, 0.9, 3, 20], np.float32
)  # levels at which own factors are compared


def probe_precondition(diffusion, *, sigma, options):
    before = sigma.clone()
    factors = four_factors(diffusion.edm.edm_precondition(sigma, **options))
    return {**factors, "sigma_change": (sigma - before).abs().max().reshape(1)}


def probe_sigmas(diffusion, *, arguments, options):
    return {"sigmas": diffusion.edm.edm_sigmas(*arguments, **options)}


def probe_loss(diffusion, *, x_0, options, levels, sigma_data, train_mode, state):
    spy = TimeLossSpy().train(train_mode)
    own = own_factors(diffusion, levels, sigma_data)
    reset_random_state(state)
    spy.seed = torch.initial_seed()
    loss = diffusion.edm.edm_loss(spy, x_0, **options)
    return {
        **spy.evidence(loss),
        "own": own,
        "mode_after": spy.training,
        "x_0_after": x_0,
        "tables_change": torch.zeros(3, 3, dtype=torch.float64),
    }


def probe_sampler(
    diffusion, *, sigmas, images, on_x, on_answer, options, levels, sigma_data, state
):
    spy = EdmSpy(images, on_x, on_answer)
    own = own_factors(diffusion, levels, sigma_data)
    _, count, _, height, width = images.shape
    reset_random_state(state)
    returned = diffusion.edm.edm_sample(spy.net(), sigmas, count, (height, width), **options)
    return {**spy.evidence(returned), "own": own, "sigmas_after": sigmas}


def run_precondition(submission, sigma: np.ndarray, **options: float) -> dict:
    """The four factors at (K,) float32 levels."""
    factor = Array(sigma.shape)
    names = ("c_skip", "c_out", "c_in", "c_noise")
    returns = {**dict.fromkeys(names, factor), "sigma_change": Array((1,))}
    return submission.run(probe_precondition, returns=returns, sigma=sigma, options=options)


def run_sigmas(submission, *arguments: float, **options: float) -> np.ndarray:
    """What `edm_sigmas` returns."""
    returns = {"sigmas": Array((None,), most=10_000)}
    return submission.run(probe_sigmas, returns=returns, arguments=arguments, options=options)[
        "sigmas"
    ]


def run_edm_loss(
    submission, x_0: np.ndarray, state: int = 0, train_mode: bool = True, **options: float
) -> dict:
    """One call of the submission's loss on x_0 (N, 1, H, W)."""
    sigma_data = options.get("sigma_data", DATA)
    returns = {**loss_returns(NONE, x_0), "own": Array((4, len(PROBED)), "float64", finite=False)}
    evidence = submission.run(
        probe_loss,
        returns=returns,
        x_0=x_0,
        options=options,
        levels=PROBED,
        sigma_data=sigma_data,
        train_mode=train_mode,
        state=state,
    )
    with waiting(evidence["own"], sigma_data):
        assert_images_enter(x_0, evidence)
    return evidence


@contextmanager
def waiting(own: np.ndarray, sigma_data: float) -> Iterator[None]:
    """What fails within waits for the submission's own factors (4, K), if these are wrong."""
    try:
        yield
    except (CheckFailed, Blocked):
        wait_for_factors(own, PROBED.astype(np.float64), sigma_data)
        raise


def edm_loss_of(
    submission, x_0: np.ndarray, verdict: Callable[[EdmLoss], None], **options: Any
) -> EdmLoss:
    """The analysed loss of one call, after a verdict on it."""
    sigma_data = options.get("sigma_data", DATA)
    evidence = run_edm_loss(submission, x_0, **options)
    with waiting(evidence["own"], sigma_data):
        loss = analyse_edm_loss(evidence, x_0, sigma_data)
        verdict(loss)
    return loss


def run_edm_sampler(
    submission, setting: EdmSetting, images: np.ndarray, state: int = 0, **options: Any
) -> dict:
    """One run of the submission's sampler; images (2n - 1, N, 1, H, W) are the estimates D."""
    skip, out, c_in, _ = oracles.edm_factors(setting.of_calls, setting.sigma_data)
    count, _, *img_hw = images.shape[1:]
    if setting.sigma_data != DATA:
        options["sigma_data"] = setting.sigma_data
    evidence = submission.run(
        probe_sampler,
        returns={
            "x_0": Array((count, 1, *img_hw), finite=False),
            "caches": Array((None, None, 1, *img_hw), finite=False),
            "inputs": Array((None, count, 1, *img_hw), finite=False),
            "told": Array((None, count), "float64", finite=False),
            "own": Array((4, len(PROBED)), "float64", finite=False),
            "sigmas_after": Array((setting.steps + 1,)),
            **{"calls_in_train_mode": Integer(), "tracked_calls": Integer()},
            "calls_in_double": Integer(),
        },
        sigmas=setting.levels.astype(np.float32),
        images=images,
        on_x=skip / c_in,
        on_answer=out,
        options=options,
        levels=PROBED,
        sigma_data=setting.sigma_data,
        state=state,
    )
    with waiting(evidence["own"], setting.sigma_data):
        assert_finite_samples(setting, evidence)
    return evidence


def judged_sampler(
    submission,
    rng: np.random.Generator,
    setting: EdmSetting,
    count: int,
    img_hw: tuple[int, int],
    *verdicts: Callable[..., None],
    **options: Any,
) -> dict:
    """A run of the sampler with a random seed, after verdicts on (setting, evidence, images)."""
    images = edm_images(rng, setting, count, img_hw)
    options.setdefault("seed", int(rng.integers(2**31)))
    evidence = run_edm_sampler(submission, setting, images, **options)
    with waiting(evidence["own"], setting.sigma_data):
        for verdict in verdicts:
            verdict(setting, evidence, images)
    return evidence
