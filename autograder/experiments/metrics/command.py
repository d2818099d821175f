"""`autograder evaluate RUN`: measure a run; scores.json, scores.png and closest.png."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from autograder.exit_codes import ExitCode, UserError
from autograder.experiments.output import write_output
from autograder.experiments.trained_runs.inference import diverged, sampling_net
from autograder.experiments.trained_runs.reference import choose_device
from autograder.experiments.trained_runs.run import Run, read_run

from . import denoising, pictures, report
from .digits import Digits, class_plan, load_digits
from .evaluation import Evaluator, stage
from .sampling import Sampler, weights_digest

STRONGEST = 100.0
SHOWN = (0.2, 0.4, 0.6, 0.8, 1.0)  # sigmas of the picture
Results = tuple[dict, dict[str, bytes], list]  # for scores.json, pictures by name, lines to print


def evaluate_run(
    path: Path,
    output: Path | None = None,
    data: Path = Path("data"),
    subset: bool = False,
    samples: int = 10_000,
    guidance: str = "0,0.5,1,1.5,2,3,5",
    search_samples: int = 1000,
    compared: int = 1000,
    epoch: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> ExitCode:
    """Evaluate, print and write; the options are those of `autograder evaluate`.

    Raises:
        UserError: an option, the run, MNIST or the output folder is wrong or missing.
    """
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    candidates = guidances(guidance)
    run = read_run(path)
    run.needs_weights()
    if epoch is not None and epoch not in run.epochs:
        kept = ", ".join(map(str, run.epochs))
        raise UserError(f"--epoch {epoch}: {path} has the weights of {kept}; choose one of them")
    epoch = run.epochs[-1] if epoch is None else epoch
    output = output or Path("results", "scores", path.resolve().name)
    net = sampling_net(run, epoch, choose_device(device))
    digits = load_digits(data, subset)
    if not (digits.whole or subset):
        messages.print(Text("MNIST cannot be had: the subset takes its place.", style="yellow"))
    computed = {
        "seed": seed,
        "device": net.device.type,
        "precision": str(net.dtype).removeprefix("torch."),
        "weights_sha256": weights_digest(net.unet),
    }
    try:
        if run.timed:
            sampler = Sampler(run, net, seed, output / "samples", computed)
            evaluator = Evaluator(digits, sampler, seed, messages)
            tried = candidates if run.conditional else None
            evaluation = evaluator.evaluate(tried, samples, search_samples, compared)
            reached = report.targets(evaluation) if run.settings.preset == "class" else []
            computed["batch_size"] = sampler.batch
            scores = report.samples_json(evaluation, reached)
            drawn = {
                "scores.png": pictures.draw_samples(evaluation),
                "closest.png": pictures.draw_closest(evaluation),
            }
            lines = [report.samples_table(evaluation), *report.target_lines(reached, digits)]
        else:
            scores, drawn, lines = _denoiser(run, net, digits, samples, seed, messages)
    except KeyboardInterrupt:
        sentence = "Interrupted: finished batches are saved; the same command continues."
        messages.print(Text(sentence, style="yellow"))
        return ExitCode.INTERRUPTED
    scores = report.about(run, epoch, digits, computed) | scores
    for name, picture in drawn.items():
        write_output(output / name, picture)
    write_output(output / "scores.json", report.json_text(scores).encode())
    for line in lines:
        console.print(line)
    messages.print(Text(f"{output}: scores.json, {', '.join(drawn)}"))
    return ExitCode.OK


def guidances(text: str) -> tuple[float, ...]:
    """The candidates in a text such as 0,1,2.5, each once and in ascending order.

    Raises:
        UserError: it is no such list.
    """
    try:
        candidates = sorted({float(part) for part in text.split(",")})
    except ValueError:
        candidates = [math.nan]
    if not all(0 <= w <= STRONGEST for w in candidates):  # nor is this true for nan
        raise UserError(
            f"--guidance {text}: give numbers from 0 to {STRONGEST:g} with commas between, "
            "as 0,1,2.5"
        )
    return tuple(candidates)


def _denoiser(
    run: Run, net: Any, digits: Digits, samples: int, seed: int, console: Console
) -> Results:
    test, rng = digits.test, np.random.default_rng([seed, *b"denoiser"])
    count = min(samples, len(test.labels))
    images = test.images[test.of_classes(class_plan(test.labels, count, rng), rng)]
    with stage(console, "denoised", count * len(denoising.SIGMAS)) as progress:
        rows = denoising.psnr_over_sigma(net, images, seed, advance=progress.advance)
    if not all(row["denoised"] > -math.inf for row in rows):  # nor is this true for nan
        raise diverged(run)
    shown = denoising.examples(net, images[0], seed, SHOWN)
    picture = pictures.draw_psnr(rows, run.settings.sigma, (SHOWN, *shown), count)
    scores = {"psnr": {"digits": count, "unit": "dB", "over_sigma": rows}}
    return scores, {"scores.png": picture}, [report.psnr_table(rows, count)]
