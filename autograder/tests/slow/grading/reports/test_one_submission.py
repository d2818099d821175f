"""The pages of one submission in a browser: whole, harmless, and no wider than the screen."""

import re

from autograder.tests.support.graded_class import NASTY
from autograder.tests.support.pages import PHONE
from autograder.tests.support.pair import ADJUSTMENTS, staff_report

# ----------------------------------------------------------------------------- instructor.html


def test_instructor_s_page_in_a_browser(look, fits, tmp_path):
    hostile = dict.fromkeys(("ignored", "outputs", "suspicions", "complaints"), NASTY)
    path, broken = tmp_path / "instructor.html", tmp_path / "broken.html"
    path.write_text(staff_report(ADJUSTMENTS, **hostile)[2], encoding="utf-8")
    broken.write_text(staff_report(problem=NASTY[6], **hostile)[2], encoding="utf-8")
    assert fits(look(broken, PHONE))
    assert fits(look(path, PHONE))
    page = look(path)
    assert page.title() == "submission_100001: staff report"
    page.get_by_role("link", name="The training loss", exact=True).click()
    failed = page.locator("#task-forward")
    assert failed.get_attribute("open") is not None
    assert "failed" in failed.locator("tbody tr").first.text_content()
    passed = page.locator("#task-unet")
    assert passed.get_attribute("open") is None
    passed.locator("summary").first.press("Enter")
    assert passed.get_attribute("open") is not None


def test_every_page_of_the_batch_is_whole_and_harmless(look, batch):
    for graded in batch.submissions[1::4]:
        for name in ("instructor.html", "report.html"):
            page = look(batch.folder / graded.name / name)
            assert page.locator("main script, main img[src='x']").count() == 0
            assert page.title() != "owned"
            assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", page.content())
