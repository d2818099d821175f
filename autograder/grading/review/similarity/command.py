"""`autograder similar FOLDER`: compare all submissions, write pages, judge nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.exit_codes import ExitCode
from autograder.grading.intake import BadSubmission
from autograder.progress import Progress
from checkkit.text import one_line

from .comparing import COMMON_SHARE, THRESHOLD, compare, groups
from .fingerprints import Prints
from .pages import MOST_PAGES, MOST_TAKEN, Found, in_words, write_pages
from .submissions import LeftOut, read_all, taking_part

PRINTED = 10


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; `also` are submissions of earlier years."""

    paths: Sequence[Path]
    output: Path = Path("results", "similar")
    also: Sequence[Path] = ()
    threshold: float = THRESHOLD
    common: float = COMMON_SHARE


def run(request: Request) -> ExitCode:
    """Compare, write and print; the exit status does not depend on what is flagged."""
    messages = Console(stderr=True, soft_wrap=True)
    try:
        _sensible(request)
        handed_in = taking_part(request.paths, request.also)
        with Progress(messages, "reading", len(handed_in), unit="submissions") as progress:
            prints: list[Prints] = []
            left_out: list[LeftOut] = []
            for one in read_all(handed_in):
                if isinstance(one, Prints):
                    prints.append(one)
                else:
                    left_out.append(one)
                progress.advance()
            for one in left_out:
                messages.print(Text(f"{one_line(one.name)}: {one_line(one.why)}", style="yellow"))
            now = sum(not one.earlier for one in prints)
            if not now or len(prints) < 2:
                messages.print(Text("Nothing to compare: give two submissions.", "bold red"))
                return ExitCode.FAILED
            progress.stage("comparing", len(prints))
            compared = compare(prints, request.common, progress.advance)
            found = Found(
                compared, now, len(prints) - now, left_out, request.threshold, request.common
            )
            pages = min(MOST_PAGES, len(found.flagged))
            progress.stage("writing", pages, unit="pages")
            page = write_pages(request.output, found, progress.advance)
    except (BadSubmission, ValueError) as problem:
        messages.print(Text(one_line(str(problem), 400), style="bold red"))
        return ExitCode.BAD_REQUEST
    except OSError as error:
        where = error.filename or request.output
        sentence = f"{where}: {error.strerror or error}; name an --output that can be written"
        messages.print(Text(one_line(sentence, 400), style="bold red"))
        return ExitCode.BAD_REQUEST
    except KeyboardInterrupt:
        messages.print(Text("Interrupted: nothing was written, or not all.", style="yellow"))
        return ExitCode.INTERRUPTED
    _print(found, page)
    return ExitCode.OK


def _sensible(request: Request) -> None:
    for option, value in (("--threshold", request.threshold), ("--common", request.common)):
        if not 0 < value <= 1:
            raise ValueError(f"{option} {value:g}: give a share above 0, up to 1")


def _print(found: Found, page: Path) -> None:
    console = Console(soft_wrap=True)
    flagged = found.flagged
    if flagged:
        table = Table("Pair", "Share", "Group", title="To be looked at by a person; no verdicts")
        numbers = groups(flagged)
        for pair in flagged[:PRINTED]:
            names = f"{one_line(pair.first.name)}, {one_line(pair.second.name)}"
            group = str(numbers[pair.first.name])
            table.add_row(Text(names), f"{100 * pair.share:.0f} %", group)
        console.print(table)
        if len(flagged) > PRINTED:
            console.print(f"and {len(flagged) - PRINTED} more pairs")
    elif found.compared.pairs and found.compared.pairs[0].share:
        most = one_line(in_words(found.compared.pairs[0]), 300)
        console.print(Text(f"No pair is flagged; the most alike: {most}"))
    else:
        console.print("No pair is flagged: nothing of their own is the same.")
    if found.compared.taken > MOST_TAKEN:
        console.print(
            f"{100 * found.compared.taken:.0f} % of the code stands in more than"
            f" {found.compared.most} submissions and was left out; --common 1 leaves nothing out."
        )
    console.print(
        f"{len(found.compared.pairs):,} pairs of {found.submissions + found.earlier:,} submissions,"
        f" {len(flagged):,} flagged: {page}"
    )
