"""The emulation's --created-at: its offset counts; without one, the clocks of the course do."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from autograder.tests.support.gradescope.__main__ import moment

DUE = datetime(2026, 10, 23, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-23T23:30:00-07:00", "2026-10-24T06:30:00+00:00"),
        ("2026-10-23 23:30Z", "2026-10-23T23:30:00+00:00"),
        ("2026-10-23T23:30", "2026-10-23T21:30:00+00:00"),
        ("2026-11-01T23:30", "2026-11-01T22:30:00+00:00"),
    ],
)
def test_the_offset_counts(text, utc):
    assert moment(text, DUE) == datetime.fromisoformat(utc)


def test_what_is_no_time_is_named():
    with pytest.raises(ValueError, match=r"--created-at noon: write it like 2026-12-11T"):
        moment("noon", DUE)
