"""index.html: for staff, every outcome of every submission, and first what needs a person."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from autograder.config import Part
from autograder.judge.graded import Graded
from autograder.judge.scoring import total
from tests.report.figures import Picture
from tests.report.page import environment
from tests.report.status import Status, status_of_check

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Row:
    """One submission as the table shows it."""

    graded: Graded
    thumbnail: Picture | None
    parts: Sequence[float]

    @property
    def address(self) -> str:
        """Its folder, relative to the page; also the name of its place on the page."""
        return quote(self.graded.name)

    @property
    def counts(self) -> list[tuple[int, str, Status]]:
        return [
            (count, str(outcome), status_of_check(outcome))
            for outcome, count in self.graded.counts().items()
        ]


def overview_page(submissions: Sequence[Graded], thumbnails: Mapping[str, Picture]) -> str:
    """The HTML of index.html."""
    parts = _parts(submissions)
    rows = [
        Row(graded, thumbnails.get(graded.name), [_earned(graded, part) for part in parts])
        for graded in submissions
    ]
    script = (TEMPLATES / "page.js").read_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = environment(TEMPLATES).get_template("index.html")
    return template.render(
        rows=rows,
        urgent=[row for row in rows if row.graded.urgent],
        parts=[(part, _points(submissions, part)) for part in parts],
        possible=max((graded.possible for graded in submissions), default=0),
        of_record=all(graded.of_record for graded in submissions),
        script=script,
        script_digest=digest,
    )


def _parts(submissions: Sequence[Graded]) -> list[Part]:
    """The parts that checks grade in at least one of the submissions."""
    judged = {name for graded in submissions for name in graded.scope.tasks}
    return [
        part
        for assignment in (submissions[0].scope.course.assignments if submissions else ())
        for part in assignment.parts
        if any(task.id in judged for task in part.tasks)
    ]


def _points(submissions: Sequence[Graded], part: Part) -> float:
    judged = {name for graded in submissions for name in graded.scope.tasks}
    return total(task.points for task in part.tasks if task.id in judged)


def _earned(graded: Graded, part: Part) -> float:
    names = {task.id for task in part.tasks}
    return total(score.earned for score in graded.scores() if score.task.id in names)
