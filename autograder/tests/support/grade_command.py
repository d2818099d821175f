"""`autograder grade`, run as anybody would."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.config.paths import REPOSITORY

COMMAND = (sys.executable, "-m", "autograder", "grade")


@dataclass(frozen=True)
class Run:
    """A finished `autograder grade`."""

    folder: Path
    status: int
    stdout: str
    stderr: str

    def results(self, name: str) -> dict:
        return json.loads((self.folder / name / "results.json").read_text())

    def outcomes(self, name: str) -> dict[str, str]:
        """Check -> outcome; of a hidden one, its number -> whether it passed or failed."""
        return {
            test["extra_data"]["check"]: test["extra_data"].get("outcome", test["status"])
            for test in self.results(name)["tests"]
        }


def command(folder: Path, *arguments: object) -> list[str]:
    """The command line that grades into a folder."""
    return [*COMMAND, *map(str, arguments), "--output", str(folder)]


def grade(folder: Path, *arguments: object) -> Run:
    """Run `autograder grade` as anybody would."""
    done = subprocess.run(
        command(folder, *arguments),
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Run(folder, done.returncode, done.stdout, done.stderr)
