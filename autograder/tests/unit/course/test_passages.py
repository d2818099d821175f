"""Passages that only some courses show."""

import pytest

from autograder.course.passages import PassageError, marked_names, shown

PYTHON = """\
# for: a b
import one

# end for
TABLE = {
    "x": 1,  # for: a
    "y": 2,  # for: c
}
# for: c
def f():
    # for: a
    return 1
    # end for
# end for
"""
MARKDOWN = """\
# Title

## One <!-- for: a -->

Text of one.

### Inner

More of one.

## Two <!-- for: b -->

```
# for comments in code are no headings
```

| x | y |
| for all | 1 |
| for b | 2 | <!-- for: b -->

<!-- for: c -->
Only c.
<!-- end for -->

## Three
"""


def test_python_is_shown_as_far_as_it_is_for_the_course():
    assert shown(PYTHON, "m.py", {"b"}) == "import one\n\nTABLE = {\n}\n"
    assert shown(PYTHON, "m.py", {"c"}) == 'TABLE = {\n    "y": 2,\n}\ndef f():\n'
    everything = shown(PYTHON, "m.py", None)
    assert "return 1" in everything and "for:" not in everything
    assert shown("# for: a\nx = 1\n# end for\n", "m.py", {"b"}) == ""


def test_a_heading_that_is_not_for_the_course_takes_its_section_along():
    text = shown(MARKDOWN, "page.md", {"b"})
    assert "One" not in text and "Inner" not in text and "More of one" not in text
    assert "## Two\n" in text and "| for b | 2 |\n" in text and "Only c" not in text
    assert "\n\n\n" not in text
    assert "## Three" in shown(MARKDOWN, "page.md", set())
    assert "# for comments" not in shown(MARKDOWN, "page.md", {"a"})


def test_a_star_stands_for_all_names_that_begin_so():
    text = "a = 1  # for: edit-*\nb = 2  # for: draw edit_*\n"
    assert shown(text, "m.py", {"edit-noise"}) == "a = 1\n"
    assert shown(text, "m.py", {"edit_noise"}) == "b = 2\n"
    assert shown(text, "m.py", {"draw"}) == "b = 2\n"
    assert shown(text, "m.py", {"my-edit-noise", "edit"}) == ""


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a = 1\n# for: a\nb = 2\n", 2, "does not end"),
        ("a = 1\n# end for\n", 2, "ends no passage"),
    ],
)
def test_marks_that_do_not_pair_are_refused_with_their_line(text, line, says):
    with pytest.raises(PassageError, match=says) as refused:
        shown(text, "m.py", None)
    assert refused.value.line == line


def test_every_name_of_a_mark_is_known_with_its_line():
    assert list(marked_names("x  # for: a, b\n<!-- for: guidance-scales -->\n")) == [
        (1, "a"),
        (1, "b"),
        (2, "guidance-scales"),
    ]
