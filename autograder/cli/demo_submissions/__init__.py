"""The submissions of `autograder demo`.

The solution and the starter lie in folders of their own; `hostile/` lies here; the submission with
three bugs is the solution with the edits below, so that it cannot drift away from it.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.config.paths import REPOSITORY


@dataclass(frozen=True)
class Bug:
    """One edit of the solution: file, right code, wrong code, and the tasks that it costs."""

    file: str
    right: str
    wrong: str
    task: str
    hidden_task: str | None = None


THREE_BUGS = (
    Bug("denoiser.py", "torch.randn_like(x)", "torch.rand_like(x)", "denoiser"),
    Bug(
        "ddpm.py",
        "torch.full((num_samples,), t / num_ts, device=device)",
        "torch.full((num_samples,), (t - 1) / num_ts, device=device)",
        "sample",
        "hidden_sample",
    ),
    Bug(
        "training.py",
        "            losses.append(loss.item())\n        scheduler.step()\n        ###",
        "            losses.append(loss.item())\n            scheduler.step()\n        ###",
        "train_ddpm",
        "hidden_training",
    ),
)


def write_three_bugs(folder: Path) -> Path:
    """Write the solution with its three bugs into `folder`/three_bugs and return that.

    Raises:
        ValueError: the solution has changed, and the place of a bug is missing or ambiguous.
    """
    target = folder / "three_bugs"
    shutil.copytree(
        REPOSITORY.solution_package,
        target / "diffusion",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for bug in THREE_BUGS:
        path = target / "diffusion" / bug.file
        text = path.read_text()
        if text.count(bug.right) != 1:
            raise ValueError(
                f"{bug.file} has {bug.right!r} {text.count(bug.right)} times, not once"
            )
        path.write_text(text.replace(bug.right, bug.wrong))
    return target
