"""Verdicts and mistakes are measured as in a check: without NumPy's warnings."""

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def no_numpy_warnings() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield
