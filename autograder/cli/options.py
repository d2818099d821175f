"""Options that several commands have."""

import re
from typing import Annotated

import typer


def hexadecimal(text: str | None) -> str | None:
    """A seed, as runs print it.

    Raises:
        typer.BadParameter: it is not a seed.
    """
    if text is not None and not re.fullmatch("[0-9a-f]{1,32}", text):
        raise typer.BadParameter("give the seed that a run printed: up to 32 of 0-9 and a-f")
    return text


Jobs = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--jobs",
        min=1,
        metavar="N",
        help="number at the same time (default: depends on cores and memory)",
    ),
]
