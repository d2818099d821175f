"""Command lines: their help lists the exit codes, and Ctrl-C has an exit code of its own.

A `UserError`, a full disk or a missing part of the repository gives a sentence instead of a
traceback.
"""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from autograder.config.paths import REPOSITORY, MissingPath
from autograder.exit_codes import IN_WORDS, ExitCode, UserError, remedy
from checkkit.text import harmless

MAX_MESSAGE = 20_000  # characters of an error message, which may list every error of a file


class _Interruptible(TyperCommand):
    def invoke(self, ctx: Any) -> Any:
        return _invoke(super().invoke, ctx)


class _InterruptibleGroup(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        return _invoke(super().invoke, ctx)


def command_line(**settings: Any) -> typer.Typer:
    """A command line of several commands; `settings` are those of typer."""
    return typer.Typer(cls=_InterruptibleGroup, epilog=IN_WORDS, **settings)


def run_alone(main: Callable[..., None]) -> None:
    """Run the only command of a program, as `typer.run` does."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=_Interruptible, epilog=IN_WORDS)(main)
    app()


def _invoke(invoke: Callable[[Any], Any], ctx: Any) -> Any:
    # Without this, click ends with 1 after Ctrl-C, which here means that errors were found.
    try:
        return invoke(ctx)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except UserError as error:
        typer.secho(harmless(str(error), MAX_MESSAGE), fg="red", bold=True, err=True)
        raise typer.Exit(ExitCode.BAD_REQUEST) from None
    except OSError as error:
        if not (problem := remedy(error)):
            raise
        typer.secho(problem, fg="red", bold=True, err=True)
        raise typer.Exit(ExitCode.BAD_REQUEST) from None
    except (MissingPath, ImportError) as error:
        if not (problem := _missing(error)):
            raise
        typer.echo(problem, err=True)
        raise typer.Exit(ExitCode.BAD_REQUEST) from None


def _missing(error: MissingPath | ImportError) -> str:
    """What is missing in the repository: the path itself, or what broke an import."""
    if isinstance(error, MissingPath):
        return str(error)
    return "\n".join(map(str, REPOSITORY.missing()))
