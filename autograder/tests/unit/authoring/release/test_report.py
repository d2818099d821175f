"""The report that people mark: its Markdown, its pages, and figures of too small a run."""

import importlib
import io
import json
import sys
from base64 import b64encode

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from autograder.config.paths import REPOSITORY

LONG = "goes on and on and " * 20
BROAD = r"\alpha_1 + \beta_2 + \frac{1}{2} + " * 12
EVERYTHING = f"""\
# Title with `code` and $x_t$

> **Question**: (a) *why*, and {LONG}

- item {LONG}
  - inner $\\frac{{\\sqrt{{\\bar\\alpha}}}}{{1-\\beta}}$ {LONG}
12. twelfth

| w | what is seen | {"x" * 90} |
|:--|:--:|--:|
| 0 | {LONG} | a \\| b |
| {"0.123456789" * 20} | ${BROAD} 1$ | |

| {" | ".join("abcdefghijklmnopqrst")} |
|{"---|" * 20}
| {" | ".join(["0.123456"] * 20)} |

```python
{"x = " + "1 + " * 60}1
\ty = 2
```

$$
{BROAD * 2} 1
$$

{"word" * 100} `{"/path" * 100}` ${BROAD} 1$ [link]({"https://example.org/" + "a" * 200})

![Figure 6](6-ddpm-samples.png)
![Figure 7](missing.png)
"""


@pytest.fixture
def program(monkeypatch):
    """program(name): a module of those that students get for `submit.py`."""
    monkeypatch.syspath_prepend(str(REPOSITORY.student_given))
    yield importlib.import_module
    for path in REPOSITORY.student_given.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def pages(program):
    """pages(text): the pages of a report, with one picture."""
    picture = (REPOSITORY.starter_figures / "6-samples.png").read_bytes()
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        layout = program("print_report").laid_out
        yield lambda text: layout(text, {"6-ddpm-samples.png": picture})


def looks(page):
    """The texts of a page with the looks that differ from plain text, without its number."""
    return [
        (
            text.get_text(),
            *["bold"] * (text.get_fontweight() == "bold"),
            *["italic"] * (text.get_fontstyle() == "italic"),
            *["code"] * ("Mono" in text.get_fontfamily()[0]),
            *["formula"] * text.get_parse_math(),
            *[url for url in [text.get_url()] if url],
        )
        for text in page.texts[1:]
    ]


def shown(page):
    """The texts of a page, each with how far to the right it lies, in hundredths of an inch."""
    return [
        (text.get_text(), round(100 * (text.get_position()[0] * 8.27 - 0.85)))
        for text in page.texts[1:]
    ]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("a *b* **c** _d_", [("a",), ("b", "italic"), ("c", "bold"), ("d", "italic")]),
        ("***d*** `e *f*`", [("d", "bold", "italic"), ("e *f*", "code")]),
        ("**a *b* `c`**", [("a", "bold"), ("b", "bold", "italic"), ("c", "bold", "code")]),
        (r"$x_{t-1}$, so", [("$x_{t-1}$", "formula"), (", so",)]),
        ("[a](b) <https://c.d>", [("a",), ("https://c.d", "https://c.d")]),
        ("[a](https://c.d/ü)", [("a", "https://c.d/%C3%BC")]),
        ("[a](javascript:b)", [("[a](javascript:b)",)]),
        ("# a *b*", [("a", "bold"), ("b", "bold", "italic")]),
        (r"\*a\* &amp; <b>c</b>", [("*a* & <b>c</b>",)]),
        ("<div>\n*a*", [("<div>",), ("a", "italic")]),
        ("a <!-- b\nc --> d", [("a d",)]),
        *((plain, [(plain,)]) for plain in ("snake_case_name", "a * b * c", "~~a~~")),
        *((plain, [(plain,)]) for plain in ("costs $5 and $6", "5 $ more", "$$ open")),
    ],
)
def test_words_have_their_looks(pages, markdown, expected):
    (page,) = pages(markdown)
    assert looks(page) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("- a\n  goes on\n- b", [("•", 9), ("a goes on", 24), ("•", 9), ("b", 24)]),
        ("- a\n  - b\n\nc", [("•", 9), ("a", 24), ("•", 33), ("b", 48), ("c", 0)]),
        ("- a\n\n  b", [("•", 9), ("a", 24), ("b", 24)]),
        ("- - a\n-", [("•", 9), ("•", 33), ("a", 48), ("•", 9)]),
        ("9. a\n9. b", [("9.", 9), ("a", 29), ("10.", 0), ("b", 29)]),
        ("- ```\n  a\n  ```", [("•", 9), ("a", 34)]),
        ("> a\n> - b", [("a", 15), ("•", 24), ("b", 39)]),
        ("a  \nb\\\nc", [("a", 0), ("b", 0), ("c", 0)]),
        ("    a\n    \tb", [("a", 10), ("    b", 10)]),
        ("a\n---\nb\n\n***\nc", [("a", 0), ("b", 0), ("c", 0)]),
        ("a\n$$\n1\n- x\n$$\nb", [("a", 0), ("$1 - x$", 48), ("b", 0)]),
        ("a $$x$$ b", [("a", 0), ("$x$", 48), ("b", 0)]),
    ],
)
def test_blocks_are_told_apart(pages, markdown, expected):
    (page,) = pages(markdown)
    assert shown(page) == expected


def test_columns_of_a_table_have_their_sides(pages):
    wide = "wide " * 3
    (page,) = pages(f"{wide}|{wide}|{wide}\n--|:-:|--:\na \\| b | 2 | 3 | 4\n5|![6](no.png)")
    texts, places = zip(*shown(page), strict=True)
    assert texts == (*["wide wide wide"] * 3, "a | b", "2", "3", "5", "6", "[no.png is missing]")
    (left, middle, right), cells = places[:3], places[3:6]
    width = middle - left - 10
    assert cells[0] == left and middle + width / 3 < cells[1] < middle + width / 1.9
    assert right + width * 0.9 < cells[2] < right + width


@pytest.mark.parametrize("mark", ["- ", "> "])
def test_deep_nesting_is_printed_within_the_page(pages, mark):
    (page,) = pages(f"{mark * 40}deep")
    assert shown(page)[-1][0] == "deep" and shown(page)[-1][1] < 400


def test_nothing_runs_out_of_a_page(pages):
    made = pages(EVERYTHING)
    assert len(made) >= 2
    for page in made:
        renderer = FigureCanvasAgg(page).get_renderer()
        wide, high = page.get_size_inches() * page.dpi
        for text in page.texts:
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0.08 * wide and box.x1 <= 0.92 * wide, text.get_text()[:60]
            assert box.y0 >= 0.03 * high and box.y1 <= 0.95 * high, text.get_text()[:60]


def test_lines_do_not_lie_on_each_other(pages):
    (page,) = pages("a $\\frac{\\frac{1}{2}}{\\frac{3}{4}}$\n\nb $\\sum_{t=1}^{T}$\n\n- c\n- d\n")
    renderer = FigureCanvasAgg(page).get_renderer()
    boxes = sorted((t.get_window_extent(renderer) for t in page.texts), key=lambda b: -b.y0)
    rows = [boxes[0]]
    for box in boxes[1:]:
        if box.y1 > rows[-1].y0:  # beside what is left of it
            assert box.x0 >= rows[-1].x1 - 1 or box.x1 <= rows[-1].x0 + 1
        rows.append(box)


@pytest.mark.parametrize("formula", [r"\nonsense{", r"\begin{matrix} a \end{matrix}", "x^2^3", "{"])
def test_a_formula_that_cannot_be_drawn_is_text(pages, formula):
    (page,) = pages(f"So ${formula}$ holds.\n\n$${formula}$$\n")
    shown = " ".join(text.get_text() for text in page.texts if not text.get_parse_math())
    assert shown.count(f"${formula}$") == 2


@pytest.mark.parametrize(
    "markdown",
    [
        "a ![b *c*]({}) d",
        "- a\n\n  ![b *c*]({})\n- d",
        "a ![b *c*]({}) d\n---",
        "**a [![b *c*]({})](e) d**",
        "a|d\n-|-\n![b *c*]({})",
    ],
)
def test_pictures_are_shown_wherever_they_stand(pages, markdown):
    for name in ("6-ddpm-samples.png", "./6-ddpm-samples.png", "<6-ddpm-samples.png>"):
        (page,) = pages(markdown.format(name))
        assert len(page.axes) == 1
        assert {("a",), ("b",), ("c", "italic"), ("d",)} <= {
            tuple(look for look in text if look not in ("bold", "formula")) for text in looks(page)
        }


def test_a_picture_pasted_into_the_notebook_is_shown(program):
    picture = (REPOSITORY.starter_figures / "6-samples.png").read_bytes()
    cell = {
        "id": "manual-q",
        "source": ["![mine](attachment:my picture.png)"],
        "attachments": {"my picture.png": {"image/png": b64encode(picture).decode()}},
    }
    reporting, question = program("reporting"), {"id": "q", "title": "Q", "points": 2}
    reporting.QUESTIONS.append(question | {"question": "Why?", "figures": {}})
    try:
        report = reporting.report_of_notebook([cell], "Title")
    finally:
        reporting.QUESTIONS.clear()
    (page,) = program("print_report").laid_out(report.text, report.pictures)
    assert len(page.axes) == 1


def test_a_bonus_without_an_answer_costs_nothing_and_lacks_no_figure(program):
    reporting, figures = program("reporting"), {"class-samples": 8}
    reporting.QUESTIONS += [
        {"id": "a", "title": "A", "points": 2, "bonus": False, "figures": {}},
        {"id": "b", "title": "B", "points": 3, "bonus": False, "figures": {}},
        {"id": "c", "title": "C", "points": 4, "bonus": True, "figures": figures},
    ]
    try:
        assert list(reporting.Report("x", "").lacks()) == [
            'no answer to "A" (2 points)',
            'no answer to "B" (3 points)',
            'no answer to "C" (4 bonus points)',
            "so 5 points have no answer",
        ]
        begun = reporting.Report("x", "", {}, {"a": "x", "b": "x", "c": "drawn"})
        assert list(begun.lacks()) == ['no figure of "C": 8-class-samples']
    finally:
        reporting.QUESTIONS.clear()


def test_a_picture_has_its_number_below_and_a_missing_one_is_named(pages):
    (page,) = pages("![Figure 6](6-ddpm-samples.png)\n\n![Figure 7](7-class-loss.png)\n")
    (axes,) = page.axes
    texts = {text.get_text(): text for text in page.texts}
    caption = next(text for words, text in texts.items() if words == "Figure 6")
    assert caption.get_position()[1] < axes.get_position().y0
    assert "[7-class-loss.png is missing]" in texts


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ({"preset": "tiny", "D": 16, "epochs": 4}, "of a run of size tiny (D = 16, 4 epochs)"),
        ({"preset": "class", "D": 2, "epochs": 1}, "of a run of size tiny (D = 2, 1 epoch)"),
        ({"D": 64, "epochs": 1, "asked": 20}, "of a run of 1 epoch; the handout asks for 20"),
        ({"D": 64, "epochs": 20, "asked": 20}, ""),
        ({"D": 16, "epochs": 30, "asked": 20}, ""),
        ({"D": "x", "epochs": None}, ""),
        ({}, ""),
    ],
)
def test_a_figure_of_a_small_or_short_run_is_named(program, stamp, words):
    about, png = PngInfo(), io.BytesIO()
    about.add_text("diffusion", json.dumps(stamp))
    Image.new("L", (9, 9)).save(png, "PNG", pnginfo=about)
    reporting = program("reporting")
    question = {"id": "q", "title": "Q", "points": 2, "figures": {"class-samples": 8}}
    reporting.QUESTIONS.append(question)
    try:
        report = reporting.Report("x", "", {"8-class-samples.png": png.getvalue()}, {"q": "a"})
        expected = [f"the figure 8-class-samples is {words}"] if words else []
        assert list(report.lacks()) == expected
    finally:
        reporting.QUESTIONS.clear()
