"""Grades attacks as a course would: the real command, honest neighbours, a host with canaries."""

import contextlib
import html
import json
import os
import re
import secrets
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.batch.journal import NAME as JOURNAL
from autograder.grading.intake.naming import named
from autograder.validation.disguise import disguise

from .attack import Attack, write_submission

COURSE = (
    *(Repository.autograder, Repository.checkkit, Repository.checks, Repository.starter),
    *(Repository.solution, Repository.profiles),
    *(Repository.grading, Repository.conftest),
)
# Smaller limits, which are reached sooner: text of the course, its replacement.
SMALLER = {
    Repository.grading: (("file: ddpm.py,", "file: ddpm.py, time_limit: 4,"),),
    Repository.limits: (
        ("memory: int = 2048 * MIB", "memory: int = 512 * MIB"),
        ("scratch: int = 256 * MIB", "scratch: int = 64 * MIB"),
    ),
}
ONLY = {
    "quick": ("--skip-training", "--only", "schedule"),
    "hidden": ("--skip-training", "--only", "schedule", "--only", "hidden_schedule"),
    "digits": ("--only", "digits"),
    "emerging": ("--only", "cfg_forward", "--only", "cfg_sample", "--only", "digits"),
    "guidance": ("--only", "cfg_sample"),
    "training": ("--only", "train_ddpm", "--only", "hidden_schedule"),
    "whole": (),
}
FULL = {"quick": 5, "hidden": 8}  # points of an honest neighbour; elsewhere it would train, long
KERNEL = ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory")
PUBLIC = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
# Too long for every package, or made of other files; a file includes them by name.
LARGE = {
    "FILLING": "x" * 1_100_000,
    "WEIGHTS": "QUJD" * 150_000,
    "DEEP": "-" * 400_000 + "1",
    "ORACLES": disguise({"": REPOSITORY.oracles.read_text()}, seed=0, rewrite=True)[""],
}


class Host:
    """A course and its surroundings, with a canary in each of them."""

    def __init__(self, folder: Path):
        folder.chmod(0o711)  # workers of another uid pass through
        self.folder, self.course, self.scratch = folder, folder / "course", folder / "tmp"
        self.course.mkdir(mode=0o700)
        self.scratch.mkdir(mode=0o711)
        self.mark = f"/tmp/hostile-mark-{secrets.token_hex(6)}"
        self.canaries = {name: f"canary-{secrets.token_hex(8)}" for name in SECRETS}
        copy, ignored = Repository(self.course), shutil.ignore_patterns("__pycache__")
        for place in COURSE:
            source = place.below(REPOSITORY.root)
            target = copy.at(place.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy2(source, target)
        for place, changes in SMALLER.items():
            path = place.below(self.course)
            text = path.read_text()
            for old, new in changes:
                assert old in text, f"{place} does not say {old!r}"
                text = text.replace(old, new)
            path.write_text(text)
        self._hide("solution", copy.solution_package / "ddpm.py")
        self._hide("hidden checks", copy.hidden / "test_hidden_schedule.py")

    def grade(self, attacks: tuple[Attack, ...], isolation: str, run: str) -> "Aftermath":
        """Grade these attacks between honest neighbours, and look for harm to the host."""
        place = self.folder / secrets.token_hex(4)
        submissions, output = place / "handed-in", place / "results"
        submissions.mkdir(parents=True)
        output.mkdir()
        place.chmod(0o700)
        before = _copy(self.course / "solution", submissions / "honest_before")
        after = _copy(self.course / "solution", submissions / "honest_after")
        nothing = _copy(REPOSITORY.starter, submissions / "starter_after")
        self._hide("other submissions", before / "diffusion/ddpm.py")
        (output / "last-term.csv").write_text(f"anna,{self.canaries['gradebook']}\n")
        daemon, mailbox = subprocess.Popen(["sleep", "3600"]), self.folder / f"{place.name}.socket"
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messages,
        ):
            messages.bind(str(mailbox))
            mailbox.chmod(0o777)
            known = {
                "ROOT": str(self.course),
                "OUTPUT": str(output),
                "GRADEBOOK": str(output / "last-term.csv"),
                "NEIGHBOUR": str(before),
                "CANARY": daemon.pid,
                "PORT": server.getsockname()[1],
                "SOCKET": str(mailbox),
                "MARK": self.mark,
            }
            folders = [
                write_submission(attack, submissions, self.course, known, LARGE)
                for attack in attacks
            ]
            paths = [before, *folders, after, nothing] if run in FULL else folders
            kernel, files = _kernel(), self._files()
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "autograder", "grade", *map(str, paths)),
                    *("--output", str(output), "--isolation", isolation, *ONLY[run]),
                ],
                cwd=self.course,
                capture_output=True,
                text=True,
                timeout=3600,
                env={
                    **os.environ,
                    "TMPDIR": str(self.scratch),
                    "GRADEBOOK_TOKEN": self.canaries["environment"],
                    "OMP_NUM_THREADS": "1",
                },
            )
            reached, _, _ = select.select([server, messages], [], [], 0)
            harm = [] if daemon.poll() is None else ["a process of the host has ended"]
            harm += ["somebody came to a server of the host"] if server in reached else []
            harm += ["somebody wrote to a socket of the host"] if messages in reached else []
        daemon.kill()
        daemon.wait()
        harm += ["a setting of the kernel has changed"] if _kernel() != kernel else []
        now = self._files()
        changed = [path for path in {**files, **now} if files.get(path) != now.get(path)]
        harm += [f"{path} has changed" for path in changed]
        harm += [f"{path} was left behind" for path in self._left()]
        names = dict(zip(folders, (name for name, _ in named(folders)), strict=True))
        of_attacks = {a.name: names[folder] for a, folder in zip(attacks, folders, strict=True)}
        return Aftermath(output, done, tuple(harm), of_attacks, self.canaries)

    def _hide(self, name: str, path: Path) -> None:
        path.write_text(f"{path.read_text()}\n# {self.canaries[name]}\n")

    def _files(self) -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for path in self.course.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    def _left(self) -> list[str]:
        """Files and processes that attacks have left: all of them carry the mark."""
        name = Path(self.mark).name
        left = [str(path) for place in PUBLIC for path in Path(place).glob(f"{name}*")]
        left += [str(path) for path in self.course.rglob(f"{name}*")]
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                if self.mark.encode() in words:
                    left.append(f"process {process.name}")
        deadline = time.monotonic() + 10  # the janitor deletes after the judge has ended
        while (rest := list(self.scratch.iterdir())) and time.monotonic() < deadline:
            time.sleep(0.05)
        return [*left, *map(str, rest)]


SECRETS = ("solution", "hidden checks", "other submissions", "gradebook", "environment")


@dataclass(frozen=True)
class Aftermath:
    """A finished run: its files, its process, and the harm that was done to the host.

    `names` are those of the submissions in the results, by attack.
    """

    folder: Path
    done: subprocess.CompletedProcess[str]
    harm: tuple[str, ...]
    names: dict[str, str]
    canaries: dict[str, str]

    def results(self, name: str) -> dict:
        """results.json of an attack, or of a neighbour."""
        return json.loads((self._place(name) / "results.json").read_text())

    def record(self, name: str) -> Mapping[str, Any]:
        """What the journal keeps of an attack, or of a neighbour; one that was not read ended."""
        lines = (self.folder / JOURNAL).read_text().splitlines()
        records = [json.loads(line) for line in lines]
        own = [one["record"] for one in records if one.get("name") == self.names.get(name, name)]
        return own[-1] if own else {"seconds": 0.0, "results": []}

    @property
    def slowness(self) -> float:
        """How many times slower than usual honest work was judged: others use the machine too."""
        times = [
            self.record(name)["seconds"]
            for name in ("honest_before", "honest_after")
            if (self.folder / name).exists()
        ]
        return max(1.0, min(times, default=1.0))

    def outcomes(self, name: str) -> set[str]:
        return {result["outcome"] for result in self.record(name)["results"]}

    def student(self, name: str) -> str:
        """All that the student may read."""
        results = self.results(name)
        words = [results["output"], *(test["output"] for test in results["tests"])]
        return "\n".join([*words, text_of((self._place(name) / "report.html").read_text())])

    def staff(self, name: str) -> str:
        """All that the page for staff says of it."""
        return text_of((self._place(name) / "instructor.html").read_text())

    def texts(self) -> dict[str, str]:
        """Every text that the run has written, by the name of its file."""
        files = [path for path in self.folder.rglob("*.*") if path.is_file()]
        files = [path for path in files if path.name != "last-term.csv"]
        texts = {str(path.relative_to(self.folder)): path.read_text() for path in files}
        return {**texts, "stdout": self.done.stdout, "stderr": self.done.stderr}

    def _place(self, name: str) -> Path:
        return self.folder / self.names.get(name, name)


def text_of(page: str) -> str:
    """The words of a page, without its elements."""
    return html.unescape(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL))


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(
        source / "diffusion", target / "diffusion", ignore=shutil.ignore_patterns("__pycache__")
    )
    return target


def _kernel() -> list[str]:
    return [Path("/proc/sys", name).read_text() for name in KERNEL]
