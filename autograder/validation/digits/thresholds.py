"""What the calibration shows about the limits of the checks of the digits.

    python -m autograder.validation.digits.thresholds [--tier cpu] [--write]

prints, for each right implementation, how far its worst run stays from each limit, how often it
would have failed, and a bound of that rate; then which wrong implementations and forgeries fail.
Rows of older code count too, in the figures that they have.
With --write it also draws the histograms again, to calibration/<tier>.png.
"""

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from autograder.command_line import run_alone
from autograder.config.files import write_bytes_whole
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode
from autograder.validation.digits import records
from autograder.validation.digits.records import Run
from autograder.validation.digits.version import code_version
from autograder.validation.false_failures.verdicts import failure_bound
from autograder.validation.files import png_of
from checkkit.runs.digits import Tier, complaints

FIGURES = {
    "accuracy": ("at least", "share recognised as asked for"),
    "frechet": ("at most", "Fréchet distance to real digits"),
    "deviation": ("at least", "deviation within a class"),
    "copies": ("at most", "share like a training digit"),
    "bent": ("at most", "share of bent training digits"),
}


def fails(run: Run, tier: Tier) -> bool:
    """Whether the run would fail the check."""
    return bool(complaints(run.quality, tier.limits))


def by_implementation(runs: list[Run]) -> dict[str, list[Run]]:
    """Runs grouped by the variant that they stand for, in order of first appearance."""
    groups = defaultdict(list)
    for run in runs:
        groups[run.implementation].append(run)
    return dict(groups)


def right_table(groups: dict[str, list[Run]], tier: Tier) -> Table:
    """One row an implementation: worst figures, failures and their bound."""
    headings = [
        f"{name}\n{side} {getattr(tier.limits, name)}" for name, (side, _) in FIGURES.items()
    ]
    headings += ["failed", "rate a try\n95 % bound", "twice in a row\n95 % bound"]
    table = Table("implementation", title="Right implementations: mean (worst) against the limits")
    for heading in ("seeds", *headings):
        table.add_column(heading, justify="right")
    for implementation, runs in groups.items():
        cells = []
        for name, (side, _) in FIGURES.items():
            values = known(runs, name)
            worst = (min if side == "at least" else max)(values, default=np.nan)
            cells.append(f"{np.mean(values):.3f} ({worst:.3f})" if values else "")
        failed, bound = failures(runs, tier)
        rates = f"{failed / len(runs):.1%} <= {bound:.1%}", f"<= {bound**2:.2%}"
        table.add_row(implementation, str(len(runs)), *cells, str(failed), *rates)
    return table


def wrong_table(groups: dict[str, list[Run]], tier: Tier) -> Table:
    """One row a wrong implementation or forgery: its figures, and those that break their limits."""
    title = "Wrong implementations and forgeries: mean figures, and those that break their limits"
    table = Table("implementation", title=title)
    for column in ("seeds", *FIGURES, "caught"):
        table.add_column(column, justify="right")
    table.add_column("by")
    for implementation, runs in groups.items():
        figures = [known(runs, name) for name in FIGURES]
        means = [f"{np.mean(values):.3f}" if values else "" for values in figures]
        caught = f"{failures(runs, tier)[0]} of {len(runs)}"
        table.add_row(implementation, str(len(runs)), *means, caught, ", ".join(broken(runs, tier)))
    return table


def known(runs: list[Run], figure: str) -> list[float]:
    """The values of a figure in the runs in which it was measured."""
    return [value for run in runs if (value := getattr(run, figure)) is not None]


def failures(runs: list[Run], tier: Tier) -> tuple[int, float]:
    """How many of these runs fail, and the bound of the rate."""
    failed = sum(fails(run, tier) for run in runs)
    return failed, failure_bound(failed, len(runs))


def broken(runs: list[Run], tier: Tier) -> list[str]:
    """The figures that break their limit in every run, else those that do in some."""
    always, at_times = [], []
    for name, (side, _) in FIGURES.items():
        limit, values = getattr(tier.limits, name), known(runs, name)
        count = sum(not (v >= limit if side == "at least" else v <= limit) for v in values)
        if count:
            (always if count == len(values) else at_times).append(name)
    return always or [f"{name} at times" for name in at_times]


def bound_in_words(right: dict[str, list[Run]], tier: Tier) -> str:
    """How many right runs failed, and the bound of the solution's rate."""
    every, own = [run for group in right.values() for run in group], right.get("solution", [])
    bound = failures(own, tier)[1]
    return (
        f"{failures(every, tier)[0]} of {len(every)} right runs failed. The solution's {len(own)}: "
        f"at most\n{100 * bound:.1f} % a try, {100 * bound**2:.2f} % for both tries (95 %, "
        "Clopper-Pearson)"
    )


def versions_in_words(runs: list[Run], tier: Tier) -> str:
    """How many of the runs the present code has made, and how many have the newest figure."""
    version = code_version(tier)
    present = sum(run.version == version for run in runs)
    return (
        f"{present} of {len(runs)} rows are of the present version of the code, {version}. "
        f"Bent copies were counted in {len(known(runs, 'bent'))}."
    )


def draw(right: dict[str, list[Run]], wrong: dict[str, list[Run]], tier: Tier) -> bytes:
    """A PNG for a phone's width: histograms of the right implementations, ticks for the wrong ones,
    a line for each limit, and the bound.
    """
    figure = Figure(figsize=(6, 9), dpi=120, layout="constrained")
    axes = figure.subplots(3, 2)
    for ax, (name, (side, words)) in zip(axes.flat, FIGURES.items(), strict=False):
        limit = getattr(tier.limits, name)
        good = {label: known(runs, name) for label, runs in right.items()}
        values = [limit, *(value for group in good.values() for value in group)]
        low, high = min(values), max(values)
        room = 0.15 * (high - low) or 0.1 * limit
        labels = [f"{k} ({len(v)})" for k, v in good.items()]
        ax.hist(list(good.values()), np.linspace(low, high, 30), stacked=True, label=labels)
        bad = known([run for runs in wrong.values() for run in runs], name)
        shown = np.clip(bad, low - room, high + room)
        ax.plot(shown, np.full(len(shown), -0.7), "|", color="black", markersize=8, label="wrong")
        ax.axvline(limit, color="crimson", linestyle="--", label="limit")
        ax.set(xlabel=f"{words}\n({side} {limit})", xlim=(low - 1.3 * room, high + 1.3 * room))
        ax.spines[["top", "right"]].set_visible(False)
    for ax in axes[:, 0]:
        ax.set_ylabel("runs")
    axes[2, 1].axis("off")
    axes[2, 1].legend(*axes[0, 0].get_legend_handles_labels(), loc="center", frameon=False)
    figure.suptitle(
        f"{bound_in_words(right, tier)}\nWrong ones beyond an edge stand at it", fontsize=11
    )
    return png_of(figure)


def main(
    tier: Annotated[str, typer.Option(help=f"one of {', '.join(records.TIERS)}")] = "cpu",
    write: Annotated[bool, typer.Option("--write", help="draw the picture anew")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="where the records lie (those of the repository)")
    ] = None,
) -> None:
    """Print the tables; with --write, draw the picture."""
    if tier not in records.TIERS:
        raise typer.BadParameter(f"--tier {tier}: give one of {', '.join(records.TIERS)}")
    folder = folder or REPOSITORY.calibration
    chosen, console = records.TIERS[tier], Console()
    console.width = max(console.width, 130)  # the tables are wide
    right = by_implementation(records.read(folder / records.right_file(tier), chosen))
    if not right:
        console.print(f"no runs of {records.describe(chosen)}: this tier is not calibrated")
        raise typer.Exit(ExitCode.FAILED)
    wrong = by_implementation(records.read(folder / records.wrong_file(tier), chosen))
    wrong.pop("solution", None)
    console.print(right_table(right, chosen))
    console.print(wrong_table(wrong, chosen))
    console.print(bound_in_words(right, chosen))
    runs = [run for runs in (right | wrong).values() for run in runs]
    console.print(versions_in_words(runs, chosen))
    if write:
        path = folder / f"{tier}.png"
        write_bytes_whole(path, draw(right, wrong, chosen))
        console.print(f"{path}")


if __name__ == "__main__":
    run_alone(main)
