"""The mutants that no check can tell from the solution, each with a reason why none should."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from autograder.config.paths import REPOSITORY
from autograder.config.reading import BadYaml, Problem
from autograder.validation.known_bugs.entries import EntryModel, Line, read_list

from .mutations import Address


class Change(EntryModel):
    """What an operator makes of the line."""

    operator: Line
    after: Line


class Equivalent(EntryModel):
    """A line of a function, what may become of it, and why no contract forbids that."""

    reason: Line
    file: Line
    function: Line
    before: Line
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Excuse:
    """Why a survivor may live, and where the list says so."""

    reason: str
    line: int


def load_equivalents(path: Path | None = None) -> dict[Address, Excuse]:
    """The excused mutants.

    Raises:
        BadYaml: with every fault, each with its line.
    """
    path = path or REPOSITORY.equivalents
    excuses: dict[Address, Excuse] = {}
    problems = []
    for entry, line in read_list(path, Equivalent, Change):
        for change in entry.changes:
            address = Address(
                entry.file, entry.function, change.operator, entry.before, change.after
            )
            if address in excuses:
                first = f"is on line {excuses[address].line} already; remove one of the two"
                problems.append(Problem(path, line, str(address), first))
            excuses[address] = Excuse(entry.reason, line)
    if problems:
        raise BadYaml(problems)
    return excuses


def lost_lines(
    excuses: Mapping[Address, Excuse], files: Mapping[str, str], path: Path | None = None
) -> Iterator[Problem]:
    """The entries whose line the solution no longer has: stale, whatever the mutants do.

    Quick to tell, and without cosmic-ray; what else is stale shows when the mutants are judged.
    """
    path = path or REPOSITORY.equivalents
    for line, file, before in dict.fromkeys((e.line, a.file, a.before) for a, e in excuses.items()):
        if file not in files:
            yield Problem(path, line, "file", f"there is no {file} in the solution; remove this")
        elif before not in " ".join(files[file].split()):
            advice = f"{file} no longer has `{before}`; take the line from there anew"
            yield Problem(path, line, "before", advice)
