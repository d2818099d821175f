"""What known bugs and variants are, and how their YAML files are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from autograder.config.paths import REPOSITORY
from autograder.config.reading import BadYaml, Problem, advice_on, line_of, parse, plain

LAST_BUG = 82
T = TypeVar("T", bound=BaseModel)


def _one_line(text: str) -> str:
    if not text.strip() or "\n" in text:
        raise ValueError("write one line of text")
    return text.strip()


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Line = Annotated[StrictStr, AfterValidator(_one_line)]
Name = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list), Field(min_length=1)]


class EntryModel(BaseModel):
    """A part of a YAML file: unknown keys are refused, and nothing changes it later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(EntryModel):
    """In `file` of the package, `find`, which must occur exactly once, becomes `replace`."""

    file: Line
    find: Annotated[StrictStr, Field(min_length=1)]
    replace: StrictStr


class Entry(EntryModel):
    """A program to be judged: a version of the solution.

    `words` describe it as the student would; `bug` groups entries that are
    forms of one mistake.
    """

    name: Name
    words: Line
    bug: Annotated[StrictInt, Field(ge=1, le=LAST_BUG)] | None = None
    edits: tuple[Edit, ...]


class KnownBug(Entry):
    """The solution with one mistake.

    `task` is what it breaks, several tasks where they share the code in question. `killed_by` is
    the check that must fail on it, without its file where only one check of these tasks has the
    name.

    `diagnosis` lists the names of the mistakes by which checks may explain it: any other name is
    wrong. `says` is in the message of `killed_by`. `only`, where it is given, names all other
    checks that may fail; blocked ones do not count. `fails_by` says what shows the mistake:
    numbers, which a formula may explain, or something else, which needs no diagnosis.
    """

    task: Names
    killed_by: Line
    fails_by: Literal["numbers", "shape", "error", "device", "flag", "seed"] = "numbers"
    diagnosis: tuple[Line, ...] = ()
    says: StrictStr = ""
    only: tuple[Line, ...] | None = None
    edits: Annotated[tuple[Edit, ...], Field(min_length=1)]


class Variant(Entry):
    """Another right way: the files of `folder` in place of the solution's, and then the edits.

    With `bug`, a known mistake that must cost no points all the same.
    """

    folder: Name | None = None
    edits: tuple[Edit, ...] = ()

    @model_validator(mode="after")
    def _differs(self) -> "Variant":
        if self.folder is None and not self.edits:
            raise ValueError("say what differs: add edits, or a folder")
        return self


@dataclass(frozen=True)
class Entries:
    """All known bugs and variants, with the file and line of each."""

    all: tuple[Entry, ...]
    places: dict[str, tuple[Path, int]]

    @property
    def bugs(self) -> list[KnownBug]:
        return [entry for entry in self.all if isinstance(entry, KnownBug)]

    @property
    def variants(self) -> list[Variant]:
        return [entry for entry in self.all if isinstance(entry, Variant)]

    def problem(self, entry: Entry, field: str, advice: str) -> Problem:
        """A fault of one entry, at the line where it begins."""
        return Problem(*self.places[entry.name], f"{entry.name} > {field}", advice)


def load_entries(folder: Path | None = None) -> Entries:
    """Every entry below `folder`/wrong and `folder`/right, or of this repository.

    Raises:
        MissingPath: the repository has none.
        BadYaml: with every fault, each with file and line.
    """
    problems: list[Problem] = []
    places: dict[str, tuple[Path, int]] = {}
    entries: list[Entry] = []
    wrong = folder / "wrong" if folder else REPOSITORY.wrong
    right = folder / "right" if folder else REPOSITORY.right
    files = [(KnownBug, path) for path in sorted(wrong.glob("*.yaml"))]
    files += [(Variant, path) for path in sorted(right.glob("*.yaml"))]
    for kind, path in files:
        try:
            for entry, line in read_list(path, kind, Edit):
                if entry.name in places:
                    advice = "is taken by another entry; choose another name"
                    problems.append(Problem(path, line, f"{entry.name} > name", advice))
                places.setdefault(entry.name, (path, line))
                entries.append(entry)
        except BadYaml as error:
            problems += error.problems
    if problems:
        raise BadYaml(problems)
    return Entries(tuple(entries), places)


def read_list(path: Path, kind: type[T], part: type[BaseModel]) -> Iterator[tuple[T, int]]:
    """Every entry of a file, which may consist of `part`s, and the line where it begins.

    Raises:
        BadYaml: with every fault; after the entries that have none.
    """
    data, problems = parse(path), []
    if not isinstance(data, list):
        begin = next(iter(kind.model_fields))
        advice = f"is not a list of entries; begin each with `- {begin}:`"
        raise BadYaml([Problem(path, 1, "file", advice)])
    for number, raw in enumerate(plain(data)):
        try:
            yield kind.model_validate(raw), line_of(data, [number])
        except ValidationError as error:
            problems += [
                _problem(path, data, number, fault, kind, part) for fault in error.errors()
            ]
    if problems:
        raise BadYaml(problems)


def _problem(
    path: Path, data: Any, number: int, fault: Any, kind: type[BaseModel], part: type[BaseModel]
) -> Problem:
    entry, place, title = data[number], fault["loc"], part.__name__.lower()
    name = entry.get("name") if isinstance(entry, dict) else None
    words = [f"{title} {step + 1}" if isinstance(step, int) else str(step) for step in place]
    advice = advice_on(fault, list((part if len(place) > 1 else kind).model_fields))
    field = " > ".join([str(name or f"entry {number + 1}"), *words])
    return Problem(path, line_of(data, [number, *place]), field, advice)
