"""The deliverables of the handouts, read from YAML: one file for each, named like its profile."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, model_validator

from autograder.config.paths import Repository
from autograder.config.reading import as_model, parse, plain


def _one_line(text: str) -> str:
    if "\n" in text or "|" in text:
        raise ValueError("write one line without |, since it becomes a cell of a table")
    return text.strip()


Line = Annotated[StrictStr, AfterValidator(_one_line)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Entry):
    """A deliverable: `asks` describes it, `section` is its place in the handout.

    `tasks` of the profile grade it, `figures` of the notebook show it. `given` names what the
    assignment does about it without points; `later` is the topic of what is not done here yet.
    """

    section: Line
    asks: Annotated[Line, Field(min_length=1)]
    tasks: tuple[Line, ...] = ()
    figures: tuple[Line, ...] = ()
    given: Line | None = None
    later: Line | None = None

    @model_validator(mode="after")
    def _has_one_status(self) -> "Row":
        if not (self.tasks or self.given or self.later):
            raise ValueError("has no status; add tasks, given or later")
        if self.later and (self.tasks or self.given):
            raise ValueError("is both done and later; make two rows of it")
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
        BadYaml: one of them has faults, each with file and line.
    """
    handouts = {}
    for path in sorted(Repository(root).at(Repository.deliverables.name).glob("*.yaml")):
        data = parse(path)
        handouts[path.stem] = as_model(Handout, path, data, plain(data))
    return handouts
