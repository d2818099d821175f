"""A class of known bugs, variants, attacks, starters and broken files, and what each must get.

The same seed makes the same class. What each must get is in a manifest beside the submissions,
never in one.
"""

import csv
import json
import random
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from autograder.config.paths import REPOSITORY
from autograder.course.starter import committed_starter
from autograder.grading.judging.checks import CheckInfo
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import Entries, KnownBug
from autograder.validation.known_bugs.rules import named_check
from checkkit.runner.outcomes import Outcome

MANIFEST = "class.json"
# Of every hundred: most have one mistake, a quarter is right.
MIX = {"bug": 55, "variant": 25, "attack": 8, "starter": 8, "unreadable": 4}
BROKEN = ("torn zip", "zip without code", "empty zip")
CORRECT = {Outcome.PASSED, Outcome.NOT_RUN}
IDLE = {Outcome.NOT_ATTEMPTED, Outcome.BLOCKED, Outcome.NOT_RUN}
UNREADABLE = "could not be graded"


@dataclass(frozen=True)
class Member:
    """One submission: of what it is made, and what its result must be.

    A bug must not pass `check`; an attack gets at most `earns` points for the schedule.
    """

    name: str
    kind: str
    made_of: str
    check: str = ""
    earns: float = 0.0

    def path_in(self, folder: Path) -> Path:
        """For the graders."""
        return folder / f"{self.name}{'.zip' if self.kind == 'unreadable' else ''}"


def make_class(
    folder: Path,
    count: int,
    seed: int,
    entries: Entries,
    checks: Sequence[CheckInfo],
    attacks: Sequence = (),
    kinds: Sequence[str] = tuple(MIX),
) -> list[Member]:
    """Write `count` submissions into `folder`, and the manifest.

    Args:
        folder: where to.
        count: how many.
        seed: of the choice and the order.
        entries: known bugs and variants.
        checks: those that will run; bugs that none of them must catch are left out.
        attacks: of autograder/validation/attacks; without any, their share goes to the others.
        kinds: which to make, of those in MIX.
    """
    rng = random.Random(seed)
    pools = {
        "bug": [Member("", "bug", b.name, _check_of(b, checks)) for b in entries.bugs],
        "variant": [Member("", "variant", variant.name) for variant in entries.variants],
        "attack": [Member("", "attack", one.name, earns=one.earns) for one in attacks],
        "starter": [Member("", "starter", "starter")],
        "unreadable": [Member("", "unreadable", what) for what in BROKEN],
    }
    pools["bug"] = [member for member in pools["bug"] if member.check]
    for pool in pools.values():
        rng.shuffle(pool)
    # A hundred or fewer, so mixed that every stretch has about the same mix.
    slots = sorted(
        ((place + rng.random()) / MIX[kind], kind)
        for kind in pools
        if kind in kinds and pools[kind]
        for place in range(MIX[kind])
    )
    each = {kind: cycle(pool) for kind, pool in pools.items()}  # all before any comes twice
    members = [
        replace(next(each[kind]), name=f"s{number:03}")
        for number, (_, kind) in enumerate(islice(cycle(slots), count), 1)
    ]
    sources = {source.name: source for source in (*entries.all, *attacks)}
    for member in members:
        _write(member, folder, sources)
    text = json.dumps([asdict(member) for member in members], indent=1)
    (folder / MANIFEST).write_text(text + "\n")
    return members


def _check_of(bug: KnownBug, checks: Sequence[CheckInfo]) -> str:
    """The check that must fail on it, if that runs; "" else."""
    try:
        return named_check(bug, checks).name
    except LookupError:
        return ""


def _write(member: Member, folder: Path, sources: Mapping[str, Any]) -> None:
    path = member.path_in(folder)
    match member.kind:
        case "bug" | "variant":
            write_package(sources[member.made_of], path)
        case "attack":
            _write_attack(sources[member.made_of], folder, path)
        case "starter":
            for name, content in committed_starter().items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_bytes(content)
        case _ if member.made_of == "zip without code":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("essay/notes.txt", "I could not finish.")
        case _:
            path.write_bytes(b"PK\x03\x04 but no more" if member.made_of == "torn zip" else b"")


def _write_attack(attack: Any, folder: Path, path: Path) -> None:
    """Its targets are decoys beside the class, which belong to nobody."""
    from autograder.validation.attacks.attack import write_submission
    from autograder.validation.attacks.grading import LARGE

    decoys, making = folder / "decoys", folder / "making"
    decoys.mkdir(exist_ok=True)
    (decoys / "gradebook.csv").write_text("anna,100\n")
    known = {
        **dict.fromkeys(("ROOT", "OUTPUT", "NEIGHBOUR"), str(decoys)),
        "GRADEBOOK": str(decoys / "gradebook.csv"),
        "CANARY": 2**22 + 1,  # no process has this number
        "PORT": 9,
        "MARK": str(decoys / "mark"),
    }
    write_submission(attack, making, REPOSITORY.root, known, LARGE).rename(path)
    shutil.rmtree(making)


# ---------------------------------------------------------------------------------------- outcomes


def wrong_outcomes(members: Sequence[Member], output: Path) -> dict[str, str]:
    """Name of every submission that did not get what it must -> what it got."""
    rows, records = gradebook(output), journal(output)
    wrong = {}
    for member in members:
        if member.name not in rows:
            wrong[member.name] = "it is not in the gradebook"
        elif complaint := _complaint(member, rows[member.name], records.get(member.name)):
            wrong[member.name] = f"{member.kind} {member.made_of}: {complaint}"
    return wrong


def gradebook(output: Path) -> dict[str, dict[str, str]]:
    """The rows of grades.csv by the submission's name."""
    with (output / "grades.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def journal(output: Path) -> dict[str, Mapping[str, Any]]:
    """The last record of each submission; a torn line at the end does not count."""
    path = output / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    entries = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return {entry["name"]: entry["record"] for entry in entries if "record" in entry}


def _complaint(member: Member, row: Mapping[str, str], record: Mapping[str, Any] | None) -> str:
    """What is wrong with the outcome of one submission; "" where nothing is."""
    unreadable = UNREADABLE in row["flags"]
    if member.kind == "unreadable":
        return "" if unreadable else "it was graded"
    if "grader error" in row["flags"]:
        return row["flags"]
    if member.kind == "attack":
        earned = float(row.get("schedule") or 0)
        too_much = f"{earned:g} points for the schedule, at most {member.earns:g}"
        return too_much if earned > member.earns + 0.01 else ""
    if record is None or unreadable or record["problem"] or not record["finished"]:
        return row["flags"] or "it was not finished"
    ends = {result["check"]: Outcome(result["outcome"]) for result in record["results"]}
    if member.kind == "bug":
        end = ends.get(member.check)
        return f"{member.check}: {end}" if end is None or end in CORRECT else ""
    allowed = CORRECT if member.kind == "variant" else IDLE
    return "; ".join(f"{check}: {end}" for check, end in ends.items() if end not in allowed)
