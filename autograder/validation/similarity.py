"""How well does the threshold tell copies from independent work? Run it with python -m."""

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

from .similarity_evidence import edited_versions, measure, whole_versions

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
    """Measure on the right variants, the known bugs and disguised copies of them (a minute)."""
    total = len(whole_versions()) + len(edited_versions())
    with Progress(Console(stderr=True), "measuring", total) as progress:
        pairs = measure(k, progress.advance)
    table = Table("Pairs", "Number", "Flagged", "Smallest share", "Largest share")
    figures = {}
    for kind, of_kind in pairs.items():
        count, flagged = len(of_kind), sum(pair[0] >= THRESHOLD for pair in of_kind)
        (low, *of_low), (high, *of_high) = min(of_kind), max(of_kind)
        other = of_high[1] if kind == "independent" else ""
        flags = f"{flagged} ({flagged / count:.1%})"
        shares = f"{low:.2f} {of_low[0]}", f"{high:.2f} {of_high[0]} {other}"
        table.add_row(WORDS[kind], str(count), flags, *shares)
        figures[kind] = {
            "pairs": count,
            "flagged": flagged,
            "smallest": [round(low, 3), *of_low],
            "largest": [round(high, 3), *of_high],
        }
    Console(soft_wrap=True).print(table)
    output.mkdir(parents=True, exist_ok=True)
    settings = {"k": k, "threshold": THRESHOLD, "fewest_tokens": FEWEST_TOKENS}
    write_whole(output / "evidence.json", json.dumps(settings | figures, indent=1) + "\n")
    shown = {
        "independent": pairs["independent"],
        "disguised copies": pairs["disguised"] + pairs["rewritten"],
        "solution with an edit": pairs["edited"],
    }
    shares = {title: [share for share, _, _ in some] for title, some in shown.items()}
    write_bytes_whole(output / "evidence.png", histogram(shares, THRESHOLD))
    print(f"Written: {output}/evidence.json and .png")


if __name__ == "__main__":
    run_alone(main)
