"""Runs of visual anagrams and of hybrid images; a spy takes the place of the pretrained model."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from checkkit.mistakes.blurs import gaussian_weights
from checkkit.mistakes.illusions import (
    anagram_mistake,
    anagram_sum,
    hybrid_mistake,
    hybrid_sum,
)
from checkkit.runner import Mistake
from checkkit.spies.illusions import IllusionSpy
from checkkit.spies.randomness import reset_random_state
from checkkit.verdicts.illusion_runs import IllusionRun, IllusionSetting, illusion_returns, turned
from checkkit.verdicts.illusions import Illusion, Kind, measured
from checkkit.verdicts.seeds import draw_seeds

CONDS = "without cond", "with cond_1", "with cond_2", "with another cond"


def probe_illusion(
    diffusion, *, name, setting, answers, x, conds, turns, own_turn, pattern, state, options
):
    spy = IllusionSpy(setting, answers, turns, conds, pattern)

    def turn(images):
        return images.flatten(-2)[..., turns[1]].reshape(images.shape)

    if own_turn:
        options = {**options, "turn": turn}
    given = x.clone()
    reset_random_state(state)
    returned = getattr(diffusion.illusions, name)(
        spy.model(), given, cond_1=conds[0], cond_2=conds[1], **options
    )
    timesteps = torch.tensor(options["timesteps"])
    return {**spy.evidence(returned), "x_after": given, "timesteps_after": timesteps}


@dataclass(frozen=True)
class Asked:
    """What a function is asked for, on one x.

    Attributes:
        name: the function.
        turns: (K, H W) of x, the first one none and the second one that of the anagram.
        options: beside timesteps, conditions and scale.
        own_turn: whether the function gets `turn`, or takes its default.
        blurs: the sigmas of a hybrid image that are tried where its own does not fit.
    """

    setting: IllusionSetting
    kind: Kind
    name: str
    x: np.ndarray
    conds: np.ndarray
    turns: np.ndarray
    own_turn: bool = False
    options: tuple[tuple[str, object], ...] = ()
    blurs: tuple[tuple[Mistake, Kind], ...] = ()

    def run(
        self,
        submission,
        scale: float,
        answers: np.ndarray,
        state: int = 0,
        pattern: np.ndarray | None = None,
        **options,
    ) -> dict:
        """One run of the submission's function; evidence of `illusion_returns`, and "states".

        Args:
            answers: see `IllusionSpy`.
            state: what the global generators are seeded with before.
            pattern: (H, W) of the variance.
        """
        evidence = submission.run(
            probe_illusion,
            returns=illusion_returns(self.setting, self.x.shape),
            name=self.name,
            setting=self.setting.inputs,
            answers=answers,
            x=self.x,
            conds=self.conds,
            turns=self.turns,
            own_turn=self.own_turn,
            pattern=np.ones(self.x.shape[2:], np.float32) if pattern is None else pattern,
            state=state,
            options={**self.setting.arguments, **dict(self.options), "scale": scale, **options},
        )
        return {**evidence, "states": evidence["first"]}

    def answers(self, rng: np.random.Generator, scale: float) -> np.ndarray:
        """Random images, in [-0.3, 0.3] where they are guided: no sum of them has to be clipped."""
        steps = len(self.setting.timesteps) - 1
        shape = (steps, len(self.turns), 4, *self.x.shape)
        images = rng.uniform(-0.3, 0.3, size=shape) / (1 if scale >= 0 else 3)
        plain = images[:, :, :1]
        images[:, :, 1:] = plain + (images[:, :, 1:] - plain) / max(1.0, abs(scale))
        return images.astype(np.float32)

    def measure(
        self,
        submission,
        rng: np.random.Generator,
        scale: float,
        pattern: np.ndarray | None = None,
    ) -> Illusion:
        """Compare two runs with the same seeds, and answers that differ."""
        state, seed = draw_seeds(rng)

        def run() -> IllusionRun:
            answers = self.answers(rng, scale)
            evidence = self.run(submission, scale, answers, state, pattern, seed=seed)
            own = self.turns, self.x, self.conds
            return IllusionRun.of(self.setting, evidence, answers, *own)

        runs = run(), run()
        found = measured(self.setting, self.kind, scale, runs)
        if found.odd.any():
            for mistake, kind in self.blurs:
                if measured(self.setting, kind, scale, runs).summed:
                    return replace(found, odd_because=mistake)
        return found


def anagram(
    setting: IllusionSetting,
    rng: np.random.Generator,
    count: int,
    img_hw: tuple[int, int],
    turn: str | None = None,
) -> Asked:
    """A visual anagram of so many images; with this turn, or with the default one.

    Args:
        turn: "upside down", "half turn", "left and right", "diagonal" (square images), or
            "shuffled": pairs of pixels change places.
    """
    places = np.arange(img_hw[0] * img_hw[1]).reshape(img_hw)
    known = {
        "upside down": places[::-1],
        "half turn": places[::-1, ::-1],
        "left and right": places[:, ::-1],
    }
    if img_hw[0] == img_hw[1]:
        known["diagonal"] = places.T
    if turn == "shuffled":
        pairs = rng.permutation(places.size)[: places.size // 2 * 2].reshape(2, -1)
        mixed = places.ravel().copy()
        mixed[pairs[0]], mixed[pairs[1]] = pairs[1], pairs[0]
        known["shuffled"] = mixed.reshape(img_hw)
    own = turn or "upside down"
    order = [places, known[own], *(known[name] for name in known if name != own)]
    turns = np.stack([one.ravel() for one in order])
    kind = Kind(
        right=anagram_sum,
        equation="equation A8",
        sum="eps is the mean of both guided predictions, that for turn(x) turned back.",
        scale="Both predictions are guided with w = scale: 0, 1, 7 and any other.",
        after=lambda eps: [turned(eps, one) for one in turns],
        inside=lambda images: images,
        mistake=partial(anagram_mistake, turns=len(turns) - 1),
        words=_anagram_words,
    )
    x, conds = _start(rng, count, img_hw)
    return Asked(setting, kind, "visual_anagram", x, conds, turns, turn is not None)


def _anagram_words(term: tuple[int, int, int]) -> str:
    x = ("x", "turn(x)", "x in another turn")[min(term[0], 2)]
    after = ("", ", turned", ", in another turn")[min(term[2], 2)]
    return f"the answer for {x} {CONDS[term[1]]}{after}"


def hybrid(
    setting: IllusionSetting,
    rng: np.random.Generator,
    count: int,
    inner: int = 12,
    sigma: float | None = None,
    kernel_size: int = 33,
) -> Asked:
    """Hybrid images of so many images, at least `inner` pixels high and wide inside the border.

    Args:
        sigma: of the blur; None leaves both out, which has to give 2.0 and 33.
    """
    options = {} if sigma is None else {"sigma": sigma, "kernel_size": kernel_size}
    own, border = sigma or 2.0, kernel_size // 2
    x, conds = _start(rng, count, (inner + 2 * border, inner + 2 * border + 1))

    def kind(row: np.ndarray) -> Kind:
        return Kind(
            right=hybrid_sum,
            equation="equation A9",
            sum="eps has the low frequencies of one prediction and the high ones of the other.",
            scale="Both predictions are guided with w = scale: 0, 1, 7 and any other.",
            after=lambda eps: [eps, _blurred(eps, row)],
            inside=lambda images: images[..., border:-border, border:-border],
            mistake=hybrid_mistake,
            words=_hybrid_words,
        )

    rows = {
        f"sigma {one:g}": (_row(kernel_size, one), f"The blur has sigma {one:g} whatever is asked")
        for one in (1.0, 2.0)
        if abs(one - own) > 0.05
    }
    rows |= {
        "sigma by the kernel": (
            _row(kernel_size, 0.15 * kernel_size + 0.35),
            "The blur chooses its own sigma: pass sigma on to it",
        ),
        "sigma squared": (_row(kernel_size, own**2), "The blur has sigma squared for sigma"),
        "root of sigma": (_row(kernel_size, own**0.5), "sigma is used as a variance"),
        "blurred twice": (_row(kernel_size, own * 2**0.5), "The low frequencies are blurred twice"),
    }
    blurs = [
        (Mistake(f"hybrid: {name}", f"{words}."), kind(row)) for name, (row, words) in rows.items()
    ]
    right = kind(_row(kernel_size, own))
    turns = np.arange(x[0, 0].size)[None]
    return Asked(
        setting, right, "hybrid_image", x, conds, turns, False, tuple(options.items()), tuple(blurs)
    )


def _row(kernel_size: int, sigma: float) -> np.ndarray:
    return gaussian_weights(kernel_size, sigma).sum(axis=0)


def _blurred(images: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Images (N, H, W) after a blur with these weights along rows and columns; 0 around them."""
    for _ in range(2):
        padded = np.pad(images, [(0, 0), (0, 0), (len(row) // 2,) * 2])
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(row), axis=2)
        images = (windows @ row).swapaxes(1, 2)
    return images


def _hybrid_words(term: tuple[int, int, int]) -> str:
    return f"the {'lowpass of the ' if term[2] else ''}answer {CONDS[term[1]]}"


def _start(
    rng: np.random.Generator, count: int, img_hw: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Random x, and two conditions that no two images share."""
    x = rng.normal(size=(count, 1, *img_hw)).astype(np.float32)
    return x, 1 + rng.permutation(4 * count)[: 2 * count].reshape(2, count)


def half_pattern(img_hw: tuple[int, int]) -> np.ndarray:
    """The pattern of a variance: 2 in the upper half, 0.5 in the lower one."""
    return (
        np.where(np.arange(img_hw[0])[:, None] < img_hw[0] // 2, 2.0, 0.5)
        .repeat(img_hw[1], 1)
        .astype(np.float32)
    )
