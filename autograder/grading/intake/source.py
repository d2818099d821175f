"""A submission before anybody has looked into it: where it lies, whose it is, when it came."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Self

from checkkit.text import one_line

from .policy import IntakePolicy
from .refusing import OTHER_ARCHIVES
from .submission import BadSubmission, Submission, ending_twice, misnamed
from .taking import take
from .trees import DiskFolder, Selection, Tree
from .zips import collection_on_disk, zip_in, zip_on_disk

TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]+(\d\d:\d\d:\d\d(?:\.\d{1,9})?)\s*"
    r"(?:(?P<utc>Z|UTC|GMT)?|(?P<offset>[+-]\d\d(?::?\d\d)?)|(?P<name>[A-Z]{2,5}))"
)


@dataclass(frozen=True)
class Location:
    """A path on the disk, and the way on in it: names of folders, and of zips to look into.

    With `picked`, only these files of the place count, under the names that it gives them.
    """

    path: Path
    inside: tuple[str, ...] = ()
    picked: Mapping[str, str] | None = None

    @property
    def whole(self) -> Path:
        """The way as one path: what messages name and names are made of."""
        return self.path.joinpath(*self.inside)

    def below(self, *names: str) -> "Location":
        """A location further in."""
        return replace(self, inside=(*self.inside, *names))

    def open(self, *, collection: bool = False) -> Tree:
        """The folder that lies there.

        Raises:
            BadSubmission: nothing that can be read lies there.
        """
        part = collection or self.inside or self.picked is not None
        tree = _on_disk(self.path, bool(part))
        for name in self.inside:
            tree = tree.enter(name) if name in tree.folders else _file(tree, name)
        return tree if self.picked is None else Selection(tree, self.whole, self.picked)


def _on_disk(path: Path, collection: bool) -> Tree:
    try:
        if path.is_dir():
            return DiskFolder(path)
        if not path.is_file():
            raise BadSubmission(path, "there is no such folder or zip")
        own = path.name.lower().endswith((".py", ".ipynb", *OTHER_ARCHIVES))
        if own or misnamed(path.name) or ending_twice(path.name):
            return _file(DiskFolder(path.parent), path.name)
        return collection_on_disk(path) if collection else zip_on_disk(path)
    except OSError as error:
        raise BadSubmission(path, f"cannot be read: {error.strerror}") from None


def _file(tree: Tree, name: str) -> Tree:
    """A single file as a folder: what is in it if it is a zip, else itself."""
    lower = name.lower()
    if lower.endswith((".py", ".ipynb")):
        return Selection(tree, tree.path / name, {name: name})
    if lower.endswith(OTHER_ARCHIVES):
        raise BadSubmission(tree.path / name, "is not a readable archive; use a zip")
    if right := misnamed(name) or ending_twice(name):
        raise BadSubmission(tree.path / name, f"rename it to {right}")
    return zip_in(tree, name)


class IdKind(StrEnum):
    """What the id of a student is, in the words of notices: only its own platform knows it."""

    UNKNOWN = "an id of unknown kind"
    CANVAS = "a Canvas user"
    CANVAS_ANONYMOUS = "an anonymous id of Canvas"
    SIS = "an SIS id"
    LOGIN = "a login"
    EMAIL = "an email address"
    GRADESCOPE = "a student number (sid) of Gradescope"
    GITHUB = "a GitHub login"
    MOODLE = "a participant of Moodle"
    NBGRADER = "a folder of nbgrader"


@dataclass(frozen=True)
class Student:
    """One person. `id` identifies rows of gradebooks, `kind` says what it is."""

    id: str
    name: str = ""
    email: str = ""
    kind: IdKind = IdKind.UNKNOWN

    @classmethod
    def of_gradescope(cls, number: str, email: str, name: str) -> Self | None:
        """Known by the student number, else by the email, else by the name; None without any."""
        if not (number or email or name):
            return None
        kind = IdKind.EMAIL if email else IdKind.UNKNOWN
        return cls(number or email or name, name, email, IdKind.GRADESCOPE if number else kind)


@dataclass(frozen=True)
class SubmissionSource:
    """Where one submission lies, and what is known of it.

    `path` is what messages name. `submitted_at` is aware of its time zone, or None where nothing
    says when it came; `time_text` is what the platform wrote, which `timed` reads. With a `problem`
    it is not opened, and reading it raises that. `name` is a plain folder name, unique in its
    batch; `gather` sets it and the `policy` of the course. `said_late` is what the platform says,
    None where it says nothing; `time_hint` is when it may have come. `flags` are for staff.
    """

    location: Location
    path: Path
    students: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
    problem: str = ""
    said_late: bool | None = None
    time_hint: str = ""
    flags: tuple[str, ...] = ()
    time_text: str = ""
    name: str = ""
    policy: IntakePolicy = field(default_factory=IntakePolicy)

    def read(self) -> Submission:
        """Read its files, by the policy of its course.

        Raises:
            BadSubmission: that cannot be; the message says why.
        """
        if self.problem:
            raise BadSubmission(self.path, self.problem)
        try:
            return take(self.location.open(), self.policy)
        except BadSubmission as error:
            raise BadSubmission(self.path, error.why) from None


def timed(source: SubmissionSource) -> SubmissionSource:
    """The source with the time of its `time_text`, or a flag if that cannot be read."""
    if not source.time_text:
        return source
    if when := time_of(source.time_text, source.policy.zone):
        return replace(source, submitted_at=when)
    flag = f"the time {one_line(source.time_text, 60)!r} cannot be read; give it with --times"
    if source.policy.zone is None:
        flag += ", or set timezone in grading.yaml"
    return replace(source, flags=(*source.flags, flag))


def source_at(name: str, path: Path, policy: IntakePolicy | None = None) -> SubmissionSource:
    """The one submission that lies at `path`, of which nothing else is known."""
    return SubmissionSource(Location(path), path, name=name, policy=policy or IntakePolicy())


def read_submission(path: Path, policy: IntakePolicy | None = None) -> Submission:
    """Read one submission, whatever else its content looks like, by the policy of its course.

    Raises:
        BadSubmission: nothing can be taken of it; the message says why.
    """
    return source_at("", path, policy).read()


def time_of(text: str, zone: tzinfo | None = None) -> datetime | None:
    """A time as platforms write it, in UTC; None if it is no time.

    Without a time zone it is one of UTC. With the name of one, as in CET, it is one of `zone`, if
    the clocks there have this name at that time.
    """
    if (match := TIME.fullmatch(text.strip())) is None:
        return None
    clock = f"{match[1]}T{match[2]}"
    try:
        if name := match["name"]:
            there = (datetime.fromisoformat(clock).replace(tzinfo=zone, fold=i) for i in (0, 1))
            one = next((moment for moment in there if moment.tzname() == name), None)
            return one and one.astimezone(UTC)
        return datetime.fromisoformat(clock + (match["offset"] or "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
