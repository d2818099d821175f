"""`autograder similar`: compare all submissions and write pages about similar pairs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.exit_codes import ExitCode
from autograder.grading.intake import BadSubmission, SubmissionSource
from autograder.grading.review.twins import with_twins
from autograder.progress import Progress
from checkkit.text import one_line

from .comparing import COMMON_SHARE, THRESHOLD, Comparison, compare, groups
from .pages import MOST_PAGES, WARN_FROM, write_pages
from .submissions import find_submissions, read_all

PRINTED = 10


def run(
    paths: Sequence[Path],
    output: Path = Path("results", "similar"),
    *,
    also: Sequence[Path] = (),
    threshold: float = THRESHOLD,
    common: float = COMMON_SHARE,
) -> ExitCode:
    """Compare, write and print; the exit code does not depend on what is flagged.

    Args:
        also: submissions of earlier years.
        threshold: share from which a pair is flagged.
        common: code that more than this share of all submissions have does not count.
    """
    messages = Console(stderr=True, soft_wrap=True)
    try:
        if not 0 < threshold <= 1:
            raise ValueError(f"--threshold {threshold:g}: must be above 0 and at most 1")
        sources = find_submissions(paths, also)
        twins = _twins(sources)
        read = []
        with Progress(messages, "reading", len(sources), unit="submissions") as progress:
            for one in read_all(sources):
                read.append(one)
                progress.advance()
        not_compared = [one for one in read if one.problem]
        for one in not_compared:
            messages.print(Text(f"{one_line(one.name)}: {one_line(one.problem)}", "yellow"))
        submissions = [one for one in read if not one.problem]
        if len(submissions) < 2 or all(one.earlier for one in submissions):
            messages.print(Text("Nothing to compare: give two submissions.", "bold red"))
            return ExitCode.FAILED
        total = len(submissions)
        with Progress(messages, "comparing", total, unit="submissions") as progress:
            comparison = compare(submissions, threshold, common, progress.advance)
        total = min(MOST_PAGES, len(comparison.flagged))
        with Progress(messages, "writing", total, unit="pages") as progress:
            page = write_pages(output, comparison, not_compared, progress.advance)
    except (BadSubmission, ValueError) as problem:
        messages.print(Text(one_line(str(problem), 400), style="bold red"))
        return ExitCode.BAD_REQUEST
    except OSError as error:
        where = error.filename or output
        sentence = f"{where}: {error.strerror or error}; choose an --output that can be written"
        messages.print(Text(one_line(sentence, 400), style="bold red"))
        return ExitCode.BAD_REQUEST
    except KeyboardInterrupt:
        messages.print(Text("Interrupted: pages are missing or incomplete.", style="yellow"))
        return ExitCode.INTERRUPTED
    for line in twins[:PRINTED]:
        messages.print(Text(one_line(line, 400)))
    if len(twins) > PRINTED:
        messages.print(f"and {len(twins) - PRINTED} more about figures")
    _print(comparison, page)
    return ExitCode.OK


def _twins(sources: Sequence[tuple[SubmissionSource, bool]]) -> list[str]:
    """A line for each submission of this year that has a figure in common with another one."""
    named = [replace(s, flags=(), name=f"{'earlier: ' * old}{s.name}") for s, old in sources]
    flagged = zip(with_twins(named), sources, strict=True)
    return [f"{s.name}: {line}" for s, (_, old) in flagged if not old for line in s.flags]


def _print(comparison: Comparison, page: Path) -> None:
    console = Console(soft_wrap=True)
    copied = [f"{one.name}: {line}" for one in comparison.submissions for line in one.released]
    for line in copied[:PRINTED]:
        console.print(Text(one_line(line, 400)))
    if len(copied) > PRINTED:
        console.print(f"and {len(copied) - PRINTED} more passages like files that students receive")
    flagged = comparison.flagged
    if flagged:
        table = Table("Pair", "Share", "Group", title="A person should look at these pairs")
        numbers = groups(flagged)
        for pair in flagged[:PRINTED]:
            names = f"{one_line(pair.first.name)}, {one_line(pair.second.name)}"
            group = str(numbers[pair.first.name])
            table.add_row(Text(names), f"{100 * pair.share:.0f} %", group)
        console.print(table)
        if len(flagged) > PRINTED:
            console.print(f"and {len(flagged) - PRINTED} more pairs")
    elif comparison.pairs and comparison.pairs[0].share:
        most = one_line(str(comparison.pairs[0]), 300)
        console.print(Text(f"No pair is flagged; the most similar: {most}"))
    else:
        console.print("No pair is flagged: no pair shares any own code.")
    if comparison.ignored > WARN_FROM:
        console.print(
            f"{100 * comparison.ignored:.0f} % of the code is in more than {comparison.most}"
            " submissions and was ignored; one solution may be shared by many. --common 1 ignores"
            " nothing."
        )
    console.print(
        f"{len(comparison.pairs):,} pairs of {len(comparison.submissions):,} submissions,"
        f" {len(flagged):,} flagged: {page}"
    )
