"""Draw, score and write: the table grows by a row at a time."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.exit_codes import ExitCode
from autograder.experiments.metrics.digits import load_digits
from autograder.experiments.metrics.evaluation import FIRST
from autograder.experiments.output import write_output
from autograder.experiments.trained_runs.reference import choose_device
from autograder.progress import Progress

from .comparison import Comparison, Scored
from .drawing import Nets, read_runs
from .kept import Keeper
from .picture import draw
from .rows import rows_of
from .table import PICTURE, Table, to_csv, to_json, to_page

INTERRUPTED = "Interrupted: finished batches are kept; the same command continues."


def compare(
    methods: Sequence[str],
    folders: dict[str, Path | None],
    *,
    steps: dict[str, Sequence[int]],
    etas: Sequence[float],
    samples: int,
    guidance: float,
    output: Path,
    kept: Path,
    data: Path,
    subset: bool,
    seed: int,
    device: str,
) -> ExitCode:
    """Fill the table; the arguments are the options of the command.

    Args:
        methods: of METHODS.
        folders: preset -> the folder of its run, None for the one that the repository keeps.
        steps: of "ddim", "flow" and "edm".

    Raises:
        UserError: an option, a run, MNIST or a folder is wrong or missing.
    """
    messages = Console(stderr=True, soft_wrap=True)
    runs = read_runs(methods, folders)
    num_ts = runs["class"].settings.num_ts if "class" in runs else 0
    rows = rows_of(methods, num_ts, steps, etas)
    nets = Nets(runs, choose_device(device), guidance)
    digits = load_digits(data, subset)
    if not (digits.whole or subset):
        messages.print(Text("MNIST cannot be had: the subset takes its place.", style="yellow"))
    keeper = Keeper(nets, seed, kept)
    computed = {
        "seed": seed,
        "device": nets.device.type,
        "precision": str(next(iter(nets.nets.values())).dtype).removeprefix("torch."),
        "batch_size": keeper.batch,
        "weights_sha256": nets.digests,
    }
    comparison = Comparison(digits, samples, seed)
    messages.print(Text(f"{len(rows)} rows of {samples:,} samples, beside real digits ..."))
    real, scored = comparison.real(), list[Scored]()
    settings: dict = {"unit": "net evaluations", "rate": True, "own_lines": True, "first": FIRST}
    try:
        with Progress(messages, "samples", **settings) as progress:
            for one in comparison.scores(rows, keeper, progress):
                scored.append(one)
                table = Table(
                    runs, computed, digits.whole, guidance, samples, len(rows), real, scored
                )
                write(output, table)
                messages.print(Text(in_words(one)))
    except KeyboardInterrupt:
        messages.print(Text(INTERRUPTED, style="yellow"))
        return ExitCode.INTERRUPTED
    messages.print(Text(f"{output}: README.md, {PICTURE}, table.csv, scores.json"))
    return ExitCode.OK


def write(output: Path, table: Table) -> None:
    """Write page, picture, table and scores, each as a whole.

    Raises:
        UserError: one of them cannot be written.
    """
    write_output(output / PICTURE, draw(table))
    write_output(output / "table.csv", to_csv(table).encode())
    write_output(output / "scores.json", to_json(table).encode())
    write_output(output / "README.md", to_page(table).encode())


def in_words(one: Scored) -> str:
    """A line about a row that is done."""
    return (
        f"{one.row.line}, {one.row.steps} steps, {one.row.evaluations} net evaluations: "
        f"Fréchet distance {one.frechet:.3f}, accuracy {one.accuracy['value']:.2%}"
    )
