"""Which figures a run allows, and what cannot be drawn and why."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from autograder.experiments.trained_runs.inference import sample, sampling_net
from autograder.experiments.trained_runs.run import Run
from autograder.progress import Progress

from . import denoising, samples
from .sheets import loss_png

DENOISED, SAMPLED = (1, 5), (1, 5, 10, 15, 20)  # epochs of the handout
# Numbers of the handout's figures, by preset: the losses, and what the net makes after each epoch.
NUMBERS = {"denoiser": (2, 3), "time": (5, 6), "class": (7, 8), "tiny": (7, 8)}
# What cannot be drawn without a run of this preset.
NEEDS = {
    "denoiser": "(3) denoised test digits, (4) noise never seen: they need a run of denoiser",
    "time": "(6) samples without classes: they need a run of time",
    "class": "(8) some of each digit, (9) labels of the test set, (10) guidance: they need a run "
    "of class or tiny",
}
NO_WEIGHTS = "the run keeps no weights; train it, or give the folder that has them"
Figure = tuple[str, str, bytes]  # file name, meaning with the number in the handout, contents


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
    return "noising.png", "(1) the noising strip", sheet.png()


def figures_of(run: Run, setting: Setting, progress: Progress) -> Iterator[Figure]:
    """Draw what a run allows, one figure after the other; `progress` counts sampled images."""
    name = name_of(run)
    progress.update(doing=f"drawing {name}")
    losses = _losses(run)
    if all(map(drawable, losses)):
        meaning = f"({NUMBERS[run.settings.preset][0]}) loss of every batch and every epoch"
        picture = loss_png(*losses, title=f"Training loss, {name}")
        yield f"{name}-loss.png", meaning, picture
    if not run.epochs:
        return
    draw = _sampled if run.timed else _denoised
    for file, meaning, contents in draw(run, setting, progress):
        yield f"{name}-{file}", meaning, contents


def not_drawn(runs: Sequence[Run]) -> Iterator[str]:
    """Sentences about figures, or parts of one, that the runs do not allow."""
    for run in runs:
        losses, number = NUMBERS[run.settings.preset]
        if not all(map(drawable, _losses(run))):
            reason = f"{run.path / 'curves.json'} holds no losses above 0; train on"
            yield f"({losses}) loss curves of {name_of(run)}: {reason}"
        if not run.epochs:
            yield f"({number}) and all else that needs the net of {name_of(run)}: {NO_WEIGHTS}"
            continue
        drawn = shown_epochs(run)
        lacking = [epoch for epoch in _wanted(run) if epoch not in drawn]
        if lacking:
            what = "samples" if run.timed else "test digits"
            trained, kept = trained_epochs(run), ", ".join(map(str, run.epochs))
            yield (
                f"({number}) {what} of {name_of(run)}, {samples.listed(lacking)}: trained for "
                f"{trained} epoch{'s' * (trained != 1)}, weights kept of {kept}"
            )
    with_net = [run for run in runs if run.epochs]
    kinds = {"class" if run.conditional else run.settings.preset for run in with_net}
    yield from (sentence for kind, sentence in NEEDS.items() if kind not in kinds)
    if not runs:
        yield "(2, 5, 7) loss curves: they need a run"


def drawable(losses: Sequence[float]) -> bool:
    """Whether a logarithmic axis can show them."""
    return bool(losses) and all(math.isfinite(loss) and loss > 0 for loss in losses)


def name_of(run: Run) -> str:
    """The name of a run's folder, with which its files begin."""
    return run.path.resolve().name


def trained_epochs(run: Run) -> int:
    """For how many epochs the run was trained."""
    return max([*run.epochs, len(run.curves.get("epoch_loss", ()))])


def shown_epochs(run: Run) -> list[int]:
    """Those epochs of the handout whose nets the run kept.

    A run that stopped before the last of them also shows its own last one.
    """
    if not run.epochs:
        return []
    wanted, last = _wanted(run), run.epochs[-1]
    shown = [epoch for epoch in wanted if epoch in run.epochs]
    if not shown or shown[-1] < last < wanted[-1]:
        shown.append(last)
    return shown


def epochs_used(run: Run) -> list[int]:
    """The epochs whose nets the figures of a run need."""
    return sorted({*shown_epochs(run), *run.epochs[-1:]})


def images_to_sample(run: Run, setting: Setting) -> int:
    """How many images the figures of a run need."""
    if not run.timed or not run.epochs:
        return 0
    each_digit = setting.samples_per_class * len(epochs_used(run))
    if run.conditional:
        return 10 * (each_digit + len(samples.SCALES)) + samples.LABELS
    return 10 * each_digit


def _wanted(run: Run) -> tuple[int, ...]:
    return SAMPLED if run.timed else DENOISED


def _losses(run: Run) -> list[list[float]]:
    return [run.curves.get(name, []) for name in ("batch_loss", "epoch_loss")]


def _about(run: Run) -> str:
    s = run.settings
    steps = f", T = {s.num_ts}" if run.timed else ""
    epochs = f"{trained_epochs(run)} of {s.epochs} epochs"
    return f"Run {name_of(run)}: {epochs}, D = {s.num_hiddens}{steps}"


def _denoised(run: Run, setting: Setting, progress: Progress) -> Iterator[Figure]:
    digits, seed, sigma, about = setting.digits, setting.seed, run.settings.sigma, _about(run)
    epochs, last = shown_epochs(run), run.epochs[-1]
    nets = {epoch: run.net(epoch, setting.device) for epoch in epochs}
    sheet = denoising.denoised_sheet(nets, digits, sigma, seed, about)
    yield "denoised.png", f"(3) test digits after {samples.listed(epochs)}", sheet.png()
    sheet = denoising.unseen_sheet(run.net(last, setting.device), last, digits, sigma, seed, about)
    yield "unseen-noise.png", "(4) noise that it has never seen", sheet.png()


def _sampled(run: Run, setting: Setting, progress: Progress) -> Iterator[Figure]:
    about, digits = f"{_about(run)}, seed {setting.seed}", range(10)
    epochs, last = shown_epochs(run), run.epochs[-1]
    nets = {epoch: sampling_net(run, epoch, setting.device) for epoch in epochs_used(run)}

    def draw(epoch: int, classes: Sequence[int], guidance: float) -> tuple[Tensor, Tensor]:
        c = torch.tensor(classes)
        return sample(run, nets[epoch], c, setting.seed, guidance, progress.advance)

    grid = [*digits] * setting.samples_per_class
    grids = {epoch: draw(epoch, grid, samples.GUIDANCE) for epoch in nets}
    number = NUMBERS[run.settings.preset][1]
    by_epoch = {epoch: grids[epoch][0] for epoch in epochs}
    sheet = samples.epochs_sheet(by_epoch, run.conditional, about)
    yield "epochs.png", f"({number}) samples after {samples.listed(epochs)}", sheet.png()
    images, caches = grids[last]
    if run.conditional:
        meaning = f"(8) {setting.samples_per_class} of each digit after epoch {last}"
        yield "classes.png", meaning, samples.grid_sheet(images, last, about).png()
        real, labels = samples.random_labels(setting.digits, setting.seed)
        images, _ = draw(last, labels, samples.GUIDANCE)
        sheet = samples.labels_sheet(real, labels, images, last, about)
        yield "labels.png", "(9) samples for labels of the test set", sheet.png()
        by_scale = {scale: draw(last, digits, scale)[0] for scale in samples.SCALES}
        meaning = f"(10) the digits 0 to 9 at w = {', '.join(f'{w:g}' for w in by_scale)}"
        yield "guidance.png", meaning, samples.guidance_sheet(by_scale, last, about).png()
    animation = samples.reverse_gif(caches, run.settings.num_ts)
    yield "reverse.gif", "the reverse process, animated", animation
