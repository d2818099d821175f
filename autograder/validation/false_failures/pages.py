"""The findings on files: a page to look at, a table to compute with, and every p-value."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograder.config.files import write_bytes_whole, write_whole
from autograder.config.paths import REPOSITORY
from autograder.validation.files import csv_of
from checkkit.report.page import environment
from checkkit.verdicts.statistics import ALARM

from .claims import CLAIMS
from .picture import draw
from .running import IMPLEMENTATIONS
from .verdicts import LEVEL, MOST_ALARMS, Findings, failure_bound


def write_pages(folder: Path, findings: Findings, about: Mapping[str, object]) -> Path:
    """Write false-failures.html, .csv, .png and .npz; return the path of the page.

    Args:
        folder: where to.
        findings: of all runs.
        about: what the page says of the run: seed, seeds, seconds, implementations.
    """
    arrays: dict[str, Any] = {
        f"{one.check} {one.name}": np.asarray(one.spread, np.float32) for one in findings.statistics
    }
    np.savez_compressed(folder / "false-failures.npz", **arrays)
    picture, page = draw(findings.statistics), folder / "false-failures.html"
    write_bytes_whole(page.with_suffix(".png"), picture)
    write_whole(page.with_suffix(".csv"), csv_text(findings))
    write_whole(page, html(findings, picture, about))
    return page


def csv_text(findings: Findings) -> str:
    """One line for each statistic of each check."""
    return csv_of(
        [
            {
                "check": check.name,
                "statistic": one.name,
                "null": one.claim.null if one.claim else "",
                "values": len(one.p),
                "ks_p": f"{one.ks_p:.3g}",
                "smallest_p": f"{min(one.p):.3g}",
                "p_values_in_a_run": one.count,
                "rate_of_the_check": f"{check.rate:.0e}",
                "runs": check.runs,
                "failures": len(check.failures),
            }
            for check in findings.checks.values()
            for one in check.statistics.values()
        ]
    )


def html(findings: Findings, picture: bytes, about: Mapping[str, object]) -> str:
    """The page: faults, the picture, a line a check, a line a statistic."""
    template = environment(REPOSITORY.false_failures_templates).get_template("false-failures.html")
    return template.render(
        findings=findings,
        faults=list(findings.faults()),
        picture="data:image/png;base64," + base64.b64encode(picture).decode(),
        statistics=sorted(findings.statistics, key=lambda one: one.ks_p),
        bound=failure_bound(findings.failures, findings.runs),
        claims=CLAIMS,
        drawing=IMPLEMENTATIONS,
        level=LEVEL,
        alarm=ALARM,
        most_alarms=MOST_ALARMS,
        **about,
    )
