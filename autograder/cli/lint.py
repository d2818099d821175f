"""`autograder lint`: its options, and the old name of the command."""

from typing import Annotated

import typer

RENAMED = {"--mutants": "--known-bugs", "--nulls": "--false-failures"}


def lint(
    write: Annotated[
        bool,
        typer.Option("--write", help="first regenerate the starter and the tables in the docs"),
    ] = False,
    artefacts: Annotated[
        bool,
        typer.Option("--artefacts", help="also build a release and search it for leaks (seconds)"),
    ] = False,
) -> None:
    """Check the repository: outdated generated files, leaks, and rules of the code."""
    from autograder.config.paths import REPOSITORY
    from autograder.exit_codes import ExitCode

    if missing := list(REPOSITORY.missing()):  # the imports below may need what is missing
        typer.echo("\n".join(map(str, missing)))
        raise typer.Exit(ExitCode.FAILED)
    from autograder.authoring.run_lint import lint

    lint(write, artefacts)


def check(context: typer.Context) -> None:
    """The old name of `autograder lint` and `autograder validate`, until the next release."""
    arguments = [RENAMED.get(argument, argument) for argument in context.args]
    modes = [mode for mode in (*RENAMED.values(), "--mutation") if mode in arguments]
    command = "validate" if modes else "lint"
    instead = " ".join(["autograder", command, *modes])
    typer.echo(f"`autograder check` is deprecated: use `{instead}`", err=True)
    context.find_root().command.main([command, *arguments], prog_name="autograder")
