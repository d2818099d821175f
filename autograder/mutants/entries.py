"""What mutants and variants are, and their YAML files read into them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

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

from autograder.config.reading import BadYaml, Problem, advice_on, line_of, parse, plain

HERE = Path(__file__).resolve().parent
LAST_BUG = 55


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


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Entry):
    """In `file` of the package, `find`, which stands there once, becomes `replace`."""

    file: Line
    find: Annotated[StrictStr, Field(min_length=1)]
    replace: StrictStr


class Mutant(_Entry):
    """The solution with one mistake.

    `words` say it as the student would; `bug` is its number in the list of known mistakes. `task`
    is what it breaks, several tasks where they share the code in question. `killed_by` is the check
    that must see it, without its file where one check of these tasks has the name.
    """

    name: Name
    words: Line
    bug: Bug | None = None
    task: Names
    killed_by: Line
    edits: Annotated[tuple[Edit, ...], Field(min_length=1)]


class Variant(_Entry):
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


def load_entries(folder: Path = HERE) -> Entries:
    """Every entry below `folder`/wrong and `folder`/right.

    Raises:
        BadYaml: with every fault, each with file and line.
    """
    problems: list[Problem] = []
    places: dict[str, tuple[Path, int]] = {}
    found: dict[type[Entry], list[Entry]] = {Mutant: [], Variant: []}
    for kind, where in ((Mutant, "wrong"), (Variant, "right")):
        for path in sorted((folder / where).glob("*.yaml")):
            try:
                for entry, line in _read(path, kind):
                    if entry.name in places:
                        advice = "is taken by another entry; choose another name"
                        problems.append(Problem(path, line, f"{entry.name} > name", advice))
                    places.setdefault(entry.name, (path, line))
                    found[kind].append(entry)
            except BadYaml as error:
                problems += error.problems
    if problems:
        raise BadYaml(problems)
    return Entries(tuple(found[Mutant]), tuple(found[Variant]), places)


def _read(path: Path, kind: type[Entry]) -> Iterator[tuple[Entry, int]]:
    data = parse(path)
    if not isinstance(data, list):
        raise BadYaml(
            [Problem(path, 1, "file", "is no list of entries; begin each with `- name:`")]
        )
    problems = []
    for number, raw in enumerate(plain(data)):
        try:
            yield kind.model_validate(raw), line_of(data, [number])
        except ValidationError as error:
            problems += [_problem(path, data, number, fault, kind) for fault in error.errors()]
    if problems:
        raise BadYaml(problems)


def _problem(path: Path, data: Any, number: int, fault: Any, kind: type[Entry]) -> Problem:
    place = [number, *fault["loc"]]
    name = data[number].get("name") if isinstance(data[number], dict) else None
    words = [str(name or f"entry {number + 1}")]
    words += [f"edit {step + 1}" if isinstance(step, int) else str(step) for step in fault["loc"]]
    known = Edit if len(fault["loc"]) > 1 else kind
    advice = advice_on(fault, list(known.model_fields))
    return Problem(path, line_of(data, place), " > ".join(words), advice)
