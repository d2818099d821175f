"""The pages in a real browser, from disk: keyboard, phone, and no script of a student's."""

import shutil

import pytest
from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")
PHONE, DESK = {"width": 390, "height": 800}, {"width": 1280, "height": 900}

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request, chromium, compared) -> Page:
    page = chromium.new_page(viewport=request.param)
    page.goto(f"file://{compared}/index.html")
    yield page
    page.close()


def test_no_page_scrolls_sideways(page, compared):
    for path in (compared / "index.html", *compared.glob("pairs/*.html")):
        page.goto(f"file://{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], path.name


def test_the_keyboard_leads_to_a_pair_and_back(page):
    for _ in range(2):  # pairs.csv, then the first pair
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pairs/1.html")
    assert page.locator("mark").count() > 10
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")


def test_both_sides_show_the_same_passage(page):
    page.locator(".names a").first.click()
    card = page.locator("section.card").first
    sides = [
        "".join("".join(side.locator("mark").all_inner_texts()).split())
        for side in card.locator(".two > div").all()
    ]
    assert len(sides) == 2 and sides[0] and sides[0][:40] == sides[1][:40]


def test_the_sides_stand_below_each_other_on_a_phone_only(page):
    page.locator(".names a").first.click()
    left, right = (side.bounding_box() for side in page.locator(".two > div").all()[:2])
    if page.viewport_size == PHONE:
        assert right["y"] >= left["y"] + left["height"]
    else:
        assert right["y"] == left["y"] and right["x"] >= left["x"] + left["width"]


def test_a_script_in_a_source_is_text(page):
    page.get_by_text("evil", exact=False).first.click()
    assert page.title() != "run" and "<script>" in page.locator("main").inner_text()
