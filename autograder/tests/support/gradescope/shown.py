"""Who sees what of the results, and when, as the platform's documentation says."""

from collections.abc import Mapping
from typing import Any, Literal

from checkkit.points import written

When = Literal["before_due", "after_due", "published"]
WHENS: tuple[When, ...] = ("before_due", "after_due", "published")
SEEN: dict[str, tuple[When, ...]] = {
    "visible": WHENS,
    "after_due_date": ("after_due", "published"),
    "after_published": ("published",),
    "hidden": (),
}
HIDES_THE_TOTAL = ("after_due_date", "after_published")  # hidden tests are worth nothing, it says


def seen_tests(results: Mapping[str, Any], when: When) -> list[Mapping[str, Any]]:
    """The tests that students see at this time; publishing is taken to come after the due date."""
    general = results.get("visibility", "visible")
    tests = results.get("tests", [])
    return [test for test in tests if when in SEEN[test.get("visibility", general)]]


def total_seen(results: Mapping[str, Any], when: When) -> float | None:
    """The total that students see at this time; None while a test that counts is hidden."""
    general = results.get("visibility", "visible")
    for test in results.get("tests", []):
        visibility = test.get("visibility", general)
        if visibility in HIDES_THE_TOTAL and when not in SEEN[visibility]:
            return None
    return score(results)


def score(results: Mapping[str, Any]) -> float:
    """The submission's score: its own where it has one, else the sum over its tests."""
    if "score" in results:
        return results["score"]
    return sum(test.get("score", 0) for test in results.get("tests", []))


def stdout_seen(results: Mapping[str, Any], when: When) -> bool:
    """Whether students see what run_autograder printed."""
    return when in SEEN[results.get("stdout_visibility", "hidden")]


def overview(results: Mapping[str, Any]) -> list[str]:
    """How many tests, and points, students see from when on."""
    words = {"visible": "at once", "after_due_date": "after the due date"}
    words |= {"after_published": "after publication", "hidden": "never"}
    general = results.get("visibility", "visible")
    lines = []
    for visibility, when in words.items():
        tests = results.get("tests", [])
        found = [test for test in tests if test.get("visibility", general) == visibility]
        points = sum(test.get("score", 0) for test in found)
        most = sum(test.get("max_score", 0) for test in found)
        if found:
            lines.append(
                f"seen {when}: {len(found)} tests, {written(points)} of {written(most)} points"
            )
    return lines


def as_student(results: Mapping[str, Any], when: When) -> str:
    """The page of a student at this time, as text."""
    total = total_seen(results, when)
    lines = [f"Score: {'hidden' if total is None else format(total, 'g')}", ""]
    lines += [results["output"], ""] if results.get("output") else []
    for test in seen_tests(results, when):
        name = f"{test.get('number', '')} {test.get('name', '')}".strip()
        lines.append(f"{name} ({test.get('score', 0):g}/{test.get('max_score', 0):g})")
        lines += [f"    {line}" for line in test.get("output", "").splitlines()]
    return "\n".join(lines)
