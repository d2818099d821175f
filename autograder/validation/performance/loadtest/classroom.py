"""A class made of what is known: mutants, variants, attacks, starters, and files that are broken.

The same seed makes the same class. What each must get stands in a manifest beside the submissions,
never in one.
"""

import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE
from autograder.grading.judging.checks import Check
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import Entries, KnownBug
from autograder.validation.known_bugs.rules import named_check

MANIFEST = "class.json"
# Of every hundred: most have one mistake, a quarter is right.
MIX = {"mutant": 55, "variant": 25, "attack": 8, "starter": 8, "unreadable": 4}


@dataclass(frozen=True)
class Member:
    """One submission: what it is made of, and what must come of it.

    A mutant must not pass `check`; an attack gets at most `earns` points for the schedule.
    """

    name: str
    kind: str
    made_of: str
    check: str = ""
    earns: float = 0.0


def make_class(
    folder: Path,
    count: int,
    seed: int,
    entries: Entries,
    checks: Sequence[Check],
    attacks: Sequence = (),
    kinds: Sequence[str] = tuple(MIX),
) -> list[Member]:
    """Write `count` submissions into `folder`, and the manifest.

    Args:
        checks: those that will run; mutants that none of them must see are left out.
        attacks: of autograder/validation/attacks; without any, their share goes to the others.
        kinds: which to make, of those in MIX.
    """
    random_ = random.Random(seed)
    makers = {
        kind: maker
        for kind, maker in _makers(entries, checks, attacks, random_).items()
        if kind in kinds and maker is not None
    }
    plan = list(islice(cycle(_shuffled(makers, random_)), count))
    members = []
    for number, kind in enumerate(plan, 1):
        name = f"s{number:03}"
        members.append(next(makers[kind])(folder, name))
    text = json.dumps([asdict(member) for member in members], indent=1)
    (folder / MANIFEST).write_text(text + "\n")
    return members


def read_manifest(folder: Path) -> list[Member]:
    """Who is in the class that was made in this folder."""
    return [Member(**member) for member in json.loads((folder / MANIFEST).read_text())]


def paths_of(folder: Path, members: Sequence[Member]) -> list[Path]:
    """What the graders are given."""
    return [folder / f"{m.name}{'.zip' if m.kind == 'unreadable' else ''}" for m in members]


def _shuffled(makers: dict, random_: random.Random) -> list[str]:
    """A hundred or fewer, so mixed that every stretch has about the same mix."""
    slots = [
        ((place + random_.random()) / MIX[kind], kind)
        for kind in makers
        for place in range(MIX[kind])
    ]
    return [kind for _, kind in sorted(slots)]


Maker = Callable[[Path, str], Member]


def _makers(
    entries: Entries, checks: Sequence[Check], attacks: Sequence, random_: random.Random
) -> dict[str, Iterator[Maker] | None]:
    """For each kind, who writes the next submission of it; all before any comes twice."""
    seen = [m for m in entries.bugs if _seen_by(m, checks)]
    pools = {
        "mutant": [_mutant(mutant, _seen_by(mutant, checks)) for mutant in seen],
        "variant": [_variant(variant) for variant in entries.variants],
        "attack": [_attack(attack) for attack in attacks],
        "starter": [_starter],
        "unreadable": [_not_a_zip, _flat, _empty],
    }
    for pool in pools.values():
        random_.shuffle(pool)
    return {kind: cycle(pool) if pool else None for kind, pool in pools.items()}


def _seen_by(mutant: KnownBug, checks: Sequence[Check]) -> str:
    """The check that must see it, if that runs; "" else."""
    try:
        return named_check(mutant, checks).name
    except LookupError:
        return ""


def _mutant(mutant: KnownBug, check: str) -> Maker:
    def write(folder: Path, name: str) -> Member:
        write_package(mutant, folder / name)
        return Member(name, "mutant", mutant.name, check)

    return write


def _variant(variant) -> Maker:
    def write(folder: Path, name: str) -> Member:
        write_package(variant, folder / name)
        return Member(name, "variant", variant.name)

    return write


def _attack(attack) -> Maker:
    """Its targets are decoys beside the class: what it would reach is nobody's."""

    def write(folder: Path, name: str) -> Member:
        from autograder.validation.attacks.attack import write_submission
        from autograder.validation.attacks.grading import LARGE

        decoys, making = folder / "decoys", folder / "making"
        decoys.mkdir(exist_ok=True)
        (decoys / "gradebook.csv").write_text("anna,100\n")
        known = {
            "ROOT": str(decoys),
            "OUTPUT": str(decoys),
            "GRADEBOOK": str(decoys / "gradebook.csv"),
            "NEIGHBOUR": str(decoys),
            "CANARY": 2**22 + 1,  # no process has this number
            "PORT": 9,
            "MARK": str(decoys / "mark"),
        }
        write_submission(attack, making, REPOSITORY.root, known, LARGE).rename(folder / name)
        shutil.rmtree(making)
        return Member(name, "attack", attack.name, earns=attack.earns)

    return write


def _starter(folder: Path, name: str) -> Member:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY.starter_package, folder / name / PACKAGE, ignore=ignored)
    return Member(name, "starter", "starter")


def _not_a_zip(folder: Path, name: str) -> Member:
    (folder / f"{name}.zip").write_bytes(b"PK\x03\x04 but no more")
    return Member(name, "unreadable", "torn zip")


def _flat(folder: Path, name: str) -> Member:
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        archive.writestr("essay/notes.txt", "I could not finish.")
    return Member(name, "unreadable", "zip without code")


def _empty(folder: Path, name: str) -> Member:
    (folder / f"{name}.zip").write_bytes(b"")
    return Member(name, "unreadable", "empty zip")
