"""A small judge in a process of its own, so that tests can start it as somebody else, or kill it.

PYTHONPATH names the repository.

python judge_script.py selftest ISOLATION            prints "holds", or why not
python judge_script.py run ISOLATION SUBMISSION NAME  runs one attack, prints its answer, waits
"""

import sys
import time
from pathlib import Path

from autograder.grading.sandbox import Limits, SandboxedRunner, SandboxError, choose
from autograder.grading.sandbox.judge_folder import judge_folder
from autograder.tests.support.sandbox.probes import INTEGER, attack


def main(what: str, isolation: str, *rest: str) -> None:
    try:
        chosen = choose(isolation)
    except SandboxError as reason:
        print(f"refused: {reason}", flush=True)
        return
    if what == "selftest":
        print(f"holds: {chosen.name}", flush=True)
        return
    submission, name = rest
    with SandboxedRunner(Path(submission), chosen, Limits()) as runner:
        print(attack(runner, name, returns=INTEGER), judge_folder().folder, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
