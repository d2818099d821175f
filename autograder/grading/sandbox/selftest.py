"""The self-test: before anything is graded, attacks check that the sandbox holds on this machine.

A worker is started exactly as for a submission and tries `worker.attacks` instead of importing
torch. An isolation that lets anything through is not used, and the message names what got through.
"""

import os
from pathlib import Path

from autograder.config.paths import REPOSITORY, Repository

from .errors import SandboxError
from .isolation import Isolation
from .judge_folder import judge_folder
from .process import SandboxedProcess
from .resources.limits import Limits
from .wire import FrameCaps

MARKER = "AUTOGRADER_SELF_TEST"  # in the judge's environment, where a worker must not see it
SECONDS = 30.0


class SandboxLeaks(SandboxError):
    """Attacks that succeeded; `attacks` names them."""

    def __init__(self, isolation: str, attacks: list[str]):
        self.attacks = attacks
        message = (
            f"isolation {isolation} does not hold here: a submission could {'; '.join(attacks)}"
        )
        if any("must not see" in attack for attack in attacks):
            message += ". Close such files to other users: chmod -R o-rwx PATH"
        super().__init__(message)


def verify(isolation: Isolation, secrets: tuple[Path, ...] = ()) -> None:
    """Attack a sandbox of this isolation from inside.

    Args:
        secrets: files and folders that must be out of reach, besides the repository's own.

    Raises:
        SandboxLeaks: an attack succeeded.
        SandboxError: no worker could be started, or it runs another Python than it should.
    """
    nobody = judge_folder().new_folder()
    (nobody / "diffusion").mkdir()
    hidden = [*_secrets(REPOSITORY), nobody, judge_folder().folder, Path("/etc/shadow"), *secrets]
    limits = Limits()
    targets = {
        "secrets": [str(path) for path in hidden],
        "folders": [str(path) for path in (REPOSITORY.root, nobody, judge_folder().folder)],
        "marker": MARKER,
        "processes": limits.processes,
        "judge_is_root": os.geteuid() == 0,
        "uid_map": Path("/proc/self/uid_map").read_text(),
    }
    os.environ[MARKER] = "1"
    try:
        process = SandboxedProcess(
            nobody, isolation, limits, FrameCaps(2**16, 0), role="selftest", targets=targets
        )
        try:
            report = process.first_message("selftest", SECONDS)
        finally:
            process.end()
    finally:
        del os.environ[MARKER]
    if report["broken"]:
        raise SandboxLeaks(isolation.name, report["broken"])
    if not report["torch"]:
        raise SandboxError("the worker cannot reach torch")


def _secrets(repository: Repository) -> list[Path]:
    """What of the repository no submission may see; with the solution, where there must be one."""
    hidden = [repository.autograder, repository.grading, repository.history]
    return hidden if repository.is_unpacked_zip else [*hidden, repository.solution]
