"""One rounding for points, wherever they are shown or written."""

import re
from math import fsum

import pytest

from autograder.config.paths import REPOSITORY
from checkkit.points import apportioned, rounded, written


@pytest.mark.parametrize(
    ("points", "text"),
    [
        *((17.9996, "18"), (18.0, "18"), (2 + 1 / 3, "2.33"), (0.1 + 0.2, "0.3")),
        *((0, "0"), (-0.001, "0"), (-1.5, "-1.5"), (100, "100"), (1234567.25, "1234567.25")),
    ],
)
def test_points_have_two_decimals_at_most_and_no_needless_zeros(points, text):
    assert written(points) == text and rounded(points) == float(text)


@pytest.mark.parametrize(
    ("points", "text"),
    [
        *((3.125, "3.13"), (2.125, "2.13"), (7.345, "7.35"), (1.875, "1.88"), (2.205, "2.21")),
        *((1.005, "1.01"), (0.145 * 3, "0.44"), (-2.205, "-2.21"), (2.2049, "2.2")),
    ],
)
def test_points_are_rounded_half_up_as_they_are_printed(points, text):
    assert written(points) == text and rounded(points) == float(text)


@pytest.mark.parametrize("checks", [1, 3, 7, 12, 17])
def test_shares_of_checks_add_up_to_the_points_of_the_task(checks):
    shares = apportioned([4 / checks] * checks)
    assert round(fsum(shares), 9) == 4
    assert all(share == round(share, 4) == pytest.approx(4 / checks, abs=1e-4) for share in shares)


def test_nothing_else_formats_points_that_were_earned():
    places = (REPOSITORY.checkkit, REPOSITORY.grading_package)
    formats = re.compile(r"\{[^{}]*\b(?:earned|possible|deduction|total)\b[^{}]*:[,.\d]*[gf]\}")
    found = [
        f"{path.name}: {line.strip()}"
        for place in places
        for path in place.rglob("*.py")
        for line in path.read_text().splitlines()
        if formats.search(line)
    ]
    assert not found
