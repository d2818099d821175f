"""Tables that people write: CSV as spreadsheets save it, each fault with its row and column."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from checkkit.text import one_line

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
DELIMITERS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BadTable(Exception):
    """A table cannot be used; `faults` has every one that was found."""

    def __init__(self, faults: Sequence[str]):
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Row:
    """One row; `number` is the one that a spreadsheet shows, with the header as row 1."""

    table: "Table"
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def fault(self, column: str, what: str) -> None:
        """Note that a cell cannot stand."""
        self.table.fault(f"row {self.number}, column {column}: {what}")

    @property
    def place(self) -> str:
        return f"{self.table.path}: row {self.number}"

    def number_in(self, column: str) -> float | None:
        """A cell's number; None, and a fault, if it is none, as NaN is."""
        text = self[column].replace(",", "." if self.table.decimal_comma else ",")
        if NUMBER.fullmatch(text):
            return float(text)
        self.fault(column, f"{one_line(self[column], 40)!r} is no number; write one like 4.5")
        return None


class Table:
    """A CSV file with a header, in whichever order its columns are; others than asked for are fine.

    Faults are collected, so that whoever mends the file sees all of them at once.
    """

    def __init__(self, path: Path, columns: Sequence[str]):
        self.path, self.columns = path, columns
        self.decimal_comma = False
        self._faults: list[str] = []

    def fault(self, what: str) -> None:
        """Note a fault."""
        self._faults.append(f"{self.path}: {what}")

    def close(self) -> None:
        """To be called after the last row.

        Raises:
            BadTable: there were faults.
        """
        if self._faults:
            raise BadTable(self._faults)

    def rows(self) -> Iterator[Row]:
        """Every row with something in it.

        Raises:
            BadTable: the file cannot be read as a table with these columns.
        """
        text = self._text()
        first = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=first.count)
        self.decimal_comma = delimiter != ","
        try:
            header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        except ValueError:
            self._give_up("is empty; its first row names the columns " + ", ".join(self.columns))
        except csv.Error as error:
            self._give_up(f"is no CSV: {error}; save it as CSV UTF-8 again")
        names = [name.strip().casefold() for name in header]
        for column in self.columns:
            if names.count(column) != 1:
                there = ", ".join(one_line(name, 40) for name in names)
                much = "is missing" if column not in names else "is there twice"
                self.fault(f"row 1: column {column} {much}; there are {there}")
        self.close()
        for number, cells in enumerate(rows, 2):
            if any(cell.strip() for cell in cells):
                found = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                yield Row(self, number, found)

    def _text(self) -> str:
        try:
            content = self.path.read_bytes()
        except OSError as error:
            self._give_up(f"cannot be read: {error.strerror}")
        try:
            encoding = "utf-16" if content.startswith(UTF_16) else "utf-8-sig"
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            self._give_up("is not UTF-8; save it as CSV UTF-8")

    def _give_up(self, what: str) -> NoReturn:
        self.fault(what)
        raise BadTable(self._faults)
