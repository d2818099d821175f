"""Files as editors leave them: a broken one costs its own tasks, and an odd one costs nothing."""

import codecs
import time

import pytest

from autograder.config import load_course
from autograder.grading.intake import BadSubmission, gather
from autograder.grading.intake.encoding import remark_on
from autograder.grading.judging.job import Job
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.pipeline import grade_all
from autograder.grading.judging.prefetch import Prefetch
from autograder.grading.judging.result import NOTHING_TAKEN
from autograder.grading.judging.scope import Setup, scope_of
from autograder.grading.sandbox import choose
from autograder.tests.support.submissions import contents, make_folder, make_zip
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import cards

SOLUTION = contents()


def right(name: str) -> bytes:
    return SOLUTION[f"diffusion/{name}"]


def tabbed(source: bytes) -> bytes:
    """Every four spaces at the start of a line as a tab."""
    lines = source.split(b"\n")
    return b"\n".join(
        b"\t" * ((len(line) - len(line.lstrip(b" "))) // 4) + line.lstrip(b" ") for line in lines
    )


# Of each task: what was handed in, and whether it is right.
FILES = {
    "schedule": ("ddpm.py", codecs.BOM_UTF8 + right("ddpm.py").replace(b"\n", b"\r\n"), True),
    "denoiser": ("denoiser.py", tabbed(right("denoiser.py")).replace(b"\n", b"\r"), True),
    "blocks": ("blocks.py", right("blocks.py") + b"\nname = '\xe9'\n", False),
    "cfg_forward": ("cfg.py", right("cfg.py") + b"\n\0\n", False),
    "unet": ("unet.py", right("unet.py").decode().encode("utf-16"), False),
    "train_ddpm": ("training.py", right("training.py") + b"\n\tdef (:\n", False),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """What becomes of a submission with all these files, and of two that lack some or all."""
    folder = tmp_path_factory.mktemp("handed-in")
    make_zip(folder / "anna.zip", {name: content for name, content, _ in FILES.values()})
    make_folder(folder / "bert", {"diffusion/own.py": b"import os\n"})
    make_folder(folder / "carl", {"notes.txt": b"\0"})
    make_folder(
        folder / "dora",
        {
            "ddpm.py": right("ddpm.py").split(b"def ddpm_forward")[0],
            "cfg.py": b"from .others import *\n",
            "others.py": right("cfg.py"),
            "blocks.py": right("blocks.py").replace(b"class UpConv", b"class Conv_up"),
        },
    )
    sources = {source.name: source for source in gather([folder])}
    with pytest.raises(BadSubmission, match="no folder named diffusion"):
        sources.pop("carl").read()
    jobs = [Job(one.name, one.path, one.read()) for one in sources.values()]
    isolation = choose("auto")
    course = load_course()
    scope, _ = scope_of(course, tuple(FILES))
    setup = Setup(scope, isolation.name, isolation.of_record)
    with Prefetch(jobs, isolation, course) as waiting:
        graded = {one.name: one for one in grade_all(waiting, setup, Judge("7", training=False))}
    assert all(one.finished for one in graded.values())
    return graded


@pytest.fixture(scope="module")
def scores(graded):
    """The score of each of these tasks, of the submission with all these files."""
    return {score.task.id: score for score in graded["anna"].scores()}


@pytest.mark.parametrize("task", FILES)
def test_a_file_costs_its_own_tasks_alone(scores, task):
    _, _, is_right = FILES[task]
    score = scores[task]
    if is_right:
        assert score.earned == score.task.points
    else:
        assert score.earned == 0
        assert score.outcomes <= {Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_RUN}


def test_a_file_that_python_cannot_read_is_told_once(graded):
    anna = graded["anna"]
    line = right("blocks.py").count(b"\n") + 2
    start = f"diffusion/blocks.py cannot be read by Python, line {line}: "
    (card,) = [words for words in cards(anna.results.values()) if words.startswith(start)]
    assert card.endswith(" tasks wait for it.")
    files = {words.split()[0] for words in cards(anna.results.values())}
    assert files == {f"diffusion/{name}.py" for name in ("blocks", "cfg", "unet", "training")}


def test_of_nothing_that_is_the_assignments_staff_is_told(graded):
    assert NOTHING_TAKEN in graded["bert"].flags() and graded["bert"].urgent
    assert not any(NOTHING_TAKEN in graded[name].flags() for name in ("anna", "dora"))


def test_what_a_file_lacks_is_not_attempted(graded):
    """A name that is imported is there; what needs a missing one is blocked, with its words."""
    dora = {score.task.id: score for score in graded["dora"].scores()}
    assert dora["schedule"].earned == dora["schedule"].task.points
    assert Outcome.FAILED not in dora["cfg_forward"].outcomes
    assert Outcome.PASSED in dora["cfg_forward"].outcomes
    assert Outcome.NOT_ATTEMPTED in dora["blocks"].outcomes
    assert dora["blocks"].outcomes <= {Outcome.PASSED, Outcome.NOT_ATTEMPTED}
    messages = {result.message for score in dora.values() for result in score.results}
    assert not any("Error" in message for message in messages)
    assert "UpConv is not defined in diffusion/blocks.py (task blocks)" in messages


def test_an_encoding_that_takes_minutes_to_read_is_not_tried():
    source = b"# coding: punycode\n#-" + b"z9" * 490_000
    start = time.monotonic()
    assert remark_on(source).startswith("names an encoding in its first lines that few programs")
    assert time.monotonic() - start < 5


def test_who_saved_in_another_encoding_is_told_what_to_do(tmp_path):
    odd = {
        "blocks.py": (codecs.BOM_UTF8 + b"x = 1\r\n\ty\r", None),
        "cfg.py": (b"# -*- coding: latin-1 -*-\n# \xe9\n", None),
        "data.py": (b"", None),
        "ddpm.py": (b"x\ny = '\xe9'\n", "is not UTF-8 in line 2; save it as UTF-8"),
        "denoiser.py": ("x".encode("utf-16"), "is UTF-16, which Python does not read; save"),
        "train.py": (b"x\n\n\0", "holds a zero byte in line 3; save it as UTF-8"),
        "training.py": (b"# coding: klingon\n", "names an encoding in its first lines that"),
        "unet.py": (codecs.BOM_UTF8 + b"# coding: latin-1\n", "names an encoding in its first"),
    }
    make_folder(tmp_path / "anna", {name: content for name, (content, _) in odd.items()})
    (one,) = gather([tmp_path / "anna"])
    taken = one.read()
    assert taken.files == {f"diffusion/{name}": content for name, (content, _) in odd.items()}
    told = [f"diffusion/{name} {words}" for name, (_, words) in odd.items() if words]
    assert taken.doubts == taken.remarks  # for staff too
    assert len(taken.remarks) == len(told)
    assert all(said.startswith(words) for said, words in zip(taken.remarks, told, strict=True))
