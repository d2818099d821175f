# for: denoiser train_ddpm train_ddpm_cfg
"""The figures that you hand in, except your own. Given, nothing to fill in.

A notebook calls these functions; `python -m diffusion.draw` calls them for the folder of a run.
"""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.data import TensorDataset

from .animation import checked, labels, reverse_gif, strip_steps  # for: train_ddpm train_ddpm_cfg
from .pictures import Picture, loss_picture, rows_picture
from .reading import Run
from .sampling import Sampler  # for: train_ddpm train_ddpm_cfg
from .settings import Problem

Tensor = torch.Tensor
Device = torch.device | str
SIGMAS = 0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0
SIGMA_LABELS = [f"σ = {sigma:g}" for sigma in SIGMAS]
SHOWN = 0, 3, 7  # digits in a figure with a column for each sigma
DENOISED, SAMPLED = (1, 5), (1, 5, 10, 15, 20)  # epochs of the handout
GUIDANCE = 5.0
DIGITS = [str(digit) for digit in range(10)]
GRID = tuple(range(10)) * 4


def wanted_epochs(run: Run) -> tuple[int, ...]:
    """The epochs of which the handout asks for figures."""
    return SAMPLED if run.timed else DENOISED


def shown_epochs(run: Run) -> list[int]:
    """The epochs of the handout whose nets were kept.

    A run that stopped before the last of them also shows its own last one.

    Raises:
        Problem: no net was kept.
    """
    if not run.epochs:
        raise Problem(f"{run.path} has no weights: train it for at least one epoch")
    wanted, last = wanted_epochs(run), run.epochs[-1]
    shown = [epoch for epoch in wanted if epoch in run.epochs]
    if not shown or shown[-1] < last < wanted[-1]:
        shown.append(last)
    return shown


def losses(run: Run) -> Picture:
    """Hand in 2, 5 and 7: the loss of every batch and of every epoch.

    Raises:
        Problem: the run has no losses, or some that a logarithmic axis cannot show.
    """
    for name in ("batch_loss", "epoch_loss"):
        held = run.curves.get(name) or [math.nan]
        if not all(math.isfinite(loss) and loss > 0 for loss in held):
            raise Problem(f"{run.path / 'curves.json'} holds no losses above 0; train on")
    figure = "class-loss" if run.conditional else "ddpm-loss" if run.timed else "denoiser-loss"
    return _explained(loss_picture(run.curves), run, None, figure, "Training loss")


# for: denoiser
def one_of_each(digits: TensorDataset, seed: int) -> Tensor:
    """(10, 1, H, W): one digit of each class, chosen by the seed."""
    images, classes = digits.tensors
    order = torch.randperm(len(classes), generator=torch.Generator().manual_seed(seed))
    return images[torch.stack([order[classes[order] == digit][0] for digit in range(10)])]


def noising_strip(digits: TensorDataset, add_noise: Callable, seed: int = 0) -> Picture:
    """Hand in 1: test digits at every sigma; within a row always the same noise."""
    x = one_of_each(digits, seed)
    rows = {str(digit): _at_every_sigma(x[[digit]], add_noise, seed) for digit in SHOWN}
    return rows_picture(rows, SIGMA_LABELS).explained(
        "Noising: z = x + σ ε",
        "Test digits x with Gaussian noise of standard deviation σ. Black is 0 and less, white 1 "
        f"and more. Seed {seed}.",
        {"figure": "noising-strip", "seed": seed},
    )


def denoised_epochs(
    run: Run, digits: TensorDataset, add_noise: Callable, device: Device = "cpu", seed: int = 0
) -> Picture:
    """Hand in 3: test digits, clean, noisy, and denoised after the epochs of the handout."""
    x, sigma = one_of_each(digits, seed), _sigma(run)
    z = _seeded(seed, add_noise, x, sigma)
    rows = {"clean": x, f"noisy, σ = {sigma:g}": z}
    for epoch in shown_epochs(run):
        rows[f"epoch {epoch}"] = _denoise(run.net(epoch, device), z, device)
    title = "Test digits, denoised in one step"
    return _explained(rows_picture(rows), run, seed, "denoised-epochs", title)


def out_of_distribution(
    run: Run, digits: TensorDataset, add_noise: Callable, device: Device = "cpu", seed: int = 0
) -> Picture:
    """Hand in 4: the same test digits at every sigma, noisy and denoised by the last net."""
    x, last, rows = one_of_each(digits, seed), shown_epochs(run)[-1], {}
    net = run.net(last, device)
    for digit in SHOWN:
        z = _at_every_sigma(x[[digit]], add_noise, seed)
        rows |= {f"noisy {digit}": z, f"denoised {digit}": _denoise(net, z, device)}
    title = f"Noise that it has never seen: trained at σ = {_sigma(run):g}, shown after {last}"
    title += f" epoch{'s' * (last != 1)}"
    picture = rows_picture(rows, SIGMA_LABELS)
    return _explained(picture, run, seed, "out-of-distribution", title)


def _at_every_sigma(x: Tensor, add_noise: Callable, seed: int) -> Tensor:
    return torch.cat([_seeded(seed, add_noise, x, sigma) for sigma in SIGMAS])


def _seeded(seed: int, add_noise: Callable, x: Tensor, sigma: float) -> Tensor:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return add_noise(x, sigma)


@torch.no_grad()
def _denoise(net: nn.Module, z: Tensor, device: Device) -> Tensor:
    return net(z.to(device)).float().cpu()


def _sigma(run: Run) -> float:
    return run.settings.sigma  # pyright: ignore[reportAttributeAccessIssue]
# end for


# for: train_ddpm train_ddpm_cfg
def samples(sampler: Sampler) -> Picture:
    """Hand in 6 and 8: samples after the epochs of the handout, all from the same noise.

    Ten of a net without classes; of a net with classes four of each digit, at guidance 5.
    """
    run, epochs = sampler.run, shown_epochs(sampler.run)
    many = GRID if run.conditional else GRID[:10]
    rows = {f"epoch {epoch}": sampler.draw(epoch, many, GUIDANCE)[0] for epoch in epochs}
    picture = rows_picture(rows, DIGITS if run.conditional else ())
    title = f"Four samples of each digit, guidance w = {GUIDANCE:g}" * run.conditional or "Samples"
    figure = "class-samples" if run.conditional else "ddpm-samples"
    return _explained(picture, run, sampler.seed, figure, title)


# for: train_ddpm_cfg
def label_samples(sampler: Sampler, digits: TensorDataset) -> Picture:
    """Hand in 9: test digits and, for each shown epoch, a sample for each of their labels."""
    images, classes = digits.tensors
    order = torch.Generator().manual_seed(sampler.seed)
    at = torch.randperm(len(classes), generator=order)[:10]
    asked = classes[at].tolist()
    rows = {"test set": images[at]}
    for epoch in shown_epochs(sampler.run):
        rows[f"epoch {epoch}"] = sampler.draw(epoch, asked, GUIDANCE)[0]
    columns = {row: [str(label) for label in asked] for row in rows}
    title = f"Labels of the test set, and a sample for each, guidance w = {GUIDANCE:g}"
    picture = rows_picture(rows, columns)
    return _explained(picture, sampler.run, sampler.seed, "test-labels", title)
# end for


def last_samples(sampler: Sampler) -> Picture:
    """40 samples of the last net, in columns of one digit if the net knows classes."""
    run, last = sampler.run, shown_epochs(sampler.run)[-1]
    picture = rows_picture(
        {"": sampler.draw(last, GRID, GUIDANCE)[0]}, DIGITS if run.conditional else ()
    )
    guided = f", guidance w = {GUIDANCE:g}" if run.conditional else ""
    title = f"40 samples after epoch {last}{guided}"
    return _explained(picture, run, sampler.seed, "last-samples", title)


def animation(sampler: Sampler) -> bytes:
    """The reverse process of the last net's 40 samples as a GIF.

    Raises:
        Problem: your sampler kept no images on the way.
    """
    _, caches = sampler.draw(shown_epochs(sampler.run)[-1], GRID, GUIDANCE)
    return reverse_gif(checked(caches), sampler.num_ts)


def animation_strip(sampler: Sampler) -> Picture:
    """The reverse process of a few of these samples side by side, for a page.

    Raises:
        Problem: your sampler kept no images on the way.
    """
    run, last = sampler.run, shown_epochs(sampler.run)[-1]
    kept = checked(sampler.draw(last, GRID, GUIDANCE)[1])
    steps = strip_steps(kept.shape[1])
    names = labels(kept.shape[1], sampler.num_ts)
    rows = {str(row): kept[row, steps] for row in SHOWN}
    if not run.conditional:
        rows = {f"sample {place}": images for place, images in enumerate(rows.values(), 1)}
    picture = rows_picture(rows, [names[step] for step in steps])
    figure = "class-strip" if run.conditional else "ddpm-strip"
    return _explained(picture, run, sampler.seed, figure, f"From noise to digits, epoch {last}")
# end for


def _explained(picture: Picture, run: Run, seed: int | None, figure: str, title: str) -> Picture:
    """With the settings of the run below; `seed` is that of what was drawn, if it has one."""
    s = run.settings
    parts = [f"{run.trained_epochs} of {s.epochs} epochs", f"D = {s.num_hiddens}"]
    if run.timed:
        T, beta_1, beta_T = (getattr(s, name) for name in ("num_ts", "beta_1", "beta_T"))
        parts += [f"T = {T}", f"β from {beta_1:g} to {beta_T:g}"]
    drawn = " and drawn" * (seed == s.seed)
    after = "" if seed in (None, s.seed) else f", drawn with seed {seed}"
    caption = f"Run {run.name} ({run.identity}): {', '.join(parts)}, trained"
    stamp = {
        "figure": figure,
        "run": run.identity,
        "seed": s.seed if seed is None else seed,
        "preset": s.preset,
        "D": s.num_hiddens,
        "epochs": run.trained_epochs,
    }
    return picture.explained(title, f"{caption}{drawn} with seed {s.seed}{after}.", stamp)
# end for
