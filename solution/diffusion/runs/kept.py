# for: denoiser train_ddpm train_ddpm_cfg
"""The run of a notebook: its folder is as `python -m diffusion.train` writes it."""

import copy
import time

from torch import nn

from .folder import Curves, RunFolder
from .reading import Run, read_run
from .settings import Problem, Settings


class KeptWeights:
    """Pass it to a training loop as `on_epoch`: it keeps the net after some epochs, on disk.

    It prints how long each epoch takes. After an interruption it continues with the same files.

    Args:
        settings: of the run; they are written into its folder.
        unet: the net that is trained.

    Raises:
        ValueError: the folder has a run with other settings or another net.
    """

    def __init__(self, settings: Settings, unet: nn.Module):
        self.settings, self.unet = settings, unet
        self.folder = RunFolder(settings)
        self.run_dir = self.folder.path
        self.began = time.monotonic()
        try:
            self.folder.check_settings()
            done = self.folder.check_checkpoint(unet)
        except Problem as problem:
            raise ValueError(
                f"{problem} In a notebook: delete {self.run_dir} to train again, or choose another "
                "folder for the run."
            ) from None
        if done:
            print(f"{self.run_dir}: continues after epoch {done} of {settings.epochs}.")
            self.folder.complete()
        self.folder.begin()

    def __call__(self, epoch: int, unet: nn.Module) -> None:
        """Save the weights of this epoch if it is chosen; print the time that it took."""
        seconds, self.began = time.monotonic() - self.began, time.monotonic()
        self.folder.after_epoch({"epoch": epoch, "seconds": round(seconds, 1)}, None, unet)
        left = seconds * (self.settings.epochs - epoch) / 60
        then = f"about {left:.0f} min left" if left >= 1 else "nearly done" if left else "done"
        print(f"epoch {epoch} of {self.settings.epochs}: {seconds:.0f} s, {then}", flush=True)

    def finish(self, curves: Curves) -> Run:
        """Write what your loop returned; the run, for its figures."""
        self.folder.finish(curves)
        return read_run(self.run_dir, lambda _: copy.deepcopy(self.unet))
# end for
