# for: train_ddpm train_ddpm_cfg flow flow_cfg
"""Samples of a run's nets, drawn by your sampler with the settings of the run."""

import copy
from collections.abc import Callable, Sequence

import torch

from .animation import checked  # for: flow flow_cfg
from .fast import SamplingNet
from .reading import Run
from .settings import Problem

Tensor = torch.Tensor
SIZE = (28, 28)
BATCH = 100  # images at once, where many are drawn


class Sampler:
    """Draws images with your sampler, and keeps them: figures share images.

    Args:
        run: of a net that knows the time.
        function: your sampler, with classes if the net knows classes.
        schedule: your `ddpm_schedule`; None if the sampler takes none.
        device: of the nets.
        seed: of the starting noise and of the noise that is added on the way.
    """

    def __init__(
        self,
        run: Run,
        function: Callable,
        schedule: Callable | None,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ):
        s = run.settings
        self.run, self.function, self.device, self.seed = run, function, device, seed
        self.num_ts: int = s.num_ts  # pyright: ignore[reportAttributeAccessIssue]
        self.given: tuple[object, ...] = ()  # behind the net: the schedule, if there is one
        if schedule is not None:
            tables = schedule(s.beta_1, s.beta_T, s.num_ts)  # pyright: ignore[reportAttributeAccessIssue]
            moved = {k: v.to(device) if torch.is_tensor(v) else v for k, v in tables.items()}
            self.given = (moved,)
        self.advance: Callable[[float], object] = lambda images: None
        self._nets: dict[int, SamplingNet] = {}
        self._drawn: dict[tuple, tuple[Tensor, object]] = {}
        self._noise: dict[tuple, Tensor] = {}  # with which the first call of the net was made

    def by(self, function: Callable) -> "Sampler":
        """A sampler for the same nets that draws with another function."""
        other = copy.copy(self)
        other.function, other._drawn, other._noise = function, {}, {}
        return other

    # for: flow-steps
    def in_steps(self, num_ts: int) -> "Sampler":
        """A sampler for the same nets that takes so many steps."""
        other = self.by(self.function)
        other.num_ts = num_ts
        return other

    # end for
    def draw(self, epoch: int, classes: Sequence[int], guidance: float) -> tuple[Tensor, object]:
        """One image for each class, by the net after an epoch.

        Args:
            epoch: one of the run's `epochs`.
            classes: N digits; a net without classes draws N images all the same.
            guidance: for a net with classes.

        Returns:
            The images (N, 1, 28, 28), and what your sampler returned as the images on the way.

        Raises:
            Problem: what your sampler returned is no pair, has another shape, or is not finite.
        """
        key = epoch, tuple(classes), guidance
        if key not in self._drawn:
            if epoch not in self._nets:
                self._nets[epoch] = SamplingNet(self.run.net(epoch, self.device))
            net = self._nets[epoch]

            def before(_: object, given: tuple, named: dict) -> None:
                first = next(iter((*given, *named.values())))[: len(classes)]
                self._noise.setdefault(key, first.detach().cpu().clone())

            with net.register_forward_pre_hook(before, with_kwargs=True):
                self._drawn[key] = self._draw(net, classes, guidance)
        return self._drawn[key]

    # for: flow flow_cfg
    def path(self, epoch: int, classes: Sequence[int], guidance: float) -> Tensor:
        """The images of `draw` on their way from the noise, (N, K + 1, 1, 28, 28) on the CPU.

        A sampler keeps x after each step; what the net is called with first is the noise.

        Raises:
            Problem: as `draw`, or what your sampler kept is no finite tensor.
        """
        caches = checked(self.draw(epoch, classes, guidance)[1])
        noise = self._noise[epoch, tuple(classes), guidance][:, None]
        return caches if torch.equal(noise, caches[:, :1]) else torch.cat([noise, caches], 1)

    # end for
    # for: frechet-distances closest-pairs
    def draw_many(self, epoch: int, count: int, guidance: float) -> Tensor:
        """Images (count, 1, 28, 28) of the digits 0, 1, ..., 9, 0, ... by the net after an epoch.

        Each hundred has a seed of its own: that of the sampler, the next one, and so on.

        Raises:
            Problem: as `draw`.
        """
        batches = []
        for start in range(0, count, BATCH):
            one = self.by(self.function)
            one.seed = self.seed + start // BATCH
            classes = [place % 10 for place in range(start, min(start + BATCH, count))]
            batches.append(one.draw(epoch, classes, guidance)[0])
        return torch.cat(batches)

    # end for
    def _draw(
        self, net: SamplingNet, classes: Sequence[int], guidance: float
    ) -> tuple[Tensor, object]:
        share = len(classes) / self.num_ts / (2 if self.run.conditional else 1)  # of one call
        with net.register_forward_hook(lambda *_: self.advance(share)):
            if self.run.conditional:
                c = torch.tensor(classes)
                drawn = self.function(
                    net, *self.given, c, SIZE, self.num_ts, guidance, self.seed
                )
            else:
                drawn = self.function(
                    net, *self.given, len(classes), SIZE, self.num_ts, self.seed
                )
        return checked_samples(self.run, drawn, len(classes))


def checked_samples(run: Run, drawn: object, count: int) -> tuple[Tensor, object]:
    """What a sampler returned: images (count, 1, 28, 28) on the CPU, and those on the way.

    Raises:
        Problem: it is no pair, has another shape, or is not finite.
    """
    if not (isinstance(drawn, tuple) and len(drawn) == 2 and torch.is_tensor(drawn[0])):
        raise Problem("your sampler must return a pair: the images, and those on the way")
    x_0, caches = drawn
    wanted = (count, 1, *SIZE)
    if tuple(x_0.shape) != wanted:
        raise Problem(f"your sampler returned images {tuple(x_0.shape)}, not {wanted}")
    if not torch.isfinite(x_0).all():
        raise Problem(
            f"{run.path}: its samples are not finite. Either the training has diverged (train it "
            "again with a smaller --lr), or the sampler has a mistake (run its checks)."
        )
    return x_0.detach().cpu(), caches
# end for
