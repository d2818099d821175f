"""`autograder validate --false-failures` on the real checks."""

import pytest

from autograder.tests.support.false_failures import false_failures, table_in


@pytest.mark.usefixtures("long_run")
def test_few_seeds_of_the_real_checks_pass(tmp_path):
    done = false_failures(tmp_path, 5)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = table_in(tmp_path)
    assert len({line["check"] for line in lines}) >= 25 and len(lines) >= 150
    assert all(line["runs"] == line["values"] == "5" for line in lines)
    assert all(float(line["rate_of_the_check"]) <= 1e-6 for line in lines)
    assert "0 failures" in done.stdout and "Seed 5" in done.stderr
    assert all((tmp_path / f"false-failures.{kind}").is_file() for kind in ("html", "png", "npz"))
