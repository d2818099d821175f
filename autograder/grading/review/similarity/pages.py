"""The pages of `autograder similar`: index.html, one for each flagged pair, and pairs.csv."""

import base64
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from autograder.config.files import write_whole
from autograder.config.paths import REPOSITORY
from checkkit.report.page import environment
from checkkit.text import defused, one_line

from .comparing import COMMON_LEAST, FEWEST_TOKENS, Comparison, Pair, groups
from .fingerprints import Fingerprints, K
from .passages import excerpts

MOST_PAGES = 300
MOST_EXCERPTS = 80
WARN_FROM = 0.5  # this share of code that many have is worth a warning
LISTED_FROM = 0.4  # in pairs.csv
COLUMNS = ("first", "second", "share", "file", "file of", "shared tokens", "flagged", "group")
COLOURS = ("#2f6690", "#c8553d", "#f2c14e")
PAGE = re.compile(r"\d+\.html")


def write_pages(
    folder: Path,
    comparison: Comparison,
    not_compared: Sequence[Fingerprints],
    on_progress: Callable[[], None] = lambda: None,
) -> Path:
    """Write all pages; `on_progress` is called after each pair. Returns the path of index.html."""
    pairs = folder / "pairs"
    pairs.mkdir(parents=True, exist_ok=True)
    for path in pairs.iterdir():  # those of an earlier run
        if PAGE.fullmatch(path.name):
            path.unlink()
    shown = comparison.flagged[:MOST_PAGES]
    for number, pair in enumerate(shown, 1):
        write_whole(pairs / f"{number}.html", pair_page(comparison, pair, number, len(shown)))
        on_progress()
    write_whole(folder / "pairs.csv", pairs_csv(comparison))
    write_whole(folder / "index.html", index_page(comparison, shown, not_compared))
    return folder / "index.html"


def index_page(
    comparison: Comparison, shown: Sequence[Pair], not_compared: Sequence[Fingerprints]
) -> str:
    """Every flagged pair, the most similar first."""
    shares = [pair.share for pair in comparison.pairs]
    flagged = comparison.flagged
    picture = base64.b64encode(histogram({"pairs": shares}, comparison.threshold)).decode()
    return _render(
        "similar.html",
        comparison=comparison,
        earlier=sum(one.earlier for one in comparison.submissions),
        flagged=len(flagged),
        shown=shown,
        copied=[one for one in comparison.submissions if one.released],
        groups=groups(flagged),
        picture=f"data:image/png;base64,{picture}",
        below=len(shares) - len(flagged),
        not_compared=not_compared,
        fewest=FEWEST_TOKENS,
        least=COMMON_LEAST,
        k=K,
        warn_from=WARN_FROM,
    )


def pair_page(comparison: Comparison, pair: Pair, number: int, last: int) -> str:
    """What two submissions share, side by side; passages that many submissions have come last."""
    rows = excerpts(pair, comparison)
    many = max(2, comparison.most // 2)
    rows.sort(key=lambda row: (row.holders > many, -row.tokens))
    return _render(
        "pair.html",
        pair=pair,
        rows=rows[:MOST_EXCERPTS],
        more=max(0, len(rows) - MOST_EXCERPTS),
        number=number,
        last=last,
    )


def _render(template: str, **values: object) -> str:
    return environment(REPOSITORY.similar_templates).get_template(template).render(values)


def pairs_csv(comparison: Comparison) -> str:
    """One line for each pair, from a share of LISTED_FROM on; no cell is a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    numbers = groups(comparison.flagged)
    for pair in comparison.pairs:
        flagged = pair.share >= comparison.threshold
        if not flagged and pair.share < LISTED_FROM:
            break
        assert pair.owner is not None  # something is shared
        cells = [pair.first.name, pair.second.name, f"{pair.share:.3f}", pair.file]
        cells += [pair.owner.name, str(pair.shared), "yes" if flagged else "no"]
        cells.append(str(numbers[pair.first.name]) if flagged else "")
        table.writerow([defused(one_line(cell)) for cell in cells])
    return text.getvalue()


def histogram(
    shares: Mapping[str, Sequence[float]], threshold: float, what: str = "pairs"
) -> bytes:
    """A PNG for a phone's width; counts on a logarithmic axis, so that single pairs can be seen."""
    figure = Figure(figsize=(6, 2.8), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    edges = np.linspace(0, 1, 41).tolist()
    for (name, values), colour in zip(shares.items(), COLOURS, strict=False):
        axes.hist(values, edges, color=colour, alpha=0.75, label=f"{name} ({len(values):,})")
    axes.axvline(threshold, color="black", lw=1, ls="--", label=f"flagged from {threshold:g}")
    axes.set(yscale="log", xlim=(0, 1), ylim=(0.6, None), ylabel=what)
    axes.set_xlabel("largest share of a file that stands in the other submission")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    buffer = io.BytesIO()
    canvas.print_png(buffer)
    return buffer.getvalue()
