"""The real digits of the subset."""

from pathlib import Path

import pytest

from autograder.experiments.metrics.digits import Digits, load_digits
from autograder.experiments.metrics.measures import DigitFeatures


@pytest.fixture(scope="session")
def digits() -> Digits:
    return load_digits(Path("nowhere"), subset=True)


@pytest.fixture(scope="session")
def real(digits) -> DigitFeatures:
    return DigitFeatures(digits.test.images)
