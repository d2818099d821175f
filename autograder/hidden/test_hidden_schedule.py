"""Task hidden_schedule: `ddpm_schedule` at other lengths and ranges than the visible checks use."""

import numpy as np
import pytest

from checkkit.runs.schedule import NAMES, assert_refusals, assert_table, run_schedule
from checkkit.verdicts.settings import Setting

pytestmark = pytest.mark.task("hidden_schedule")


def assert_tables(submission, setting: Setting) -> None:
    """All three tables against the closed form, entry by entry."""
    tables = run_schedule(submission, setting)
    for name in NAMES:
        want = getattr(setting.tables, name)
        assert_table(name, tables[name], want, 2e-6 + 1e-4 * np.abs(want))


@pytest.mark.supporting  # these numbers are known
def test_the_tables_follow_the_closed_form_at_the_usual_lengths(submission):
    """The tables are right for 300 and for 1000 steps from 0.0001 to 0.02."""
    for num_ts in (300, 1000):
        assert_tables(submission, Setting(1e-4, 0.02, num_ts))


def test_the_tables_follow_the_closed_form_for_any_range(submission, rng):
    """The tables are right for other ends, beta_T close to 1 among them."""
    for low, high in ((1e-5, 1e-3), (0.05, 0.6), (0.2, 0.995)):
        low, high = low * rng.uniform(0.9, 1.1), high * rng.uniform(0.9, 1.0)
        assert_tables(submission, Setting(float(low), float(high), int(rng.integers(4, 90))))


def test_the_shortest_chains_have_tables_too(submission, rng):
    """Schedules of two and three steps have right tables too."""
    for num_ts in (2, 3):
        assert_tables(submission, Setting.drawn(rng, num_ts))


@pytest.mark.supporting
def test_impossible_arguments_are_refused(submission, rng):
    """ValueError for betas outside (0, 1), for ends in the wrong order, for less than 2 steps."""
    low, high = float(rng.uniform(0.001, 0.01)), float(rng.uniform(0.3, 0.6))
    assert_refusals(
        submission,
        [
            (-1e-9, high, 300),
            (0.0, 1e-9, 300),
            (high, high, 300),
            (high, high * 0.9999, 300),
            (low, 1.0, 2),
            (low, 7.0, 300),
            (low, high, 1),
            (low, high, -3),
        ],
    )
