"""Pages for staff: one file each, whose policy allows its own scripts and no others."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment

from autograder.config.paths import REPOSITORY
from checkkit.report.page import environment
from checkkit.text import one_line


def staff_page(template: str, scripts: Sequence[str] = (), **values: object) -> str:
    """The HTML of a page; its content security policy allows only these scripts."""
    if scripts:
        script = "".join(
            (REPOSITORY.staff_templates / name).read_text(encoding="utf-8") for name in scripts
        )
        digest = hashlib.sha256(script.encode()).digest()
        values |= {"script": script, "script_digest": base64.b64encode(digest).decode()}
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    pages = environment(REPOSITORY.staff_templates)
    pages.filters |= {"duration": duration, "one_line": one_line}
    return pages


def duration(seconds: float) -> str:
    """A duration, rounded to what people need."""
    if seconds < 99.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    minutes, hours = round(seconds / 60), seconds / 3600
    return f"{minutes} min" if minutes < 100 else f"{hours:.1f} h"
