"""Who gets which artefact, and what must not be in it."""

import re
from collections.abc import Collection, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Literal

from autograder.authoring.findings import Finding
from autograder.config import Course
from autograder.config.paths import Repository, files_in
from autograder.course.starter import generated

from . import detectors
from .members import Member, members_of_folder
from .points import notebook_problems, point_lines
from .secrets import Text, all_secrets

Audience = Literal["students", "platform", "staff"]

# The first pattern that fits says who sees an artefact; by default students do.
# nbgrader copies all of source/ to students, and strips nothing but the notebooks.
AUDIENCES: Mapping[str, Audience] = {
    r"release\.json": "staff",
    r"nbgrader/source/[^/]+/[^/]+\.ipynb(!.*)?": "staff",
    r"nbgrader/(source|release)/.*": "students",
    r"nbgrader/.*": "staff",
    r"gradescope/.*": "platform",
    r"notebooks/diffusion-solution\.ipynb(!.*)?": "staff",
    r".*": "students",
}
SEARCHED: Mapping[Audience, tuple[str, ...]] = {
    "students": ("solution", "hidden", "known_bugs", "marking"),
    "platform": ("solution", "known_bugs"),  # it runs hidden checks
    "staff": ("known_bugs",),
}


class Search:
    """Searches members of artefacts for everything that their audience must not get.

    Args:
        root: the repository.
        course: with the profile that the artefacts were made with.

    Raises:
        StripError: the solution cannot be stripped, so that nobody can say what is secret.
    """

    def __init__(self, root: Path, course: Course):
        self._root, self._course = root, course
        self._secrets = all_secrets(root, course, generated(root, course))
        names = "|".join(map(re.escape, sorted(self._secrets.names))) or "(?!)"  # nothing
        self._hidden_names = re.compile(rf"\b(?:{names})\b")
        self._searched: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def findings(
        self, folder: Path, start: str = "", tops: Collection[str] | None = None
    ) -> Iterator[Finding]:
        """Every leak of the artefacts in a folder.

        Args:
            folder: what `autograder release` has written.
            start: what findings name the folder: "build/".
            tops: the names in the folder that are searched; all of them unless given.
        """
        for member in members_of_folder(folder, detectors.GIVEN_ARRAYS, tops):
            audience = audience_of(member.place)
            for line, problem in dict.fromkeys(self._problems(member, audience)):
                yield Finding(f"{start}{member.place}", line, problem)

    def source_findings(self) -> Iterator[Finding]:
        """Secrets in the sources of the prose that students get."""
        repository = Repository(self._root)
        given = files_in(repository.student_given)
        for path in sorted([repository.handout, repository.notebook_source, *given]):
            name = path.relative_to(self._root).as_posix()
            member = Member(name, name, path.read_bytes())
            for line, problem in [*self._hidden_checks(member), *self._leaks(member, "students")]:
                yield Finding(name, line, problem)

    def _problems(self, member: Member, audience: Audience) -> Iterator[tuple[int, str]]:
        if member.closed:
            yield 1, f"{member.closed}: nobody can see what it holds"
            return
        if problem := detectors.array_problem(member):
            yield 1, problem
        if member.digest in detectors.GIVEN_ARRAYS:
            return
        yield from detectors.path_lines(member, self._root)
        yield from notebook_problems(member, self._course)
        if audience != "platform":
            yield from point_lines(member, self._course, Repository(self._root))
        if audience == "students":
            if not member.inner and (problem := detectors.place_problem(member)):
                yield 1, problem
            yield from detectors.marker_lines(member)
            yield from detectors.attribute_lines(member)
            yield from self._hidden_checks(member)
        yield from self._leaks(member, audience)

    def _hidden_checks(self, member: Member) -> Iterator[tuple[int, str]]:
        for number, line in enumerate(member.text.splitlines(), 1):
            for name in self._hidden_names.findall(line):
                yield number, f"names the hidden check {name} ({self._secrets.names[name]})"

    def _leaks(self, member: Member, audience: Audience) -> list[tuple[int, str]]:
        """Line and problem of each secret; equal members are searched once."""
        key = member.digest, audience
        if key not in self._searched:
            first: dict[tuple[int, str], str] = {}  # one of each kind in a line
            for reading in {member.text, unescape(member.text)}:  # as HTML shows it, too
                text = Text(reading)
                for kind in SEARCHED[audience]:
                    for line, secret in getattr(self._secrets, kind).found_in(text):
                        first.setdefault((line, kind), secret.source)
            leaks = [(line, f"gives away {source}") for (line, _), source in first.items()]
            self._searched[key] = list(dict.fromkeys(leaks))
        return self._searched[key]


def audience_of(place: str) -> Audience:
    """Who gets what is there."""
    return next(who for fits, who in AUDIENCES.items() if re.fullmatch(fits, place, re.DOTALL))
