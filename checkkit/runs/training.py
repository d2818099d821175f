"""Runs of the training loops, with a spy as the net or with a net that learns."""

from collections.abc import Iterable

import numpy as np
import torch

from checkkit.runner import Array, Number
from checkkit.spies.schedules import usable_schedule
from checkkit.spies.small_nets import SmallClassNet, SmallTimeNet
from checkkit.spies.training import ClassTrainingSpy, CountingLoader, TrainingSpy, run_loop
from checkkit.spies.unet_trace import build
from checkkit.verdicts.pictures import DIGITS
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.training import TRAINING_LOG, TrainingPlan


def probe_loop(
    diffusion,
    *,
    loop,
    setting,
    pace,
    images,
    labels,
    batch_size,
    offsets,
    train_mode,
    with_on_epoch,
):
    spy = (ClassTrainingSpy if loop == "train_ddpm_cfg" else TrainingSpy)(offsets)
    spy.train(train_mode)
    loader = CountingLoader(images, labels, batch_size)
    extras = {"on_epoch": spy.on_epoch} if with_on_epoch else {}
    schedule = usable_schedule(diffusion, setting)
    curves = run_loop(diffusion.training, loop, spy, schedule, loader, pace, **extras)
    return spy.evidence(curves, loader)


def probe_learning(
    diffusion, *, loop, setting, pace, images, labels, batch_size, num_hiddens, curve
):
    torch.set_num_threads(1)
    schedule = usable_schedule(diffusion, setting)
    classed = loop == "train_ddpm_cfg"
    if num_hiddens is None:
        net = SmallClassNet() if classed else SmallTimeNet()
    elif classed:
        net = build(diffusion.unet, "ClassConditionalUNet", (1, 10, num_hiddens))
    else:
        net = diffusion.unet.TimeConditionalUNet(1, num_hiddens)
    loader = CountingLoader(images, labels, batch_size)
    curves = run_loop(diffusion.training, loop, net, schedule, loader, pace)
    losses = torch.tensor([float(one) for one in curves[curve]], dtype=torch.float64)
    if classed:
        zero, extras = ClassTrainingSpy([0.0]), (images, labels, pace["p_uncond"])
        loss = diffusion.cfg.ddpm_cfg_forward(zero, schedule, *extras, pace["num_ts"])
    else:
        loss = diffusion.ddpm.ddpm_forward(TrainingSpy([0.0]), schedule, images, pace["num_ts"])
    return {"losses": losses, "of_zero": float(loss.detach())}


def loop_inputs(
    rng: np.random.Generator, loop: str, plan: TrainingPlan, setting: Setting, p_uncond: float
) -> dict:
    """The inputs of a probe that runs a loop; random images, and labels that differ."""
    return {
        "loop": loop,
        "setting": setting.inputs,
        "pace": {
            "num_ts": setting.num_ts,
            "num_epochs": plan.num_epochs,
            "lr": plan.lr,
            "p_uncond": p_uncond,
        },
        "images": rng.random((plan.num_images, 1, 28, 28), dtype=np.float32),
        "labels": rng.permutation(plan.num_images) % 10,
        "batch_size": plan.batch_size,
    }


def training_log(
    submission, inputs: dict, offsets: Iterable[float], train_mode: bool, with_on_epoch: bool = True
) -> dict:
    """The log of one run of a loop.

    Args:
        inputs: of `loop_inputs`.
        offsets: of the spy's answers.
        train_mode: of the net when the loop gets it.
        with_on_epoch: whether the loop gets an `on_epoch`.
    """
    return submission.run(
        probe_loop,
        returns=TRAINING_LOG,
        offsets=[float(offset) for offset in offsets],
        train_mode=train_mode,
        with_on_epoch=with_on_epoch,
        **inputs,
    )


def learning_curve(
    submission,
    rng: np.random.Generator,
    inputs: dict,
    curve: str,
    length: int,
    num_hiddens: int | None = None,
) -> tuple[np.ndarray, float]:
    """Train on real digits in place of the images of `inputs`.

    Args:
        curve: the curve to return, "batch_loss" or "epoch_loss", of this length.
        num_hiddens: of the submission's own UNet; None trains a small net of the check.

    Returns:
        The curve, and the loss of a net that always answers 0.
    """
    with np.load(DIGITS) as digits:
        chosen = rng.choice(len(digits["train_images"]), len(inputs["images"]), replace=False)
        images = digits["train_images"][chosen, None].astype(np.float32) / 255
        labels = digits["train_labels"][chosen].astype(np.int64)
    evidence = submission.run(
        probe_learning,
        returns={"losses": Array((length,), "float64"), "of_zero": Number()},
        num_hiddens=num_hiddens,
        curve=curve,
        **inputs | {"images": images, "labels": labels},
    )
    return evidence["losses"], evidence["of_zero"]
