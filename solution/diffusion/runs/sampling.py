# for: train_ddpm train_ddpm_cfg
"""Samples of a run's nets, drawn by your sampler with the T and betas of the run."""

from collections.abc import Callable, Sequence

import torch

from .fast import SamplingNet
from .reading import Run
from .settings import Problem

Tensor = torch.Tensor
SIZE = (28, 28)


class Sampler:
    """Draws images with your sampler, and keeps them: figures share images.

    Args:
        run: of a net that knows the time.
        function: your sampler, with classes if the net knows classes.
        schedule: your `ddpm_schedule`.
        device: of the nets.
        seed: of the starting noise and of the noise that is added on the way.
    """

    def __init__(
        self,
        run: Run,
        function: Callable,
        schedule: Callable,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ):
        s = run.settings
        self.run, self.function, self.device, self.seed = run, function, device, seed
        self.num_ts: int = s.num_ts  # pyright: ignore[reportAttributeAccessIssue]
        tables = schedule(s.beta_1, s.beta_T, s.num_ts)  # pyright: ignore[reportAttributeAccessIssue]
        self.schedule = {k: v.to(device) if torch.is_tensor(v) else v for k, v in tables.items()}
        self.advance: Callable[[float], object] = lambda images: None
        self._nets: dict[int, SamplingNet] = {}
        self._drawn: dict[tuple, tuple[Tensor, object]] = {}

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
            self._drawn[key] = self._draw(self._nets[epoch], classes, guidance)
        return self._drawn[key]

    def _draw(
        self, net: SamplingNet, classes: Sequence[int], guidance: float
    ) -> tuple[Tensor, object]:
        share = len(classes) / self.num_ts / (2 if self.run.conditional else 1)  # of one call
        with net.register_forward_hook(lambda *_: self.advance(share)):
            if self.run.conditional:
                c = torch.tensor(classes)
                drawn = self.function(
                    net, self.schedule, c, SIZE, self.num_ts, guidance, self.seed
                )
            else:
                drawn = self.function(
                    net, self.schedule, len(classes), SIZE, self.num_ts, self.seed
                )
        if not (isinstance(drawn, tuple) and len(drawn) == 2 and torch.is_tensor(drawn[0])):
            raise Problem("your sampler must return a pair: the images, and those on the way")
        x_0, caches = drawn
        wanted = (len(classes), 1, *SIZE)
        if tuple(x_0.shape) != wanted:
            raise Problem(f"your sampler returned images {tuple(x_0.shape)}, not {wanted}")
        if not torch.isfinite(x_0).all():
            raise Problem(
                f"{self.run.path}: its samples are not finite. Either the training has diverged "
                "(train it again with a smaller --lr), or the sampler has a mistake (run its "
                "checks)."
            )
        return x_0.detach().cpu(), caches
# end for
