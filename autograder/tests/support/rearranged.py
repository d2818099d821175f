"""Right notebooks whose code stands elsewhere than in the cells that were given for it.

Each is the solved notebook with its code moved about, as students do. Each earns full marks.
"""

import copy
import re
from collections.abc import Callable

from nbformat import NotebookNode

from .notebooks import cell, changed, given, own, place

Change = Callable[[NotebookNode], object]


def definition(notebook: NotebookNode, grade_id: str, name: str) -> str:
    """Take a function or class out of a cell."""
    found = cell(notebook, grade_id)
    pattern = rf"^(?:def|class) {name}\b.*?(?=^(?:def|class|@)|\Z)"
    match = re.search(pattern, found.source, re.MULTILINE | re.DOTALL)
    assert match, name
    found.source = found.source.replace(match[0], "")
    return match[0].rstrip() + "\n"


def delete(notebook: NotebookNode, grade_id: str) -> str:
    """Take a cell out of the notebook; its source."""
    return notebook.cells.pop(place(notebook, grade_id)).source


def insert(notebook: NotebookNode, before: str, source: str) -> None:
    notebook.cells.insert(place(notebook, before), own(source))


def edit(notebook: NotebookNode, grade_id: str, *replaced: tuple[str, str]) -> None:
    found = cell(notebook, grade_id)
    for old, new in replaced:
        assert old in found.source, old
        found.source = found.source.replace(old, new)


# ------------------------------------------------------------------------------------- notebooks


def split(notebook):
    """A cell in two, of which one half has no mark."""
    half = definition(notebook, "blocks-operations", "Flatten")
    half += definition(notebook, "blocks-operations", "FCBlock")
    insert(notebook, "blocks-composed", half)
    insert(notebook, "ddpm-sample", definition(notebook, "ddpm-helpers", "one_step_back"))


def corrected_below(notebook):
    """A mistake in the given cell, and the corrected function in a cell of the student's own."""
    for grade_id, old, new in (
        ("ddpm-schedule", "cumprod", "cumsum"),
        ("unet-unconditional", "skip28], 1", "skip28 * 0], 1"),
    ):
        right = cell(notebook, grade_id).source
        edit(notebook, grade_id, (old, new))
        notebook.cells.insert(place(notebook, grade_id) + 2, own(right))


def merged(notebook):
    """The cells of several modules in one of another module, and two of one module in one."""
    cell(notebook, "unet-time").source += "\n\n" + delete(notebook, "ddpm-schedule")
    cell(notebook, "unet-time").source += "\n\n" + delete(notebook, "cfg-forward")
    cell(notebook, "blocks-operations").source += "\n\n" + delete(notebook, "blocks-composed")


def a_block_beside_a_net(notebook):
    """FCBlock and a UNet in one cell, the other UNets elsewhere; one inherits from another."""
    block = definition(notebook, "blocks-operations", "FCBlock")
    edit(
        notebook,
        "unet-time",
        ("class TimeConditionalUNet(nn.Module)", "class TimeConditionalUNet(UnconditionalUNet)"),
        ("        super().__init__()\n", "        super().__init__(in_channels, num_hiddens)\n"),
        ("        self.unet = UnconditionalUNet(in_channels, num_hiddens)\n", ""),
        ("self.unet.modulated(", "self.modulated("),
    )
    source = delete(notebook, "unet-time")
    insert(notebook, "ddpm-schedule", f"{block}\n\n{source}")


def tried_out(notebook):
    """Values of cells that try something out have the names of what functions bind themselves."""
    tries = (
        "T = 300\nschedule = ddpm_schedule(1e-4, 0.02, T)\nbetas = schedule['betas']\n"
        "beta = betas[1]\nalpha, alpha_bar = schedule['alphas'][1], schedule['alpha_bars'][1]\n"
        "x = torch.randn(4, 1, 28, 28) * beta\neps = torch.randn_like(x)\nt = torch.rand(4)\n"
        "mean = x * alpha_bar\nz = eps\ncaches = [mean]\nmask = train_digits[0] > beta\n"
        "c1 = skip7 = mask * mean\nfor t in range(3):\n    x = x - eps * betas[t]\nplt.show(x)\n"
    )
    insert(notebook, "ddpm-helpers", tries)
    insert(notebook, "figure-guidance-scales", "for ddpm_forward in []:\n    del ddpm_forward\n")
    cell(notebook, "ddpm-forward").source += "\n\nloss = ddpm_forward(time_net, schedule, x, T)\n"


def constants(notebook):
    """Capital letters, default arguments, aliases of types and a device, all in other cells."""
    insert(
        notebook,
        "blocks-operations",
        "import math\nfrom typing import Dict, Tuple\nimport torch.nn.functional as F\n"
        "EVERY, LAST_KEPT = 20, 8\nHALF = 1 / math.sqrt(4)\nSEED: int = 0\nImages = torch.Tensor\n"
        "Schedule = Dict[str, Tensor]\ndevice_now = torch.device('cpu')\n"
        "if torch.cuda.is_available():\n    device_now = torch.device('cuda')\n"
        "try:\n    from einops import rearrange\nexcept ImportError:\n    rearrange = None\n",
    )
    edit(
        notebook,
        "ddpm-sample",
        ("seed: int = 0", "seed: int = SEED"),
        ("schedule: dict[str, Tensor]", "schedule: Schedule"),
        ("tuple[Tensor, Tensor]", "Tuple[Images, Images]"),
        (
            "if t % 20 == 0 or t == num_ts or t < 8:",
            "if t % EVERY == 0 or t in (num_ts,) or t < LAST_KEPT:",
        ),
    )
    edit(notebook, "ddpm-helpers", ("beta**0.5", "beta**HALF"))
    edit(notebook, "denoiser-loss", ("nn.functional.mse_loss", "F.mse_loss"))
    edit(
        notebook,
        "cfg-forward",
        ("x_t, c, t / num_ts", "x_t, c.to(x_0.device if rearrange else c.device), t / num_ts"),
        ("device=x_0.device", "device=x_0.device or device_now"),
    )


def own_names(notebook):
    """Other names, and an assignment at the end; a class that inherits from one of its name."""
    edit(notebook, "ddpm-forward", ("def ddpm_forward", "def my_loss"))
    cell(notebook, "ddpm-forward").source += "\n\nddpm_forward = my_loss\n"
    edit(notebook, "unet-class", ("class ClassConditionalUNet", "class Guided"))
    insert(notebook, "check-class_unet", "ClassConditionalUNet = Guided\n")
    modulated = re.search(
        r"    def modulated.*?\n(?=\S|\Z)", cell(notebook, "unet-unconditional").source, re.DOTALL
    )
    edit(notebook, "unet-unconditional", (modulated[0], ""))
    insert(
        notebook,
        "check-unet",
        f"class UnconditionalUNet(UnconditionalUNet):\n{modulated[0]}",
    )


def wrapped(notebook):
    """A function under another name, called by one that takes its own."""
    wrap = "first = {0}\ndef {0}(*values, **options):\n    return first(*values, **options)\n"
    insert(notebook, "check-schedule", wrap.format("ddpm_schedule"))
    insert(
        notebook,
        "check-cfg_forward",
        "import functools\nddpm_cfg_forward = functools.partial(ddpm_cfg_forward)\n",
    )


def helper_classes(notebook):
    """Helper classes, decorators and functions in cells of one's own, some defined twice."""
    insert(notebook, "blocks-operations", "class Named(nn.Module):\n    kind = 'block'\n")
    for name in ("Conv", "FCBlock"):
        edit(notebook, "blocks-operations", (f"class {name}(nn.Module)", f"class {name}(Named)"))
    insert(
        notebook,
        "ddpm-sample",
        "from functools import wraps\n\ndef quietly(function):\n    @wraps(function)\n"
        "    def called(*values, **options):\n        with torch.no_grad():\n"
        "            return function(*values, **options)\n    return called\n",
    )
    edit(notebook, "ddpm-sample", ("def ddpm_sample", "@quietly\ndef ddpm_sample"))
    edit(notebook, "cfg-sample", ("def ddpm_cfg_sample", "@quietly\ndef ddpm_cfg_sample"))
    right = cell(notebook, "ddpm-helpers").source
    edit(notebook, "ddpm-helpers", ("* eps", "* eps * 2"))
    insert(notebook, "cfg-forward", right)


def patched_methods(notebook):
    """Methods that are set later: `UNet.forward = forward`, `setattr`, a table that is filled."""
    edit(notebook, "unet-time", ("    def forward(self", "    def later(self"))
    insert(
        notebook,
        "check-time_unet",
        "def forward(self, x, t):\n    return self.later(x, t)\n\n"
        "TimeConditionalUNet.forward = forward\nforward = None\n",
    )
    insert(notebook, "ddpm-helpers", "POWER = {}\nPOWER['half'] = 0.25\nPOWER['half'] += 0.25\n")
    edit(notebook, "ddpm-helpers", ("beta**0.5", "beta**POWER['half']"))


def from_the_package(notebook):
    """Imports from the package in cells, with other names, and of whole modules."""
    insert(
        notebook,
        "ddpm-forward",
        "from diffusion.ddpm import ddpm_schedule\nfrom diffusion.blocks import *\n"
        "from diffusion.blocks import FCBlock as Embedding\nimport diffusion.training as loops\n"
        "from diffusion import ddpm as steps\nfrom .denoiser import add_noise\n",
    )
    edit(notebook, "unet-class", ("FCBlock(", "Embedding("))
    edit(notebook, "training-class", ("load_checkpoint(", "loops.load_checkpoint("))
    edit(notebook, "training-class", ("ddpm_cfg_forward(unet", "loss_of(unet"))
    insert(notebook, "training-class", "from diffusion.cfg import ddpm_cfg_forward as loss_of\n")


def magics(notebook):
    """Lines for IPython and the shell, before and within the code."""
    for grade_id, line in (
        ("ddpm-schedule", "%%time\n"),
        ("blocks-operations", "%matplotlib inline\n!pip install -q einops\n"),
        ("cfg-sample", "%load_ext autoreload\n%autoreload 2\n"),
        ("unet-time", "%%capture out\n%%time\n"),
        ("denoiser-loss", "%%writefile diffusion/denoiser.py\n"),
    ):
        cell(notebook, grade_id).source = line + cell(notebook, grade_id).source
    edit(notebook, "ddpm-forward", ("    eps = ", "    %time pass\n    eps = "))
    cell(notebook, "ddpm-forward").source += "\n\nddpm_forward?\n!ls\n"


def one_cell(notebook):
    """All code in one cell, and no cell has a mark."""
    marks = [one.id for one in notebook.cells if one.metadata.get("nbgrader", {}).get("solution")]
    code = [delete(notebook, mark) for mark in marks if cell(notebook, mark).cell_type == "code"]
    insert(notebook, "figure-noising-strip", "\n\n\n".join(code))
    for number, one in enumerate(notebook.cells):
        one.metadata = {}
        one.id = f"c{number}"


def upside_down(notebook):
    """The last cell first."""
    notebook.cells.reverse()


def broken_first(notebook):
    """A first try that Python cannot read, its correction below, and notes that are no code."""
    right = cell(notebook, "cfg-forward").source
    edit(notebook, "cfg-forward", ("torch.rand(", "torch.rand(("))
    insert(notebook, "check-cfg_forward", right)
    insert(notebook, "blocks-operations", "what does padding=1 mean here\n")


def stubs_again(notebook):
    """The given cells once more at the end, untouched, and answers in cells of one's own."""
    untouched = given()
    for mark in ("ddpm-schedule", "unet-time", "training-class"):
        answer = own(cell(notebook, mark).source)
        notebook.cells[place(notebook, mark)] = copy.deepcopy(cell(untouched, mark))
        notebook.cells.insert(place(notebook, mark) + 1, answer)
    notebook.cells += [own(cell(untouched, mark).source) for mark in ("ddpm-sample", "cfg-sample")]


def with_given_names(notebook):
    """Names of given cells: the device, and a given function that the student has changed."""
    edit(
        notebook,
        "ddpm-forward",
        ("device=x_0.device", "device=x_0.device if x_0.is_meta is False else device"),
    )
    report = "def report_epoch(on_epoch, epoch, unet):\n    training = unet.training\n"
    report += "    with torch.random.fork_rng():\n        on_epoch and on_epoch(epoch, unet)\n"
    insert(notebook, "training-time", report + "    unet.train(training)\n")


# The notebook, and what its student reads, line by line.
RIGHT: dict[Change, tuple[str, ...]] = {
    split: (r"found for blocks\.py: Flatten, FCBlock in cell number \d+",),
    corrected_below: (
        r"of several definitions the last that can be read counts: UnconditionalUNet of cell number"
        r" \d+, not of cell unet-unconditional",
        r"of several definitions .*: ddpm_schedule of cell number \d+, not of cell ddpm-schedule",
        r"found for ddpm\.py: ddpm_schedule in cell number \d+",
        r"found for unet\.py: UnconditionalUNet in cell number \d+",
    ),
    merged: (
        r"found for cfg\.py: ddpm_cfg_forward in cell unet-time",
        r"found for ddpm\.py: ddpm_schedule in cell unet-time",
    ),
    a_block_beside_a_net: (
        r"found for blocks\.py: FCBlock in cell number \d+",
        r"found for unet\.py: TimeConditionalUNet in cell number \d+",
    ),
    tried_out: (),
    constants: (),
    own_names: (
        r"found for unet\.py: UnconditionalUNet in cell number \d+;"
        r" ClassConditionalUNet in cell number \d+",
    ),
    wrapped: (
        r"found for cfg\.py: ddpm_cfg_forward in cell number \d+",
        r"found for ddpm\.py: ddpm_schedule in cell number \d+",
    ),
    helper_classes: (
        r"of several .*: noised and one_step_back of cell number \d+, not of cell ddpm-helpers",
    ),
    patched_methods: (),
    from_the_package: (),
    magics: (r"lines for IPython or the shell were left out: %matplotlib inline, .*",),
    one_cell: (r"found for \w+\.py: .* in cell number \d+",) * 6,
    upside_down: (),
    broken_first: (
        r"of several .*: ddpm_cfg_forward of cell number \d+, not of cell cfg-forward",
        r"found for cfg\.py: ddpm_cfg_forward in cell number \d+",
    ),
    stubs_again: (
        r"found for ddpm\.py: ddpm_schedule in cell number \d+",
        r"found for training\.py: train_ddpm_cfg in cell number \d+",
        r"found for unet\.py: TimeConditionalUNet in cell number \d+",
    ),
    with_given_names: (),
}


def rearranged(change: Change) -> bytes:
    """The notebook, as Jupyter saves it."""
    return changed(change)
