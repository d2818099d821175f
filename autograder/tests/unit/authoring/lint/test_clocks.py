"""Dates across a change of the clocks need a time zone."""

from autograder.authoring.lint.sources import clock_findings
from autograder.config import load_course
from autograder.tests.support.small_course import COURSE

OCTOBER = COURSE.replace("2026-12-12T00:00:00+01:00", "2026-10-23T23:59:00+02:00")


def test_dates_across_a_change_of_clocks_are_found_with_their_line_and_remedy(tmp_path):
    path = tmp_path / "grading.yaml"
    for text, lines in ((COURSE, []), (f"timezone: Europe/Berlin\n{OCTOBER}", []), (OCTOBER, [6])):
        path.write_text(text)
        found = list(clock_findings(tmp_path, load_course(path)))
        assert [one.line for one in found] == lines
        assert all("write timezone: Europe/Berlin, or where your" in one.problem for one in found)
