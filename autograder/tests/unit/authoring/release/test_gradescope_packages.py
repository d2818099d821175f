"""What setup.sh installs on Gradescope."""

from autograder.authoring.release.gradescope import requirements
from autograder.config.paths import REPOSITORY


def test_gradescope_has_the_time_zones_and_they_are_pinned():
    """Its Ubuntu has no time zones of its own."""
    assert "tzdata" in requirements().splitlines()
    assert "\ntzdata==" in REPOSITORY.lock.read_text()
