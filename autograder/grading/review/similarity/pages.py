"""What a person reads: index.html, a page for each flagged pair, and pairs.csv."""

import base64
import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config.files import write_whole
from autograder.config.paths import REPOSITORY
from checkkit.report.page import environment
from checkkit.text import defused, one_line

from .comparing import COMMON_LEAST, FEWEST_TOKENS, Compared, Pair, groups
from .fingerprints import K
from .passages import excerpts
from .picture import histogram
from .submissions import LeftOut

MOST_PAGES = 300
MOST_EXCERPTS = 80
MOST_TAKEN = 0.5  # more than this as the task's own asks for a second look
LISTED_FROM = 0.4  # in pairs.csv
COLUMNS = ("first", "second", "share", "file", "file of", "shared tokens", "flagged", "group")
PAGE = re.compile(r"\d+\.html")


@dataclass(frozen=True)
class Found:
    """All that the pages tell."""

    compared: Compared
    submissions: int
    earlier: int
    left_out: Sequence[LeftOut]
    threshold: float
    common: float

    @property
    def flagged(self) -> list[Pair]:
        return self.compared.flagged(self.threshold)


def write_pages(folder: Path, found: Found, told: Callable[[], None] = lambda: None) -> Path:
    """Write all pages; `told` is called after each pair. Returns the path of index.html."""
    pairs = folder / "pairs"
    pairs.mkdir(parents=True, exist_ok=True)
    for path in pairs.iterdir():  # those of an earlier run
        if PAGE.fullmatch(path.name):
            path.unlink()
    shown = found.flagged[:MOST_PAGES]
    for number, pair in enumerate(shown, 1):
        write_whole(pairs / f"{number}.html", pair_page(found, pair, number, len(shown)))
        told()
    write_whole(folder / "pairs.csv", pairs_csv(found))
    write_whole(folder / "index.html", index_page(found, shown))
    return folder / "index.html"


def index_page(found: Found, shown: Sequence[Pair]) -> str:
    """Every flagged pair, the most alike first."""
    shares = [pair.share for pair in found.compared.pairs]
    picture = base64.b64encode(histogram({"pairs": shares}, found.threshold)).decode()
    return (
        environment(REPOSITORY.similar_templates)
        .get_template("similar.html")
        .render(
            found=found,
            pairs=len(shares),
            flagged=len(found.flagged),
            rows=[(number, pair, in_words(pair)) for number, pair in enumerate(shown, 1)],
            groups=groups(found.flagged),
            picture=f"data:image/png;base64,{picture}",
            below=sum(share < found.threshold for share in shares),
            fewest=FEWEST_TOKENS,
            least=COMMON_LEAST,
            k=K,
            most_taken=MOST_TAKEN,
        )
    )


def pair_page(found: Found, pair: Pair, number: int, last: int) -> str:
    """What two submissions share, side by side."""
    rows = excerpts(pair, found.compared)
    rows.sort(key=lambda row: (row.holders > row_limit(found), -row.tokens))
    return (
        environment(REPOSITORY.similar_templates)
        .get_template("pair.html")
        .render(
            found=found,
            pair=pair,
            words=in_words(pair),
            rows=rows[:MOST_EXCERPTS],
            more=max(0, len(rows) - MOST_EXCERPTS),
            number=number,
            last=last,
        )
    )


def row_limit(found: Found) -> int:
    """Passages that more submissions have than this come last."""
    return max(2, found.compared.most // 2)


def in_words(pair: Pair) -> str:
    """Whose file it is of which so much stands in the other submission."""
    owner, other = pair.owner, pair.second if pair.owner is pair.first else pair.first
    assert owner is not None
    return f"{100 * pair.share:.0f} % of {pair.file} of {owner.name} in {other.name}"


def pairs_csv(found: Found) -> str:
    """One line a pair, from LISTED_FROM on; nothing in it is a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    numbers = groups(found.flagged)
    for pair in found.compared.pairs:
        flagged = pair.share >= found.threshold
        if not flagged and pair.share < LISTED_FROM:
            break
        assert pair.owner is not None  # something is shared
        cells = [pair.first.name, pair.second.name, f"{pair.share:.3f}", pair.file]
        cells += [pair.owner.name, str(pair.shared), "yes" if flagged else "no"]
        cells.append(str(numbers[pair.first.name]) if flagged else "")
        table.writerow([defused(one_line(cell)) for cell in cells])
    return text.getvalue()
