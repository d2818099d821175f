"""index.html in a browser: five hundred submissions, hostile names, a desk and a phone."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.gradebook.grades_csv import rows_of
from autograder.grading.reports.index_page import histograms
from autograder.tests.support.graded_class import NASTY
from autograder.tests.support.pages import DESK, PHONE, watched

# Texts are read from the tree: what is far below the window is laid out when one scrolls there.


def shown(page: Page) -> list[str]:
    """The names in the table, from the top, of the rows that are not hidden."""
    return page.locator("#students tbody tr:not([hidden]) td.name a").all_text_contents()


def totals(page: Page) -> list[str]:
    return page.locator("#students tbody tr:not([hidden]) td.total").all_text_contents()


def heading(page: Page, name: str):
    return page.locator("#students").get_by_role("columnheader", name=name)


@pytest.fixture(scope="module")
def opened(
    chromium: Browser, many: tuple[Path, list[SubmissionGrades]]
) -> Iterator[tuple[Page, list[str]]]:
    """The page over five hundred, loaded once, and what went wrong on it."""
    faults: list[str] = []
    page = watched(chromium, DESK, faults)
    page.goto(many[0].as_uri())
    yield page, faults
    page.close()


@pytest.fixture
def index(opened: tuple[Page, list[str]]) -> Iterator[Page]:
    """The same page for every test, as nobody has sorted or searched it."""
    page, faults = opened
    page.evaluate(
        "document.querySelectorAll('th[aria-sort]').forEach((th) => th.ariaSort = 'none')"
    )
    page.get_by_label("Search").fill("")
    yield page
    assert not faults


# --------------------------------------------------------------------------------- the table


def test_every_student_has_a_row(index, many):
    rows = rows_of(many[1])
    assert len(rows) > 500
    assert index.locator("#students").get_by_role("row").count() == len(rows) + 1
    assert sorted(shown(index)) == sorted(row.name or row.key for row in rows)


def test_a_press_on_a_heading_sorts_and_a_second_one_turns_it_round(index):
    total = heading(index, "Total")
    total.get_by_role("button").click()
    expect(total).to_have_attribute("aria-sort", "descending")
    values = [float(text) for text in totals(index) if text != "–"]
    assert values == sorted(values, reverse=True)
    total.get_by_role("button").click()
    expect(total).to_have_attribute("aria-sort", "ascending")
    assert [float(text) for text in totals(index) if text != "–"] == sorted(values)
    heading(index, "Student").get_by_role("button").click()
    expect(total).to_have_attribute("aria-sort", "none")


def test_who_has_no_total_comes_last_either_way(index):
    button = heading(index, "Total").get_by_role("button")
    for _ in range(2):
        button.click()
        texts = totals(index)
        known = len(texts) - texts.count("–")
        assert "–" in texts
        assert "–" not in texts[:known]


def test_names_sort_as_people_sort_them(index):
    heading(index, "Student").get_by_role("button").click()
    names = [name for name in shown(index) if name.split()[0] in ("Ada", "Björn", "Chloé")]
    assert [name.split()[0] for name in names] == sorted(name.split()[0] for name in names)


def test_search_finds_names_however_they_are_accented(index):
    index.get_by_label("Search").fill("muller bjorn")
    names = shown(index)
    assert names
    assert set(names) == {"Björn Müller"}
    count = len(names)
    assert index.locator("#count").inner_text().startswith(f"{count} of ")
    index.get_by_label("Search").fill("")
    assert len(shown(index)) > 500
    assert index.locator("#count").inner_text() == ""


def test_search_that_nobody_matches_says_so(index):
    index.get_by_label("Search").fill("nobody is called that")
    assert shown(index) == []
    expect(index.get_by_text("No student matches all of these words.")).to_be_visible()


def test_search_finds_flags_ids_and_submissions(index, many):
    for words in ("review: digits", "4000300", "submission_100300"):
        index.get_by_label("Search").fill(f'"{words}"')
        assert 0 < len(shown(index)) < 20, words


def test_a_diagnosis_shows_the_students_who_have_it(index, many):
    label = "schedule: betas: one entry short"
    having = [
        row for row in rows_of(many[1]) if ("schedule", label[10:]) in row.submission.mistakes
    ]
    index.locator(f'button[data-ask="{label}"]').click()
    expect(index.get_by_label("Search")).to_be_focused()
    assert sorted(shown(index)) == sorted(row.name or row.key for row in having)


def test_everything_works_by_keyboard(look, batch):
    page = look(batch.folder / "index.html")
    page.get_by_label("Search").focus()
    page.keyboard.type("submission_100003")
    assert len(shown(page)) == 2
    heading(page, "Student").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(heading(page, "Student")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Space")
    expect(heading(page, "Student")).to_have_attribute("aria-sort", "descending")
    focus = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(focus) == "solid"
    page.locator("#students tbody tr:not([hidden]) a").first.focus()
    assert page.evaluate(focus) == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/submission_100003/instructor.html")
    page.go_back()
    expect(page.locator("#count")).to_have_text(re.compile("^2 of "))  # the words are still there


def test_every_link_leads_to_a_page(look, batch):
    """Names with quotes, hashes, percent signs and question marks included."""
    page = look(batch.folder / "index.html")
    links = {link.evaluate("a => a.href") for link in page.locator("main a[href]").all()}
    links = {link for link in links if not link.startswith(page.url + "#")}
    assert len(links) == len(batch.submissions) + 2
    for link in sorted(link for link in links if link.endswith(".html")):
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_be_visible()


# ------------------------------------------------------------------------------ what is hostile


def test_hostile_names_are_text(look, batch):
    page = look(batch.folder / "index.html")
    text = page.locator("main").text_content()
    assert page.title().startswith("Grading: ")
    assert page.locator("main script, main img[src='x']").count() == 0
    for name in ("<img src=x onerror=alert(1)>", "Robert'); DROP TABLE students;--", NASTY[0]):
        assert name in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", batch.text("index.html"))


# --------------------------------------------------------------------------------- the figures


def test_histogram_is_told_in_words_too(index, many):
    rows = rows_of(many[1])
    (found,) = histograms(rows)
    assert sum(found.bins) == len(found.totals) == sum(row.grade.graded for row in rows)
    picture = index.get_by_role("img", name=re.compile(rf"^{len(found.totals)} totals from "))
    expect(picture).to_be_visible()
    counts = [int(text) for text in picture.locator("text:not(.tick)").all_text_contents()]
    assert counts == [count for count in found.bins if count]


def test_tasks_have_their_pass_rate_and_commonest_diagnoses(index, many):
    """Students are counted: a submission of three counts three times."""
    rows = rows_of(many[1])
    assert len(rows) > len(many[1])
    row = index.locator("table.tasks").get_by_role("row", name=re.compile("The sampler"))
    points = [one.grade.tasks["sample"].earned for one in rows]
    judged = [earned for earned in points if earned is not None]
    percent = 100 * sum(earned == 8 for earned in judged) / len(judged)
    assert f"{percent:.0f} %" in row.text_content()
    mistakes = [mistake for one in rows for mistake in one.submission.mistakes]
    named = Counter(words for task, words in mistakes if task == "sample")
    told = row.locator("button").all_text_contents()
    assert [text.rsplit(" ", 1)[0] for text in told] == [w for w, _ in named.most_common(3)]
    assert [int(text.rsplit(" ", 1)[1]) for text in told] == [n for _, n in named.most_common(3)]


def test_page_says_who_needs_a_person_and_what_was_graded_earlier(index, many):
    urgent = [one for one in many[1] if one.urgent]
    section = index.get_by_role("region", name="Needs a person")
    assert section.locator("a").count() == len(urgent) > 8
    section.get_by_text(f"{len(urgent) - 8} more").click()
    expect(section.locator("a").last).to_be_visible()
    numbers = index.get_by_role("list", name="In numbers").inner_text()
    assert f"{len(urgent)} need a person" in numbers
    assert "125 graded earlier and 375 in this run" in numbers
    assert index.locator("#students td", has_text="earlier").count() >= 125


def test_digits_follow_the_table(index, many):
    tiles = index.locator("#tiles li:not([hidden])")
    assert tiles.count() == sum(one.thumbnail is not None for one in many[1])
    heading(index, "Total").get_by_role("button").click()
    values = [float(text) for text in tiles.locator(".soft").all_text_contents()]
    assert values[:100] == sorted(values, reverse=True)[:100]
    index.get_by_label("Search").fill("submission_100300")
    assert tiles.count() == 1
    assert tiles.locator("a").get_attribute("href") == "submission_100300/instructor.html"
    assert tiles.locator("img").evaluate("image => image.naturalWidth") > 250


# ------------------------------------------------------------------------------------- a phone


@pytest.mark.parametrize("viewport", [PHONE, {"width": 820, "height": 1100}, DESK])
def test_nothing_lies_beyond_the_edge(look, fits, many, batch, viewport):
    for path in (many[0], batch.folder / "index.html"):
        assert fits(look(path, viewport))


def test_rows_are_cards_on_a_phone(look, many):
    page = look(many[0], PHONE)
    row = page.locator("#students tbody tr").first
    assert row.bounding_box()["width"] <= 390
    labels = row.locator("td").evaluate_all(
        "cells => cells.map(c => getComputedStyle(c, '::before').content)"
    )
    assert '"Total"' in labels
    buttons = page.locator("#students thead button").all_inner_texts()
    parts = {part.title for part in many[1][0].result.scope.course.assignments[0].parts}
    assert parts < {text.strip() for text in buttons} and "part1" not in buttons
    heading(page, "Total").get_by_role("button").click()
    expect(heading(page, "Total")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Search").fill("muller")
    assert all("Müller" in name for name in shown(page))
