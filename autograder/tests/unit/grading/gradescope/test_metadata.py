"""submission_metadata.json, as documented, as it might become, and as nobody would write it."""

import json
from datetime import UTC, timedelta

import pytest

from autograder.grading.gradescope.metadata import read_metadata
from autograder.tests.support.gradescope.harness import metadata


@pytest.fixture
def read(tmp_path, course):
    def read(content):
        path = tmp_path / "submission_metadata.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_metadata(path, course)

    return read


@pytest.fixture
def due(course):
    return course.assignments[0].due


def test_all_of_a_group_are_known_and_the_time(read, due):
    known = read(metadata(due, due, ["ada@example.edu", "ben@example.edu"], {}))
    assert [student.email for student in known.students] == ["ada@example.edu", "ben@example.edu"]
    assert known.submitted_at == due
    assert known.remarks == ()


def test_an_extension_of_the_platform_is_one_here(read, due, course):
    later = due + timedelta(days=3)
    known = read(
        metadata(due, due, ["ada@example.edu", "ben@example.edu"], {"ben@example.edu": later})
    )
    asked = [known.adjustments.due(s.email, course.assignments[0]) for s in known.students]
    assert asked == [None, later]


def test_another_due_date_on_the_platform_is_told(read, due):
    remarks = read(metadata(due, due + timedelta(days=1), ["ada@example.edu"], {})).remarks
    assert any("grading.yaml counts" in remark for remark in remarks)


def test_same_moment_in_another_zone_is_no_other_date(read, due):
    assert not read(metadata(due, due.astimezone(UTC), ["ada@example.edu"], {})).remarks


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff{",
        b"[" * 100_000,
        [],
        {},
        {"users": 3, "created_at": 5, "assignment": []},
        {"users": [None, {}, {"email": []}], "created_at": "2026-12-11T23:59:00"},
        {"users": [{"name": "x" * 10_000}], "created_at": "yesterday"},
    ],
)
def test_whatever_it_says_something_is_known_and_staff_are_told(read, content):
    known = read(content)
    assert known.submitted_at is None
    assert known.remarks
    assert all(len(student.name) <= 100 for student in known.students)
