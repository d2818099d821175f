"""docs/handouts.md: every deliverable leads somewhere, and whatever breaks that is found."""

import shutil

import pytest

from autograder.authoring.lint.coverage import coverage_findings, fresh_page
from autograder.authoring.lint.deliverables import load_handouts
from autograder.authoring.lint.handouts_page import PAGE
from autograder.authoring.release.preface import for_course, preface
from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.course.starter import generated
from autograder.grading.judging.checks import collect_checks
from autograder.tests.support.profiles import PROFILES

LATER = {
    "latent diffusion and AFHQ": ("wisconsin_bmi771",),
    "Stable Diffusion": ("wisconsin_bmi771",),
    "Wisconsin API": ("wisconsin_bmi771",),
}
FOLDER, HANDOUTS = Repository.profiles.name, Repository.deliverables.name


@pytest.fixture(scope="module")
def collected():
    return collect_checks()


@pytest.fixture
def copy(tmp_path):
    """What the page is made of, and the page."""
    for name in (FOLDER, HANDOUTS, "solution/diffusion"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY.root / name, tmp_path / name, ignore=ignored)
    for name in ("grading.yaml", PAGE, "notebooks/diffusion.py", "starter/README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY.root / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def two(copy, collected):
    """The same of two courses, which is quicker."""
    for folder in (FOLDER, HANDOUTS):
        for path in (copy / folder).glob("*.yaml"):
            if path.stem not in ("cornell_5b", "neural_graphics"):
                path.unlink()
    (copy / PAGE).write_text(fresh_page(copy, collected))
    return copy


def edit(path, before, after):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_every_handout_has_its_profile_and_what_comes_later_keeps_its_row():
    handouts = load_handouts(REPOSITORY.root)
    assert {*handouts, "part_4"} == {*PROFILES}  # which is no published course
    for what, names in LATER.items():
        for name in names:
            assert any(row.later == what for row in handouts[name].rows), (what, name)


def test_the_committed_page_is_in_order(copy, collected):
    assert list(coverage_findings(copy, collected)) == []
    page = (REPOSITORY.root / PAGE).read_text()
    assert fresh_page(copy, collected) == page
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith("| ["):
            assert line.count(" |") == 5, line


# file, what is replaced, by what, and words that must be said
FAULTS = {
    "no such task": (
        f"{HANDOUTS}/cornell_5b.yaml",
        "tasks: [sample, h",
        "tasks: [smple, h",
        "smple is no",
    ),
    "no such figure": (
        f"{HANDOUTS}/cornell_5b.yaml",
        "figures: [ddpm-loss]",
        "figures: [dpm-loss]",
        "dpm-loss is no figure of its tasks",
    ),
    "typo in a key": (
        f"{HANDOUTS}/cornell_5b.yaml",
        'given: "the profile',
        'givn: "the profile',
        "did you mean given?",
    ),
    "no entry": (
        f"{HANDOUTS}/cornell_5b.yaml",
        "rows:\n",
        "rows:\nx:\n",
        "rows: is empty; fill it",
    ),
    "no status": (
        f"{HANDOUTS}/cornell_5b.yaml",
        ', given: "`due` in grading.yaml"',
        "",
        "has no status",
    ),
    "a task that no row has": (
        f"{HANDOUTS}/neural_graphics.yaml",
        "tasks: [fc]",
        "given: us",
        "no deliverable is graded by fc",
    ),
    "a figure that is not drawn": (
        "notebooks/diffusion.py",
        'figure="guidance-scales"',
        'figure="guidance"',
        "the notebook has no figure guidance-scales",
    ),
    "typo in a profile": ("profiles/cornell_5b.yaml", "id: sample,", "id: smple,", "did you mean"),
    "check that is not there": (
        "profiles/neural_graphics.yaml",
        "- test_hidden_all_or_none_dropped",
        "- test_hidden_all_dropped",
        "without names test_hidden_all_dropped",
    ),
    "a name that is taken": (
        "profiles/neural_graphics.yaml",
        "unet.TimeConditionalUNet: DenoisingUNet",
        "unet.TimeConditionalUNet: nn",
        "the course calls unet.TimeConditionalUNet nn, which is taken here",
    ),
    "a question about a section that this course lacks": (
        "profiles/neural_graphics.yaml",
        "Show the loss of every batch",
        "Copy the answers of 2.2, 4.1 and 3.4. Show the loss of every batch",
        "its question names section 4.1, and this course's handout has none",
    ),
    "stale page": ("docs/handouts.md", "Cornell", "Cornwall", "autograder lint --write"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_breaks_is_found_with_its_file(two, collected, fault):
    file, before, after, words = FAULTS[fault]
    edit(two / file, before, after)
    found = list(coverage_findings(two, collected))
    assert any(words in finding.problem for finding in found), [*map(str, found)]
    assert all((two / finding.file).is_file() and finding.line >= 1 for finding in found)


def test_the_page_is_written_anew_when_a_row_changes(two, collected):
    edit(
        two / "autograder/authoring/lint/handouts/cornell_5b.yaml",
        "individual work",
        "work of one's own",
    )
    assert "work of one's own" in fresh_page(two, collected)


def test_a_profile_needs_no_list_of_deliverables_and_is_then_not_on_the_page(two, collected):
    shutil.copy(two / "profiles/cornell_5b.yaml", two / "profiles/ours.yaml")
    assert list(coverage_findings(two, collected)) == []
    assert "`ours`" not in fresh_page(two, collected)


def test_a_list_of_deliverables_without_its_profile_is_found(two, collected):
    (two / "profiles/cornell_5b.yaml").unlink()
    (finding,) = coverage_findings(two, collected)
    assert "its profile is missing: write profiles/cornell_5b.yaml" in finding.problem


# ---------------------------------------------------------------- what students read in front of it


def test_students_read_what_their_course_asks_otherwise():
    handout = (REPOSITORY.handout).read_text()
    assert preface(load_course()) == ""
    text = preface(load_course(profile="neural_graphics"))
    assert "FCBlock is FC followed by a second Linear" in text
    assert "Hand in: Six guidance" in text
    said = for_course(load_course(profile="neural_graphics"), handout)
    assert "*Task `class_behaviour`, class `ConditionalDenoisingUNet`" in said
    assert for_course(load_course(), handout) == handout
    for name in PROFILES:
        course = load_course(profile=name)
        said = preface(course)
        assert all(task.title in said for task in course.tasks if task.kind == "manual")
        assert not any((task.marking or " none ") in said for task in course.tasks)
    assert "FC" not in generated(REPOSITORY.root, load_course())["diffusion/blocks.py"].split()
