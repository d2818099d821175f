"""The figure of README.md: questions and verdicts live in different processes."""

from pathlib import Path

from matplotlib.patches import FancyBboxPatch

from autograder.config.paths import Repository

from .drawing import FAINT, Page

RED, BLUE = "#b03a53", "#2f6fad"
JUDGE, WORKER, BOX = 1.2, 4.8, (2.0, 0.52)


def figure_architecture(path: Path) -> None:
    """One source and its mirror above, the judging path below."""
    page = Page(6.1)
    _sources(page)
    _room(page, (JUDGE, 2.92), (2.24, 2.2), "judge (trusted)", "#f2f6fb", BLUE)
    _room(page, (WORKER, 2.92), (2.24, 2.2), "worker (sandbox)", "#fdf3f5", RED)
    for x, y, text, kind in (
        (JUDGE, 3.4, "check chooses inputs,\nfresh in every run", "plain"),
        (JUDGE, 2.3, "check judges evidence\nwith its own oracles", "plain"),
        (WORKER, 3.4, "probe beside\nthe submission", "fc"),
        (WORKER, 2.3, "diffusion/: submission\nlaid over the starter", "fc"),
        (JUDGE, 1.05, "outcomes, and points\nby grading.yaml", "flat"),
        (WORKER, 1.05, "results.json, report.html\ngrades.csv, index.html", "flat"),
    ):
        page.box((x, y), BOX, text, kind, 10)
    inner, outer = JUDGE + BOX[0] / 2, WORKER - BOX[0] / 2
    page.arrow((inner, 3.4), (outer, 3.4), colour=BLUE)
    page.text((3.0, 3.66), "probe,\ninputs", 10, BLUE)
    page.arrow((outer, 3.2), (inner, 2.4), colour=RED)
    page.text((3.0, 2.3), "arrays,\nnumbers:\nbytes that\nare checked", 10, RED, va="top")
    page.arrow((WORKER - 0.2, 3.12), (WORKER - 0.2, 2.58))
    page.arrow((WORKER + 0.2, 2.58), (WORKER + 0.2, 3.12))
    page.arrow((JUDGE, 2.02), (JUDGE, 1.33))
    page.arrow((inner, 1.05), (outer, 1.05))
    page.text((3.0, 0.45), "Nothing that the worker sends is unpickled, evaluated or imported.", 10)
    page.save(path)


def _sources(page: Page) -> None:
    y, step = 5.7, 2.17
    for at, (text, kind) in enumerate(
        (
            (f"{Repository.solution}/", "up"),
            (f"{Repository.starter}/", "conv"),
            ("submission", "fc"),
        )
    ):
        page.box((0.83 + at * step, y), (1.36, 0.46), text, kind, 11)
    for at, text in ((1.51, "strip"), (3.68, "students")):
        page.arrow((at, y), (at + 0.81, y))
        page.text((at + 0.4, y + 0.17), text, 10, FAINT)
    page.arrow((5.17, y - 0.23), (5.17, 4.02))
    text = "intake takes plain files\nnamed diffusion/**/*.py"
    page.text((5.09, 4.75), text, 10, FAINT, ha="right")
    page.box((0.83, 4.75), (1.36, 0.46), f"{Repository.checks}/", "down", 11)
    page.text((1.6, 4.75), "+ hidden/", 10, FAINT, ha="left")
    page.arrow((0.83, 4.52), (0.83, 4.02))


def _room(page: Page, at, size, title: str, colour: str, edge: str) -> None:
    """A process: a frame around what runs in it."""
    (x, y), (w, h) = at, size
    shape = "round,pad=0,rounding_size=0.1"
    frame = FancyBboxPatch(
        (x - w / 2, y - h / 2), w, h, shape, fc=colour, ec=edge, lw=1.4, zorder=1
    )
    page.axes.add_patch(frame)
    page.text((x, y + h / 2 - 0.2), title, 11.5, edge, weight="bold")
