"""The findings on files: a page to look at, a table to compute with, and every p-value."""

import base64
import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograder.config.files import write_bytes_whole, write_whole
from autograder.config.paths import REPOSITORY
from checkkit.report.page import environment
from checkkit.verdicts.statistics import ALARM

from .claims import CLAIMS
from .picture import draw_nulls
from .running import IMPLEMENTATIONS
from .verdicts import LEVEL, MOST_ALARMS, Findings, failure_bound, in_order


def write_pages(folder: Path, findings: Findings, about: Mapping[str, object]) -> Path:
    """Write nulls.html, nulls.csv, nulls.png and nulls.npz; return the path of the page.

    Args:
        about: what the page says of the run: seed, seeds, seconds, implementations.
    """
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw_nulls(findings.statistics)
    write_bytes_whole(folder / "nulls.png", picture)
    write_bytes_whole(folder / "nulls.npz", _values(findings))
    write_whole(folder / "nulls.csv", csv_text(findings))
    write_whole(folder / "nulls.html", html(findings, picture, about))
    return folder / "nulls.html"


def csv_text(findings: Findings) -> str:
    """One line for each statistic of each check."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    heading = ["check", "statistic", "null", "values", "ks_p", "smallest_p", "p_values_in_a_run"]
    table.writerow([*heading, "rate_of_the_check", "runs", "failures"])
    for check in findings.checks.values():
        for one in check.statistics.values():
            null = one.claim.null if one.claim else ""
            numbers = [len(one.p), f"{one.ks_p:.3g}", f"{one.smallest:.3g}", one.count]
            table.writerow([check.name, one.name, null, *numbers, f"{check.rate:.0e}", check.runs,
                            len(check.failures)])  # fmt: skip
    return text.getvalue()


def html(findings: Findings, picture: bytes, about: Mapping[str, object]) -> str:
    """The page: faults, the picture, a line a check, a line a statistic."""
    return (
        environment(REPOSITORY.nulls_templates)
        .get_template("nulls.html")
        .render(
            findings=findings,
            faults=list(findings.faults()),
            picture="data:image/png;base64," + base64.b64encode(picture).decode(),
            statistics=in_order(findings.statistics),
            bound=failure_bound(findings.failures, findings.runs),
            claims=CLAIMS,
            drawing=IMPLEMENTATIONS,
            level=LEVEL,
            alarm=ALARM,
            most_alarms=MOST_ALARMS,
            **about,
        )
    )


def _values(findings: Findings) -> bytes:
    """Every p-value that was tested, by check and statistic."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        f"{one.check} {one.name}": np.asarray(one.spread, np.float32) for one in findings.statistics
    }
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
