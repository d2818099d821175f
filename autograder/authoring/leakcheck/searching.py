"""Who gets which artefact, and what must not be in it."""

import re
from collections.abc import Collection, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Literal

from autograder.authoring.findings import Finding
from autograder.authoring.leakcheck.leaks import Text
from autograder.config import Course
from autograder.config.paths import Repository, files_in
from autograder.course.starter import generated

from . import kinds
from .pieces import Piece, pieces_of_folder
from .points import notebook_problems, point_lines
from .secret_texts import all_secrets

Audience = Literal["students", "platform", "staff"]

# The first pattern that fits says who sees an artefact; students see what nobody has named.
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
    "students": ("solution", "hidden", "mutants", "marking"),
    "platform": ("solution", "mutants"),  # it runs hidden checks
    "staff": ("mutants",),
}


def artefact_findings(
    root: Path, course: Course, folder: Path, start: str = "", tops: Collection[str] | None = None
) -> Iterator[Finding]:
    """Every leak of the artefacts in `folder`.

    Args:
        root: the repository.
        course: with the profile that the artefacts were made with.
        folder: what `autograder release` has written.
        start: what findings name the folder: "build/".
        tops: the names in the folder that are searched; all of them unless given.

    Raises:
        StripError: the solution cannot be stripped, so that nobody can say what is secret.
    """
    yield from Search(root, course).findings(folder, start, tops)


def source_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Secrets in the prose that students get: named where a person repairs them.

    Raises:
        StripError: as for `artefact_findings`.
    """
    search, repository = Search(root, course), Repository(root)
    given = files_in(repository.student_given)
    for path in sorted([repository.handout, repository.notebook_source, *given]):
        name = path.relative_to(root).as_posix()
        piece = Piece(name, name, path.read_bytes())
        for line, problem in search.secrets_in(piece):
            yield Finding(name, line, problem)


def audience(place: str) -> Audience:
    """Who gets what lies there."""
    return next(who for fits, who in AUDIENCES.items() if re.fullmatch(fits, place, re.DOTALL))


class Search:
    """Looks at one piece after another, and at equal ones once.

    Raises:
        StripError: the solution cannot be stripped, so that nobody can say what is secret.
    """

    def __init__(self, root: Path, course: Course):
        self._root, self._course = root, course
        self._secrets = all_secrets(root, course, generated(root, course))
        names = "|".join(map(re.escape, sorted(self._secrets.names))) or "(?!)"  # nothing
        self._hidden_names = re.compile(rf"\b(?:{names})\b")
        self._known: dict[tuple[str, str, str, bool], list[tuple[int, str]]] = {}
        self._read: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def findings(
        self, folder: Path, start: str = "", tops: Collection[str] | None = None
    ) -> Iterator[Finding]:
        """Every leak below a folder that is laid out as `autograder release` does it."""
        for piece in pieces_of_folder(folder, kinds.GIVEN_ARRAYS, tops):
            for line, problem in self.problems(piece, audience(piece.place)):
                yield Finding(f"{start}{piece.place}", line, problem)

    def problems(self, piece: Piece, who: Audience) -> list[tuple[int, str]]:
        """Line and words of everything that `who` must not get."""
        if piece.closed:
            return [(1, f"{piece.closed}: nobody can see what it holds")]
        key = (piece.digest, piece.name, who, piece.inner)
        if key not in self._known:
            self._known[key] = list(dict.fromkeys(self._problems(piece, who)))
        return self._known[key]

    def _problems(self, piece: Piece, who: Audience) -> Iterator[tuple[int, str]]:
        if problem := kinds.array_problem(piece):
            yield 1, problem
        if piece.digest in kinds.GIVEN_ARRAYS:
            return
        yield from kinds.path_lines(piece, self._root)
        yield from notebook_problems(piece, self._course)
        if who != "platform":
            yield from point_lines(piece, self._course)
        if who == "students":
            yield from self._of_students(piece)
        yield from self._given_away(piece, who)

    def _of_students(self, piece: Piece) -> Iterator[tuple[int, str]]:
        if not piece.inner and (problem := kinds.place_problem(piece)):
            yield 1, problem
        yield from kinds.marker_lines(piece)
        yield from kinds.attribute_lines(piece)
        yield from self._hidden_checks(piece)

    def secrets_in(self, piece: Piece) -> list[tuple[int, str]]:
        """Line and words of every secret that the text of a source would give to students."""
        return [*self._hidden_checks(piece), *self._given_away(piece, "students")]

    def _hidden_checks(self, piece: Piece) -> Iterator[tuple[int, str]]:
        for number, line in enumerate(piece.text.splitlines(), 1):
            for name in self._hidden_names.findall(line):
                yield number, f"names the hidden check {name} ({self._secrets.names[name]})"

    def _given_away(self, piece: Piece, who: Audience) -> list[tuple[int, str]]:
        key = (piece.digest, who)
        if key not in self._read:
            self._read[key] = list(dict.fromkeys(self._secret_lines(piece.text, who)))
        return self._read[key]

    def _secret_lines(self, text: str, who: Audience) -> Iterator[tuple[int, str]]:
        for reading in {text, unescape(text)}:  # as HTML has it, too
            searched, told = Text(reading), set()
            for kind in SEARCHED[who]:
                for line, secret in getattr(self._secrets, kind).found_in(searched):
                    if (line, kind) not in told:
                        told.add((line, kind))
                        yield line, f"gives away {secret.source}"
