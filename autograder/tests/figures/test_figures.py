"""The figures of the handout are drawn by code, committed, and all of them are shown."""

import re
from pathlib import Path

import pytest

from autograder.figures.__main__ import FIGURES, FOLDER

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_drawn_again(name, tmp_path):
    FIGURES[name](tmp_path / name)
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(b"\x89PNG") and 20_000 < len(drawn) < 250_000


def test_the_committed_figures_are_the_ones_that_the_handout_shows():
    shown = re.findall(r"\]\(figures/([\w.-]+)\)", (ROOT / "starter" / "README.md").read_text())
    assert sorted(shown) == sorted(FIGURES) == sorted(path.name for path in FOLDER.iterdir())
