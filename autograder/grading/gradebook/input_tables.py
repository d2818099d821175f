"""Tables that staff write: CSV as spreadsheets save it, each error with its row and column."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.exit_codes import UserError
from checkkit.text import one_line

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
DELIMITERS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BadTable(UserError):
    """Tables cannot be used; `errors` has every reason."""

    def __init__(self, errors: Sequence[str]):
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


@dataclass(frozen=True)
class TableRow:
    """One row; `place` is the file and the row number that a spreadsheet shows.

    `errors` is shared by all rows, so that users see all errors at once.
    """

    place: str
    cells: dict[str, str]
    errors: list[str]
    decimal_comma: bool = False

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def plain_cells(self, numbers: Collection[str]) -> dict[str, str]:
        """The cells as a file with commas between them has them, with a point in numbers."""
        return {
            name: cell.replace(",", ".") if self.decimal_comma and name in numbers else cell
            for name, cell in self.cells.items()
        }

    def error(self, column: str, what: str) -> None:
        """Note that a cell is not valid."""
        self.errors.append(f"{self.place}, column {column}: {what}")

    def number(self, column: str) -> float | None:
        """A cell's number; None, and an error, if it is not one (NaN is not one)."""
        text = self[column].replace(",", "." if self.decimal_comma else ",")
        if NUMBER.fullmatch(text):
            return float(text)
        self.error(column, f"{one_line(self[column], 40)!r} is not a number; write it like 4.5")
        return None


def read_rows(path: Path, columns: Sequence[str], errors: list[str]) -> list[TableRow]:
    """Every row with something in it, below a header that names the columns in any order.

    Other columns than `columns` are allowed. What is wrong with the file is added to `errors`.
    """
    try:
        content = path.read_bytes()
        encoding = "utf-16" if content.startswith(UTF_16) else "utf-8-sig"
        text = content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
        header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    except OSError as error:
        problems = [f"cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        problems = ["is not UTF-8; save it as CSV UTF-8"]
    except ValueError:
        problems = ["is empty; its first row names the columns " + ", ".join(columns)]
    except csv.Error as error:
        problems = [f"is not valid CSV: {error}; save it as CSV UTF-8 again"]
    else:
        names = [name.strip().casefold() for name in header]
        present = ", ".join(one_line(name, 40) for name in names)
        problems = [
            f"row 1: column {column} {'occurs twice' if column in names else 'is missing'};"
            f" the columns are {present}"
            for column in columns
            if names.count(column) != 1
        ]
    if problems:
        errors += [f"{path}: {problem}" for problem in problems]
        return []
    stripped = [[cell.strip() for cell in cells] for cells in rows]
    table = []
    for number, cells in enumerate(stripped, 2):
        place = f"{path}: row {number}"
        if any(cells[len(names) :]):
            errors.append(
                f"{place}: has {len(cells)} cells, and there are {len(names)} columns; put quotes "
                f"around a cell with {delimiter!r} in it, and write numbers like 4.5"
            )
        elif any(cells):
            row = dict(zip(names, cells, strict=False))  # spreadsheets leave out empty cells
            table.append(TableRow(place, row, errors, decimal_comma=delimiter != ","))
    return table
