"""`autograder check`: its options, and which of them go together."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Jobs, hexadecimal


def check(
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="regenerate the starter and the README's table; nulls: the picture"
        ),
    ] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="judge every mutant and variant instead (minutes)")
    ] = False,
    mutation: Annotated[
        bool, typer.Option("--mutation", help="judge every small change of the solution (minutes)")
    ] = False,
    artefacts: Annotated[
        bool,
        typer.Option("--artefacts", help="also make a release, and search it for leaks (seconds)"),
    ] = False,
    nulls: Annotated[
        bool,
        typer.Option("--nulls", help="run the statistical checks over many seeds (half an hour)"),
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="nulls: so many for each implementation (2000)"),
    ] = None,
    jobs: Jobs = None,
    training: Annotated[
        bool, typer.Option("--training", help="mutants: also the checks that train (hours)")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="mutants: this one; mutation: this file; nulls: this check (repeatable)",
        ),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(callback=hexadecimal, help="mutants, mutation, nulls: repeat a run"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="mutants, mutation, nulls: folder for what was found (results)"),
    ] = None,
) -> None:
    """Is everything that is generated fresh, nothing leaked, and every rule kept?

    With --mutants: do the checks catch every known mistake, and let pass what is right?
    With --mutation: do they catch mistakes that nobody thought of?
    With --nulls: do those that judge randomness fail right submissions as rarely as they say?
    """
    from autograder.authoring.lint.missing import missing_findings
    from autograder.config.paths import REPOSITORY
    from autograder.exit_codes import ExitCode

    if missing := list(missing_findings(REPOSITORY.root)):
        for finding in missing:
            typer.echo(finding)
        raise typer.Exit(ExitCode.FAILED)
    modes = {"--mutants": mutants, "--mutation": mutation, "--nulls": nulls}
    chosen = [name for name, wanted in modes.items() if wanted]
    if len(chosen) > 1:
        raise typer.BadParameter("give one of --mutants, --mutation and --nulls: a run does one")
    for option, given, belongs in (
        ("--jobs", jobs is not None, list(modes)),
        ("--only", bool(only), list(modes)),
        ("--seed", seed is not None, list(modes)),
        ("--output", output is not None, list(modes)),
        ("--training", training, ["--mutants"]),
        ("--seeds", seeds is not None, ["--nulls"]),
        ("--write", write and bool(chosen), ["--nulls"]),
        ("--artefacts", artefacts and bool(chosen), []),
    ):
        if given and not set(chosen) & set(belongs):
            raise typer.BadParameter(
                f"{option} is for {' or '.join(belongs) or 'a plain check'}; leave it out here"
            )
    folder, names = output or Path("results"), tuple(only or ())
    if nulls:
        from autograder.validation.false_failures import command as of_nulls

        request = of_nulls.Request(
            output=folder, seeds=seeds or 2000, jobs=jobs, only=names, seed=seed, write=write
        )
        raise typer.Exit(of_nulls.run(request))
    if mutation:
        from autograder.validation.mutation import command as of_mutation

        request = of_mutation.Request(output=folder, jobs=jobs, only=names, seed=seed)
        raise typer.Exit(of_mutation.run(request))
    if mutants:
        from autograder.validation.known_bugs import command as of_mutants

        request = of_mutants.Request(
            output=folder, jobs=jobs, training=training, only=names, seed=seed
        )
        raise typer.Exit(of_mutants.run(request))
    from autograder.authoring.run_lint import check as run_check

    run_check(write, artefacts)
