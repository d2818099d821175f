"""What mutants and variants are, and their YAML files read into them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
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

LAST_BUG = 55
T = TypeVar("T", bound=BaseModel)


def _one_line(text: str) -> str:
    if not text.strip() or "\n" in text:
        raise ValueError("write one line of text")
    return text.strip()


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Line = Annotated[StrictStr, AfterValidator(_one_line)]
Name = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Bug = Annotated[StrictInt, Field(ge=1, le=LAST_BUG)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list), Field(min_length=1)]


class EntryModel(BaseModel):
    """Something that a file says: nothing else may stand there, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(EntryModel):
    """In `file` of the package, `find`, which stands there once, becomes `replace`."""

    file: Line
    find: Annotated[StrictStr, Field(min_length=1)]
    replace: StrictStr


class Mutant(EntryModel):
    """The solution with one mistake.

    `words` say it as the student would; `bug` is its number in the list of known mistakes. `task`
    is what it breaks, several tasks where they share the code in question. `killed_by` is the check
    that must see it, without its file where one check of these tasks has the name.

    `diagnosis` lists the names of the mistakes by which checks may explain it: any other name is
    wrong. `fails_by` says what gives it away: numbers, which a formula may explain, or something
    else, of which no diagnosis is asked.
    """

    name: Name
    words: Line
    bug: Bug | None = None
    task: Names
    killed_by: Line
    fails_by: Literal["numbers", "shape", "error", "device", "flag", "seed"] = "numbers"
    diagnosis: tuple[Line, ...] = ()
    edits: Annotated[tuple[Edit, ...], Field(min_length=1)]


class Variant(EntryModel):
    """Another right way: the files of `folder` in place of the solution's, and then the edits.

    `bug` marks a known mistake that must cost no points all the same.
    """

    name: Name
    words: Line
    bug: Bug | None = None
    folder: Name | None = None
    edits: tuple[Edit, ...] = ()

    @model_validator(mode="after")
    def _differs(self) -> "Variant":
        if self.folder is None and not self.edits:
            raise ValueError("say what differs: add edits, or a folder")
        return self


Entry = Mutant | Variant


@dataclass(frozen=True)
class Entries:
    """All mutants and variants, and where each stands."""

    mutants: tuple[Mutant, ...]
    variants: tuple[Variant, ...]
    places: dict[str, tuple[Path, int]]

    @cached_property
    def all(self) -> tuple[Entry, ...]:
        return (*self.mutants, *self.variants)

    def problem(self, entry: Entry, field: str, advice: str) -> Problem:
        """A fault of one entry, at the line where it begins."""
        return Problem(*self.places[entry.name], f"{entry.name} > {field}", advice)


def load_entries(folder: Path | None = None) -> Entries:
    """Every entry below `folder`/wrong and `folder`/right, or of the repository's own.

    Raises:
        MissingPath: the repository has none.
        BadYaml: with every fault, each with file and line.
    """
    problems: list[Problem] = []
    places: dict[str, tuple[Path, int]] = {}
    found: list[Entry] = []
    wrong = folder / "wrong" if folder else REPOSITORY.wrong
    right = folder / "right" if folder else REPOSITORY.right
    for kind, where in ((Mutant, wrong), (Variant, right)):
        for path in sorted(where.glob("*.yaml")):
            try:
                for entry, line in read_list(path, kind, Edit):
                    if entry.name in places:
                        advice = "is taken by another entry; choose another name"
                        problems.append(Problem(path, line, f"{entry.name} > name", advice))
                    places.setdefault(entry.name, (path, line))
                    found.append(entry)
            except BadYaml as error:
                problems += error.problems
    if problems:
        raise BadYaml(problems)
    mutants = tuple(entry for entry in found if isinstance(entry, Mutant))
    variants = tuple(entry for entry in found if isinstance(entry, Variant))
    return Entries(mutants, variants, places)


def read_list(path: Path, kind: type[T], part: type[BaseModel]) -> Iterator[tuple[T, int]]:
    """Every entry of a file, which may consist of `part`s, and the line where it begins.

    Raises:
        BadYaml: with every fault; after the entries that have none.
    """
    data = parse(path)
    if not isinstance(data, list):
        begin = next(iter(kind.model_fields))
        advice = f"is no list of entries; begin each with `- {begin}:`"
        raise BadYaml([Problem(path, 1, "file", advice)])
    problems = []
    for number, raw in enumerate(plain(data)):
        try:
            yield kind.model_validate(raw), line_of(data, [number])
        except ValidationError as error:
            faults = error.errors()
            problems += [_problem(path, data, number, fault, kind, part) for fault in faults]
    if problems:
        raise BadYaml(problems)


def _problem(
    path: Path, data: Any, number: int, fault: Any, kind: type[BaseModel], part: type[BaseModel]
) -> Problem:
    place = [number, *fault["loc"]]
    name = data[number].get("name") if isinstance(data[number], dict) else None
    words = [str(name or f"entry {number + 1}")]
    called = part.__name__.lower()
    words += [f"{called} {n + 1}" if isinstance(n, int) else str(n) for n in fault["loc"]]
    known = part if len(fault["loc"]) > 1 else kind
    advice = advice_on(fault, list(known.model_fields))
    return Problem(path, line_of(data, place), " > ".join(words), advice)
