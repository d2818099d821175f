"""Which figures a run allows, what has to be sampled for each, and what is left out and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import TensorDataset

from autograder.experiments.trained_runs.run import Run

from . import curves, denoising, samples
from .reverse import reverse_gif
from .sampling import Job, Samples, labelled

DENOISED, SAMPLED = (1, 5), (1, 5, 10, 15, 20)  # epochs of the handout
# What no run given allows, by what it needs.
NEEDS = {
    "denoiser": "(3) denoised test digits, (4) noise never seen: they need a run of denoiser",
    "time": "(6) samples without classes: they need a run of time",
    "class": "(8) some of each digit, (9) labels of the test set, (10) guidance: they need a run "
    "of class or tiny",
}


@dataclass(frozen=True)
class Figure:
    """A figure to be drawn: the samples that it wants, and a function from them to its file."""

    file: str
    meaning: str  # number in the handout, and what there is to see
    draw: Callable[[Sequence[Samples]], bytes]
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True)
class Left:
    """A figure, or a part of one, that cannot be drawn, and why."""

    sentence: str


@dataclass(frozen=True)
class Setting:
    """What all figures share."""

    digits: TensorDataset  # the test digits
    device: torch.device
    seed: int = 0
    samples_per_class: int = 4


def noising(setting: Setting) -> Figure:
    """The figure that needs no run."""
    sheet = denoising.noising_sheet(setting.digits, setting.seed)
    return Figure("noising.png", "(1) the noising strip", lambda _: sheet.png())


def figures_of(run: Run, setting: Setting) -> Iterator[Figure | Left]:
    """What a run allows, and what it lacks."""
    name = name_of(run)
    yield _losses(run, name)
    if hasattr(run.settings, "num_ts"):
        yield from _sampled(run, name, setting)
    else:
        yield from _denoised(run, name, setting)


def needs_left(runs: Sequence[Run]) -> Iterator[Left]:
    """The figures for which none of the runs is the right one."""
    there = {"class" if run.conditional else run.preset for run in runs}
    yield from (Left(sentence) for kind, sentence in NEEDS.items() if kind not in there)
    if not runs:
        yield Left("(2, 5, 7) loss curves: they need a run")


def name_of(run: Run) -> str:
    """The name of a run's folder, with which its files begin."""
    return run.path.resolve().name


def trained(run: Run) -> int:
    """For how many epochs."""
    return max(*run.epochs, len(run.curves.get("epoch_loss", ())))


def shown(run: Run, wanted: Sequence[int]) -> tuple[tuple[int, ...], str]:
    """Those epochs of the handout whose nets the run kept, and a reason for those that lack.

    A run that stopped before the last of them also shows its own last one.
    """
    had = [epoch for epoch in wanted if epoch in run.epochs]
    last = run.epochs[-1]
    if not had or had[-1] < last < wanted[-1]:
        had.append(last)
    lacking = [epoch for epoch in wanted if epoch not in had]
    if not lacking:
        return tuple(had), ""
    kept, epochs = ", ".join(map(str, run.epochs)), trained(run)
    because = f"trained for {epochs} epoch{'s' * (epochs != 1)}, weights kept of {kept}"
    return tuple(had), f"{samples.listed(lacking)}: {because}"


def epochs_used(run: Run) -> tuple[int, ...]:
    """The epochs whose nets the figures of a run need."""
    wanted = SAMPLED if hasattr(run.settings, "num_ts") else DENOISED
    return tuple(sorted({*shown(run, wanted)[0], run.epochs[-1]}))


def _about(run: Run) -> str:
    s = run.settings
    epochs = trained(run)
    steps = f", T = {s.num_ts}" if hasattr(s, "num_ts") else ""
    return f"Run {name_of(run)}: {epochs} of {s.epochs} epochs, D = {s.num_hiddens}{steps}"


def _losses(run: Run, name: str) -> Figure | Left:
    number = {"denoiser": 2, "time": 5}.get(run.preset, 7)
    batches, epochs = (run.curves.get(one, []) for one in ("batch_loss", "epoch_loss"))
    if not (curves.drawable(batches) and curves.drawable(epochs)):
        file = run.path / "curves.json"
        return Left(f"({number}) loss curves of {name}: {file} holds no losses above 0; train on")
    title = f"Training loss, {name}"
    return Figure(
        f"{name}-loss.png",
        f"({number}) loss of every batch and every epoch",
        lambda _: curves.draw_losses(batches, epochs, title),
    )


def _denoised(run: Run, name: str, setting: Setting) -> Iterator[Figure | Left]:
    digits, seed, sigma, about = setting.digits, setting.seed, run.settings.sigma, _about(run)
    epochs, lacking = shown(run, DENOISED)
    last = run.epochs[-1]

    def net(epoch: int) -> nn.Module:
        return run.net(epoch, setting.device)

    def after_epochs(_: Sequence[Samples]) -> bytes:
        nets = [(epoch, net(epoch)) for epoch in epochs]
        return denoising.denoised_sheet(nets, digits, sigma, seed, about).png()

    def unseen(_: Sequence[Samples]) -> bytes:
        return denoising.unseen_sheet(net(last), last, digits, sigma, seed, about).png()

    yield Figure(
        f"{name}-denoised.png", f"(3) test digits after {samples.listed(epochs)}", after_epochs
    )
    if lacking:
        yield Left(f"(3) test digits of {name}, {lacking}")
    yield Figure(f"{name}-unseen-noise.png", "(4) noise that it has never seen", unseen)


def _sampled(run: Run, name: str, setting: Setting) -> Iterator[Figure | Left]:
    about = f"{_about(run)}, seed {setting.seed}"
    each, classes = setting.samples_per_class, run.conditional
    epochs, lacking = shown(run, SAMPLED)
    last = run.epochs[-1]

    def many(epoch: int) -> Job:
        return labelled(epoch, (*range(10),) * each) if classes else Job(epoch, 10 * each)

    number = 8 if classes else 6
    yield Figure(
        f"{name}-epochs.png",
        f"({number}) samples after {samples.listed(epochs)}",
        lambda drawn: samples.epochs_sheet(
            list(zip(epochs, drawn, strict=True)), classes, about
        ).png(),
        tuple(map(many, epochs)),
    )
    if lacking:
        yield Left(f"({number}) samples of {name}, {lacking}")
    if classes:
        yield from _with_classes(run, name, setting, many(last), about)
    yield Figure(
        f"{name}-reverse.gif",
        "the reverse process, animated",
        lambda drawn: reverse_gif(drawn[0], run.settings.num_ts, classes),
        (many(last),),
    )


def _with_classes(run: Run, name: str, setting: Setting, grid: Job, about: str) -> Iterator[Figure]:
    last = run.epochs[-1]
    real, labels = samples.random_labels(setting.digits, setting.seed)
    yield Figure(
        f"{name}-classes.png",
        f"(8) {setting.samples_per_class} of each digit after epoch {last}",
        lambda drawn: samples.grid_sheet(drawn[0], last, about).png(),
        (grid,),
    )
    yield Figure(
        f"{name}-labels.png",
        "(9) samples for labels of the test set",
        lambda drawn: samples.labels_sheet(real, labels, drawn[0], last, about).png(),
        (labelled(last, labels),),
    )
    yield Figure(
        f"{name}-guidance.png",
        "(10) the digits 0 to 9 at w = " + ", ".join(f"{w:g}" for w in samples.SCALES),
        lambda drawn: samples.guidance_sheet(
            list(zip(samples.SCALES, drawn, strict=True)), last, about
        ).png(),
        tuple(labelled(last, tuple(range(10)), scale) for scale in samples.SCALES),
    )
