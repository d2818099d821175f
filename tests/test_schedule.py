"""Task schedule: `ddpm_schedule` of diffusion/ddpm.py."""

import numpy as np
import pytest

from checkkit import oracles
from checkkit.mistakes.tables import (
    alpha_bars_mistake,
    alphas_mistake,
    betas_mistake,
    length_mistake,
)
from checkkit.runner import Array, CheckFailed, Mistake, Text
from checkkit.runner.evidence import FLOAT
from checkkit.verdicts.curves import show_tables
from checkkit.verdicts.settings import Setting

pytestmark = pytest.mark.task("schedule")

NAMES = ("betas", "alphas", "alpha_bars")


def probe_schedule(diffusion, *, beta_1, beta_T, num_ts):
    schedule = diffusion.ddpm.ddpm_schedule(beta_1, beta_T, num_ts)
    return {name: schedule[name] for name in ("betas", "alphas", "alpha_bars")}


def probe_refusals(diffusion, *, arguments):
    evidence = {}
    for number, (beta_1, beta_T, num_ts) in enumerate(arguments):
        try:
            diffusion.ddpm.ddpm_schedule(beta_1, beta_T, num_ts)
            outcome = "no error"
        except NotImplementedError:
            raise
        except ValueError:
            outcome = "ValueError"
        except Exception as error:
            outcome = type(error).__name__
        evidence[f"outcome_{number}"] = outcome
    return evidence


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, int(rng.integers(11, 40)))


@pytest.fixture
def tables(submission, setting) -> dict[str, np.ndarray]:
    """The submission's three tables in float64."""
    return run_schedule(submission, setting)


def run_schedule(submission, setting: Setting) -> dict[str, np.ndarray]:
    """The submission's tables of a setting, each (T + 1,), made float64."""
    seen = submission.run(
        probe_schedule,
        returns={name: Array((None,), FLOAT) for name in NAMES},
        beta_1=setting.beta_1,
        beta_T=setting.beta_T,
        num_ts=setting.num_ts,
    )
    for name in NAMES:
        if len(seen[name]) != setting.num_ts + 1:
            raise CheckFailed(
                f"{name} has shape ({len(seen[name])},), expected ({setting.num_ts + 1},)",
                length_mistake(len(seen[name]), setting.num_ts),
            )
    return {name: seen[name].astype(np.float64) for name in NAMES}


def judge_table(
    name: str,
    have: np.ndarray,
    want: np.ndarray,
    tolerance: np.ndarray | float,
    mistake: Mistake | None = None,
) -> None:
    """Raise CheckFailed at the first t where a table is off, and say what explains it."""
    wrong = ~(np.abs(have - want) <= tolerance)
    if wrong.any():
        t = int(np.argmax(wrong))
        raise CheckFailed(
            f"{name}[{t}] (T={len(want) - 1}) is {have[t]:.7g}, expected {want[t]:.7g}; "
            f"{wrong.sum()} of {len(want)} entries differ",
            mistake,
        )


def judge_refusals(submission, arguments: list[tuple[float, float, int]]) -> None:
    """Each of the (beta_1, beta_T, T) has to raise ValueError."""
    returns = {f"outcome_{number}": Text() for number in range(len(arguments))}
    seen = submission.run(probe_refusals, returns=returns, arguments=arguments)
    for number, (beta_1, beta_T, num_ts) in enumerate(arguments):
        outcome = seen[f"outcome_{number}"]
        assert outcome == "ValueError", (
            f"ddpm_schedule({beta_1:.4g}, {beta_T:.4g}, {num_ts}): {outcome}, expected a ValueError"
        )


@pytest.mark.supporting
def test_entry_0_of_each_table_is_the_clean_image(tables):
    """All tables are (T + 1,), indexed by t itself; entry 0: beta 0, alpha 1, alpha_bar 1.

    The tables hold one entry more than there are steps. Nothing is added to x_0, so what would the
    variance of "step 0" be?
    """
    for name, want in zip(NAMES, (0.0, 1.0, 1.0), strict=True):
        assert abs(tables[name][0] - want) <= 1e-7, (
            f"{name}[0] is {tables[name][0]}, expected {want}"
        )


def test_betas_are_evenly_spaced_between_their_ends(tables, setting, exhibits):
    """betas[1] is beta_1, betas[T] is beta_T, and each step between adds the same amount.

    There are T betas from t = 1 to t = T; both ends belong to them.
    """
    want = setting.tables.betas
    show_tables(exhibits, setting, "betas", tables["betas"])
    mistake = betas_mistake(tables["betas"], setting.beta_1, setting.beta_T)
    judge_table("betas", np.r_[0, tables["betas"][1:]], want, 1e-6, mistake)


@pytest.mark.supporting
def test_alphas_are_one_minus_betas(tables):
    """alphas[t] = 1 - betas[t] for every t from 1 to T (equation 4)."""
    have, betas = tables["alphas"], tables["betas"]
    mistake = alphas_mistake(have, betas)
    judge_table("alphas", np.r_[1, have[1:]], np.r_[1, 1 - betas[1:]], 1e-6, mistake)


@pytest.mark.supporting
def test_alpha_bars_is_the_running_product_of_alphas(tables, setting, exhibits):
    """alpha_bars[t] = alphas[1] * alphas[2] * ... * alphas[t]: how much of x_0 is left at t.

    A product, not a sum, and alphas[t] itself belongs to it. `torch` has a function for running
    products.
    """
    have, alphas = tables["alpha_bars"], tables["alphas"]
    show_tables(exhibits, setting, "alpha_bars", have)
    betas = tables["betas"]
    # Where the alphas are wrong, that has a check of its own.
    factors = [np.r_[1, a[1:]] for a in (alphas, 1 - betas)]
    a = min(factors, key=lambda a: np.abs(have - np.cumprod(a))[1:].max())
    mistake = alpha_bars_mistake(have, a, betas)
    judge_table("alpha_bars", np.r_[1, have[1:]], np.cumprod(a), 1e-5, mistake)


@pytest.mark.supporting
def test_impossible_betas_and_too_few_steps_are_refused(submission, rng):
    """ValueError unless 0 < beta_1 < beta_T < 1 and T >= 2.

    Check the arguments before you compute anything, and say in the message what is wrong.
    """
    low, high = float(rng.uniform(0.001, 0.01)), float(rng.uniform(0.1, 0.3))
    judge_refusals(
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
    """The usual schedule, beta from 0.0001 to 0.02 in 300 steps, ends at alpha_bar = 0.048."""
    usual = Setting(1e-4, 0.02, 300)
    tables = run_schedule(submission, usual)
    left, want = tables["alpha_bars"][300], oracles.schedule(1e-4, 0.02, 300).alpha_bars[300]
    assert abs(left - want) <= 1e-5, f"alpha_bars[300] is {left:.6f}, expected {want:.6f}"
