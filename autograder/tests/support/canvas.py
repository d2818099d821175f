"""Canvas, as far as grades go: how it names downloaded files, and whom an imported row is for.

Written after lib/content_zipper.rb and lib/gradebook_importer.rb of canvas-lms.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"-?[0-9.,]+%?")


@dataclass(frozen=True)
class User:
    """Somebody in a course."""

    number: int
    name: str
    sortable_name: str
    sis: str = ""
    login: str = ""


@dataclass(frozen=True)
class Imported:
    """One row of a file: the user that it is for, None if Canvas asks, and its grades by title."""

    user: User | None
    cells: list[str]
    grades: dict[str, str]


def file_name(user: User, file: int, name: str, late: bool = False) -> str:
    """The name of a file of a submission in the zip of all submissions."""
    # Numbers between underscores would be taken for those of a user or a file.
    who = re.sub(r"_(\d+)_", r"\1", user.sortable_name).lower()
    words = re.sub(r"\W", "", "_".join([who, *["LATE"] * late, str(user.number)]))
    return f"{words}_{file}_" + re.sub(r'[\0/\\:*?"<>|]+', "_", name)


def imported(text: str, users: Sequence[User]) -> list[Imported]:
    """What Canvas makes of a file of grades."""
    header, *rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(header) > 3 and "Student" in header[0] and "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3])
    assert "Section" in header[4]
    return [
        Imported(_user(cells, users), cells, dict(zip(header[5:], cells[5:], strict=True)))
        for cells in (list(map(_as_number, row)) for row in rows)
        if "Points Possible" not in cells[0]
    ]


def _user(cells: Sequence[str], users: Iterable[User]) -> User | None:
    """The user with the number; else the SIS id, else the login, else either of the names."""
    name, number, sis, login = cells[:4]
    digits = re.match(r"\s*(\d+)", number)
    for mine, attribute in (
        (int(digits[1]) if digits else None, "number"),
        (sis, "sis"),
        (login, "login"),
        (name, "name"),
        (name, "sortable_name"),
    ):
        for user in users:
            if mine and getattr(user, attribute) == mine:
                return user
    return None


def _as_number(cell: str) -> str:
    """A cell of digits, commas and dots keeps the last of these alone, as the decimal point."""
    if not NUMBER.fullmatch(cell):
        return cell
    *whole, last = re.split(r"[,.]", cell)
    return f"{''.join(whole)}.{last}" if whole else last
