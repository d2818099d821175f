"""The calls that `differential` compares: each function of a task, with small sizes."""

from typing import NamedTuple

from . import responses

SCRIPT = """
import random
import numpy
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(0.5))
    def forward(self, x, *conditions, **more):
        return self.weight * x

class ClassNet(Net):
    def forward(self, x, c, t, mask=None):
        kept = torch.ones(1) if mask is None else mask.reshape(-1).float()
        return super().forward(x) + ((c + 1) / 10 * kept).reshape(-1, 1, 1, 1)

def tables(num_ts):
    kept = torch.linspace(1, 0.7, num_ts + 1)
    return dict(alphas=kept, betas=1 - kept, alpha_bars=kept.cumprod(0))

if watched:
    Net.__module__, Net.__qualname__ = "checkkit.spies.losses", "TimeLossSpy"
    ClassNet.__module__ = "checkkit.spies.sampling"
    ClassNet.__qualname__ = "class_net.<locals>.ClassSpy"
random.seed(5)
numpy.random.seed(5)
torch.manual_seed(5)
images = torch.rand(4, 1, 28, 28)
classes, times = torch.tensor([3, 1, 4, 1]), torch.tensor([0.1, 0.4, 0.7, 1.0])
features = images.reshape(4, -1)[:, :6]
levels = torch.tensor([80.0, 8.0, 1.0, 0.1, 0.0])
"""


class Call(NamedTuple):
    """A call of a task's function, with small sizes: an expression after `SCRIPT`."""

    task: str
    module: str
    expression: str

    @property
    def script(self) -> str:
        return f"from diffusion import {self.module} as its\n{SCRIPT}{responses.SCRIPT}"


ALSO = {"class_unet": "class_behaviour"}  # another task with the same function
CALLS = {
    "ddpm_schedule": Call("schedule", "ddpm", "list(its.ddpm_schedule(1e-4, 0.02, 300).values())"),
    "add_noise": Call("denoiser", "denoiser", "[its.add_noise(images, 0.5)]"),
    "ddpm_forward": Call("forward", "ddpm", "[its.ddpm_forward(Net(), tables(300), images, 300)]"),
    "ddpm_sample": Call(
        "sample", "ddpm", "list(its.ddpm_sample(Net(), tables(12), 2, (8, 8), 12, seed=3))"
    ),
    "ddpm_cfg_forward": Call(
        "cfg_forward",
        "cfg",
        "[its.ddpm_cfg_forward(ClassNet(), tables(300), images, classes, 0.1, 300)]",
    ),
    "ddpm_cfg_sample": Call(
        "cfg_sample",
        "cfg",
        "list(its.ddpm_cfg_sample(ClassNet(), tables(12), classes[:2], (8, 8), 12, 5.0))",
    ),
    "ddim_sample": Call(
        "ddim",
        "ddim",
        "list(its.ddim_sample(Net(), tables(12), 2, (8, 8), 12, [12, 7, 4, 1, 0], 0.5, 3))",
    ),
    "ddim_cfg_sample": Call(
        "ddim_cfg",
        "ddim",
        "list(its.ddim_cfg_sample(ClassNet(), tables(12), classes[:2], (8, 8), 12,"
        " [12, 7, 4, 1, 0], 5.0))",
    ),
    "frechet_distance": Call(
        "fid",
        "metrics",
        "[torch.tensor(its.frechet_distance(features[0], features.T.cov(), features[1],"
        " torch.eye(6)))]",
    ),
    "fid": Call("fid", "metrics", "[torch.tensor(its.fid(features, features.sin()))]"),
    "memorization": Call(
        "memorization",
        "metrics",
        "[torch.as_tensor(part) for part in its.memorization(images, images.sin(), images.cos())]",
    ),
    "flow_forward": Call("flow", "flow", "[its.flow_forward(Net(), images, 50)]"),
    "flow_sample": Call(
        "flow_sample", "flow", "list(its.flow_sample(Net(), 2, (8, 8), 12, seed=3))"
    ),
    "flow_cfg_forward": Call(
        "flow_cfg", "flow", "[its.flow_cfg_forward(ClassNet(), images, classes, 0.1, 50)]"
    ),
    "flow_cfg_sample": Call(
        "flow_cfg_sample",
        "flow",
        "list(its.flow_cfg_sample(ClassNet(), classes[:2], (8, 8), 12, 5.0))",
    ),
    "edm_precondition": Call("edm_precondition", "edm", "list(its.edm_precondition(times))"),
    "edm_loss": Call("edm_loss", "edm", "[its.edm_loss(Net(), images)]"),
    "edm_sigmas": Call("edm_sample", "edm", "[its.edm_sigmas(12)]"),
    "edm_sample": Call(
        "edm_sample", "edm", "list(its.edm_sample(Net(), levels, 2, (8, 8), seed=3))"
    ),
    "BetterUNet": Call(
        "better_unet", "better_unet", "[its.BetterUNet(1, 16).eval()(images, times)]"
    ),
    "UnconditionalUNet": Call("unet", "unet", "[its.UnconditionalUNet(1, 4).eval()(images)]"),
    "TimeConditionalUNet": Call(
        "time_unet", "unet", "[its.TimeConditionalUNet(1, 4).eval()(images, times)]"
    ),
    "ClassConditionalUNet": Call(
        "class_unet",
        "unet",
        "[its.ClassConditionalUNet(1, 10, 4).eval()(images, classes, times)]",
    ),
}

COMPARED = {call.task for call in CALLS.values()} | set(ALSO.values())  # tasks
