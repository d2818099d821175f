"""The table as CSV, as JSON with its settings, and as a page in Markdown."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from textwrap import fill

from autograder.experiments.metrics.report import OF_THIS_MACHINE, json_text
from autograder.experiments.trained_runs.run import Run

from .comparison import Real, Scored
from .rows import Row

COLUMNS = (
    *("method", "steps", "eta", "guidance", "net_evaluations", "samples"),
    *("frechet", "accuracy", "accuracy_low", "accuracy_high", "seconds"),
)
COMMAND = "python -m autograder.experiments.samplers"
PICTURE = "frechet.png"
FLOW, DDIM = Row("flow", 50), Row("ddim", 50, 1.0)  # the two rows of the claim
ACCURATE = 0.98


@dataclass(frozen=True)
class Table:
    """Everything that the files tell.

    Attributes:
        runs: preset -> run.
        computed: seed, device, precision and digests of the weights.
        whole: compared with all of MNIST, not with the subset.
        guidance: w of all rows.
        count: N, samples of each row.
        asked: how many rows there shall be; fewer are scored while the command runs.
    """

    runs: dict[str, Run]
    computed: dict
    whole: bool
    guidance: float
    count: int
    asked: int
    real: Real
    scored: Sequence[Scored]

    def rows(self) -> list[dict]:
        """A dictionary with the keys COLUMNS for each scored row; eta is None but for DDIM."""
        return [
            {
                "method": one.row.line.split(", eta")[0],
                "steps": one.row.steps,
                "eta": one.row.eta,
                "guidance": self.guidance,
                "net_evaluations": one.row.evaluations,
                "samples": self.count,
                "frechet": one.frechet,
                "accuracy": one.accuracy["value"],
                "accuracy_low": one.accuracy["low"],
                "accuracy_high": one.accuracy["high"],
                "seconds": one.seconds,
            }
            for one in self.scored
        ]

    def claim(self) -> str:
        """Whether flow in 50 steps keeps up with DDIM of eta 1 in 50; "" without these rows."""
        found = {one.row: one for one in self.scored}
        if FLOW not in found or DDIM not in found:
            return ""
        flow, ddim = found[FLOW], found[DDIM]
        accuracy = flow.accuracy["value"]
        worse = "no worse than" if flow.frechet <= ddim.frechet else "worse than"
        above = "at least" if accuracy >= ACCURATE else "below"
        return (
            f"At w = {self.guidance:g}, flow in 50 steps ({flow.frechet:.3f}) is {worse} DDIM with "
            f"eta = 1 in 50 steps ({ddim.frechet:.3f}), and its accuracy, {accuracy:.2%}, is "
            f"{above} {ACCURATE:.0%}."
        )


def to_csv(table: Table) -> str:
    """The rows with a header; numbers of five digits."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in table.rows():
        writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})
    return text.getvalue()


def to_json(table: Table) -> str:
    """What was compared and how, the level of real digits, and the rows."""
    runs = {
        preset: {k: v for k, v in asdict(run.settings).items() if k not in OF_THIS_MACHINE}
        for preset, run in table.runs.items()
    }
    frechet = table.real.frechet
    return json_text(
        {
            "runs": runs,
            "computed": table.computed,
            "digits": "MNIST" if table.whole else "subset",
            "real": {"samples": table.count, "frechet": frechet, "accuracy": table.real.accuracy},
            "rows": table.rows(),
        }
    )


def to_page(table: Table) -> str:
    """The page: what is compared, the picture, the table, and the nets."""
    real = table.real
    level = sum(real.frechet) / len(real.frechet)
    against = "MNIST" if table.whole else "the small subset of MNIST"
    unit = "CPU seconds" if table.computed["device"] == "cpu" else "seconds"
    rows = "".join(map(_row, table.scored))
    nets = "".join(f"| {preset} | {_net(run)} |\n" for preset, run in table.runs.items())
    about = _paragraphs(
        f"Which sampler draws the best digits with the fewest calls of the net? `{COMMAND}` wrote "
        "this page: do not edit it. Part 4 of the handout explains the samplers.",
        f"Each row has {table.count:,} samples of the same classes from the same noise, with "
        f"guidance w = {table.guidance:g}. A net evaluation is one call of the net for one image: "
        "guidance needs two for each prediction, and Heun's method makes 2n - 1 predictions in n "
        f"steps. The Fréchet distance is that to the test digits of {against}, in the features of "
        "the classifier in `checkkit/`: do not compare it with distances from papers. "
        f"{len(real.frechet)} sets of {table.count:,} training digits, in the place of samples, "
        f"are {min(real.frechet):.3f} to {max(real.frechet):.3f} away, {level:.3f} on average.",
        table.claim(),
        f"Rows that are not drawn yet: {missing}."
        if (missing := table.asked - len(table.scored))
        else "",
    )
    notes = _paragraphs(
        "Accuracy is the share of samples in which the classifier sees the class asked for; in the "
        "last row, of test digits. [`table.csv`](table.csv) has the same numbers, "
        "[`scores.json`](scores.json) also the settings.",
    )
    return f"""# Samplers beside each other

<img src="{PICTURE}" width="520" alt="Fréchet distance against net evaluations, a line for each
method, and digits of each row">

{about}
| method | steps | eta | net evaluations | Fréchet distance | accuracy, 95 % interval | {unit} |
|---|---:|---:|---:|---:|---:|---:|
{rows}| real digits | | | | {level:.3f} | {_accuracy(real.accuracy)} | |

{notes}
| net of preset | D | epochs | batch size | digits | last loss |
|---|---:|---:|---:|---:|---:|
{nets}
The losses are of different targets: do not compare them.
"""


def _paragraphs(*texts: str) -> str:
    """Each text that is not empty, in lines of at most 100 characters, and an empty line."""
    return "\n".join(
        fill(text, 100, break_long_words=False, break_on_hyphens=False) + "\n"
        for text in texts
        if text
    )


def _row(one: Scored) -> str:
    eta = "" if one.row.eta is None else f"{one.row.eta:g}"
    return (
        f"| {one.row.line.split(', eta')[0]} | {one.row.steps} | {eta} | {one.row.evaluations} "
        f"| {one.frechet:.3f} | {_accuracy(one.accuracy)} | {one.seconds:,.0f} |\n"
    )


def _accuracy(of: dict[str, float]) -> str:
    return f"{of['value']:.2%} ({of['low']:.2%} to {of['high']:.2%})"


def _net(run: Run) -> str:
    s, losses = run.settings, run.curves.get("epoch_loss") or [float("nan")]
    digits = run.log[-1].get("digits", "?") if run.log else "?"
    return f"{s.num_hiddens} | {run.epochs[-1]} | {s.batch_size} | {digits} | {losses[-1]:.4f}"
