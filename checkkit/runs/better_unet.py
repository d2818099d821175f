"""Runs of a net of any design that takes images and times, and what must hold of its answers."""

import numpy as np
import torch

from checkkit.runner import Array, CheckFailed, Integer, Mistake, expect
from checkkit.spies.weights import randomise
from checkkit.tapes import close
from checkkit.verdicts.reach import with_a_changed_corner

D = 16
NETS = 3
FIRST = "better_unet: time of the first image"
SQUASHED = "better_unet: squashed"
BATCH = "better_unet: batch statistics"
# Waves of 2 to 4 pixels: how many times each fits into 28 pixels, in each direction. A net that
# goes through a quarter of the resolution alone mixes a wave with 15 others.
WAVES = ((9, 12), (11, 9), (12, 11))
PIXELS, MIXED = 28, 7
STRENGTH = 0.02


def probe_answers(diffusion, *, sizes, weights_seed, x, t, alone, gain, train):
    net = diffusion.better_unet.BetterUNet(*sizes)
    randomise(net, weights_seed)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(gain)
    net.train(train)
    with torch.no_grad():
        together = net(x, t)
        one_by_one = [net(x[i : i + 1], t[i : i + 1]) for i in range(len(x))] if alone else []
        with_first = net(x, t[:1].expand(len(t))) if alone else together
        again = net(x, t) if alone else together
    return {
        "answers": together,
        "alone": torch.cat(one_by_one) if alone else together,
        "with_first": with_first,
        "again": again,
    }


def probe_waves(diffusion, *, sizes, weights_seeds, x, waves, t):
    net = diffusion.better_unet.BetterUNet(*sizes).eval()
    differences = []
    for place, weights_seed in enumerate(weights_seeds):
        randomise(net, weights_seed)
        with torch.no_grad():
            up, down = (net(x[place] + sign * waves[place], t) for sign in (1, -1))
        differences.append(up - down)
    return {"differences": torch.stack(differences)}


def probe_gradients(diffusion, *, sizes, weights_seed, x, t, weights):
    net = diffusion.better_unet.BetterUNet(*sizes)
    randomise(net, weights_seed)
    net.eval()
    (net(x, t) * weights).sum().backward()
    learnt = [one for one in net.parameters() if one.requires_grad]
    # The bias in front of a normalisation has, but for rounding, no gradient: it may be 0.
    missed = [p for p in learnt if p.grad is None or (p.ndim > 1 and not bool(p.grad.any()))]
    return {"parameters": len(learnt), "missed": len(missed)}


def probe_changes(diffusion, *, sizes, weights_seeds, images, times):
    net = diffusion.better_unet.BetterUNet(*sizes).eval()
    answers = []
    for weights_seed in weights_seeds:
        randomise(net, weights_seed)
        with torch.no_grad():
            answers += [net(x, t.expand(len(x))) for t in times for x in images]
    return {"answers": torch.stack(answers)}


def probe_widths(diffusion, *, widths):
    nets = [diffusion.better_unet.BetterUNet(1, width) for width in widths]
    return {"parameters": torch.tensor([sum(p.numel() for p in net.parameters()) for net in nets])}


def answers_of(submission, rng, x, t, sizes=None, *, alone=False, gain=1.0, train=False) -> dict:
    """What a net with new random weights answers, each (N, C, H, W): "answers" to the batch, and
    with `alone` to each image "alone", to the batch "again", and "with_first", where all have the
    time of the first image.
    """
    same = Array(x.shape, finite=gain == 1)
    return submission.run(
        probe_answers,
        returns={"answers": same, "alone": same, "with_first": same, "again": same},
        sizes=list(sizes or (x.shape[1], D)),
        weights_seed=int(rng.integers(2**31)),
        x=np.float32(x),
        t=np.float32(t),
        alone=alone,
        gain=gain,
        train=train,
    )


def large_answers(submission, rng, x, t) -> np.ndarray:
    """What a net with large weights answers, (N, C, H, W).

    In a net without GroupNorm they may pass what float32 holds; then the weights are smaller.
    """
    answers = answers_of(submission, rng, x, t, gain=8.0)["answers"]
    if np.isfinite(answers).all():
        return answers
    answers = answers_of(submission, rng, x, t, gain=2.0)["answers"]
    expect(bool(np.isfinite(answers).all()), "with large weights the answers have NaN or infinity")
    return answers


def assert_each_image_alone(evidence: dict) -> None:
    """Each image has the answer that it has alone, at its own time."""
    together, alone = evidence["answers"], evidence["alone"]
    same = close(together, evidence["again"])
    expect(
        same, "in eval mode two calls give different answers, as with a dropout that is never off"
    )
    if close(together, alone):
        return
    first = Mistake(FIRST, "You use the time of the first image for the whole batch.")
    words = "An image must not depend on the others: use GroupNorm, or BatchNorm with running "
    words += "statistics, and take no mean over the batch."
    raise CheckFailed(
        "in eval mode an image has another answer in a batch than alone at the same time",
        first if close(together, evidence["with_first"]) else Mistake(BATCH, words),
    )


def assert_not_squashed(answers: np.ndarray) -> None:
    """With large weights, answers go far beyond 1 in both directions.

    The answers of a net whose last layer is linear then have a scale of 30.
    """
    low, high = float(answers.min()), float(answers.max())
    if low < -1.5 and high > 1.5:
        return
    words = "Noise is normal: leave out the function (sigmoid, tanh, ReLU, clamp) at the end."
    raise CheckFailed(
        f"with large weights the answers lie in [{low:.2f}, {high:.2f}], expected numbers beyond "
        "-1.5 and 1.5",
        Mistake(SQUASHED, words),
    )


def share_of_detail(submission, rng: np.random.Generator, nets: int, images: int) -> float:
    """How much of what a net makes of a fine wave is this wave again, at the same place.

    Of the answer to a wave, the energy at its own frequency over that at all frequencies that a
    quarter of the resolution cannot tell from it. Skips at full resolution carry the wave as it
    is; without them, it is one of 16. The mean over `nets` of random weights.
    """
    rows, columns = np.mgrid[:PIXELS, :PIXELS]
    x, y = (2 * np.pi * np.array(WAVES).T / PIXELS)[:, :, None, None]
    phases = rng.uniform(0, 2 * np.pi, (nets, len(WAVES), 1, 1))
    waves = STRENGTH * np.cos(x * columns + y * rows + phases)
    waves = np.repeat(waves, images, axis=1)[:, :, None]
    evidence = submission.run(
        probe_waves,
        returns={"differences": Array(waves.shape)},
        sizes=[1, D],
        weights_seeds=[int(seed) for seed in rng.integers(2**31, size=nets)],
        x=rng.random(waves.shape, dtype=np.float32),
        waves=np.float32(waves),
        t=np.full(waves.shape[1], rng.uniform(0.1, 0.9), np.float32),
    )
    answers = evidence["differences"].astype(np.float64)
    answers = answers.reshape(nets, len(WAVES), images, PIXELS, PIXELS).mean(axis=2)
    shares = [_share(one, *w) for net in answers for one, w in zip(net, WAVES, strict=True)]
    return float(np.mean(shares))


def _share(answer: np.ndarray, x: int, y: int) -> float:
    energy = np.abs(np.fft.fft2(answer)) ** 2
    alike = energy[y % MIXED :: MIXED, x % MIXED :: MIXED].sum()
    return float(energy[y, x] / alike) if alike > 0 else 0.0


def assert_gradients_reach_all(submission, rng, x: np.ndarray, t: np.ndarray) -> None:
    """A loss on the answers has a gradient in every parameter that is learnt."""
    evidence = submission.run(
        probe_gradients,
        returns={"parameters": Integer(), "missed": Integer()},
        sizes=[x.shape[1], D],
        weights_seed=int(rng.integers(2**31)),
        x=np.float32(x),
        t=np.float32(t),
        weights=rng.standard_normal(x.shape, dtype=np.float32),
    )
    missed, parameters = evidence["missed"], evidence["parameters"]
    expect(parameters > 0, "the net has no parameters, expected layers that learn")
    expect(missed == 0, f"no gradient reaches {missed} of the net's {parameters} parameters")


def answers_to_changes(submission, rng, x: np.ndarray, times, sizes=None):
    """What nets of random weights answer to images (N, C, H, W), and where a corner of them has
    changed.

    Returns:
        answers (nets, times, 3, N, C, H, W) and images (3, N, C, H, W), for `verdicts.reach`.
    """
    images = with_a_changed_corner(rng, x)
    evidence = submission.run(
        probe_changes,
        returns={"answers": Array((NETS * len(times) * len(images), *x.shape))},
        sizes=list(sizes or (x.shape[1], D)),
        weights_seeds=[int(seed) for seed in rng.integers(2**31, size=NETS)],
        images=images,
        times=np.array(times, np.float32)[:, None],
    )
    return evidence["answers"].reshape(NETS, len(times), *images.shape), images


def assert_wider_nets_are_larger(submission, widths: tuple[int, int]) -> None:
    """A net of the larger width has more parameters."""
    evidence = submission.run(
        probe_widths, returns={"parameters": Array((2,), "int64")}, widths=list(widths)
    )
    few, many = evidence["parameters"]
    expect(
        many > few,
        f"the net has {few} parameters at num_hiddens = {widths[0]} and {many} at {widths[1]}, "
        "expected more",
    )
