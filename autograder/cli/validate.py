"""`autograder validate`: its options, and which of them go together."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Jobs, hexadecimal


def validate(
    known_bugs: Annotated[
        bool,
        typer.Option("--known-bugs", help="grade every known bug and correct version (minutes)"),
    ] = False,
    false_failures: Annotated[
        bool,
        typer.Option(
            "--false-failures", help="run the statistical checks over many seeds (half an hour)"
        ),
    ] = False,
    mutation: Annotated[
        bool, typer.Option("--mutation", help="grade every small change of the solution (minutes)")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="known bugs: this one; mutation: this file; false failures: this check "
            "(repeatable)",
        ),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(callback=hexadecimal, help="repeat a run: the seed that it printed"),
    ] = None,
    jobs: Jobs = None,
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path("results"),
    training: Annotated[
        bool, typer.Option("--training", help="known bugs: also checks that train a net (hours)")
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="false failures: seeds per implementation (2000)"),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="false failures: also replace the figure in docs")
    ] = False,
) -> None:
    """Validate the checks. `make validate` runs these three validations, and more (hours).

    With --known-bugs: do the checks catch every known bug, and pass every correct version?
    With --mutation: do they catch bugs that are not in the list of known bugs?
    With --false-failures: do correct submissions fail by chance as rarely as the checks promise?
    """
    modes = {"--known-bugs": known_bugs, "--false-failures": false_failures, "--mutation": mutation}
    chosen = [mode for mode, wanted in modes.items() if wanted]
    if len(chosen) != 1:
        raise typer.BadParameter(f"give exactly one of {', '.join(modes)}")
    for option, given, mode in (
        ("--training", training, "--known-bugs"),
        ("--seeds", seeds is not None, "--false-failures"),
        ("--write", write, "--false-failures"),
    ):
        if given and mode not in chosen:
            raise typer.BadParameter(f"{option} is only for {mode}")
    names = tuple(only or ())
    if known_bugs:
        from autograder.validation.known_bugs import command as known

        status = known.run(output, jobs=jobs, training=training, only=names, seed=seed)
    elif mutation:
        from autograder.validation.mutation import command as mutants

        status = mutants.run(output, jobs=jobs, only=names, seed=seed)
    else:
        from autograder.validation.false_failures import command as failures

        status = failures.run(
            output, seeds=seeds or 2000, jobs=jobs, only=names, seed=seed, write=write
        )
    raise typer.Exit(status)
