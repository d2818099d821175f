"""Other implementations of the solution, right and wrong, as replacements in its source text.

The calibration of the digits' check needs implementations that train and sample. Each one is named,
lists its replacements, and fails loudly when the solution no longer holds the text to replace.
"""

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.seam.local import LocalRunner

SOLUTION = Path(__file__).resolve().parents[2] / "solution" / "diffusion"


class TextNotFound(LookupError):
    """The solution does not hold the text that a variant replaces."""


@dataclass(frozen=True)
class Edit:
    """Replace every occurrence of a text in one file of the package."""

    file: str
    old: str
    new: str

    def apply(self, folder: Path) -> None:
        source = (folder / self.file).read_text()
        if self.old not in source:
            raise TextNotFound(f"{self.file} does not contain {self.old!r}")
        (folder / self.file).write_text(source.replace(self.old, self.new))


STEP = """    mean = (x - beta / (1 - alpha_bar) ** 0.5 * eps) / alpha**0.5
    return mean + beta**0.5 * z if t > 1 else mean
"""
GUIDED = "eps_u + guidance_scale * (eps_c - eps_u)"
GELU = "nn.functional.gelu(self.norm(self.conv(x)))"
CLASS_VECTOR = """        one_hot = nn.functional.one_hot(c, self.num_classes).to(x.dtype)\
  # (N, num_classes)
        if mask is not None:
            one_hot = one_hot * mask[:, None].to(x.dtype)
"""
CLAMPED_STEP = """    alpha_bar_prev = schedule["alpha_bars"][t - 1].item()
    x_0 = ((x - (1 - alpha_bar) ** 0.5 * eps) / alpha_bar**0.5).clamp({low}, 1)
    mean = alpha_bar_prev**0.5 * beta * x_0 + alpha**0.5 * (1 - alpha_bar_prev) * x
    return mean / (1 - alpha_bar) + (beta**0.5 * z if t > 1 else 0)
"""
LOSS = "return nn.functional.mse_loss(unet(x_t, c, t / num_ts, mask), eps)"

# The sampler differs and the net is trained as ever: these can share the solution's trained nets.
RIGHT_SAMPLERS = {
    "posterior_variance": [
        Edit(
            "ddpm.py",
            "return mean + beta**0.5 * z if t > 1 else mean",
            'alpha_bar_prev = schedule["alpha_bars"][t - 1].item()\n'
            "    return mean + (beta * (1 - alpha_bar_prev) / (1 - alpha_bar)) ** 0.5 * z",
        )
    ],
    "clamp_x0": [Edit("ddpm.py", STEP, CLAMPED_STEP.format(low=0))],
    "clamp_x0_wide": [Edit("ddpm.py", STEP, CLAMPED_STEP.format(low=-1))],
}
WRONG_SAMPLERS = {
    "no_variance_noise": [Edit("ddpm.py", "mean + beta**0.5 * z", "mean + 0 * z")],
    "variance_without_root": [Edit("ddpm.py", "mean + beta**0.5 * z", "mean + beta * z")],
    "no_guidance": [Edit("cfg.py", GUIDED, "eps_c")],
    "class_never_asked": [Edit("cfg.py", GUIDED, "eps_u")],
    "guidance_swapped": [Edit("cfg.py", GUIDED, "eps_c + guidance_scale * (eps_u - eps_c)")],
    "constant_t_in_sampler": [
        Edit("cfg.py", "torch.full((len(c),), t / num_ts", "torch.full((len(c),), 0.5")
    ],
    "loop_from_1_to_T": [Edit("cfg.py", "range(num_ts, 0, -1)", "range(1, num_ts + 1)")],
    "sampler_in_train_mode": [Edit("cfg.py", "unet.eval()", "unet.train()")],
    "mean_without_root": [Edit("ddpm.py", "(1 - alpha_bar) ** 0.5 * eps", "(1 - alpha_bar) * eps")],
}
# These need nets of their own.
RIGHT_NETS = {
    "other_net": [
        Edit("blocks.py", GELU, GELU[:-1] + ', approximate="tanh")'),
        Edit("blocks.py", "stride=1, padding=1)", "stride=1, padding=1, bias=False)"),
        Edit("blocks.py", "4, stride=2, padding=1)", "4, stride=2, padding=1, bias=False)"),
        Edit("unet.py", "kernel_size=3, stride=1, padding=1)", "kernel_size=1)"),
        Edit(
            "unet.py",
            "self.fc1_c = FCBlock(num_classes,",
            "self.fc1_c = nn.Embedding(num_classes + 1,",
        ),
        Edit(
            "unet.py",
            "self.fc2_c = FCBlock(num_classes,",
            "self.fc2_c = nn.Embedding(num_classes + 1,",
        ),
        Edit(
            "unet.py",
            CLASS_VECTOR,
            "        one_hot = (c if mask is None\n"
            "                   else torch.where(mask.bool(), c, self.num_classes))\n",
        ),
    ],
}
WRONG_NETS = {
    "alpha_for_alpha_bar": [Edit("ddpm.py", '["alpha_bars"][t]', '["alphas"][t]')],
    "t_not_normalised": [
        Edit("cfg.py", "unet(x_t, c, t / num_ts, mask)", "unet(x_t, c, t.float(), mask)"),
        Edit("cfg.py", "(len(c),), t / num_ts", "(len(c),), float(t)"),
    ],
    "t_not_normalised_in_loss": [
        Edit("cfg.py", "unet(x_t, c, t / num_ts, mask)", "unet(x_t, c, t.float(), mask)"),
    ],
    "mask_inverted": [Edit("cfg.py", ">= p_uncond", "< p_uncond")],
    "t_ignored": [
        Edit(
            "unet.py",
            "self.unet.modulated(x, c1, t1, c2, t2)",
            "self.unet.modulated(x, c1, 0, c2, 0)",
        )
    ],
    "x_0_as_target": [Edit("cfg.py", LOSS, LOSS.replace("mask), eps)", "mask), x_0)"))],
    "noise_uniform": [Edit("cfg.py", "torch.randn_like(x_0)", "torch.rand_like(x_0)")],
    "other_noise_in_target": [
        Edit("cfg.py", LOSS, LOSS.replace("mask), eps)", "mask), torch.randn_like(eps))"))
    ],
    "no_skips": [
        Edit("unet.py", "torch.cat([up1, skip14], 1)", "torch.cat([up1, 0 * skip14], 1)"),
        Edit("unet.py", "torch.cat([up2, skip28], 1)", "torch.cat([up2, 0 * skip28], 1)"),
    ],
    "one_root_missing": [Edit("ddpm.py", "(1 - alpha_bar).sqrt() * eps", "(1 - alpha_bar) * eps")],
}
SAMPLERS = RIGHT_SAMPLERS | WRONG_SAMPLERS
RIGHT = {"solution": []} | RIGHT_SAMPLERS | RIGHT_NETS
WRONG = WRONG_SAMPLERS | WRONG_NETS


class PackageRunner(LocalRunner):
    """Runs probes in this process on a package that is already imported, whatever its name."""

    def __init__(self, package: object):
        self.package = package


def build(name: str, folder: Path) -> Path:
    """Write the variant's package to folder/diffusion and return its path.

    Raises:
        KeyError: there is no such variant.
        TextNotFound: the solution has changed below the variant.
    """
    package = folder / "diffusion"
    shutil.copytree(SOLUTION, package, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in (RIGHT | WRONG)[name]:
        edit.apply(package)
    return package


def load(name: str, folder: Path) -> ModuleType:
    """Build the variant and import it under a name of its own, with `cfg` and `unet` in place.

    Several variants can then live in one process.
    """
    package = build(name, folder)
    alias = f"diffusion_{name}"
    for stale in [key for key in sys.modules if key.partition(".")[0] == alias]:
        del sys.modules[stale]
    spec = importlib.util.spec_from_file_location(
        alias, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[alias] = module
    spec.loader.exec_module(module)
    for part in ("unet", "cfg"):
        importlib.import_module(f"{alias}.{part}")
    return module
