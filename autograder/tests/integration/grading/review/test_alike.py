"""What Python runs is what the search for copies reads; where it is not, staff are told."""

import ast
import sys

import pytest

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.intake import PACKAGE
from autograder.grading.review import suspicions
from autograder.grading.review.released import like_released
from autograder.grading.review.similarity.submissions import tokens_of
from autograder.grading.review.source_review.alike import OTHERWISE, otherwise

ORACLES = REPOSITORY.oracles.read_bytes()
# What splits lines or opens a string for others than Python.
HARMLESS = [
    "# \x0c'''",
    "# \x0b'''",
    "# \x1c'''",
    "# \u0085'''",
    "# \u2028'''",
    "#\r# '''",
    "x = '\x0c'",
]
HIDING = [
    b"# coding: gbk\n'''\x81\\'''\n",  # whose second byte is a backslash in ASCII
    b"#\n# coding: unicode_escape\n# \\u000a'''\n# '''\n",
]
IN_AN_F_STRING = pytest.param(
    b"""x = f"{'"'''}"\n""",
    marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 looks into f-strings"),
)


def first_line(source: bytes) -> int:
    return otherwise(source, ast.parse(source))


@pytest.mark.parametrize("start", HARMLESS)
def test_only_what_python_takes_for_an_end_of_line_ends_a_comment(start):
    source = start.encode() + b"\n" + ORACLES
    assert first_line(source) == 0
    ((_, _, words), *_) = like_released({"a.py": source})
    assert "checkkit/oracles.py" in words


@pytest.mark.parametrize("start", [*HIDING, IN_AN_F_STRING])
def test_source_that_hides_code_from_the_search_is_named_first(isolation, start):
    files = {f"{PACKAGE}/a.py": b"import os\n", f"{PACKAGE}/b.py": start + ORACLES}
    assert OTHERWISE in " ".join(suspicions(files, isolation)[:2])
    (problem,) = tokens_of({"eve": {"b.py": start + ORACLES}}, isolation).values()
    assert OTHERWISE in str(problem)


@pytest.mark.parametrize(
    "source",
    [
        "# coding: gbk\nx = '\u4e2d\u6587'\n".encode("gbk"),
        "# coding: latin-1\nx = 'ä'  # é\n".encode("latin-1"),
        "\ufeffx = 1\r\ny = 'ä'\r\n".encode(),
        b'x = f\'{a!r:>{width}} {b[0]}\' f"""{c}\n{d}""" + e\n',
        b"x = 0xFF if y else 1e-5j\nz = x[1:]or\"a\"\\\n  'b'\n",
    ],
)
def test_what_editors_write_is_read_alike(source):
    assert first_line(source) == 0


def test_the_files_that_students_receive_are_read_alike():
    files = (*files_in(REPOSITORY.checkkit, ".py"), *files_in(REPOSITORY.checks, ".py"))
    assert [path for path in files if first_line(path.read_bytes())] == []
