"""Adjustments: merged into every output, saved with the results, and used after a regrade."""

import json

import pytest

from autograder.tests.support.batches import grade, rows
from autograder.tests.support.submissions import submission


@pytest.mark.usefixtures("grading_run")
def test_scores_of_people_reach_every_output_and_survive_a_regrade(tmp_path):
    output, anna = tmp_path / "out", submission(tmp_path / "class" / "anna")
    manual, override = tmp_path / "marks.csv", tmp_path / "rulings.csv"
    manual.write_text("student,task,score\nanna,figures_ddpm,5\n")
    override.write_text("student,task,score,reason\nanna,schedule,2.5,agreed on 3 May\n")
    done = grade(output, anna, "--manual", manual, "--override", override, "--format", "canvas")
    assert done.status == 0, done.stderr

    def look() -> None:
        row = rows(output)["anna"]
        assert (row["figures_ddpm"], row["schedule"], row["denoiser"]) == ("5", "2.5", "4")
        assert row["total"] == "14.5"
        for page in ("anna/report.html", "anna/instructor.html"):
            assert "agreed on 3 May" in (output / page).read_text(), page
        results = json.loads((output / "anna/results.json").read_text())
        assert "agreed on 3 May" in json.dumps(results)
        assert "9.5" in (output / "index.html").read_text()
        assert (output / "canvas.csv").exists()

    look()
    manual.unlink()
    override.unlink()
    again = grade(output, anna, "--force", "--format", "canvas")
    assert "manual.csv: used again, as in the last run" in again.stderr
    look()

    override.write_text("student,task,score,reason\nanna,schedule,5,a mistake of ours\n")
    (output / "canvas.csv").write_text("stale")
    unchanged = grade(output, anna, "--override", override)
    assert "canvas.csv: written again, for an earlier run wrote it" in unchanged.stderr
    assert "Points Possible" in (output / "canvas.csv").read_text()
    assert "1 of 1 unchanged" in unchanged.stderr
    assert "bonus" not in unchanged.stderr
    assert rows(output)["anna"]["schedule"] == "5"
    assert "a mistake of ours" in (output / "anna/report.html").read_text()


@pytest.mark.usefixtures("grading_run")
def test_a_table_that_cannot_stand_stops_the_run_before_anything_is_written(tmp_path):
    override = tmp_path / "rulings.csv"
    override.write_text("student,task,score,reason\nanna,schedul,5,why\n")
    done = grade(tmp_path / "out", submission(tmp_path / "class" / "anna"), "--override", override)
    assert done.status == 2
    assert f"{override}: row 2" in done.stderr and "schedul" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("grading_run")
def test_more_points_than_there_are_count_and_are_told(tmp_path):
    override = tmp_path / "rulings.csv"
    override.write_text("student,task,score,reason\nanna,schedule,50,why\n")
    anna = submission(tmp_path / "class" / "anna")
    done = grade(tmp_path / "out", anna, "--override", override)
    assert "row 2: 50 of 5 points of schedule, a bonus" in " ".join(done.stderr.split())
    assert rows(tmp_path / "out")["anna"]["schedule"] == "50"
