"""The pictures of a notebook's figures."""

import subprocess
import sys

from autograder.config.paths import REPOSITORY


def test_nothing_to_draw_says_what_to_run_first():
    draw = "from diffusion.runs.pictures import rows_picture; rows_picture({})"
    ended = subprocess.run(
        [sys.executable, "-c", draw], cwd=REPOSITORY.solution, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "ValueError: There is nothing to draw yet: run the cell that trains" in ended.stderr
