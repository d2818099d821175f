"""Runs of `ddpm_schedule`, and verdicts on a table and on refusals."""

import numpy as np

from checkkit.mistakes.tables import length_mistake
from checkkit.runner import Array, CheckFailed, Mistake, Text
from checkkit.runner.evidence import FLOAT
from checkkit.verdicts.settings import Setting

NAMES = ("betas", "alphas", "alpha_bars")


def probe_schedule(diffusion, *, beta_1, beta_T, num_ts):
    schedule = diffusion.ddpm.ddpm_schedule(beta_1, beta_T, num_ts)
    return {name: schedule[name] for name in ("betas", "alphas", "alpha_bars")}


def probe_refusals(diffusion, *, arguments):
    evidence, schedule = {}, diffusion.ddpm.ddpm_schedule
    schedule = getattr(schedule, "__wrapped__", schedule)  # its result is of no use here
    for number, (beta_1, beta_T, num_ts) in enumerate(arguments):
        try:
            schedule(beta_1, beta_T, num_ts)
            outcome = "no error"
        except NotImplementedError:
            raise
        except ValueError:
            outcome = "ValueError"
        except Exception as error:
            outcome = type(error).__name__
        evidence[f"outcome_{number}"] = outcome
    return evidence


def run_schedule(submission, setting: Setting) -> dict[str, np.ndarray]:
    """The submission's tables of a setting, each (T + 1,), made float64."""
    evidence = run_tables(submission, setting)
    return {name: evidence[name].astype(np.float64) for name in NAMES}


def run_tables(submission, setting: Setting) -> dict[str, np.ndarray]:
    """The submission's tables of a setting, each (T + 1,), float32 or float64."""
    evidence = submission.run(
        probe_schedule,
        returns={name: Array((None,), FLOAT) for name in NAMES},
        beta_1=setting.beta_1,
        beta_T=setting.beta_T,
        num_ts=setting.num_ts,
    )
    for name in NAMES:
        if len(evidence[name]) != setting.num_ts + 1:
            raise CheckFailed(
                f"{name} has shape ({len(evidence[name])},), expected ({setting.num_ts + 1},)",
                length_mistake(len(evidence[name]), setting.num_ts),
            )
    return evidence


def assert_table(
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


def assert_refusals(submission, arguments: list[tuple[float, float, int]]) -> None:
    """Each of the (beta_1, beta_T, T) has to raise ValueError."""
    returns = {f"outcome_{number}": Text() for number in range(len(arguments))}
    evidence = submission.run(probe_refusals, returns=returns, arguments=arguments)
    for number, (beta_1, beta_T, num_ts) in enumerate(arguments):
        outcome = evidence[f"outcome_{number}"]
        assert outcome == "ValueError", (
            f"ddpm_schedule({beta_1:.4g}, {beta_T:.4g}, {num_ts}): {outcome}, expected a ValueError"
        )
