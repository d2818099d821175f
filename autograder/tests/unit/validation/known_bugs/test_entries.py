"""Known bugs and variants as files: every fault is named with its file, entry and what to do."""

from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.reading import BadYaml
from autograder.grading.judging.checks import CheckInfo, collect_checks
from autograder.validation.known_bugs.apply import EditsDoNotApply, write_package
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.rules import broken_rules, named_check

WRONG = """\
# A comment.
- name: noise_uniform
  words: I typed rand for randn.
  bug: 5
  task: denoiser
  killed_by: test_noise_is_normal_and_fresh
  edits:
    - file: denoiser.py
      find: torch.randn_like(x)
      replace: torch.rand_like(x)
"""
RIGHT = """\
- name: by_hand
  words: I write the mean by hand.
  edits:
    - {file: denoiser.py, find: "nn.functional.mse_loss(unet(z), x)", replace: "0 * z"}
"""
CHECKS = [
    CheckInfo("test_denoiser::test_noise_is_normal_and_fresh", "denoiser", False, False),
    CheckInfo("test_training::test_curves[train_ddpm]", "train_ddpm", False, False),
    CheckInfo("test_training::test_curves[train_ddpm_cfg]", "train_ddpm_cfg", False, False),
    CheckInfo("test_hidden_training::test_more", "hidden_training", True, False),
]


@pytest.fixture
def loaded(tmp_path: Path):
    """Load one file of known bugs and one of variants."""

    def loaded(wrong=WRONG, right=RIGHT):
        for folder, text in (("wrong", wrong), ("right", right)):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "entries.yaml").write_text(text)
        return load_entries(tmp_path)

    return loaded


def test_entries_are_read_with_their_places(loaded, tmp_path):
    entries = loaded()
    assert [entry.name for entry in entries.all] == ["noise_uniform", "by_hand"]
    assert entries.bugs[0].task == ("denoiser",) and entries.bugs[0].bug == 5
    assert entries.places["noise_uniform"] == (tmp_path / "wrong" / "entries.yaml", 2)


# what is replaced in the entry, by what, and what the problem must say
FORMS = {
    "unknown key": ("  bug: 5", "  bugs: 5", ":4: noise_uniform > bugs: unknown key; did you mean"),
    "in an edit": (
        "      find:",
        "      fnd:",
        ":9: noise_uniform > edits > edit 1 > fnd: unknown",
    ),
    "missing": ("  task: denoiser\n", "", ":2: noise_uniform > task: is missing"),
    "bug of its own": ("bug: 5", "bug: 99", ":4: noise_uniform > bug: "),
    "bad name": ("name: noise_uniform", "name: Noise uniform", "> name: use letters, digits"),
    "two lines": ("words: I typed rand for randn.", 'words: "a\\nb"', "write one line of text"),
    "no YAML": ("- name: noise_uniform", "- name: [", "YAML"),
    "no list": (WRONG, "a: 1", ":1: file: is not a list of entries"),
}


@pytest.mark.parametrize(("old", "new", "said"), FORMS.values(), ids=FORMS)
def test_a_fault_of_form_is_named_with_its_line(loaded, old, new, said):
    assert old in WRONG
    with pytest.raises(BadYaml) as caught:
        loaded(WRONG.replace(old, new))
    assert "entries.yaml:" in str(caught.value) and said in str(caught.value)


def test_a_name_taken_twice_is_refused(loaded):
    with pytest.raises(BadYaml, match="noise_uniform > name: is taken"):
        loaded(WRONG, RIGHT.replace("by_hand", "noise_uniform"))


def test_a_variant_that_differs_in_nothing_is_refused(loaded):
    with pytest.raises(BadYaml, match="add edits, or a folder"):
        loaded(WRONG, RIGHT.partition("  edits")[0])


RULES = {
    "text that is gone": ("torch.randn_like(x)", "torch.randn(x)", "edit 1: denoiser.py no longer"),
    "text that is there often": (
        "torch.randn_like(x)",
        "sigma",
        "edit 1: denoiser.py has 'sigma' ",
    ),
    "no such file": ("file: denoiser.py", "file: noise.py", "edit 1: there is no noise.py"),
    "nothing changes": (
        "torch.rand_like(x)",
        "torch.randn_like(x)",
        "find and replace are the same",
    ),
    "no such task": ("task: denoiser", "task: noise", "task: grading.yaml has no auto task noise"),
    "no such check": ("test_noise_is_normal", "test_noise", "killed_by: no check of denoiser is"),
    "a check of another task": (
        "task: denoiser",
        "task: schedule",
        "killed_by: no check of hidden_schedule, schedule is named",
    ),
    "several checks": (
        "task: denoiser\n  killed_by: test_noise_is_normal_and_fresh",
        "task: [train_ddpm, train_ddpm_cfg]\n  killed_by: test_curves",
        "killed_by: 2 checks fit test_curves; write test_training::test_curves[train_ddpm] or",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), RULES.values(), ids=RULES)
def test_an_entry_that_cannot_run_says_why(loaded, old, new, said):
    entries = loaded(WRONG.replace(old, new))
    (problem, *_) = broken_rules(entries, load_course(), CHECKS)
    assert said in str(problem) and "entries.yaml:2: noise_uniform > " in str(problem)


def test_the_further_checks_of_a_task_are_its_own(loaded):
    text = WRONG.replace("task: denoiser", "task: train_ddpm")
    (bug,) = loaded(text.replace("test_noise_is_normal_and_fresh", "test_more")).bugs
    assert named_check(bug, CHECKS).hidden


def test_a_package_is_written_with_its_edit(loaded, tmp_path):
    entries = loaded()
    package = write_package(entries.bugs[0], tmp_path / "out") / "diffusion"
    assert "sigma * torch.rand_like(x)" in (package / "denoiser.py").read_text()
    assert (package / "unet.py").is_file()


def test_a_stale_entry_writes_nothing(loaded, tmp_path):
    entries = loaded(WRONG.replace("torch.randn_like(x)", "torch.randn(x)"))
    with pytest.raises(EditsDoNotApply, match="copy the text from there again"):
        write_package(entries.bugs[0], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_entry_of_this_repository_can_run():
    problems = broken_rules(load_entries(), load_course(), collect_checks().checks)
    assert [str(problem) for problem in problems] == []


def test_every_known_mistake_has_an_entry():
    """55 waits for a later part; 54 costs no points, so variants have it."""
    entries = load_entries()
    of_part_4 = set(range(56, 63)) | set(range(63, 83))  # DDIM, flow matching
    assert {entry.bug for entry in entries.bugs} - {None} == set(range(1, 54)) | of_part_4
    assert {entry.bug for entry in entries.variants} - {None} == {54}
