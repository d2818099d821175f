"""A pretrained model that looks over the shoulder of a function that draws illusions.

In a step it may get x, x turned in some way, and each of them with either condition or none. It
answers with chosen images for each of these, whatever else is asked for.
"""

from typing import Any

import torch

from .editing import LEARNED, UNCONDITIONAL, SpiedModel, read_timestep
from .sampling import unpack_samples

Tensor = torch.Tensor

NONE, FIRST, SECOND, STRANGE = range(4)  # kinds of conditions; the last one is neither


class IllusionSpy:
    """Records each x and answers eps so that the estimate of x_0 is a chosen image.

    What comes first of an image at some t is its x, and what equals it after one of the turns is
    its x after this turn. Anything else is strange, and is answered as if it were x.

    Args:
        setting: {"tables": {"alpha_bars": (T + 1,)}, "num_ts": T, ...}.
        answers: (S, K, 4, N, 1, H, W), the images for each step, turn and kind of condition.
        turns: (K, H W) places: x after a turn has at a place what x has at that place; the first
            one leaves x as it is, and each undoes itself.
        conds: (2, N) both conditions; each image has different ones.
        pattern: (H, W), what the variance of x is multiplied by; turned as x is.
    """

    def __init__(
        self, setting: dict, answers: Tensor, turns: Tensor, conds: Tensor, pattern: Tensor
    ):
        self.alpha_bars = setting["tables"]["alpha_bars"]
        self.num_ts = setting["num_ts"]
        self.answers, self.turns, self.conds = answers.double(), turns, conds.double()
        self.pattern = pattern.double()
        self.num_images = answers.shape[3]
        self.times: list[float] = []
        self.first: list[list[Tensor]] = []  # of each step: x of the images that came
        self.rows: list[list[float]] = []
        self.variances: list[list[float]] = []

    def model(self) -> SpiedModel:
        """What the function gets for a model."""
        shape = tuple(self.answers.shape[4:])
        return SpiedModel(self.alpha_bars.clone(), shape, self._eps, self._variance)

    def evidence(self, returned: Any) -> dict:
        """Evidence of one finished run, `returned` being what the function returned."""
        x_0, caches = unpack_samples(returned)
        nothing = torch.full(tuple(self.answers.shape[4:]), torch.nan)
        states = [
            torch.stack([*step, *[nothing] * (self.num_images - len(step))]) for step in self.first
        ]
        return {
            "x_0": x_0,
            "caches": caches,
            "first": torch.stack(states) if states else torch.zeros(0, *self.answers.shape[3:]),
            "rows": torch.tensor(self.rows or [[0.0] * 6][:0], dtype=torch.float64).view(-1, 6),
            "variances": torch.tensor(self.variances, dtype=torch.float64).view(-1, 3),
        }

    def _eps(self, x: Any, t: Any, cond: Any) -> Tensor:
        time = read_timestep(t)
        kept = x.detach().cpu().float().clone()  # the loop may change x in place
        self._check(kept)
        conds = self._conds(cond, len(kept))
        step, places = self._places(kept, time)
        seen = []
        for (image, turn), value in zip(places, conds, strict=True):
            own = self.conds[:, image].tolist()
            kind = NONE if value is None else own.index(value) + 1 if value in own else STRANGE
            told = -1.0 if value is None else value
            self.rows.append(
                [step, image, time / self.num_ts, told, float(value is not None), turn]
            )
            asked = min(step, len(self.answers) - 1)
            seen.append(self.answers[asked, max(turn, 0), kind, image])
        alpha_bar = self._alpha_bar(time)
        eps = (x.detach().double().cpu() - alpha_bar**0.5 * torch.stack(seen)) / max(
            1 - alpha_bar, 1e-12
        ) ** 0.5
        return eps.to(x.device, x.dtype)

    def _variance(self, x: Any, t: Any, t_prev: Any, cond: Any) -> Tensor:
        begin, end = read_timestep(t), read_timestep(t_prev)
        self._check(x)
        given = any(one is not None for one in self._conds(cond, len(x)))
        self.variances.append([begin, end, float(given)])
        here, there = self._alpha_bar(begin), self._alpha_bar(end)
        posterior = (1 - there) / max(1 - here, 1e-12) * abs(1 - here / there)
        _, places = self._places(x.detach().cpu().float().clone(), begin)
        maps = torch.stack([self._turned(self.pattern[None], max(turn, 0)) for _, turn in places])
        result = posterior * (LEARNED if given else UNCONDITIONAL) * maps
        return result.expand_as(x).to(x.device, x.dtype)

    def _places(self, x: Tensor, time: float) -> tuple[int, list[tuple[int, int]]]:
        """The step, and the image and the turn of each row; -1 for a strange one."""
        if time not in self.times:
            self.times.append(time)
            self.first.append([])
        step = self.times.index(time)
        known, places = self.first[step], []
        for number, row in enumerate(x):
            turned = [self._turned(row, turn) for turn in range(len(self.turns))]
            fitting = [
                (image, turn)
                for image, begun in enumerate(known)
                for turn, one in enumerate(turned)
                if torch.equal(one, begun)
            ]
            # Equal images: the one at this place of the batch.
            fitting.sort(key=lambda place: (place[1], place[0] != number % self.num_images))
            if not fitting and len(known) < self.num_images:
                known.append(row)
                fitting = [(len(known) - 1, 0)]
            places.append(fitting[0] if fitting else (number % self.num_images, -1))
        return step, places

    def _turned(self, image: Tensor, turn: int) -> Tensor:
        return image.flatten(-2)[..., self.turns[turn]].view(image.shape)

    def _alpha_bar(self, time: float) -> float:
        return self.alpha_bars[min(max(int(time), 0), self.num_ts)].item()

    def _conds(self, cond: Any, rows: int) -> list[float | None]:
        """One condition for each row."""
        if cond is None:
            return [None] * rows
        if not isinstance(cond, Tensor) or cond.numel() not in (1, rows):
            what = f"shape {tuple(cond.shape)}" if isinstance(cond, Tensor) else f"{cond!r:.40}"
            raise ValueError(
                f"the model was called with cond of {what} for {rows} images; pass cond_1 or "
                "cond_2 on to it"
            )
        return cond.detach().double().reshape(-1).expand(rows).tolist()

    def _check(self, x: Any) -> None:
        if not isinstance(x, Tensor) or x.shape[1:] != self.answers.shape[4:]:
            want = f"(any, {', '.join(map(str, self.answers.shape[4:]))})"
            what = f"of shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"the model was given x {what}, expected shape {want}")
