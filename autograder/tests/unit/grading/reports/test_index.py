"""index.html as text: what it counts, and that it needs nothing else."""

import re
from dataclasses import replace

from autograder.grading.gradebook.rows import rows_of
from autograder.grading.reports.index_page import flagged
from autograder.grading.reports.index_statistics import histograms, task_figures

# ------------------------------------------------------------------------------ what is hostile


def test_page_needs_nothing_else(many):
    text = many[0].read_text()
    assert not re.findall(r'<(?:script|img|link|iframe)[^>]*src="(?!data:)', text)
    assert "<link" not in text
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'", text)
    assert "unsafe-inline'; img-src data:" in text  # for style alone


# --------------------------------------------------------------------------------- the figures


def test_groups_count_once_among_tasks_and_twice_among_totals(many):
    entries = many[1]
    figures = {found.task.id: found for found in task_figures(entries)}
    assert figures["blocks"].judged == sum(not entry.problem for entry in entries)
    assert len(histograms(rows_of(entries))[0].totals) > figures["blocks"].judged


# ------------------------------------------------------------------------------------- a phone


def test_what_the_whole_run_did_without_flags_nobody(many):
    entries = [replace(entry, flags=("not run: digits",), problem="") for entry in many[1][:4]]
    assert flagged(rows_of(entries)) == 0
    entries[0] = replace(entries[0], flags=("not run: digits", "source: ddpm.py:1: imports os"))
    assert flagged(rows_of(entries)) == len(rows_of(entries[:1]))
    entries[1] = replace(entries[1], flags=())  # so the others lack what this one has
    rows = rows_of(entries)
    assert flagged(rows) == sum(row.entry is not entries[1] for row in rows)
