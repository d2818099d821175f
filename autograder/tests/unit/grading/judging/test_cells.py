"""Messages name lines of cells where a module was made of a notebook."""

from autograder.grading.judging.cells import in_cells
from autograder.tests.support.notebooks import cell, saved, solved, take


def test_messages_speak_of_cells():
    taken = take(saved(solved()))
    say = in_cells(taken.places)
    text = taken.files["diffusion/ddpm.py"].decode().split("\n")
    assert len(taken.places["diffusion/ddpm.py"]) == 5
    for first, count, name, line in taken.places["diffusion/ddpm.py"]:
        lines = cell(solved(), name).source.split("\n")[line - 1 :]
        for number in range(count):
            assert text[first + number - 1] == lines[number]
            said = say(f'  File "diffusion/ddpm.py", line {first + number}, in f')
            there = f"line {line + number} (ddpm.py, line {first + number})"
            assert said == f"  Cell {name}, {there}, in f"
    starters = '  File "diffusion/ddpm.py", line 3, in f'
    assert say(starters) == starters
    behind = f'  File "diffusion/ddpm.py", line {len(text)}, in f'
    assert say(behind) == behind
    assert in_cells({})(starters) == starters
    elsewhere = '  File "diffusion/mine.py", line 3, in f'
    assert say(elsewhere) == elsewhere
    endless = f'  File "diffusion/ddpm.py", line {"9" * 5000}, in f'
    assert say(endless) == endless
