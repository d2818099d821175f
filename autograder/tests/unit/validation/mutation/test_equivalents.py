"""The list of equivalents as a file: every fault is named with its line and what to do."""

from pathlib import Path

import pytest

from autograder.config.reading import BadYaml
from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.mutation.equivalents import load_equivalents, stale_lines
from autograder.validation.mutation.mutations import Address

LIST = """\
# A comment.
- reason: Normal noise is symmetric.
  file: denoiser.py
  function: add_noise
  before: return x + sigma * torch.randn_like(x)
  changes:
    - operator: ReplaceBinaryOperator_Add_Sub
      after: return x - sigma * torch.randn_like(x)
"""
ADDRESS = Address(
    *("denoiser.py", "add_noise", "ReplaceBinaryOperator_Add_Sub"),
    *("return x + sigma * torch.randn_like(x)", "return x - sigma * torch.randn_like(x)"),
)


@pytest.fixture
def listed(tmp_path: Path):
    """What is loaded from a list."""

    def listed(text=LIST):
        (tmp_path / "equivalent.yaml").write_text(text)
        return load_equivalents(tmp_path / "equivalent.yaml")

    return listed


def test_an_entry_excuses_a_mutant_and_knows_its_line(listed):
    assert listed() == {ADDRESS: 2}


# what is replaced in the list, by what, and what the problem must say
FAULTS = {
    "unknown key": ("  function:", "  functions:", ":4: entry 1 > functions: unknown key; did you"),
    "no reason": ("- reason: Normal noise is symmetric.\n  file", "- file", "> reason: is missing"),
    "in a change": ("- operator:", "- operators:", ":7: entry 1 > changes > change 1 > operators"),
    "no change": (LIST.partition("changes:")[2], " []", "> changes: is empty; add an entry"),
    "no list": (LIST, "a: 1", ":1: file: is not a list of entries; begin each with `- reason:`"),
    "twice": (LIST, LIST + LIST[13:], ":9: denoiser.py: add_noise: "),
}


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_form_is_named_with_its_line(listed, old, new, said):
    assert old in LIST
    with pytest.raises(BadYaml) as caught:
        listed(LIST.replace(old, new))
    assert "equivalent.yaml:" in str(caught.value) and said in str(caught.value)


LOST = {
    "line": ("x + sigma * torch", "x + sigma * numpy", "before: denoiser.py no longer has `return"),
    "file": ("denoiser.py", "denoise.py", "file: there is no denoise.py"),
}


@pytest.mark.parametrize(("old", "new", "said"), LOST.values(), ids=LOST)
def test_an_entry_without_its_line_is_lost(listed, old, new, said):
    (problem,) = stale_lines(listed(LIST.replace(old, new)), solution_files())
    assert said in str(problem) and ":2: " in str(problem)


def test_every_entry_of_this_repository_has_its_line():
    assert [str(problem) for problem in stale_lines(load_equivalents(), solution_files())] == []
