"""What a person should look at in a submission. It is reported, but costs no points.

    for line in suspicions(submission.files, isolation):  # ddpm.py:41: imports subprocess
        ...
    for line in differences(tasks, runner, twin):  # ddpm_sample computes other numbers
        ...

`source_review` reads the source in a process that is isolated like a submission, because hostile
source can crash the parser or keep it busy forever. `released` compares tokens with those of the
files that students receive.
"""

from .calls import COMPARED
from .differential import differences
from .suspicions import suspicions

__all__ = ["COMPARED", "differences", "suspicions"]
