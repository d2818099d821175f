"""`autograder evaluate RUN`: score a run; scores.json, scores.png and closest.png."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.text import Text

from autograder.config.files import write_bytes_whole, write_whole
from autograder.exit_codes import ExitCode
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import Run, UnreadableRun, read_run

from . import denoising, pictures, report
from .digits import Digits, class_plan, load_digits
from .evaluation import Evaluator
from .problem import Unusable
from .progress import Bar
from .sampling import Sampler, weights_digest

FEWEST, MOST = 40, 10_000  # samples; as many training digits of each class must be there
STRONGEST = 100.0
LARGEST_SEED = 2**63 - 1  # torch takes 63 bits everywhere
SHOWN = (0.2, 0.4, 0.6, 0.8, 1.0)  # sigmas of the picture


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; `output` None means results/scores/ and the run's name."""

    run: Path
    output: Path | None = None
    data: Path = Path("data")
    subset: bool = False
    samples: int = MOST
    guidance: str = "0,0.5,1,1.5,2,3,5"
    search_samples: int = 1000
    compared: int = 1000
    epoch: int | None = None
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True)
class Findings:
    """What is written and printed."""

    scores: dict
    pictures: dict[str, bytes]
    lines: list


def run(request: Request) -> ExitCode:
    """Evaluate, print and write; return the exit status."""
    messages = Console(stderr=True, soft_wrap=True)
    output = request.output or Path("results", "scores", request.run.resolve().name)
    try:
        candidates = guidances(request.guidance)
        if request.seed > LARGEST_SEED:
            raise Unusable(f"--seed {request.seed}: it must be {LARGEST_SEED} or less")
        read = read_run(request.run)
        epoch = chosen_epoch(read, request.epoch)
        device = reference("runs.surroundings").choose_device(request.device)
        output.mkdir(parents=True, exist_ok=True)
        digits = load_digits(request.data, request.subset)
        if not digits.whole and not request.subset:
            messages.print(Text("MNIST cannot be had: the subset takes its place.", style="yellow"))
        if hasattr(read.settings, "num_ts"):
            bar = Bar(messages)
            sampler = Sampler(read, epoch, device, request.seed, output / "samples", bar)
            found = _samples(request, read, epoch, digits, sampler, bar, candidates)
        else:
            found = _denoiser(request, read, epoch, digits, device, Bar(messages))
        for name, picture in found.pictures.items():
            write_bytes_whole(output / name, picture)
        write_whole(output / "scores.json", report.text_of(found.scores))
    except (UnreadableRun, Unusable, reference("runs.settings").Problem) as problem:
        messages.print(Text(str(problem), style="bold red"))
        return ExitCode.BAD_REQUEST
    except OSError as error:
        where = error.filename or output
        sentence = f"{where}: {error.strerror or error}; name an --output that can be written"
        messages.print(Text(sentence, style="bold red"))
        return ExitCode.BAD_REQUEST
    except KeyboardInterrupt:
        sentence = "Interrupted: finished batches are kept; the same command goes on."
        messages.print(Text(sentence, style="yellow"))
        return ExitCode.INTERRUPTED
    console = Console(soft_wrap=True)
    for line in found.lines:
        console.print(line)
    messages.print(Text(f"{output}: scores.json, {', '.join(found.pictures)}"))
    return ExitCode.OK


def guidances(text: str) -> tuple[float, ...]:
    """The candidates in a text such as 0,1,2.5, each once and in ascending order.

    Raises:
        Unusable: it is no such list.
    """
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        found = []
    if not found or not all(math.isfinite(w) and 0 <= w <= STRONGEST for w in found):
        raise Unusable(
            f"--guidance {text}: give numbers from 0 to {STRONGEST:g} with commas between, "
            "as 0,1,2.5"
        )
    return tuple(found)


def chosen_epoch(read: Run, asked: int | None) -> int:
    """The epoch asked for, the last one if none was.

    Raises:
        Unusable: its weights were not kept.
    """
    if asked is not None and asked not in read.epochs:
        kept = ", ".join(map(str, read.epochs))
        raise Unusable(
            f"--epoch {asked}: {read.path} holds the weights of {kept}; name one of them"
        )
    return read.epochs[-1] if asked is None else asked


def _samples(
    request: Request,
    read: Run,
    epoch: int,
    digits: Digits,
    sampler: Sampler,
    bar: Bar,
    candidates: tuple[float, ...],
) -> Findings:
    evaluator = Evaluator(digits, sampler, request.seed, bar)
    found = evaluator.evaluate(
        candidates if read.conditional else None,
        request.samples,
        request.search_samples,
        request.compared,
    )
    computed = {
        "device": sampler.device.type,
        "precision": sampler.precision,
        "batch_size": sampler.batch,
        "weights_sha256": sampler.weights,
    }
    counted = report.counted_targets(read, found)
    return Findings(
        report.about(read, epoch, digits, request.seed, computed)
        | report.samples_json(found, digits, counted),
        {
            "scores.png": pictures.draw_samples(found, digits),
            "closest.png": pictures.draw_closest(found, digits),
        },
        [
            report.samples_table(found, digits),
            *report.target_lines(counted, request.samples, digits),
        ],
    )


def _denoiser(
    request: Request, read: Run, epoch: int, digits: Digits, device: torch.device, bar: Bar
) -> Findings:
    net = reference("runs.fast").SamplingNet(read.net(epoch, device))
    weights, test = weights_digest(net.unet), digits.test
    rng = np.random.default_rng([request.seed, *b"denoiser"])
    count = min(request.samples, len(test.labels))
    images = test.images[test.of_classes(class_plan(test.labels, count, rng), rng)]
    with bar.stage("denoised", count * len(denoising.SIGMAS)):
        rows = denoising.psnr_over_sigma(net, images, device, request.seed, told=bar.advance)
    if not all(row["denoised"] > -math.inf for row in rows):  # nor is it for nan
        raise Unusable(
            f"{read.path}: what its net returns is not finite; the training has "
            "diverged, train it anew with a smaller --lr"
        )
    shown = denoising.examples(net, images[0], device, request.seed, SHOWN)
    computed = {
        "device": device.type,
        "precision": str(net.dtype).removeprefix("torch."),
        "weights_sha256": weights,
    }
    scores = report.about(read, epoch, digits, request.seed, computed)
    scores |= {"psnr": {"digits": count, "unit": "dB", "over_sigma": rows}}
    picture = pictures.draw_psnr(rows, read.settings.sigma, (SHOWN, *shown), count)
    return Findings(scores, {"scores.png": picture}, [report.psnr_table(rows, count)])
