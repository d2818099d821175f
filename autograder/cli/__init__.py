"""The command line. What a command needs is imported when it runs, so that --help is quick."""

import re
from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import command_line

app = command_line(
    help="Grade submissions, and keep the assignment itself in order.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _hexadecimal(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[0-9a-f]{1,32}", text):
        raise typer.BadParameter("give the seed that a run printed: up to 32 of 0-9 and a-f")
    return text


Isolation = Annotated[
    str, typer.Option(metavar="auto|bwrap|user|none", help="how submissions are confined")
]


Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="the course: a file of profiles/")
]


@app.command()
def grade(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="folders, zips, notebooks")
    ],
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path("results"),
    only: Annotated[
        list[str] | None, typer.Option(metavar="TASK", help="grade this task (repeatable)")
    ] = None,
    skip_training: Annotated[
        bool, typer.Option("--skip-training", help="leave out the checks that train")
    ] = False,
    profile: Profile = None,
    isolation: Isolation = "auto",
    seed: Annotated[
        str | None, typer.Option(callback=_hexadecimal, help="repeat a run: the seed it printed")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="report.html shows what students see afterwards")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j", "--jobs", min=1, metavar="N", help="so many at once (as the machine bears)"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="also judge again what has not changed, on a fresh seed")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="of Dask, on this machine: tcp://127.0.0.1:8786"),
    ] = None,
    cluster: Annotated[
        Path | None, typer.Option(metavar="YAML", help="more machines: docs/cluster.md")
    ] = None,
    manual: Annotated[
        Path | None, typer.Option(metavar="CSV", help="scores of tasks that people mark")
    ] = None,
    override: Annotated[
        Path | None, typer.Option(metavar="CSV", help="scores in place of others, with reasons")
    ] = None,
    extensions: Annotated[
        Path | None, typer.Option(metavar="CSV", help="who has more time")
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="canvas", help="another gradebook too")
    ] = None,
    gradebook: Annotated[
        Path | None, typer.Option(metavar="DB", help="of nbgrader: gets the scores of record")
    ] = None,
) -> None:
    """Grade submissions: a report for each, a gradebook, and a page for staff.

    The same command goes on where it was interrupted, and judges only what has changed since.
    """
    from autograder.grading.command import Request, run

    request = Request(
        paths=paths,
        output=output,
        only=tuple(only or ()),
        training=not skip_training,
        isolation=isolation,
        seed=seed,
        published=published,
        jobs=jobs,
        force=force,
        scheduler=scheduler,
        cluster=cluster,
        tables={"manual": manual, "override": override, "extensions": extensions},
        formats=("plain", *(formats or ())),
        profile=profile,
        gradebook=gradebook,
    )
    raise typer.Exit(run(request))


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path("demo-results"),
) -> None:
    """Grade four bundled submissions and see that each gets what it deserves."""
    from .demo import run

    raise typer.Exit(run(output))


@app.command()
def figures(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN...]", help="folders that python -m diffusion.train wrote"),
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for the figures")] = Path("results/figures"),
    data: Annotated[Path, typer.Option(help="folder that holds MNIST")] = Path("data"),
    subset: Annotated[
        bool, typer.Option("--subset", help="take test digits of the small subset in tests/data")
    ] = False,
    samples_per_class: Annotated[
        int, typer.Option(min=1, max=10, metavar="N", help="rows of ten samples in a grid")
    ] = 4,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="of noise, samples and chosen digits")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
) -> None:
    """Draw the figures that students hand in, from runs of the solution (minutes)."""
    from autograder.experiments.figures.handout.command import Request, run

    request = Request(
        runs=tuple(runs or ()),
        output=output,
        data=data,
        subset=subset,
        samples_per_class=samples_per_class,
        seed=seed,
        device=device,
    )
    raise typer.Exit(run(request))


@app.command()
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
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j", "--jobs", min=1, metavar="N", help="so many at once (as the machine bears)"
        ),
    ] = None,
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
        typer.Option(callback=_hexadecimal, help="mutants, mutation, nulls: repeat a run"),
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


@app.command()
def release(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="of a course: profiles/NAME.yaml")
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for the release")] = Path("build"),
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART", help="student, notebooks, nbgrader or gradescope (repeatable)"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="also replace what no release has written there")
    ] = False,
) -> None:
    """Make everything that leaves the house, search it for leaks, and put it into build/.

    The same sources give the same bytes. Whatever goes wrong, the last release stays as it was.
    """
    from autograder.authoring.run_release import Request, run

    raise typer.Exit(
        run(Request(output=output, profile=profile, only=tuple(only or ()), force=force))
    )


@app.command()
def similar(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="submissions, as grade takes them")
    ],
    output: Annotated[Path, typer.Option(help="folder for what was found")] = Path(
        "results", "similar"
    ),
    also: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="of earlier years (repeatable)")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="share in common from which a pair is listed")
    ] = None,
) -> None:
    """List pairs of submissions that share more code than independent work does; judge nobody."""
    from autograder.grading.review.similarity.command import Request, run

    chosen = {} if threshold is None else {"threshold": threshold}
    raise typer.Exit(run(Request(paths=paths, output=output, also=tuple(also or ()), **chosen)))


@app.command()
def evaluate(
    path: Annotated[
        Path, typer.Argument(metavar="RUN", help="a folder that diffusion.train wrote: runs/class")
    ],
    samples: Annotated[
        int, typer.Option(min=40, max=10_000, help="images to score (denoiser: to denoise)")
    ] = 10_000,
    output: Annotated[
        Path | None, typer.Option(help="folder for the scores (results/scores/NAME)")
    ] = None,
    data: Annotated[Path, typer.Option(help="where MNIST is kept")] = Path("data"),
    subset: Annotated[
        bool, typer.Option("--subset", help="measure against the small subset of MNIST")
    ] = False,
    guidance: Annotated[
        str, typer.Option(metavar="W,...", help="candidates for the best guidance")
    ] = "0,0.5,1,1.5,2,3,5",
    search_samples: Annotated[
        int, typer.Option(min=40, max=10_000, help="other images on which each of them is tried")
    ] = 1000,
    compared: Annotated[
        int, typer.Option(min=1, help="images compared with all training digits")
    ] = 1000,
    epoch: Annotated[int | None, typer.Option(help="the net after it (the last one)")] = None,
    seed: Annotated[int, typer.Option(min=0, help="of all noise and choices")] = 0,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu")] = "auto",
) -> None:
    """Score a run of the reference: accuracy, Fréchet distance, variety, copies; or PSNR.

    Samples are kept in the folder's samples/, so the same command goes on where it was interrupted.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device):
        raise typer.BadParameter(f"--device {device}: it must be auto, cuda, mps or cpu")
    from autograder.experiments.metrics.command import Request, run

    request = Request(
        run=path,
        output=output,
        data=data,
        subset=subset,
        samples=samples,
        guidance=guidance,
        search_samples=search_samples,
        compared=compared,
        epoch=epoch,
        seed=seed,
        device=device,
    )
    raise typer.Exit(run(request))
