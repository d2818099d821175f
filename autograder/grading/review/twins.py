"""Submissions with figures of the same run, or with the same figure, as flags for staff.

Every run draws its identity when it begins, so two students who train on their own differ in it,
even with the same code and seed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.intake import SubmissionSource
from autograder.grading.intake.figures import Figure, figures_in
from checkkit.text import one_line

WITHOUT_RUN = {"noising-strip"}  # the same for all who have the same digits and seed
MOST = 5  # submissions: a picture that more of them have belongs to the task
NAMED = 3  # other submissions, and figures, in one flag


def with_twins(
    sources: Sequence[SubmissionSource], on_progress: Callable[[], None] = lambda: None
) -> list[SubmissionSource]:
    """The submissions, with a flag for each that has a figure in common with another student's.

    `on_progress` is called after each submission.
    """
    figures = {}
    for source in sources if len(sources) > 1 else ():
        figures[source.name] = figures_in(source)
        on_progress()
    flags = twins(figures, {source.name: _students(source) for source in sources})
    return [replace(one, flags=(*one.flags, *flags.get(one.name, ()))) for one in sources]


def twins(
    figures: Mapping[str, Sequence[Figure]], students: Mapping[str, frozenset[str]]
) -> dict[str, list[str]]:
    """Name of a submission -> sentences about what others have too.

    Args:
        figures: of each submission.
        students: of each submission; two of one student are no twins.
    """
    holders: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(dict)
    for name, own in figures.items():
        for figure in own:
            if figure.run:
                key = "run", figure.run
            elif figure.name not in WITHOUT_RUN and figure.digest not in _given():
                key = "picture", figure.digest
            else:
                continue
            holders[key].setdefault(name, set()).add(figure.name)
    flags: dict[str, list[str]] = defaultdict(list)
    for (kind, value), by_name in holders.items():
        if kind == "picture" and len(by_name) > MOST:
            continue
        for name, own in by_name.items():
            others = [o for o in by_name if o != name and not students[o] & students[name]]
            if not others:
                continue
            what = f"figures of the run {value} ({_listed(sorted(own))}),"
            what = what if kind == "run" else "a picture that is the same to the last byte"
            flags[name].append(f"twin: {what} also in {_listed(others)}")
    return dict(flags)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(one_line(name, 80) for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown


def _students(source: SubmissionSource) -> frozenset[str]:
    return frozenset(student.id for student in source.students)


@cache
def _given() -> frozenset[str]:
    """The digests of the handout's own figures, which a notebook on Colab shows."""
    folder = REPOSITORY.starter_figures
    paths = files_in(folder, ".png") if folder.is_dir() else ()
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
