"""The deliverables of the handouts, read from YAML: one file for each, named like its profile."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    model_validator,
)

from autograder.config.paths import Repository
from autograder.config.reading import BadYaml, Problem, advice_on, line_of, parse, plain

FOLDER = Path(Repository.deliverables.name)  # below the root of the repository


def _one_line(text: str) -> str:
    if "\n" in text or "|" in text:
        raise ValueError("write one line without |, for it becomes a cell of a table")
    return text.strip()


Line = Annotated[StrictStr, AfterValidator(_one_line)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Entry):
    """A deliverable: `asks` says it in our words, `section` where it stands in the handout.

    `tasks` of the profile grade it, `figures` of the notebook show it; `given` says what of ours
    does it without points; `later` names what it belongs to, where nothing here does it yet.
    """

    section: Line
    asks: Annotated[Line, Field(min_length=1)]
    tasks: tuple[Line, ...] = ()
    figures: tuple[Line, ...] = ()
    given: Line | None = None
    later: Line | None = None

    @model_validator(mode="after")
    def _lands_somewhere(self) -> "Row":
        if not (self.tasks or self.given or self.later):
            raise ValueError("says not where it went; add tasks, given or later")
        if self.later and (self.tasks or self.given):
            raise ValueError("is done and comes later at once; make two rows of it")
        if self.figures and not self.tasks:
            raise ValueError("has figures that no task grades; add tasks, or remove them")
        return self


class Handout(_Entry):
    """One handout: its name and its deliverables in its own order."""

    handout: Annotated[Line, Field(min_length=1)]
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


def load_handouts(root: Path) -> dict[str, Handout]:
    """The handouts by the names of their profiles.

    Raises:
        BadYaml: with every fault, each with file and line.
    """
    handouts, problems = {}, []
    for path in sorted(Repository(root).at(str(FOLDER)).glob("*.yaml")):
        try:
            data = parse(path)
            handouts[path.stem] = Handout.model_validate(plain(data))
        except BadYaml as error:
            problems += error.problems
        except ValidationError as error:
            problems += [_problem(path, data, fault) for fault in error.errors()]
    if problems:
        raise BadYaml(problems)
    return handouts


def line_of_row(root: Path, profile: str, number: int) -> tuple[Path, int]:
    """Where a row stands."""
    path = Repository(root).at(f"{FOLDER}/{profile}.yaml")
    return path, line_of(parse(path), ("rows", number))


def _problem(path: Path, data: Any, fault: Any) -> Problem:
    place = fault["loc"]
    model = Row if len(place) > 1 else Handout
    words = " > ".join(f"row {step + 1}" if isinstance(step, int) else step for step in place)
    advice = advice_on(fault, list(model.model_fields))
    return Problem(path, line_of(data, place), words or "file", advice)
