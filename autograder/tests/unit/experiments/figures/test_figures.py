"""The figures are drawn by code, committed, and shown; links in the two READMEs lead somewhere."""

import re

import numpy as np
import pytest
from PIL import Image

from autograder.config.paths import REPOSITORY
from autograder.experiments.figures.__main__ import FIGURES
from autograder.experiments.figures.digits import GAP, ZOOM, picture

ROOT = REPOSITORY.root


def links(readme):
    text = (ROOT / readme).read_text()
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    return {link for link in targets if "://" not in link}


@pytest.mark.parametrize("figure", FIGURES, ids=str)
def test_every_figure_can_be_drawn_again(figure, tmp_path):
    FIGURES[figure](tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as drawn, Image.open(figure.below(ROOT)) as committed:
        assert drawn.size == committed.size
    assert (tmp_path / "drawn.png").stat().st_size < 250_000


@pytest.mark.parametrize("readme", ["README.md", "starter/README.md"])
def test_every_link_of_a_readme_leads_to_a_file(readme):
    assert links(readme)
    for link in links(readme):
        assert (ROOT / readme).parent.joinpath(link).exists(), link


def test_the_handout_shows_every_figure_that_it_carries():
    carried = {f"figures/{path.name}" for path in (REPOSITORY.starter_figures).iterdir()}
    assert {link for link in links("starter/README.md") if link.endswith(".png")} == carried


def test_the_picture_of_digits_has_a_column_for_each_class():
    samples = np.zeros((100, 28, 28))
    samples[13] = 1  # the second digit of class 3
    page = np.asarray(picture(samples, rows=4))
    step = 28 * ZOOM + GAP
    assert page.shape == (4 * step + GAP, 10 * step + GAP)
    lit = np.argwhere(page == 255)
    assert lit.min(0).tolist() == [step + GAP, 3 * step + GAP]
    assert lit.max(0).tolist() == [2 * step - 1, 4 * step - 1]
