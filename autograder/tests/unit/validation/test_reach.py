"""A change reaches the checks that call what it changes; anything but a function, all of them."""

import dataclasses
import json
from types import SimpleNamespace

import pytest

from autograder.tests.support.processes import python
from autograder.validation.reach import IMPORT, Reach

FILE = """
from math import pi

TURN = 2 * pi


def area(r):
    return pi * r**2


class Disc:
    sides = 2

    def around(self):
        return TURN
"""
CALLS = {
    "discs.py area": frozenset({"test_area"}),
    "discs.py Disc.around": frozenset({"test_around", "test_both"}),
    "discs.py at_import": frozenset({IMPORT}),
    "rings.py ring": frozenset({"test_ring"}),
    "lines.py line": frozenset({"test_line"}),
}
REACH = Reach(CALLS)
EVERY = {"test_area", "test_around", "test_both"}


@pytest.mark.parametrize(
    ("find", "replace", "checks"),
    [
        ("r**2", "r", {"test_area"}),
        ("area(r)", "area(r, n=2)", {"test_area"}),
        ("return TURN", "return 0", {"test_around", "test_both"}),
        ("    return pi", "    # A comment.\n    return pi", set()),
        ("2 * pi", "3 * pi", EVERY),
        ("sides = 2", "sides = 1", EVERY),
        ("def around", "def along", EVERY),
        ("class Disc:", "class Disc(dict):", EVERY),
        ("return pi * r**2", "return (", EVERY),
    ],
)
def test_a_change_reaches_who_calls_what_it_changes(find, replace, checks):
    assert FILE.count(find) == 1
    assert REACH.checks({"discs.py": FILE}, {"discs.py": FILE.replace(find, replace)}) == checks


def test_what_is_called_at_import_reaches_all():
    before = {"discs.py": f"{FILE}\n\ndef at_import():\n    return 1\n"}
    after = {"discs.py": before["discs.py"].replace("return 1", "return 2")}
    assert REACH.checks(before, after) is None


@pytest.mark.parametrize(
    "line",
    [
        "from .discs import area",
        "from . import discs",
        "from diffusion.discs import area",
        "import diffusion.discs",
        "def ring():\n    from .discs import area\n    return area(1)",
    ],
)
def test_a_change_beside_the_functions_reaches_who_imports_the_file(line):
    others = {"rings.py": line, "lines.py": "def line():\n    return 1"}
    before, after = others | {"discs.py": FILE}, others | {"discs.py": f"x = 1\n{FILE}"}
    assert REACH.checks(before, after) == EVERY | {"test_ring"}
    through = {"rings.py": "from .more import x", "more.py": line}
    assert REACH.checks(before | through, after | through) == EVERY | {"test_ring"}


def test_a_new_file_reaches_nobody_and_a_missing_one_who_called_it():
    both = {"discs.py": FILE, "more.py": "x = 1"}
    assert REACH.checks({"discs.py": FILE}, both) == set()
    assert REACH.checks(both, {"more.py": "x = 1"}) == EVERY


def test_a_change_of_the_package_itself_reaches_all():
    assert REACH.checks({"__init__.py": ""}, {"__init__.py": "x = 1"}) is None


def test_without_an_observation_every_change_reaches_all():
    assert Reach().checks({"discs.py": FILE}, {"discs.py": FILE.replace("r**2", "r")}) is None


def test_a_scope_keeps_what_is_reached_and_the_tasks_that_always_run():
    @dataclasses.dataclass(frozen=True)
    class Scope:
        checks: tuple

    checks = [
        SimpleNamespace(name=name, task=task)
        for name, task in [("test_area", "area"), ("test_both", "around"), ("test_edge", "edge")]
    ]
    changed = {"discs.py": FILE.replace("r**2", "r")}
    scope = REACH.within(Scope(tuple(checks)), {"discs.py": FILE}, changed, ["edge"])
    assert [check.name for check in scope.checks] == ["test_area", "test_edge"]


# In a process of its own: the package must be imported under the profiler, and no other profiler,
# debugger or compiler may be at work there.
NOTED = """
import json, sys
from autograder.validation.reach import _Calls

sys.path.insert(0, sys.argv[1])
calls = _Calls()
sys.setprofile(calls.note)
calls.check(None, "test_first")
from diffusion import discs
discs.one()
calls.check(None, "test_second")
discs.Disc().around()
sys.setprofile(None)
print(json.dumps({name: sorted(checks) for name, checks in calls.seen.items()}))
"""


def test_calls_are_noted_by_check_and_those_at_import_apart(tmp_path):
    package = tmp_path / "diffusion"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "discs.py").write_text(
        "def one():\n    return [two() for _ in 'ab']\n\n\n"
        "def two():\n    return 2\n\n\nTWO = two()\n"
        "\n\nclass Disc:\n    def around(self):\n        return (lambda: two())()\n"
    )
    done = python("-c", NOTED, str(tmp_path))
    noted = json.loads(done.stdout)
    functions = ("discs.py one", "discs.py two", "discs.py Disc.around")
    assert {name: noted[name] for name in functions} == {
        "discs.py one": ["test_first"],
        "discs.py two": [IMPORT, "test_first", "test_second"],
        "discs.py Disc.around": ["test_second"],
    }
