"""How the contract's functions and classes are called, for a call with other arguments."""

import ast
import re

import torch
from torch import nn

from .operands import Place

FUNCTIONS = {
    # for: denoiser
    "add_noise": "x, sigma",
    "denoising_loss": "unet, x, sigma",
    # end for
    "ddpm_schedule": "beta_1, beta_T, num_ts",  # for: schedule
    "ddpm_forward": "unet, schedule, x_0, num_ts",  # for: forward
    # for: sample
    "ddpm_sample": "unet, schedule, num_samples, img_hw, num_ts, seed=0",
    # end for
    "ddpm_cfg_forward": "unet, schedule, x_0, c, p_uncond, num_ts",  # for: cfg_forward
    # for: cfg_sample
    "ddpm_cfg_sample": "unet, schedule, c, img_hw, num_ts, guidance_scale=5.0, seed=0",
    # end for
    # for: train_ddpm
    "train_ddpm": "unet, schedule, loader, num_ts, num_epochs, lr, run_dir=None, on_epoch=None",
    # end for
    # for: train_ddpm_cfg
    "train_ddpm_cfg": "unet, schedule, loader, num_ts, num_epochs, lr, p_uncond, run_dir=None, "
    "on_epoch=None",
    # end for
}
CLASSES = {  # arguments of the constructor, of forward
    # for: blocks
    **dict.fromkeys(
        ("Conv", "DownConv", "UpConv", "ConvBlock", "DownBlock", "UpBlock", "FCBlock"),
        ("in_channels, out_channels", "x"),
    ),
    "Flatten": ("", "x"),
    "Unflatten": ("in_channels", "x"),
    # end for
    "FC": ("in_channels, out_channels", "x"),  # for: fc
    "UnconditionalUNet": ("in_channels, num_hiddens", "x"),  # for: unet
    "TimeConditionalUNet": ("in_channels, num_hiddens", "x, t"),  # for: time_unet
    "ScaledTimeUNet": ("in_channels, num_hiddens", "x, t"),  # for: scaled_time_unet
    # for: class_unet class_behaviour
    "ClassConditionalUNet": ("in_channels, num_classes, num_hiddens", "x, c, t, mask=None"),
    # end for
}
NETS = {  # what stands for a net in a check: how the contract calls it
    r"Class\w*(Spy|Net)": "unet(x_t, c, t, mask)",
    r"(Time\w*|Training)(Spy|Net)|SmallTimeNet": "unet(x_t, t)",
}
KINDS = {"unet": nn.Module, "schedule": dict, "x_0": torch.Tensor, "num_ts": int}
TAKES = re.compile(r"takes (\d+) positional arguments? but (\d+) were given")
CALL = re.compile(r"(?:(\w+)\.)?(\w+)\(\) (?:missing|takes|got (?:an unexpected|multiple))")


def signature_in(message: str) -> str:
    """A sentence with the right call, for Python's message about a call with other arguments."""
    if not (found := CALL.match(message)):
        return ""
    owner, name = found[1] or "", found[2]
    if owner in CLASSES and name in ("__init__", "forward"):
        made, called = CLASSES[owner]
        given, counts = made if name == "__init__" else called, TAKES.search(message)
        if counts and "=" not in given and len(given.split(", ")) == int(counts[1]):
            return f"The first parameter of a method is `self`: `{name}(self, {given})`."
        right = f"{owner}({made})" if name == "__init__" else f"{owner}.forward({called})"
        return f"The contract has `{right}`."
    known = not owner and name in FUNCTIONS
    return f"The contract has `{name}({FUNCTIONS[name]})`." if known else ""


def call_of_net(kind: str) -> str:
    """A sentence with the contract's call of what stands for a net in a check; "" of others."""
    called = [call for pattern, call in NETS.items() if re.fullmatch(pattern, kind)]
    return f"The contract calls the net as `{called[0]}`." if called else ""


def misplaced(call: Place, called: Place) -> str:
    """Which arguments of a call stand at the place of another parameter; "" if none do.

    Either they have the names of each other's parameters, or a function of the contract got
    objects of other types.
    """
    code = called.frame.f_code
    names = [name for name in code.co_varnames[: code.co_argcount] if name != "self"]
    if any(isinstance(one, ast.Starred) for one in call.node.args):
        return ""
    given = dict(zip(names, call.node.args, strict=False))
    given |= {key.arg: key.value for key in call.node.keywords if key.arg in names}
    moved = {
        name: one.id
        for name, one in given.items()
        if isinstance(one, ast.Name) and one.id != name and one.id in names
    }
    odd = dict.fromkeys(moved)
    if code.co_name in FUNCTIONS:
        got, kept = called.frame.f_locals, [n for n in given if called.parameter(n) is not None]
        wrong = [n for n in kept if n in KINDS and not issubclass(type(got[n]), KINDS[n])]
        odd |= dict.fromkeys(wrong)
    elif {*moved} != {*moved.values()}:
        return ""
    if len(odd) < 2:
        return ""
    hands = [f"`{ast.unparse(given[name])[:60]}` as `{name}`" for name in odd]
    order = f"{code.co_name}({', '.join(names)})"
    return f"This call hands over {' and '.join(hands)}; the order is `{order}`."
