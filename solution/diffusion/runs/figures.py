# for: denoiser train_ddpm train_ddpm_cfg
"""The figures that you hand in, except your own. Given, nothing to fill in.

A notebook calls these functions; `python -m diffusion.draw` calls them for the folder of a run.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn
from torch.utils.data import TensorDataset

from .animation import checked, labels  # for: train_ddpm train_ddpm_cfg flow flow_cfg
from .animation import IN_A_STRIP, evenly  # for: train_ddpm train_ddpm_cfg flow flow_cfg
from .animation import reverse_gif  # for: train_ddpm train_ddpm_cfg flow flow_cfg
from .animation import IN_A_GIF, flow_labels  # for: flow flow_cfg
from .pictures import Picture, loss_picture, rows_picture
from .pictures import paths_picture  # for: flow-paths
from .pictures import losses_picture  # for: better-loss
from .pictures import table_picture  # for: frechet-distances closest-pairs
from .reading import Run
from .fast import SamplingNet  # for: edm-steps
from .labelled import Guided  # for: edm-steps
from .sampling import SIZE, checked_samples  # for: edm-steps
from .sampling import Sampler  # for: train_ddpm train_ddpm_cfg flow flow_cfg
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
FLOWN = 1, 5, 10  # for: flow flow_cfg
FLOW_STEPS = 1, 2, 5, 10, 50, 300  # for: flow-steps
DDIM_STEPS = 5, 10, 20, 50  # for: ddim-steps
EDM_STEPS = 2, 3, 5, 10, 18  # for: edm-steps
HANDED_IN = (  # in the order of "Hand in" in the handout: the first one is figure 1
    *("noising-strip", "denoiser-loss", "denoised-epochs", "out-of-distribution"),
    *("ddpm-loss", "ddpm-samples", "class-loss", "class-samples", "test-labels"),
    "guidance-scales",
    "ddim-steps",  # for: ddim-steps
    *("frechet-distances", "closest-pairs"),  # for: frechet-distances closest-pairs
    "flow-loss",  # for: flow-loss
    "flow-samples",  # for: flow-samples
    "flow-steps",  # for: flow-steps
    "flow-paths",  # for: flow-paths
    "flow-class-samples",  # for: flow-class-samples
    "one-step-loss",  # for: one-step-loss
    "one-step-denoised",  # for: one-step-denoised
    "better-loss",  # for: better-loss
    "edm-steps",  # for: edm-steps
    "editing-noise",  # for: editing-noise
    "editing-denoised",  # for: editing-denoised
    "editing-iterative",  # for: editing-iterative
    "editing-samples",  # for: editing-samples
    "editing-sdedit",  # for: editing-sdedit
    "editing-drawn",  # for: editing-drawn
    "editing-conditional",  # for: editing-conditional
    "editing-inpainting",  # for: editing-inpainting
    "editing-anagrams",  # for: editing-anagrams
    "editing-hybrids",  # for: editing-hybrids
)
# for: frechet-distances closest-pairs
JUDGED_GUIDANCE = 2.0  # at 5 digits look alike, which costs more in the Fréchet distance
JUDGED_STEPS = 20
MOST_TEST = 1_000  # test digits whose nearest training digit is looked for
PAIRS = 10
# end for


def file_name(figure: str) -> str:
    """As 8-class-samples.png; what is not handed in has no number."""
    return f"{HANDED_IN.index(figure) + 1}-{figure}.png" if figure in HANDED_IN else f"{figure}.png"


def _numbered(figure: str, title: str) -> str:
    number = f"Figure {HANDED_IN.index(figure) + 1}. " if figure in HANDED_IN else ""
    return number + title


def wanted_epochs(run: Run) -> tuple[int, ...]:
    """The epochs of which the handout asks for figures."""
    # for: flow flow_cfg
    if run.timed and not run.scheduled:
        return FLOWN
    # end for
    # for: edm-steps
    if run.settings.kind == "edm":
        return SAMPLED[-1:]
    # end for
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
    figure = f"{run.settings.kind}-loss"
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
        _numbered("noising-strip", "Noising: z = x + σ ε"),
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


# for: one-step-denoised
def one_step_denoised(
    run: Run, digits: TensorDataset, device: Device = "cpu", seed: int = 0
) -> Picture:
    """Hand in 20: what the net makes of pure noise after epochs 1 and 5, and the mean digit."""
    z = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(seed))
    rows = {"noise": z}
    for epoch in shown_epochs(run):
        rows[f"epoch {epoch}"] = _denoise(run.net(epoch, device), z, device)
    rows["mean of digits"] = digits.tensors[0].mean(dim=0, keepdim=True)
    title = "Pure noise, denoised in one step; and the mean of all test digits"
    return _explained(rows_picture(rows), run, seed, "one-step-denoised", title)


# end for
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


# for: train_ddpm train_ddpm_cfg flow flow_cfg
def samples(sampler: Sampler) -> Picture:
    """Hand in 6 and 8: samples after the epochs of the handout, all from the same noise.

    Ten of a net without classes; of a net with classes four of each digit, at guidance 5.
    """
    run, epochs = sampler.run, shown_epochs(sampler.run)
    many = GRID if run.conditional else GRID[:10]
    rows = {f"epoch {epoch}": sampler.draw(epoch, many, GUIDANCE)[0] for epoch in epochs}
    picture = rows_picture(rows, DIGITS if run.conditional else ())
    title = f"Four samples of each digit, guidance w = {GUIDANCE:g}" * run.conditional or "Samples"
    figure = f"{run.settings.kind}-samples"
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


# for: flow-steps
def flow_steps(sampler: Sampler) -> Picture:
    """Hand in 16: ten samples of the last net in 1, 2, 5, 10, 50 and 300 steps, from one noise."""
    last = shown_epochs(sampler.run)[-1]
    rows = {
        f"{steps} step{'s' * (steps > 1)}": sampler.in_steps(steps).draw(
            last, GRID[:10], GUIDANCE
        )[0]
        for steps in FLOW_STEPS
    }
    title = "Flow matching in few steps and in many, from the same noise"
    return _explained(rows_picture(rows), sampler.run, sampler.seed, "flow-steps", title)


# end for
# for: flow-paths
def flow_paths(sampler: Sampler) -> Picture:
    """Hand in 17: how pixels of two samples go from noise to data, and how straight the paths are.

    Raises:
        Problem: your sampler kept no image after each step.
    """
    images = sampler.path(shown_epochs(sampler.run)[-1], GRID[:10], GUIDANCE)
    paths, side = images.flatten(2), images.shape[-1]  # (N, K, P)
    straight = straightness(paths)
    places = [(row, column) for row in (8, 14, 20) for column in (8, 14, 20)]
    chosen = [side * row + column for row, column in places]
    panels = {
        f"sample {at + 1}, straightness {straight[at]:.3f}": paths[at][:, chosen].T.numpy()
        for at in (0, 1)
    }
    names = [f"row {row}, column {column}" for row, column in places]
    picture = paths_picture(torch.linspace(0, 1, paths.shape[1]).tolist(), panels, names)
    title = f"Paths of nine pixels; mean straightness of ten samples: {straight.mean():.3f}"
    return _explained(picture, sampler.run, sampler.seed, "flow-paths", title)


def straightness(paths: Tensor) -> Tensor:
    """Of paths (N, K, P) of K points: the distance of the ends divided by the length, (N,)."""
    return (paths[:, -1] - paths[:, 0]).norm(dim=1) / paths.diff(dim=1).norm(dim=2).sum(dim=1)


# end for
# for: ddim-steps
def ddim_steps(sampler: Sampler, function: Callable) -> Picture:
    """Hand in 11: a digit of each class by DDPM in T steps and by DDIM in up to 50, with eta = 0.

    Args:
        sampler: draws with DDPM.
        function: your DDIM sampler with classes.
    """
    last, T = shown_epochs(sampler.run)[-1], sampler.num_ts
    samplers = {f"DDPM, {T} steps": sampler}
    for steps in DDIM_STEPS:
        if steps <= T:
            samplers[f"DDIM, {steps} steps"] = in_steps(sampler, function, steps)
    rows = {name: one.draw(last, GRID[:10], GUIDANCE)[0] for name, one in samplers.items()}
    title = f"DDPM, and DDIM with η = 0, guidance w = {GUIDANCE:g}; two calls of the net a step"
    longer = " and ".join(str(steps) for steps in DDIM_STEPS if steps > T)
    note = f"No row of {longer} steps: T is smaller. " * bool(longer)
    picture = rows_picture(rows, DIGITS)
    return _explained(picture, sampler.run, sampler.seed, "ddim-steps", title, note)
# end for


# for: ddim-steps frechet-distances closest-pairs
def in_steps(sampler: Sampler, function: Callable, steps: int) -> Sampler:
    """The same sampler with DDIM in so many steps, T at most, of equal length up to rounding."""

    def drawn(
        net: nn.Module, schedule: object, c: Tensor, size: object, T: int, w: float, seed: int
    ) -> tuple:
        most = min(steps, T)
        timesteps = [round(T * left / most) for left in range(most, -1, -1)]
        return function(net, schedule, c, size, T, timesteps, guidance_scale=w, seed=seed)

    return sampler.by(drawn)
# end for


# for: frechet-distances closest-pairs
def many_samples(
    sampler: Sampler, count: int, faster: Callable | None = None
) -> dict[str, Tensor]:
    """So many samples (count, 1, 28, 28) of the last net by each sampler, clipped to [0, 1].

    Args:
        sampler: draws with DDPM.
        count: how many.
        faster: your DDIM sampler with classes, if there is one.
    """
    samplers = {f"samples, DDPM in {sampler.num_ts} steps": sampler}
    if faster is not None:
        steps = min(JUDGED_STEPS, sampler.num_ts)
        samplers[f"samples, DDIM in {steps} steps"] = in_steps(sampler, faster, steps)
    return {
        name: one.draw_many(shown_epochs(one.run)[-1], count, JUDGED_GUIDANCE).clamp(0, 1)
        for name, one in samplers.items()
    }


def frechet_distances(
    sampler: Sampler,
    drawn: Mapping[str, Tensor],
    training: TensorDataset,
    test: TensorDataset,
    fid: Callable,
    features: Callable,
    over: str = "the classifier's features",
) -> Picture:
    """Hand in 12: Fréchet distances to training digits, of test digits and of samples.

    Args:
        sampler: of the run.
        drawn: name of a sampler -> its images, as many for each.
        training, test: real digits.
        fid: your function.
        features: of images (N, 28, 28), an array (N, F).
        over: what the features are, for the title.
    """
    count = len(next(iter(drawn.values())))
    count = min(count, len(test), len(training))

    def of(images: Tensor) -> Tensor:
        return torch.from_numpy(features(images[:count, 0].cpu().numpy()))

    order = torch.Generator().manual_seed(sampler.seed)
    real, compared = (
        digits.tensors[0][torch.randperm(len(digits), generator=order)[:count]]
        for digits in (test, training)
    )
    wanted = of(compared)
    rows = {name: float(fid(of(x), wanted)) for name, x in {"test digits": real, **drawn}.items()}
    title = f"Fréchet distance of {over} to {count:,} training digits, w = {JUDGED_GUIDANCE:g}"
    return _explained(
        table_picture(
            {f"{count:,} images each": "distance d²"}
            | {name: f"{distance:.3f}" for name, distance in rows.items()}
        ),
        sampler.run, sampler.seed, "frechet-distances", title,
    )  # fmt: skip


def closest_pairs(
    sampler: Sampler,
    drawn: Mapping[str, Tensor],
    training: TensorDataset,
    test: TensorDataset,
    memorization: Callable,
) -> Picture:
    """Hand in 13: the samples nearest to a training digit, this digit below, and the distance.

    Args:
        sampler: of the run.
        drawn: name of a sampler -> its images; those of the last one are shown.
        training: the digits that the net was trained on.
        test: others.
        memorization: your function.

    Raises:
        Problem: what it returned has other shapes.
    """
    (name, images), known = [*drawn.items()][-1], training.tensors[0]
    share, distances, nearest = memorization(images, known, test.tensors[0][:MOST_TEST])
    if tuple(distances.shape) != (len(images),) or tuple(nearest.shape) != (len(images),):
        raise Problem(f"memorization must return {len(images)} distances and as many indices")
    at = distances.argsort()[:PAIRS]
    rows = {"sample": images[at], "training digit": known[nearest[at].to(known.device)]}
    picture = rows_picture(rows, [f"{distance:.3f}" for distance in distances[at].tolist()])
    title = (
        f"Closest of {len(images):,} samples to training digits, guidance w = "
        f"{JUDGED_GUIDANCE:g}; copies: {100 * float(share):.1f} %"
    )
    note = f"Above each pair: its distance (equation 15). {name[:1].upper()}{name[1:]}. "
    return _explained(picture, sampler.run, sampler.seed, "closest-pairs", title, note)
# end for


# for: better-loss
def better_loss(losses: Mapping[str, Sequence[float]], num_hiddens: int) -> Picture:
    """Hand in 21: the loss of your net beside that of the plain one, at equal steps.

    Args:
        losses: name of a net -> its loss in each step.
        num_hiddens: D.
    """
    steps = len(next(iter(losses.values())))
    return losses_picture(losses).explained(
        _numbered("better-loss", "Training loss of two nets"),
        f"The same {steps} batches, noise and times for both; D = {num_hiddens}. Thin: each step. "
        f"Thick: the mean of {min(20, steps)} steps.",
        {"figure": "better-loss", "D": num_hiddens, "steps": steps},
    )
# end for


# for: edm-steps
def edm_steps(
    run: Run, function: Callable, levels: Callable, device: Device = "cpu", seed: int = 0
) -> Picture:
    """Hand in 22: a digit of each class by EDM, in more and more calls of the net.

    Args:
        run: of a net trained with your `edm_loss`.
        function: your `edm_sample`.
        levels: your `edm_sigmas`.
    """
    last, c = shown_epochs(run)[-1], torch.arange(10, device=device)
    net, rows = Guided(SamplingNet(run.net(last, device)), c, GUIDANCE), {}
    for steps in EDM_STEPS:
        drawn = function(net, levels(steps).to(device), len(c), SIZE, seed=seed)
        rows[f"{2 * steps - 1} calls"] = checked_samples(run, drawn, len(c))[0]
    title = f"EDM by Heun's method, guidance w = {GUIDANCE:g}: by calls of the guided net"
    return _explained(rows_picture(rows, DIGITS), run, seed, "edm-steps", title)
# end for


def last_samples(sampler: Sampler) -> Picture:
    """40 samples of the last net, in columns of one digit if the net knows classes."""
    run, last = sampler.run, shown_epochs(sampler.run)[-1]
    picture = rows_picture(
        {"": sampler.draw(last, GRID, GUIDANCE)[0]}, DIGITS if run.conditional else ()
    )
    title = f"40 samples after epoch {last}{_guided(run)}"
    return _explained(picture, run, sampler.seed, "last-samples", title)


def _guided(run: Run) -> str:
    return f", guidance w = {GUIDANCE:g}" if run.conditional else ""


def animation(sampler: Sampler) -> bytes:
    """The reverse process of the last net's 40 samples as a GIF.

    Raises:
        Problem: your sampler kept no images on the way.
    """
    images, names = _on_the_way(sampler)
    # for: flow flow_cfg
    if not sampler.run.scheduled:
        places = evenly(len(names), IN_A_GIF)
        images, names = images[:, places], [names[place] for place in places]
    # end for
    told = [f"{name}{_guided(sampler.run)}" for name in names]
    return reverse_gif(images, told, sampler.run.identity)


def _on_the_way(sampler: Sampler) -> tuple[Tensor, list[str]]:
    """The last net's 40 samples on their way, (40, K, 1, 28, 28), and names of the K images."""
    last = shown_epochs(sampler.run)[-1]
    # for: flow flow_cfg
    if not sampler.run.scheduled:
        path = sampler.path(last, GRID, GUIDANCE)
        return path, flow_labels(path.shape[1])
    # end for
    caches = checked(sampler.draw(last, GRID, GUIDANCE)[1])
    return caches, labels(caches.shape[1], sampler.num_ts)


def animation_strip(sampler: Sampler) -> Picture:
    """The reverse process of a few of these samples side by side, for a page.

    Raises:
        Problem: your sampler kept no images on the way.
    """
    run, last = sampler.run, shown_epochs(sampler.run)[-1]
    kept, names = _on_the_way(sampler)
    steps = evenly(len(names), IN_A_STRIP)
    rows = {str(row): kept[row, steps] for row in SHOWN}
    if not run.conditional:
        rows = {f"sample {place}": images for place, images in enumerate(rows.values(), 1)}
    picture = rows_picture(rows, [names[step] for step in steps])
    figure = f"{run.settings.kind}-strip"
    title = f"From noise to digits, after epoch {last}{_guided(run)}"
    return _explained(picture, run, sampler.seed, figure, title)
# end for


def _explained(
    picture: Picture, run: Run, seed: int | None, figure: str, title: str, note: str = ""
) -> Picture:
    """With a note and the settings of the run below; `seed` is that of what was drawn, if any."""
    s = run.settings
    parts = [f"{run.trained_epochs} of {s.epochs} epochs", f"D = {s.num_hiddens}"]
    if run.timed:
        parts.append(f"T = {vars(s)['num_ts']}")
    if run.scheduled:
        beta_1, beta_T = (getattr(s, name) for name in ("beta_1", "beta_T"))
        parts.append(f"β from {beta_1:g} to {beta_T:g}")
    drawn = " and drawn" * (seed == s.seed)
    after = "" if seed in (None, s.seed) else f", drawn with seed {seed}"
    caption = f"{note}Run {run.name} ({run.identity}): {', '.join(parts)}, trained"
    stamp = {
        "figure": figure,
        "run": run.identity,
        "seed": s.seed if seed is None else seed,
        "preset": s.preset,
        "D": s.num_hiddens,
        "epochs": run.trained_epochs,
        "asked": wanted_epochs(run)[-1],
    }
    caption += f"{drawn} with seed {s.seed}{after}."
    return picture.explained(_numbered(figure, title), caption, stamp)
# end for
