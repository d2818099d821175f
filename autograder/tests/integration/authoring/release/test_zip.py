"""What is uploaded: everything that grading needs, nothing that it does not, the same bytes."""

import re
import subprocess

import pytest

from autograder.authoring.release.gradescope import EXECUTABLE, autograder_zip_files, grading_yaml
from autograder.authoring.release.zips import zip_bytes
from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.batch.keys import grader_version, review_version
from autograder.tests.support.submissions import make_folder

STAYS = (
    "solution/",
    "autograder/tests",
    "autograder/authoring",
    "autograder/experiments",
    "autograder/validation",
    "docs/",
)
HOST = re.compile(r"https?:|\b[\w-]+\.(org|com|io|net|dev)\b")


@pytest.fixture(scope="module")
def files(course: Course) -> dict[str, bytes]:
    return autograder_zip_files(course)[0]


def test_both_scripts_lie_at_the_root_and_are_executable(course, files):
    assert {"setup.sh", "run_autograder"} == EXECUTABLE <= files.keys()
    for name in EXECUTABLE:
        subprocess.run(["bash", "-n"], input=files[name], check=True)


def test_what_students_must_not_have_stays_here(files):
    assert not [name for name in files if name.startswith(STAYS)]
    secrets = {
        path.read_bytes()
        for path in (REPOSITORY.solution_package).rglob("*.py")
        if b"BEGIN SOLUTION" in path.read_bytes()
    }
    assert secrets and not secrets & set(files.values())


def test_the_same_course_gives_the_same_small_zip(course, files):
    again, executable = autograder_zip_files(load_course())
    assert zip_bytes(files, EXECUTABLE) == zip_bytes(again, executable)
    assert len(zip_bytes(files, EXECUTABLE)) < 8_000_000


def test_scripts_name_no_host_and_packages_are_pinned(files):
    assert not HOST.findall(files["setup.sh"].decode())
    pinned = {line.split("==")[0] for line in files["requirements.lock"].decode().splitlines()}
    wanted = [name.replace(".", "-") for name in files["requirements.txt"].decode().split()]
    assert {"torch", "torchvision", "pytest", "pydantic"} <= set(wanted) <= pinned


def test_profile_of_the_course_travels_with_it(course):
    text = grading_yaml(course.model_copy(update={"profile": "another"}))
    assert text.count("\nprofile: another\n") == 1
    assert "\nprofile: " not in grading_yaml(course.model_copy(update={"profile": None}))


def test_whoever_grades_with_it_can_tell_when_a_result_is_still_good(files, tmp_path):
    make_folder(tmp_path, files)
    unpacked = Repository(tmp_path)
    assert unpacked.is_unpacked_zip
    assert grader_version(unpacked) != review_version(unpacked)
