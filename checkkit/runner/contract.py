"""How the contract's functions and classes are called, for a call with other arguments."""

import re

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
    # for: class_unet class_behaviour
    "ClassConditionalUNet": ("in_channels, num_classes, num_hiddens", "x, c, t, mask=None"),
    # end for
}
NETS = {  # what stands for a net in a check: how the contract calls it
    r"Class\w*(Spy|Net)": "unet(x_t, c, t, mask)",
    r"(Time\w*|Training)(Spy|Net)|SmallTimeNet": "unet(x_t, t)",
}
CALL = re.compile(r"(?:(\w+)\.)?(\w+)\(\) (?:missing|takes|got (?:an unexpected|multiple))")


def signature_in(message: str) -> str:
    """A sentence with the right call, for Python's message about a call with other arguments."""
    if not (found := CALL.match(message)):
        return ""
    owner, name = found[1] or "", found[2]
    if owner in CLASSES and name in ("__init__", "forward"):
        made, called = CLASSES[owner]
        right = f"{owner}({made})" if name == "__init__" else f"{owner}.forward({called})"
        return f"The contract has `{right}`."
    for pattern, call in NETS.items():
        if name == "forward" and re.fullmatch(pattern, owner):
            return f"The contract calls the net as `{call}`."
    known = not owner and name in FUNCTIONS
    return f"The contract has `{name}({FUNCTIONS[name]})`." if known else ""
