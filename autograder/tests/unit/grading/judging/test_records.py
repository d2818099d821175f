"""Records: a graded submission comes back as it was, and what is no record is refused."""

import copy
import json
from dataclasses import fields, replace

import numpy as np
import pytest

from autograder.config import load_course
from autograder.grading.intake.source import Student
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.records import KEPT, BadRecord, from_record, to_record
from autograder.grading.judging.result import Scope, SubmissionResult
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, Exhibits, Images

CHECK = CheckInfo("test_ddpm.py::test_betas", "schedule", False, False)
KNOWN_OTHERWISE = {
    "content",
    *("said_late", "time_hint", "notices", "doubts", "stopped"),
    "in_cells",
    "name",
    "path",
    "scope",
    "students",
    "submitted_at",
    "results",
    "fresh",
}


@pytest.fixture
def graded(tmp_path) -> SubmissionResult:
    exhibits = Exhibits()
    exhibits.images("digits", np.linspace(0, 1, 5 * 28 * 28).reshape(5, 28, 28), ["a"] * 5, True)
    exhibits.curve("loss", {"loss": np.array([[0, 1.5], [1, np.nan]])}, "step", "loss")
    exhibits.counts("t", np.arange(3), np.ones(3), np.ones(3), "t", "times")
    exhibits.connections("net", {"skip": True, "t1": False, "t2": None})
    result = CheckResult(
        *(CHECK.name, "schedule", "Betas are right.", Outcome.FAILED, "hint", "message"),
        *("mistake", ("ddpm_forward",), "detail", 0.25, exhibits.shown),
    )
    return SubmissionResult(
        *("anna", tmp_path, Scope(load_course(), (CHECK,), ("schedule",)), "bwrap", True),
        **{"seeds": ["ab"], "results": {CHECK.name: result}, "ignored": ("x.txt",)},
        **{"from_starter": ("cfg.py",), "complaints": ("it printed",), "outputs": ("hi",)},
        **{"problem": "", "finished": True, "seconds": 2.5, "started": "2026-11-21T12:00:00"},
        **{"suspicions": ("cfg.py:3 imports os",), "remarks": ("a.py is UTF-16",)},
        **{"retried": ("test_ddpm::test_betas",)},
        **{"students": (Student("7"),), "submitted_at": "2026-11-20T12:00:00+01:00"},
    )


def test_a_record_is_json_and_everything_comes_back(graded):
    record = json.loads(json.dumps(to_record(graded), allow_nan=False))
    bare = SubmissionResult("anna", graded.path, graded.scope, "", False)
    back = from_record(record, bare)
    for name in KEPT:
        assert getattr(back, name) == getattr(graded, name), name
    before, after = graded.results[CHECK.name], back.results[CHECK.name]
    assert replace(after, exhibits=[]) == replace(before, exhibits=[])
    images, curve, counts, wiring = after.exhibits
    assert isinstance(images, Images) and images.captions == ("a",) * 5 and images.samples
    assert np.abs(images.images - before.exhibits[0].images).max() <= 0.5 / 255 + 1e-9
    assert np.array_equal(curve.series["loss"], [[0, 1.5], [1, np.nan]], equal_nan=True)
    assert counts.counts.tolist() == [0, 1, 2] and counts.spread.tolist() == [1, 1, 1]
    assert wiring.connections == {"skip": True, "t1": False, "t2": None}


def test_every_field_is_either_kept_or_known_otherwise():
    assert {one.name for one in fields(SubmissionResult)} == set(KEPT) | KNOWN_OTHERWISE


def changed(record, *path, to):
    record = copy.deepcopy(record)
    target = record
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = to
    return record


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("results", 0, "outcome"), "splendid"),
        (("results", 0, "check"), "test_ddpm.py::test_of_somebody_else"),
        (("results", 0, "seconds"), "1"),
        (("results", 0, "message"), None),
        (("results", 0, "exhibits", 0, "kind"), "Page"),
        (("results", 0, "exhibits", 0, "images", "dtype"), "|O"),
        (("results", 0, "exhibits", 0, "images", "shape"), [10**9, 10**9]),
        (("results", 0, "exhibits", 0, "images", "zlib"), "AAAA"),
        (("results",), {}),
        (("seeds",), [1]),
        (("finished",), "yes"),
    ],
)
def test_what_no_judge_writes_is_refused(graded, path, value):
    with pytest.raises(BadRecord):
        from_record(changed(to_record(graded), *path, to=value), graded)
