"""Options that several commands have."""

import re
from typing import Annotated

import typer


def hexadecimal(text: str | None) -> str | None:
    """A seed, as runs print it.

    Raises:
        typer.BadParameter: it is none.
    """
    if text is not None and not re.fullmatch("[0-9a-f]{1,32}", text):
        raise typer.BadParameter("give the seed that a run printed: up to 32 of 0-9 and a-f")
    return text


Isolation = Annotated[
    str, typer.Option(metavar="auto|bwrap|user|none", help="how submissions are confined")
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="the course: a file of profiles/")
]
