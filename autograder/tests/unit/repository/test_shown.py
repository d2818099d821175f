"""Who sees what and when: the platform's documented rules."""

import pytest

from autograder.tests.support.gradescope.shown import (
    WHENS,
    as_student,
    score,
    seen_tests,
    stdout_seen,
    total_seen,
)


def of(*visibilities, **more):
    tests = [
        {"name": f"test {v}", "score": 1, "max_score": 2, "output": f"words {v}"}
        | ({"visibility": v} if v else {})
        for v in visibilities
    ]
    return {"tests": tests, **more}


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        ("visible", (1, 1, 1)),
        ("after_due_date", (0, 1, 1)),
        ("after_published", (0, 0, 1)),
        ("hidden", (0, 0, 0)),
        (None, (1, 1, 1)),
    ],
)
def test_a_test_is_seen_from_its_time_on(visibility, seen):
    results = of(visibility)
    assert tuple(len(seen_tests(results, when)) for when in WHENS) == seen
    assert ("words" in as_student(results, "before_due")) == bool(seen[0])


def test_the_total_waits_for_the_last_test_that_counts():
    results = of("visible", "after_due_date", "after_published", "hidden", score=3)
    assert [total_seen(results, when) for when in WHENS] == [None, None, 3]
    assert [total_seen(of("visible", "hidden"), when) for when in WHENS] == [2, 2, 2]


def test_what_a_test_does_not_say_the_whole_says():
    results = of(None, "visible", visibility="after_published")
    assert [len(seen_tests(results, when)) for when in WHENS] == [1, 1, 2]


def test_own_score_goes_before_the_sum_and_stdout_is_for_staff():
    assert score(of("visible", score=0.5)) == 0.5
    assert score(of("visible", "hidden")) == 2
    assert not any(stdout_seen(of("visible"), when) for when in WHENS)
