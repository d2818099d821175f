"""The calibration is made again where its code has changed, and only there."""

from autograder.validation.digits import recalibrate
from autograder.validation.digits.recalibrate import code_version, recorded_version
from autograder.validation.known_bugs.apply import solution_files


def test_comments_and_docstrings_change_nothing_and_code_does(monkeypatch):
    before = code_version()
    files = solution_files()

    def instead(ddpm: str):
        monkeypatch.setattr(recalibrate, "solution_files", lambda: {**files, "cfg.py": ddpm})
        return code_version()

    assert instead(f"# a comment\n{files['cfg.py']}") == before
    assert instead(f"{files['cfg.py']}\nX = 1\n") != before


def test_a_folder_says_with_which_code_its_runs_were_made(tmp_path):
    assert recorded_version(tmp_path) == ""
    (tmp_path / recalibrate.CODE).write_text("ab\n")
    assert recorded_version(tmp_path) == "ab"
