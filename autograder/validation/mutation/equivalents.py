"""The mutants that no check can tell from the solution, each with a reason why none should."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from autograder.config.paths import REPOSITORY
from autograder.config.reading import BadYaml, Problem
from autograder.validation.known_bugs.entries import EntryModel, Line, read_list

from .mutations import Address


class Change(EntryModel):
    """The line after an operator has changed it."""

    operator: Line
    after: Line


class Equivalent(EntryModel):
    """A line of a function, its harmless changes, and why no contract forbids them."""

    reason: Line
    file: Line
    function: Line
    before: Line
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]


def load_equivalents(path: Path | None = None) -> dict[Address, int]:
    """The excused mutants, each with the line of its entry.

    Raises:
        BadYaml: with every fault, each with its line.
    """
    path = path or REPOSITORY.equivalents
    lines: dict[Address, int] = {}
    problems = []
    for entry, line in read_list(path, Equivalent, Change):
        for change in entry.changes:
            address = Address(
                entry.file, entry.function, change.operator, entry.before, change.after
            )
            if address in lines:
                advice = f"is on line {lines[address]} already; remove one of the two"
                problems.append(Problem(path, line, str(address), advice))
            lines[address] = line
    if problems:
        raise BadYaml(problems)
    return lines


def stale_lines(
    equivalents: Mapping[Address, int], files: Mapping[str, str], path: Path | None = None
) -> Iterator[Problem]:
    """The entries whose line the solution no longer has.

    This needs neither time nor cosmic-ray; other stale entries show when the mutants are judged.
    """
    path = path or REPOSITORY.equivalents
    places = dict.fromkeys((line, a.file, a.before) for a, line in equivalents.items())
    for line, file, before in places:
        if file not in files:
            yield Problem(path, line, "file", f"there is no {file} in the solution; remove this")
        elif before not in " ".join(files[file].split()):
            advice = f"{file} no longer has `{before}`; copy the line from there again"
            yield Problem(path, line, "before", advice)
