"""Files that only look like notebooks, and notebooks that mean no good: refused, and quickly."""

import contextlib
import json
import time

import pytest

from autograder.grading.intake.notebook import MAX_NOTEBOOK_BYTES, BadNotebook
from autograder.grading.intake.notebook.reading import (
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_LINES,
    read_cells,
)
from autograder.tests.support.notebooks import cell, changed, saved, solved, take

START = '{"nbformat": 4, "cells": ['


def code(source: str, **fields) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {}, **fields}


def notebook(*cells: object, **fields) -> bytes:
    return json.dumps({"nbformat": 4, "cells": list(cells), **fields}).encode()


REFUSED = {
    "an empty file": lambda: (b"", "is damaged, no whole notebook"),
    "a zip": lambda: (b"PK\x03\x04", "is damaged, no whole notebook"),
    "a torn file": lambda: (saved(solved())[:-1000], "is damaged, no whole notebook"),
    "utf-16": lambda: (
        saved(solved()).decode().encode("utf-16"),
        "is UTF-16, which no notebook is",
    ),
    "latin-1": lambda: (
        saved(solved()).replace(b"diffusion", b"diffusi\xf6n", 1),
        "is not UTF-8 in line",
    ),
    "a tower": lambda: (b"[" * 100_000, "is nested too deeply"),
    "a tower in cells": lambda: (
        b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "nested too deeply",
    ),
    "null": lambda: (b"null", "is no notebook"),
    "a list": lambda: (b"[]", "is no notebook"),
    "nothing in it": lambda: (b"{}", "is no notebook of format 4"),
    "cells that are a dict": lambda: (
        b'{"nbformat": 4, "cells": {}}',
        "is no notebook of format 4",
    ),
    "format 4.5": lambda: (b'{"nbformat": 4.5, "cells": []}', "is no notebook of format 4"),
    "an endless number": lambda: (
        b'{"nbformat": ' + b"9" * 100_000 + b', "cells": []}',
        "is no notebook of format 4",
    ),
    "format 3": lambda: (
        b'{"nbformat": 3, "worksheets": [{"cells": []}]}',
        "of an old format, before 4",
    ),
    "a number for a cell": lambda: (notebook(7), r"a cell that is none \(number 1\)"),
    "no kind": lambda: (notebook(code("x"), {"source": "x"}), r"a cell that is none \(number 2\)"),
    "a number for text": lambda: (notebook(code(5)), r"a cell without text \(number 1\)"),
    "a number in a list": lambda: (notebook(code(["a", 5])), r"a cell without text \(number 1\)"),
    "a list for a kind": lambda: (notebook({"cell_type": [], "source": ""}), "a cell that is none"),
    "cells twice": lambda: (
        b'{"nbformat": 4, "cells": [], "cells": []}',
        "says 'cells' twice in one place",
    ),
    "a source twice": lambda: (
        f'{START}{{"cell_type": "code", "source": "a", "source": "b"}}]}}'.encode(),
        "'source' twice",
    ),
    "many cells": lambda: (notebook(*[code("")] * (MAX_CELLS + 1)), "has more than 2,000 cells"),
    "long cells": lambda: (
        notebook(code("x" * (MAX_CHARACTERS + 1))),
        "has more than 300,000 characters",
    ),
    "many lines": lambda: (notebook(code("\n" * (MAX_LINES + 1))), "has more than 20,000 lines"),
    "many values": lambda: (START.encode() + b"[]," * 1_600_000 + b"[]]}", "holds too many values"),
    "many bytes": lambda: (b" " * (MAX_NOTEBOOK_BYTES + 1), "is larger than 50,000,000 bytes"),
    "no cells": lambda: (notebook(), "defines none of the assignment's functions"),
    "no metadata": lambda: (
        notebook(code("x = 1", metadata=5)),
        "defines none of the assignment's functions",
    ),
    "no source": lambda: (
        notebook({"cell_type": "code"}),
        "defines none of the assignment's functions",
    ),
    "odd metadata": lambda: (
        notebook(code("x", metadata={"nbgrader": []}, id=7)),
        "defines none of the assignment's functions",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_notebook_of_ours_is_refused_in_words(name):
    content, words = REFUSED[name]()
    start = time.monotonic()
    with pytest.raises(BadNotebook, match=words):
        take(content)
    assert time.monotonic() - start < 20


def test_what_jupyter_and_others_write_is_read():
    """Pictures of many megabytes, NaN in an output, a byte order mark, line ends of Windows."""
    filled = solved()
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 30_000_000}}
    cell(filled, "ddpm-sample").outputs = [picture, {"data": {"x": [float("nan"), 10**400, 1e999]}}]
    content = b"\xef\xbb\xbf" + saved(filled).replace(b"\n", b"\r\n")
    assert take(content).files == take(changed()).files


@pytest.mark.parametrize(
    "line",
    [
        "for " * 60_000,
        "(" * 250_000,
        '"""\\"' * 50_000,
        "'" * 250_000,
        " " * 250_000,
        "a." * 120_000,
        "a, " * 80_000 + "=!",
        "f'{" * 80_000,
        "\\\n" * 19_000,
        "%x\n" * 19_000,
        "@\n" * 19_000,
        "import " * 40_000,
        "x=" * 120_000,
    ],
    ids=lambda line: repr(line[:8]),
)
def test_hostile_source_is_read_in_time_that_grows_with_its_length(line):
    def add(filled):
        for found in filled.cells:
            if found.cell_type == "markdown":
                found.source = ""  # there is room for so much
        cell(filled, "ddpm-helpers").source = line

    content = changed(add)
    start = time.monotonic()
    with contextlib.suppress(BadNotebook):
        take(content)
    assert time.monotonic() - start < 20  # a machine that does other things meanwhile


def test_signs_that_are_no_text_cost_their_own_cell():
    def add(filled):
        cell(filled, "denoiser-loss").source += "\nx = '\ud800'\n# \u2028 \x00"

    filled = solved()
    add(filled)
    taken = take(json.dumps(filled).encode())
    assert "cell denoiser-loss cannot be read by Python" in taken.faults[0]
    assert b"raise SyntaxError(why)" in taken.files["diffusion/denoiser.py"]
    assert taken.files["diffusion/ddpm.py"] == take(changed()).files["diffusion/ddpm.py"]


def test_a_mark_is_a_word():
    """What is no mark of nbgrader's is none at all, whatever else it could be."""
    bad = ["../../etc", "ddpm-sample\n", "x" * 200, "", "ddpm sample", 7, None]
    cells = [code("x = 1", metadata={"nbgrader": {"grade_id": mark}}) for mark in bad]
    assert {found.grade_id for found in read_cells(notebook(*cells))} == {""}
