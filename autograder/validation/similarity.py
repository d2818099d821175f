"""How well does the threshold part copies from independent work? Run it with python -m."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.command_line import run_alone
from autograder.config.files import write_bytes_whole, write_whole
from autograder.config.paths import REPOSITORY
from autograder.grading.review.similarity.comparing import FEWEST_TOKENS, THRESHOLD
from autograder.grading.review.similarity.fingerprints import K
from autograder.grading.review.similarity.pages import histogram
from autograder.progress import Progress
from autograder.validation.known_bugs.entries import load_entries

from .similarity_evidence import KINDS, edited, measure

WORDS = {
    "independent": "independent implementations",
    "disguised": "copies: names, order, comments, layout changed",
    "rewritten": "the same, and every third expression rewritten",
    "edited": "the solution with a mistake or edit, disguised",
}


def main(
    k: Annotated[int, typer.Option(min=2, help="tokens of a fingerprint")] = K,
    output: Annotated[Path, typer.Option(help="folder for evidence.json and .png")] = (
        REPOSITORY.similar_results
    ),
) -> None:
    """Measure on the right variants, the mutants and disguised copies of them (a minute)."""
    entries = load_entries()
    folders = sum(bool(entry.folder) for entry in entries.variants) + 1
    total = folders + len(edited(entries.all))
    with Progress(Console(stderr=True), "measuring", total) as progress:
        shares = measure(k, progress.advance)
    table = Table("Pairs", "Number", "Flagged", "Smallest share", "Largest share")
    figures = {}
    for kind in KINDS:
        values, flagged = shares.values(kind), shares.flagged(kind)
        low, high = min(shares.pairs[kind]), max(shares.pairs[kind])
        table.add_row(
            WORDS[kind],
            str(len(values)),
            f"{flagged} ({flagged / len(values):.1%})",
            f"{low[0]:.2f} {low[1]}",
            f"{high[0]:.2f} {high[1]} {high[2] if kind == 'independent' else ''}",
        )
        figures[kind] = {
            "pairs": len(values),
            "flagged": flagged,
            "smallest": [round(low[0], 3), *low[1:]],
            "largest": [round(high[0], 3), *high[1:]],
        }
    Console(soft_wrap=True).print(table)
    output.mkdir(parents=True, exist_ok=True)
    settings = {"k": k, "threshold": THRESHOLD, "fewest_tokens": FEWEST_TOKENS}
    write_whole(output / "evidence.json", json.dumps(settings | figures, indent=1) + "\n")
    shown = {
        "independent": shares.values("independent"),
        "disguised copies": shares.values("disguised") + shares.values("rewritten"),
        "solution with an edit": shares.values("edited"),
    }
    write_bytes_whole(output / "evidence.png", histogram(shown, THRESHOLD))
    print(f"Written: {output}/evidence.json and .png")


if __name__ == "__main__":
    run_alone(main)
