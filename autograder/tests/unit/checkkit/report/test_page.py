"""The page of a run: each cause of failures once, and pictures whose names lie on no line."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from checkkit.report import figures
from checkkit.report.figures import picture_of
from checkkit.report.page import Page, PartView, TaskView, draw_all, render
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, Counts, Curve, Exhibits


def failed(claim: str, words: str, outcome: Outcome = Outcome.FAILED, **more) -> CheckResult:
    return CheckResult(f"test_mean::{claim}", "mean", claim, outcome, "Divide by N.", words, **more)


def test_a_crash_of_one_line_is_told_once():
    raised = "diffusion/stats.py, line 9: return a + b\nRuntimeError: The size of a ({})"
    results = [
        *(failed(claim, raised.format(n), inside=("mean",)) for n, claim in enumerate("AB")),
        failed("C", raised.format(3).replace("9", "8"), inside=("mean",)),
        *(failed(claim, "add --training", Outcome.NOT_RUN) for claim in "DE"),
    ]
    tasks = [TaskView(name, "", results[:3] * times) for name, times in (("mean", 1), ("sum", 2))]
    page = render(Page("", "", [PartView("", [*tasks, TaskView("last", "", results[3:])])]))
    assert page.count("line 9: return a + b") == page.count("line 8: return a + b") == 1
    assert page.count("(as above)") == 1 + 6
    assert page.count("Divide by N.") == 2
    assert page.count("add --training") == 2  # what did not run has no cause


SERIES = {"yours": np.arange(9.0), "equation 9": np.arange(9.0) ** 2}
MANY = {f"{name} and a long name of what is drawn": np.arange(9.0) for name in "abcd"}


@pytest.mark.parametrize(
    ("draw", "exhibit"),
    [
        (figures._curves, Curve("", SERIES, "t", "beta")),
        (figures._curves, Curve("", MANY, "t", "beta")),
        (figures._counts, Counts("", np.ones(9), np.ones(9), np.ones(9), "t", "images")),
    ],
)
def test_the_names_of_lines_lie_beside_the_lines(monkeypatch, draw, exhibit):
    kept = []
    drawn = figures._drawn
    monkeypatch.setattr(figures, "_drawn", lambda *given: kept.append(given[-1]) or drawn(*given))
    draw(exhibit)
    (figure,) = kept
    (axes,) = figure.axes
    renderer = FigureCanvasAgg(figure).get_renderer()
    names, lines = axes.get_legend().get_window_extent(renderer), axes.get_window_extent(renderer)
    assert names.y0 >= lines.y1 - 1
    assert names.x0 >= 0 and names.x1 <= figure.bbox.x1 and names.y1 <= figure.bbox.y1


HUGE = np.array([1.7e308, -1.7e308, 5e-324, np.inf, -np.inf, np.nan] * 10)


@pytest.mark.parametrize("values", [HUGE, HUGE[:1], HUGE[3:6], np.stack([HUGE, HUGE[::-1]], 1)])
def test_any_numbers_of_a_submission_can_be_drawn_and_recorded(values):
    exhibits = Exhibits()
    exhibits.curve("Loss", {"yours": values, "closed form": np.ones(3)}, "step", "loss")
    exhibits.counts("t", HUGE[:6], np.ones(6), np.ones(6), "t", "times")
    exhibits.images("x", np.resize(HUGE, (2, 28, 28)), ["1.7e308", "\x00\u202e" * 50])
    pictures = [picture_of(one) for one in exhibits.shown]
    assert all(picture.png for picture in pictures)
    assert all(
        np.isfinite(np.nan_to_num(one).astype(np.float32)).all()
        for one in exhibits.shown[0].series.values()
    )


def test_a_picture_that_cannot_be_drawn_costs_nothing_but_itself():
    shown = [Curve("Loss", {"yours": HUGE[:2]}, "step", "loss"), Curve("", SERIES, "t", "beta")]
    (picture,) = draw_all(CheckResult("", "", "", Outcome.PASSED, exhibits=shown))
    assert picture.alt.startswith("beta over t")
