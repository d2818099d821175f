"""Task schedule: `ddpm_schedule` of diffusion/ddpm.py."""

import numpy as np
import pytest

from checkkit import oracles
from checkkit.mistakes.tables import (
    DOUBLE,
    alpha_bars_mistake,
    alphas_mistake,
    betas_mistake,
)
from checkkit.runner import CheckFailed
from checkkit.runs.schedule import NAMES, assert_refusals, assert_table, run_schedule, run_tables
from checkkit.spies.accelerators import NamedDevices, refusal
from checkkit.verdicts.pictures import show_tables
from checkkit.verdicts.settings import Setting

pytestmark = pytest.mark.task("schedule")


def probe_device(diffusion, *, beta_1, beta_T, num_ts):
    with NamedDevices(refusal("leave the device out")):
        diffusion.ddpm.ddpm_schedule(beta_1, beta_T, num_ts)
    return {}


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, int(rng.integers(11, 40)))


@pytest.fixture
def own_tables(submission, setting) -> dict[str, np.ndarray]:
    """The submission's three tables as they are."""
    return run_tables(submission, setting)


@pytest.fixture
def tables(own_tables) -> dict[str, np.ndarray]:
    """The submission's three tables in float64."""
    return {name: table.astype(np.float64) for name, table in own_tables.items()}


@pytest.mark.supporting
def test_entry_0_of_each_table_is_the_clean_image(own_tables, tables):
    """All tables are (T + 1,) float32, indexed by t; entry 0: beta 0, alpha 1, alpha_bar 1.

    The tables have one entry more than there are steps. Entry 0 stands for x_0, without noise.
    """
    for name, want in zip(NAMES, (0.0, 1.0, 1.0), strict=True):
        if own_tables[name].dtype != np.float32:
            raise CheckFailed(f"{name} is float64, expected float32", DOUBLE)
        assert abs(tables[name][0] - want) <= 1e-7, (
            f"{name}[0] is {tables[name][0]}, expected {want}"
        )


def test_betas_are_evenly_spaced_between_their_ends(tables, setting, exhibits):
    """betas[1] is beta_1, betas[T] is beta_T, and each step between adds the same amount.

    There are T betas, from t = 1 to t = T, both ends included.
    """
    want = setting.tables.betas
    show_tables(exhibits, setting, "betas", tables["betas"])
    mistake = betas_mistake(tables["betas"], setting.beta_1, setting.beta_T)
    assert_table("betas", np.r_[0, tables["betas"][1:]], want, 1e-6, mistake)


@pytest.mark.supporting
def test_alphas_are_one_minus_betas(tables):
    """alphas[t] = 1 - betas[t] for every t from 1 to T (equation 4)."""
    have, betas = tables["alphas"], tables["betas"]
    mistake = alphas_mistake(have, betas)
    assert_table("alphas", np.r_[1, have[1:]], np.r_[1, 1 - betas[1:]], 1e-6, mistake)


@pytest.mark.supporting
def test_alpha_bars_is_the_running_product_of_alphas(tables, setting, exhibits):
    """alpha_bars[t] = alphas[1] * alphas[2] * ... * alphas[t]: how much of x_0 is left at t.

    A product, not a sum, and it includes alphas[t]. `torch` has a function for running products.
    """
    have, alphas = tables["alpha_bars"], tables["alphas"]
    show_tables(exhibits, setting, "alpha_bars", have)
    betas = tables["betas"]
    # Wrong alphas have a check of their own.
    factors = [np.r_[1, a[1:]] for a in (alphas, 1 - betas)]
    a = min(factors, key=lambda a: np.abs(have - np.cumprod(a))[1:].max())
    mistake = alpha_bars_mistake(have, a, betas)
    assert_table("alpha_bars", np.r_[1, have[1:]], np.cumprod(a), 1e-5, mistake)


@pytest.mark.supporting
def test_impossible_betas_and_too_few_steps_are_refused(submission, rng):
    """ValueError unless 0 < beta_1 < beta_T < 1 and T >= 2.

    Check the arguments before you compute anything, and say in the message what is wrong.
    """
    low, high = float(rng.uniform(0.001, 0.01)), float(rng.uniform(0.1, 0.3))
    assert_refusals(
        submission,
        [
            (0.0, high, 10),
            (-low, high, 10),
            (high, low, 10),
            (low, low, 10),
            (low, 1.0, 10),
            (low, 1 + high, 10),
            (low, high, 1),
            (low, high, 0),
        ],
    )


@pytest.mark.supporting
def test_usual_arguments_are_accepted(submission):
    """The usual schedule, beta from 0.0001 to 0.02 in 300 steps, ends at alpha_bar = 0.048, and the
    function names no device.
    """
    usual = Setting(1e-4, 0.02, 300)
    submission.run(probe_device, returns={}, beta_1=1e-4, beta_T=0.02, num_ts=300)
    tables = run_schedule(submission, usual)
    left, want = tables["alpha_bars"][300], oracles.schedule(1e-4, 0.02, 300).alpha_bars[300]
    assert abs(left - want) <= 1e-5, f"alpha_bars[300] is {left:.6f}, expected {want:.6f}"
