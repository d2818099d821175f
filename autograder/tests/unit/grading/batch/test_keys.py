"""When a result is still good: what changes its key, and what does not."""

import shutil
from dataclasses import replace

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.batch.keys import (
    JUDGES,
    ONLY_SHOW,
    grader_version,
    key_of,
    review_key,
    review_version,
)
from autograder.grading.batch.settings import Settings
from autograder.grading.intake import Submission, read_submission
from autograder.tests.support.submissions import submission

SETTINGS = Settings("ab", ("schedule",), False, "auto")


def test_a_key_changes_with_all_that_could_change_a_result_and_with_nothing_else():
    course, files = load_course(), {"diffusion/a.py": b"1", "diffusion/b.py": b"2"}
    taken, reversed_ = Submission(files), Submission(dict(reversed(files.items())))
    key = key_of("anna", taken, course, SETTINGS)
    assert key == key_of("anna", reversed_, course, SETTINGS)
    assert key == key_of("anna", replace(taken, doubts=["odd"]), course, SETTINGS)
    assert key == key_of("anna", taken, _changed(course, points=3.0), SETTINGS)
    changed = Submission({**files, "diffusion/b.py": b"3"})
    moved = Submission({"diffusion/a.py": b"12", "diffusion/b.py": b""})
    others = [
        key_of("ben", taken, course, SETTINGS),
        key_of("anna", changed, course, SETTINGS),
        key_of("anna", moved, course, SETTINGS),
        key_of("anna", replace(taken, remarks=["x"]), course, SETTINGS),
        key_of("anna", replace(taken, ignored=["x"]), course, SETTINGS),
        key_of("anna", taken, course, replace(SETTINGS, seed="ac")),
        key_of("anna", taken, course, replace(SETTINGS, training=True)),
        key_of("anna", taken, _changed(course, time_limit=3.0), SETTINGS),
        key_of("anna", taken, _changed(course, points=0.0), SETTINGS),
    ]
    assert len({key, *others}) == 1 + len(others)


def test_a_remark_that_names_a_file_is_not_kept_when_the_file_has_another_name(tmp_path):
    """Reports show the remarks of the record."""
    course, taken = load_course(), []
    for name in ("mine.ipynb", "ours.ipynb"):
        taken.append(read_submission(submission(tmp_path / name, files={name: b"{}"})))
    assert taken[0].files == taken[1].files and taken[0].remarks != taken[1].remarks
    assert len({key_of("anna", one, course, SETTINGS) for one in taken}) == 2


def _changed(course, **task):
    data = course.model_dump(exclude_unset=True)
    schedule = data["assignments"][0]["parts"][1]["tasks"][1]
    assert schedule["id"] == "schedule"
    schedule.update(task)
    return type(course).model_validate(data)


def test_the_review_has_a_key_of_its_own_that_changes_with_the_other():
    course = load_course()
    anna, ben = (key_of(name, Submission(), course, SETTINGS) for name in ("anna", "ben"))
    assert len({anna, ben, review_key(anna), review_key(ben)}) == 4


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """What the keys depend on, in a folder of its own."""
    root = tmp_path_factory.mktemp("repository")
    tops = {place for place in (*JUDGES, Repository.review) if "." not in place.name}
    for place in tops:
        ignored = shutil.ignore_patterns("__pycache__")
        source = place.below(REPOSITORY.root)
        shutil.copytree(source, root / place.name, ignore=ignored, dirs_exist_ok=True)
    return Repository(root)


@pytest.fixture
def versions(copy):
    """Versions of the grader and of the review, as they are now."""

    def versions() -> tuple[str, str]:
        grader_version.cache_clear()
        review_version.cache_clear()
        return grader_version(copy), review_version(copy)

    yield versions
    grader_version.cache_clear()
    review_version.cache_clear()


@pytest.mark.parametrize("place", ONLY_SHOW, ids=str)
def test_a_file_that_only_shows_results_judges_nothing_anew(copy, versions, place):
    before, path = versions(), place.below(copy.root)
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    assert versions() == before
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("file", "judges", "reviews"),
    [
        ("checkkit/report/new.py", True, False),
        ("checkkit/runner/probes.py", True, False),
        ("checkkit/new.py", True, False),
        ("tests/data/new.npz", True, False),
        ("autograder/hidden/test_new.py", True, False),
        ("autograder/grading/judging/new.py", True, False),
        ("autograder/grading/review/source_review/rules.py", False, True),
        ("autograder/grading/review/differential.py", False, True),
        (
            "autograder/grading/review/source_review/reading.py",
            True,
            True,
        ),  # reads cells of notebooks too
        ("autograder/grading/review/similarity/comparing.py", False, False),
    ],
)
def test_every_other_file_counts_where_it_is_used(copy, versions, file, judges, reviews):
    before, path = versions(), copy.at(file)
    content = path.read_bytes() if path.exists() else None
    path.write_bytes((content or b"") + b"\n")
    after = versions()
    assert (after[0] != before[0], after[1] != before[1]) == (judges, reviews)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
