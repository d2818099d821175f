"""Other implementations of the solution, right and wrong, as edits of its source text.

The calibration of the digits' checks needs implementations that train and sample. Each one lists
its edits, or names the known bug that has them. Here are those of DDPM and of the nets;
`flow_variants` has those of flow matching.
"""

import importlib.util
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

from autograder.grading.intake import PACKAGE
from autograder.validation.known_bugs.apply import edited, solution_files, write_files
from autograder.validation.known_bugs.entries import Edit, load_entries
from checkkit.runner.local import LocalRunner

from . import flow_variants


def _edit(file: str, find: str, replace: str) -> Edit:
    return Edit(file=file, find=find, replace=replace)


STEP = """    mean = (x - beta / (1 - alpha_bar) ** 0.5 * eps) / alpha**0.5
    return mean + beta**0.5 * z if t > 1 else mean
"""
GUIDED = "eps_u + guidance_scale * (eps_c - eps_u)"
GELU = "nn.functional.gelu(self.norm(self.conv(x)))"  # four times, above these classes
ABOVE = "\n        ### END SOLUTION\n\n\nclass {}("
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

# Name -> its edits, or the name of the known bug that has them.
RIGHT: dict[str, Sequence[Edit] | str] = {
    "solution": [],
    # Only the sampler differs: these can share the solution's trained nets.
    "posterior_variance": [
        _edit(
            "ddpm.py",
            "return mean + beta**0.5 * z if t > 1 else mean",
            'alpha_bar_prev = schedule["alpha_bars"][t - 1].item()\n'
            "    return mean + (beta * (1 - alpha_bar_prev) / (1 - alpha_bar)) ** 0.5 * z",
        )
    ],
    "clamp_x0": [_edit("ddpm.py", STEP, CLAMPED_STEP.format(low=0))],
    "clamp_x0_wide": [_edit("ddpm.py", STEP, CLAMPED_STEP.format(low=-1))],
    # This one needs nets of its own.
    "other_net": [
        *(
            _edit("blocks.py", GELU + above, GELU[:-1] + ', approximate="tanh")' + above)
            for above in map(ABOVE.format, ("DownConv", "UpConv", "Flatten", "ConvBlock"))
        ),
        _edit("blocks.py", "stride=1, padding=1)", "stride=1, padding=1, bias=False)"),
        _edit("blocks.py", "4, stride=2, padding=1)", "4, stride=2, padding=1, bias=False)"),
        _edit("unet.py", "kernel_size=3, stride=1, padding=1)", "kernel_size=1)"),
        _edit(
            "unet.py",
            "self.fc1_c = FCBlock(num_classes,",
            "self.fc1_c = nn.Embedding(num_classes + 1,",
        ),
        _edit(
            "unet.py",
            "self.fc2_c = FCBlock(num_classes,",
            "self.fc2_c = nn.Embedding(num_classes + 1,",
        ),
        _edit(
            "unet.py",
            CLASS_VECTOR,
            "        one_hot = (c if mask is None\n"
            "                   else torch.where(mask.bool(), c, self.num_classes))\n",
        ),
    ],
}
WRONG: dict[str, Sequence[Edit] | str] = {
    # Only the sampler differs.
    "no_variance_noise": [_edit("ddpm.py", "mean + beta**0.5 * z", "mean + 0 * z")],
    "variance_without_root": "sigma_without_a_root",
    "no_guidance": "guidance_ignored",
    "class_never_asked": [_edit("cfg.py", GUIDED, "eps_u")],
    "guidance_swapped": "guidance_swapped",
    "constant_t_in_sampler": [
        _edit("cfg.py", "torch.full((len(c),), t / num_ts", "torch.full((len(c),), 0.5")
    ],
    "loop_from_1_to_T": [_edit("cfg.py", "range(num_ts, 0, -1)", "range(1, num_ts + 1)")],
    "sampler_in_train_mode": [_edit("cfg.py", "unet.eval()", "unet.train()")],
    "mean_without_root": "beta_over_1_alpha_bar_without_the_root",
    # These need nets of their own.
    "alpha_for_alpha_bar": "alpha_in_place_of_alpha_bar_in_the_mixture",
    "t_not_normalised": [
        _edit("cfg.py", "unet(x_t, c, t / num_ts, mask)", "unet(x_t, c, t.float(), mask)"),
        _edit("cfg.py", "(len(c),), t / num_ts", "(len(c),), float(t)"),
    ],
    "t_not_normalised_in_loss": "t_not_divided_by_t_guided",
    "mask_inverted": "mask_inverted",
    "t_ignored": [
        _edit(
            "unet.py",
            "self.unet.modulated(x, c1, t1, c2, t2)",
            "self.unet.modulated(x, c1, 0, c2, 0)",
        )
    ],
    "x_0_as_target": "the_guided_net_predicts_x_0",
    "noise_uniform": "uniform_noise_in_the_guided_loss",
    "other_noise_in_target": [
        _edit("cfg.py", LOSS, LOSS.replace("mask), eps)", "mask), torch.randn_like(eps))"))
    ],
    "no_skips": [
        _edit("unet.py", "torch.cat([up1, skip14], 1)", "torch.cat([up1, 0 * skip14], 1)"),
        _edit("unet.py", "torch.cat([up2, skip28], 1)", "torch.cat([up2, 0 * skip28], 1)"),
    ],
    "one_root_missing": "root_on_the_image_only",
}


class PackageRunner(LocalRunner):
    """Runs probes in this process on a package that is already imported, whatever its name."""

    def __init__(self, package: object):
        self.package, self.names, self.stubs = package, {}, {}


def edits_of(name: str) -> Sequence[Edit]:
    """The edits of a variant, or of a known bug or correct version.

    Raises:
        KeyError: there is none of this name.
    """
    edits = (RIGHT | WRONG | flow_variants.RIGHT | flow_variants.WRONG).get(name, name)
    return _edits_of_entries()[edits] if isinstance(edits, str) else edits


@cache
def _edits_of_entries() -> dict[str, tuple[Edit, ...]]:
    return {entry.name: entry.edits for entry in load_entries().all}


def load(name: str, folder: Path) -> ModuleType:
    """Write the variant's package to folder/diffusion, and import it under a name of its own, with
    `cfg`, `flow` and `unet` in place. Several variants can then live in one process.

    Raises:
        KeyError: there is none of this name.
        EditsDoNotApply: the solution has changed since the variant was written.
    """
    files = edited(name, solution_files(), edits_of(name))
    package = write_files(files, folder) / PACKAGE
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
    for part in ("unet", "cfg", "flow"):
        importlib.import_module(f"{alias}.{part}")
    return module
