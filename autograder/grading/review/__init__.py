"""What a person should look at in a submission. It is reported, and never scored.

    for line in suspicions(submission.files, isolation):  # ddpm.py:41: imports subprocess
        ...
    for line in differences(folder, isolation, tasks, runner):  # ddpm_sample computes other numbers
        ...

`inside` reads the source, in a process that is confined as a submission is: source can be made to
crash whoever parses it, or to keep him busy for ever.
"""

from .differential import differences
from .suspicions import suspicions

__all__ = ["differences", "suspicions"]
