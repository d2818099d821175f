# for: denoiser train_ddpm train_ddpm_cfg
"""Train your nets: python -m diffusion.train PRESET [options]. Given, nothing to fill in.

It calls the loops of your `training.py`, shows their progress, and keeps each run in its own
folder. The same command again resumes a run.
"""

import os
import shlex
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial, wraps
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

from .drawing import LEARNT, net_of, show_learnt
from .runs import LOSSES
from .runs.options import read_arguments
from .runs.settings import (
    Class,  # for: train_ddpm_cfg
    Denoiser,  # for: denoiser
    Flow,  # for: flow flow_cfg
    FlowClass,  # for: flow_cfg
    OneStep,  # for: one-step-loss
    Edm,  # for: edm_loss
    Problem,
    Settings,
    Time,  # for: train_ddpm train_ddpm_cfg
    to_yaml,
)
from .runs.environment import busy_cores, choose_device, load_digits, tensorboard, threads

if TYPE_CHECKING:  # torch takes seconds to import, and --help needs none
    import torch
    from torch import nn

    from .runs.folder import RunFolder
    from .runs.progress import Watch
    from .runs.unfinished import Unfinished

INTERRUPTED = 130

# Read when torch is imported. Threads that spin while they wait take the cores from each other as
# soon as something else runs.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and return the exit status: 0, 1 (failed), 2 (bad request) or 130 (Ctrl-C)."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    again = shlex.join(["python", "-m", "diffusion.train", *arguments])
    progress = SimpleNamespace(saved=None, unfinished=None)
    try:
        settings, dry = read_arguments(arguments)
        (dry_run if dry else train)(settings, progress)
    except Problem as problem:
        return _end(f"Stopped: {problem}", problem.status)
    except NotImplementedError as stub:
        return _end(f"Not written yet: {stub}", 1)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ignore a second Ctrl-C
        kept = _kept(progress)
        safe = f": {kept}; continue" if kept else " before anything was saved; start again"
        return _end(f"Interrupted{safe} with: {again}", INTERRUPTED)
    except Exception as error:
        if type(error).__name__ == "OutOfMemoryError":
            return _end("Stopped: the GPU's memory is full; try a smaller --batch-size.", 1)
        if (
            isinstance(error, AttributeError)
            and isinstance(error.obj, ModuleType)
            and _asked_here(error)
        ):
            words = f"{error.obj.__name__} has no {error.name}, which this preset needs"
            return _end(f"Stopped: {words}. If your course lacks it, use another preset.", 2)
        traceback.print_exc()
        kept = _kept(progress)
        return _end(f"Stopped by the error above{': ' * bool(kept)}{kept}.", 1)
    return 0


def _kept(progress: SimpleNamespace) -> str:
    """What the same command continues with, in words."""
    done, epoch = progress.saved, progress.unfinished
    if epoch and epoch.kept:
        return f"epoch {(done or 0) + 1} is saved up to batch {epoch.kept} of {epoch.watch.batches}"
    return f"epoch {done} is saved" if done else ""


def _asked_here(error: Exception) -> bool:
    """Whether this file or `net_of`, not your code, used the missing name."""
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    return last.f_code.co_filename in (__file__, net_of.__code__.co_filename)


def _end(sentence: str, status: int) -> int:
    over_the_bar = "\r\x1b[2K" if sys.stderr.isatty() else ""
    print(f"{over_the_bar}{sentence}", file=sys.stderr, flush=True)
    return status


@dataclass(frozen=True)
class Work:
    """A net with the loop that trains it and, for the dry run, the loss of one batch."""

    unet: "nn.Module"
    loop: Callable
    loss: Callable


def work_of(settings: Settings, device: "torch.device") -> Work:
    """What a preset trains, built from your modules."""
    import torch

    from . import ddpm, training

    torch.manual_seed(settings.seed)
    net = net_of(settings).to(device)
    # for: denoiser
    if isinstance(settings, Denoiser):
        sigma = settings.sigma
        loop = partial(training.train_denoiser, sigma=sigma)
        return _work(settings, net, loop, lambda x, c: training.denoising_loss(net, x, sigma))
    # end for
    # for: train_ddpm train_ddpm_cfg
    if isinstance(settings, Time):
        T = settings.num_ts
        tables = ddpm.ddpm_schedule(settings.beta_1, settings.beta_T, T)
        schedule = {k: v.to(device) if torch.is_tensor(v) else v for k, v in tables.items()}
        given = {"schedule": schedule, "num_ts": T}
        # for: train_ddpm_cfg
        if isinstance(settings, Class):
            p = settings.p_uncond
            loop = partial(training.train_ddpm_cfg, p_uncond=p, **given)
            loss = lambda x, c: training.ddpm_cfg_forward(net, schedule, x, c, p, T)  # noqa: E731
            return _work(settings, net, loop, loss)
        # end for
        # for: train_ddpm
        loop, loss = training.train_ddpm, lambda x, c: training.ddpm_forward(net, schedule, x, T)
        return _work(settings, net, partial(loop, **given), loss)
        # end for
    # end for
    # for: flow flow_cfg one-step-loss edm_loss
    if loss_of := _loss_of(settings):
        loop = partial(training.train_with, loss_of)
        return _work(settings, net, loop, lambda x, c: loss_of(net, x, c))
    # end for
    raise Problem(f"no loop trains the preset {settings.preset}")


def _work(settings: Settings, net: "nn.Module", loop: Callable, loss: Callable) -> Work:
    return Work(net, partial(loop, net, num_epochs=settings.epochs, lr=settings.lr), loss)


# for: flow flow_cfg one-step-loss edm_loss
def _loss_of(settings: Settings) -> Callable | None:
    """The loss that `train_with` takes, with your functions; None of presets with another loop."""
    import torch

    from . import training

    # for: flow flow_cfg
    if isinstance(settings, Flow):
        T = settings.num_ts
        # for: flow_cfg
        if isinstance(settings, FlowClass):
            p = settings.p_uncond
            return lambda net, x, c: training.flow_cfg_forward(net, x, c, p, T)
        # end for
        # for: flow
        return lambda net, x, c: training.flow_forward(net, x, T)
        # end for
    # end for
    # for: one-step-loss
    if isinstance(settings, OneStep):
        return lambda net, x, c: training.one_step_loss(net, x)
    # end for
    # for: edm_loss
    if isinstance(settings, Edm):
        from .runs.labelled import Labelled

        def edm_class_loss(net: "nn.Module", x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
            keep = torch.rand(len(c), device=x.device) >= settings.p_uncond
            return training.edm_loss(Labelled(net, c, keep.float()), x)

        return edm_class_loss
    # end for
    return None


# end for
def train(settings: Settings, progress: SimpleNamespace) -> None:
    """Run the loop of a preset in the folder of its run."""
    from .runs.folder import RunFolder
    from . import training
    from .runs.progress import Counted, Diverged, Watch, clock, digits_in
    from .runs.unfinished import Unfinished

    folder = RunFolder(settings)
    folder.check_settings()
    device = choose_device(settings.device)
    work = work_of(settings, device)
    done = progress.saved = folder.check_checkpoint(work.unet)
    loader = load_digits(settings, device)
    folder.check_digits(digits_in(loader))
    if done:
        folder.complete()
    if done >= settings.epochs:
        print(f"{folder.path} has all its {done} epochs; there is nothing to do.")
        if not (folder.path / LEARNT).is_file():
            show_learnt(folder.path, device)
        return
    with folder.writing("log for TensorBoard"):
        board = tensorboard(folder.path) if settings.tensorboard else None
    watch = Watch(work.unet, loader, settings.epochs, done)
    unfinished = progress.unfinished = Unfinished(training, folder, watch)
    batch = unfinished.check(work.unet)
    folder.begin()
    begun = f"continues after epoch {done}" if done else "starts"
    if batch:
        begun = f"continues in epoch {done + 1} after batch {batch} of {watch.batches}"
    lost = "Ctrl-C loses a minute at most"
    print(f"{folder.path} {begun}: {settings.epochs} epochs on {device}; {lost}.")
    if batch:
        print(f"# To begin this epoch again, delete {unfinished.path.parent}.")
    if warning := busy_cores(device):
        print(f"# {warning}")
    began = time.monotonic()

    def on_epoch(epoch: int, unet: "nn.Module") -> None:
        watch.show(finished=True)
        entry = watch.finish(epoch) | {"digits": digits_in(loader)}
        if progress.saved != epoch:
            print(f"Your loop saved no checkpoint of epoch {epoch}.", file=sys.stderr)
        if "loss" not in entry and watch.curves and watch.curves["epoch_loss"]:
            entry["loss"] = watch.curves["epoch_loss"][-1]
        loss = f"loss {entry['loss']:.4f}" if "loss" in entry else "loss unknown"
        spent = clock(time.monotonic() - began)
        speed = f"{entry['images_per_second']:.0f} images/s"
        print(f"epoch {epoch}/{settings.epochs}  {loss}  {speed}  {spent}", flush=True)
        folder.after_epoch(entry, watch.curves, unet)
        if board and "loss" in entry:
            board.add_scalar("epoch loss", entry["loss"], epoch)
            board.flush()

    counted = Counted(loader, watch, unfinished.batches_of, unfinished.after_batch)
    with observed(watch, folder, progress, unfinished), faster(settings, work.unet):
        try:
            curves = work.loop(loader=counted, run_dir=folder.path, on_epoch=on_epoch)
        except Diverged:
            unfinished.forget()
            raise
    folder.finish(curves)
    print(f"Done: {folder.path} has the checkpoint, weights and curves.json.")
    show_learnt(folder.path, device)


def faster(settings: Settings, unet: "nn.Module") -> AbstractContextManager:
    """The context in which your loops run: faster with `--fast`."""
    if not settings.fast:
        return nullcontext()
    from . import training
    from .runs.fast import fast_training

    return fast_training(training, unet)


@contextmanager
def observed(
    watch: "Watch", folder: "RunFolder", progress: SimpleNamespace, unfinished: "Unfinished"
) -> Iterator[None]:
    """Record each loss and each checkpoint of your loop, which calls these functions by name."""
    from . import training

    of_checkpoints = "save_checkpoint", "load_checkpoint"
    originals = {name: getattr(training, name) for name in (*LOSSES, *of_checkpoints)}
    save, load = (originals[name] for name in of_checkpoints)

    def seen(function: Callable) -> Callable:
        @wraps(function)
        def of_batch(*given, **named):
            loss = function(*given, **named)
            watch.see(loss)
            return loss

        return of_batch

    @wraps(save)
    def saved(run_dir, epoch, unet, optimizer, scheduler, curves, loader=None):
        unfinished.complete(curves)
        with folder.writing(f"checkpoint of epoch {epoch}"):
            save(run_dir, epoch, unet, optimizer, scheduler, curves, loader)
        progress.saved, watch.curves = epoch, curves
        unfinished.forget()

    @wraps(load)
    def loaded(run_dir, unet, optimizer, scheduler, curves, loader=None):
        epoch = load(run_dir, unet, optimizer, scheduler, curves, loader)
        unfinished.resume(unet, optimizer, scheduler)
        return epoch

    try:
        for name in LOSSES:
            setattr(training, name, seen(originals[name]))
        training.save_checkpoint, training.load_checkpoint = saved, loaded
        yield
    finally:
        for name, original in originals.items():
            setattr(training, name, original)


def dry_run(settings: Settings, progress: SimpleNamespace) -> None:
    """Print the settings, and the expected time by two timed batches."""
    import torch

    from .runs.folder import RunFolder
    from .runs.progress import clock, digits_in

    RunFolder(settings).check_settings()
    device = choose_device(settings.device)
    work = work_of(settings, device)
    loader = load_digits(settings, device)
    optimizer = torch.optim.Adam(work.unet.parameters(), lr=settings.lr)
    work.unet.train()
    times = []
    with faster(settings, work.unet):
        for _, (x, c) in zip(range(3), loader, strict=False):  # the first one also warms up
            began = time.monotonic()
            loss = work.loss(x.to(device), c.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()  # waits for the device
            times.append(time.monotonic() - began)
    pace = sum(times[-2:]) / len(times[-2:])
    count = sum(weight.numel() for weight in work.unet.parameters())
    runs_on = f"{device}, {threads(torch.get_num_threads())}" if device.type == "cpu" else device
    print(to_yaml(settings), end="")
    print(f"# device: {runs_on}; {count:,} parameters, {digits_in(loader):,} digits")
    if warning := busy_cores(device):
        print(f"# {warning}")
    print(
        f"# {settings.epochs} epochs of {len(loader)} batches, {pace:.3f} s each: about "
        f"{clock(pace * len(loader) * settings.epochs)}, if every batch takes as long as the "
        f"{len(times[-2:])} that were timed; without samples and figures. Nothing was trained or "
        "written."
    )


if __name__ == "__main__":
    sys.exit(main())
# end for
