"""Rows of the calibration are of an older version where its code has changed, and only there."""

from autograder.validation.digits import version
from autograder.validation.known_bugs.apply import solution_files


def test_comments_docstrings_and_limits_change_nothing_and_code_does(monkeypatch):
    before, files = version.code_version(), solution_files()

    def instead(cfg: str) -> str:
        monkeypatch.setattr(version, "solution_files", lambda: {**files, "cfg.py": cfg})
        return version.code_version.__wrapped__()

    plain = instead(files["cfg.py"])
    assert plain == before
    assert instead(f"# a comment\n{files['cfg.py']}") == plain
    assert instead(f"{files['cfg.py']}\nX = 1\n") != plain
    limited = [instead(f"{files['cfg.py']}\nX = Tier(steps=6, limits={n})\n") for n in (1, 2)]
    assert limited[0] == limited[1] != plain
