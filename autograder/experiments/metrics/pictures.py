"""scores.png and closest.png, for a phone's width: panels below each other."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, NullLocator

from .evaluation import HANDOUT, Evaluation

WIDTH, DPI = 6.0, 120  # inches
POINTS = 12  # of a title
COLOURS = ("#2f6690", "#c8553d")  # of the sets of samples, the handout's guidance first
REAL, FAINT = "#59616b", "#d9dce0"
REAL_PAIRS, ACROSS = 2, 3


def draw_samples(evaluation: Evaluation) -> bytes:
    """Samples, their classes, the Fréchet distance over the guidance, and nearest digits: PNG."""
    panels = {_strip: 1.35, _per_class if evaluation.conditional else _shares: 2.6}
    if evaluation.search and len(evaluation.search.candidates) > 1:
        panels[_over_guidance] = 2.9
    panels[_nearest] = 2.9
    figure, rows = _page(list(panels.values()))
    for panel, axes in zip(panels, rows, strict=True):
        panel(axes, evaluation)
    return _png(figure)


def draw_psnr(
    rows: Sequence[dict[str, float]],
    trained: float,
    shown: tuple[Sequence[float], np.ndarray, np.ndarray],
    count: int,
) -> bytes:
    """PSNR over sigma, and one digit at some of them: PNG.

    Args:
        rows: of `psnr_over_sigma`.
        trained: the sigma that the denoiser was trained with.
        shown: sigmas, and the digit noisy and denoised at each, (len, 28, 28).
        count: how many digits the curve is of.
    """
    figure, (curve, strip) = _page([3.4, 2.2])
    sigmas = [row["sigma"] for row in rows]
    curve.axvline(trained, color=FAINT, lw=6)
    for name, colour in (("noisy", REAL), ("denoised", COLOURS[0])):
        curve.plot(sigmas, [row[name] for row in rows], "o-", color=colour, ms=4, label=name)
    curve.set(xlabel="sigma of the noise (grey: trained with)", ylabel="PSNR, dB")
    curve.set_title(f"{count:,} test digits")
    curve.legend(frameon=False)
    _plain(curve)
    at, noisy, denoised = shown
    strip.imshow(np.concatenate([_row(noisy), _row(denoised)]), cmap="gray", vmin=0, vmax=1)
    strip.set_xticks([14 + 30 * i for i in range(len(at))], [f"{sigma:g}" for sigma in at])
    strip.set_yticks([14, 44], ["noisy", "denoised"])
    strip.tick_params(length=0)
    strip.set_frame_on(False)
    return _png(figure)


def draw_closest(evaluation: Evaluation) -> bytes:
    """Of each class the sample nearest to a training digit, beside it, and two test digits: PNG.

    Of each class, for the nearest of all are ones, which look alike without being copies.
    """
    real, cells = evaluation.real, []
    near, compared = real.neighbours, len(real.images)
    for c in range(10):
        of_class = [
            (one.neighbours.distances[at], one.images[at], one.neighbours.digits[at])
            for one in evaluation.samples
            for at in np.flatnonzero(one.classes[:compared] == c)
        ]
        if of_class:
            distance, *pair = min(of_class, key=lambda sample: sample[0])
            usual = near.distances[real.classes == c]
            test = f" (test {usual.min():.3f})" if len(usual) else ""
            cells.append((pair, f"{c}: {distance:.3f}{test}"))
    for at in np.argsort(near.distances)[:REAL_PAIRS]:
        pair = [real.images[at], near.digits[at]]
        cells.append((pair, f"test digit: {near.distances[at]:.3f}"))
    rows = -(-len(cells) // ACROSS)
    figure = Figure(figsize=(WIDTH, 0.8 + 1.3 * rows), dpi=DPI, layout="constrained")
    grid = figure.subplots(rows, ACROSS, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[], frame_on=False)
    for axes, (pair, label) in zip(grid.flat, cells, strict=False):
        axes.imshow(_row(np.stack(pair)), cmap="gray", vmin=0, vmax=1)
        axes.set_xlabel(label, fontsize=POINTS - 1)
    figure.suptitle(
        "The sample of each class closest to a training digit, beside it;\n"
        "in brackets the distance of the closest test digit of that class.\n"
        f"The last two are test digits. {compared:,} of each were compared.",
        fontsize=POINTS - 1,
    )
    return _png(figure)


def _strip(axes: Axes, evaluation: Evaluation) -> None:
    one = evaluation.samples[0]
    guided = "" if one.guidance is None else f" at guidance {one.guidance:g}"
    shown = np.arange(20).reshape(2, 10)
    if evaluation.conditional:  # two of each class, below each other
        shown = np.stack([np.flatnonzero(one.classes == c)[:2] for c in range(10)], axis=1)
    strip = np.concatenate([_row(one.images[row]) for row in shown])
    axes.imshow(strip, cmap="gray", vmin=0, vmax=1)
    axes.set_title(f"the first samples{guided}")
    axes.set_axis_off()


def _per_class(axes: Axes, evaluation: Evaluation) -> None:
    for number, one in enumerate(evaluation.samples):
        assert one.accuracy is not None  # the net knows the class
        classes, shares = zip(*one.accuracy.per_class.items(), strict=True)
        at = np.array(classes) + 0.24 * (number - (len(evaluation.samples) - 1) / 2)
        low, value, high = 100 * np.array([(s["low"], s["value"], s["high"]) for s in shares]).T
        label = f"guidance {one.guidance:g}: {one.accuracy.whole['value']:.2%}"
        style = {"fmt": "o", "ms": 4, "color": COLOURS[number]}
        axes.errorbar(at, value, (value - low, high - value), label=label, **style)
    axes.set(xticks=range(10), xlabel="class", ylabel="recognised, %")
    axes.set_title(f"accuracy of {len(evaluation.samples[0].images):,} samples, 95 % intervals")
    _legend_below(axes)


def _shares(axes: Axes, evaluation: Evaluation) -> None:
    one = evaluation.samples[0]
    for shift, labels, colour, name in (
        (-0.2, one.classes, COLOURS[0], "samples"),
        (0.2, evaluation.digits.test.labels, REAL, "test digits"),
    ):
        shares = 100 * np.bincount(labels, minlength=10) / len(labels)
        axes.bar(np.arange(10) + shift, shares, 0.38, color=colour, label=name)
    axes.set(xticks=range(10), xlabel="class that the classifier sees", ylabel="share, %")
    axes.set_title(f"classes of {len(one.images):,} samples")
    _legend_below(axes)


def _over_guidance(axes: Axes, evaluation: Evaluation) -> None:
    search, real = evaluation.search, evaluation.real.likeness["frechet"]
    assert search is not None
    distances = [metrics["frechet"] for metrics in search.candidates.values()]
    label = f"{search.count:,} samples each"
    axes.plot(list(search.candidates), distances, "o-", color=REAL, ms=4, label=label)
    axes.axhline(search.floor, color=REAL, ls="--", lw=1, label=f"{search.count:,} training digits")
    count = len(evaluation.samples[0].images)
    for number, one in enumerate(evaluation.samples):
        assert one.guidance is not None  # the net knows the class
        name = "best" if one.guidance == search.best else f"guidance {HANDOUT:g}"
        label = f"{name}, {count:,} others: {one.likeness['frechet']:.3g}"
        style = {"color": COLOURS[number], "marker": "D", "ms": 7, "ls": ""}
        axes.plot(one.guidance, one.likeness["frechet"], label=label, **style)
    label = f"{count:,} training digits: {real:.2g}"
    axes.axhline(real, color=COLOURS[0], ls=":", lw=1.2, label=label)
    axes.set(yscale="log", xlabel="guidance", ylabel="Fréchet distance")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_title("distance to the test digits")
    _legend_below(axes)


def _nearest(axes: Axes, evaluation: Evaluation) -> None:
    sets = [
        (one.neighbours.distances, colour,
         "samples" if one.guidance is None else f"guidance {one.guidance:g}")
        for one, colour in zip(evaluation.samples, COLOURS, strict=False)
    ]  # fmt: skip
    sets.append((evaluation.real.neighbours.distances, REAL, "test digits"))
    bins = np.linspace(0, max(distances.max() for distances, _, _ in sets), 26)
    for distances, colour, name in sets:
        style = {"color": colour, "lw": 1.6, "histtype": "step"}
        axes.hist(distances, bins, density=True, label=name, **style)
    axes.set(xlabel="distance to the nearest training digit", yticks=[])
    axes.set_title(f"{len(sets[0][0]):,} of each: copies would be near 0")
    axes.legend(frameon=False, fontsize=POINTS - 2)
    _plain(axes)


def _legend_below(axes: Axes) -> None:
    """The legend below the panel, where it covers no data."""
    axes.legend(
        frameon=False, fontsize=POINTS - 2, loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2
    )
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def _row(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28) beside each other with two white pixels around them, (30, 30 n)."""
    framed = np.pad(images.clip(0, 1), ((0, 0), (1, 1), (1, 1)), constant_values=1)
    return np.concatenate(list(framed), axis=1)


def _page(heights: Sequence[float]) -> tuple[Figure, Sequence[Axes]]:
    layout = ConstrainedLayoutEngine(h_pad=0.1, hspace=0.03)
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DPI, layout=layout)
    return figure, figure.subplots(len(heights), 1, height_ratios=heights)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
