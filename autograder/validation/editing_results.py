"""What the check `editing_results` measures of the solution, over many seeds, beside its limits.

    python -m autograder.validation.editing_results --seeds 400

Prints the smallest values; an honest submission that falls below a limit would lose points.
"""

from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.progress import Progress
from checkkit.runner.local import LocalRunner
from checkkit.runs import editing_results as results


def main(
    seeds: Annotated[int, typer.Option(min=1, help="how many seeds")] = 400,
) -> None:
    """Measure the solution with seeds 0, 1, ..., and print how near it comes to the limits."""
    solution, console = LocalRunner(REPOSITORY.solution), Console(stderr=True)
    found: dict[str, list[float]] = {}
    with Progress(console, "measuring", seeds, unit="seeds") as progress:
        for seed in range(seeds):
            for name, value in _measured(solution, seed).items():
                found.setdefault(name, []).append(value)
            progress.advance()
    limits = results.LIMITS
    of = {"guided": limits.guided, "anagrams": limits.anagrams, "smallest step of the distances": 0}
    for name, values in found.items():
        limit, mean, sd = of.get(name, limits.inpainted), np.mean(values), np.std(values)
        print(
            f"{name}: mean {mean:.3f}, sd {sd:.3f}, smallest {min(values):.3f} of {seeds}; "
            f"limit {limit:g}, {(mean - limit) / max(sd, 1e-9):.1f} sd below the mean"
        )


def _measured(solution: LocalRunner, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    halves, far = results.shares_inpainted(solution, rng), results.distances_of_edits(solution, rng)
    return {
        "guided": results.share_guided(solution, rng),
        "inpainted as 3": halves[3],
        "inpainted as 8": halves[8],
        "anagrams": results.share_of_anagrams(solution, rng),
        "smallest step of the distances": float(-np.diff(far).max()),
    }


if __name__ == "__main__":
    run_alone(main)
