# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# The source of the notebook: `autograder release` makes two notebooks from it, one for students and
# one for instructors. The first line of a cell says what it becomes
# (autograder/authoring/release/notebook):
#
#   handout="2.2 The schedule"    this section of starter/README.md
#   text="slug"                   text of this file
#   code="ddpm.ddpm_schedule"     of solution/diffusion, which students fill in; id="ddpm-schedule"
#   given="training.train_denoiser"   of solution/diffusion, read-only
#   given="slug"                  code of this file, read-only; given="imports" also gets the
#                                 imports of the solution's modules
#   open="slug"                   code of this file that students may change
#   figure="slug"                 code of this file that draws a figure to hand in; with a solution
#                                 region, students write it
#   check="schedule"              the checks of a task; check="hidden": a cell for each hidden task
#   manual="others"               manual tasks without a figure
#
# for="unet time_unet" leaves a cell out if a course has none of these tasks or figures (or kinds of
# tasks: manual, figures, hidden); a section of
# the handout has this mark in the handout. Within a cell, lines from `# for: unet` to `# end for` are
# left out likewise. A code cell stays if a cell that stays uses its definitions. A manual task, a question and a cell for the
# answer, follows the last figure of the task, or is at manual="others".

# %% [markdown] text="title"
# # {title}

# %% handout="Diffusion models from scratch"

# %% [markdown] text="working"
# ## Working in this notebook
#
# This notebook contains the whole assignment: the text, the code that you write, and checks that say
# what is wrong with your code. Work from top to bottom.
# It also draws the figures that you hand in. <!-- for: figures -->
#
# - **Cells with `raise NotImplementedError`** are for your code: replace this line. Each docstring
#   defines names, argument order, shapes and meaning; do not change them. If the text says *file
#   `NAME.py`*, it means the cells that begin with `# diffusion/NAME.py`.
# - **You may write in other cells too**: helper functions, constants, or a function again. As in the
#   kernel, the last definition of a name counts, with the functions, classes and constants that it
#   needs. What you compute in other cells, such as a trained net, is not graded.
# - **`check("NAME")`** checks your definitions within seconds, with new inputs each time. Run
#   your cell first, then the check. The numbers that it shows are a preview: points come from these
#   checks, which run on your code again after you hand it in.
#   So do further checks. <!-- for: hidden -->
# <!-- for: trained -->
# - **Cells below "Hand in"** train and draw with your code. They save each epoch, and continue from
#   there if you run them again, for example after Colab has disconnected.
# <!-- end for -->
#
# On Colab: choose *Runtime > Change runtime type > GPU*, then run the next cell and allow it to use
# your Drive; it needs the file `student.zip` in the folder `diffusion` there. Elsewhere: unpack
# `student.zip` and start Jupyter in its folder; `README.md` there says what to install.

# %% given="setup"
# @title Set-up: run this first
import importlib.metadata
import io
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from IPython.display import Image as Picture  # Image is that of PIL in part A

HANDOUT = "student.zip"  # the files of the assignment, from your course
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads wait without spinning
NEVER = {"torch", "torchvision", "numpy"}  # not replaced: those of Colab match its GPU
ON_COLAB = "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ


def holds_assignment(folder):
    return (folder / "checkkit" / "notebook.py").is_file() and (folder / "diffusion").is_dir()


def find_locally():
    """The folder of the assignment: this one, or one above it."""
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if holds_assignment(folder):
            return folder
    raise FileNotFoundError(
        f"Neither {here} nor a folder above it contains checkkit/ and diffusion/. "
        f"Unpack {HANDOUT}, and open the notebook in it."
    )


def fetch_from_drive(kept):
    """Unpack the assignment's files, which are on the Drive or are uploaded once."""
    archive = kept / HANDOUT
    content = archive.read_bytes() if archive.is_file() else uploaded(archive)
    folder = Path.cwd() / "assignment"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            files.extractall(folder)
    except zipfile.BadZipFile:
        raise ValueError(f"{archive} is not a zip: use that of your course.") from None
    for notebook in sorted(folder.glob("**/checkkit/notebook.py")):
        if holds_assignment(notebook.parents[1]):
            archive.write_bytes(content)
            return notebook.parents[1]
    raise FileNotFoundError(f"{archive} has no checkkit/ and diffusion/: use that of your course.")


def uploaded(archive):
    from google.colab import files

    print(f"Choose {HANDOUT}; it is saved as {archive} for the next time.")
    chosen = files.upload()
    if not chosen:
        raise FileNotFoundError(f"Put {HANDOUT} on your Drive as {archive}, and run this again.")
    return next(iter(chosen.values()))


def missing_packages(folder):
    """Packages that the assignment needs and that are missing or too old, except those of NEVER."""
    from packaging.requirements import Requirement

    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    except FileNotFoundError:
        return []
    missing = []
    for wanted in map(Requirement, project["dependencies"]):
        try:
            there = wanted.specifier.contains(importlib.metadata.version(wanted.name), True)
        except importlib.metadata.PackageNotFoundError:
            there = False
        if not there and wanted.name in NEVER:
            print(f"The assignment asks for {wanted}; the version here is not changed.")
        elif not there:
            missing.append(str(wanted))
    return missing


def install(packages):
    """Install with pip, which must not change NEVER: their versions are constraints."""
    pins = Path.cwd() / "pins.txt"
    versions = {name: importlib.metadata.version(name) for name in sorted(NEVER)}
    pins.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", str(pins)]
    print("Installing", *packages)
    done = subprocess.run([*command, *packages], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"pip could not install {', '.join(packages)}:\n{done.stderr}")
    importlib.invalidate_caches()


if ON_COLAB:
    from google.colab import drive

    DRIVE = Path(os.environ.get("COLAB_DRIVE", "/content/drive"))
    drive.mount(str(DRIVE))
    KEPT = DRIVE / "MyDrive" / "diffusion"  # on your Drive: the assignment's files, and all runs
    KEPT.mkdir(parents=True, exist_ok=True)
    FOLDER = fetch_from_drive(KEPT)
    if packages := missing_packages(FOLDER):
        install(packages)
else:
    FOLDER = KEPT = find_locally()
    if packages := missing_packages(FOLDER):
        print(f"Missing here: {', '.join(packages)}. Install them: pip install -r requirements.txt")
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))
RUNS, DATA = KEPT / "runs" / "notebook", FOLDER / "data"
print(f"The assignment is in {FOLDER}; runs are saved in {RUNS}.")
if ON_COLAB:
    from IPython.display import display

    print("Colab does not show figures inside the text; here they are:")
    for figure in sorted((FOLDER / "figures").glob("*.png")):
        print(figure.stem)
        display(Picture(str(figure), width=480))

# %% given="imports"
from diffusion.data import mnist  # for: trained
# for: denoiser train_ddpm train_ddpm_cfg
from diffusion.runs import figures
from diffusion.runs.kept import KeptWeights
from diffusion.runs.labelled import Labelled  # for: edm-steps
from diffusion.runs.pictures import rows_picture
from diffusion.runs.progress import batches
from diffusion.runs.sampling import Sampler  # for: train_ddpm train_ddpm_cfg flow flow_cfg
from diffusion.runs.settings import PRESETS
from diffusion.training import load_checkpoint, report_epoch, save_checkpoint
# end for
# for: editing-*
from diffusion.runs import editing
from diffusion.runs.models import load_model, real_images
# end for
# for: editing-sdedit editing-drawn editing-conditional editing-inpainting
from diffusion.runs import image_editing
from diffusion.runs import drawings  # for: editing-drawn
# end for
from diffusion.pretrained.model import Cond, Model  # for: editing_*
from checkkit.notebook import check

# %% [markdown] text="sizes" for="trained"
# ## How large, how long
#
# Everything below trains at one of three sizes. `"full"` is that of the text and needs a GPU;
# `"small"` is for a CPU; `"tiny"` takes seconds, draws no recognisable digits, and only shows that
# your code runs. Each size has its own folder of runs. Hand in figures of `"full"`, or of `"small"`
# if you have no GPU.
#
# | | `"full"`, a small GPU (T4) | `"small"`, one core of a CPU | `"tiny"` |
# |---|---|---|---|
# | one-step denoiser | minutes | minutes | a few seconds | <!-- for: denoiser-loss denoised-epochs out-of-distribution one-step-loss one-step-denoised -->
# | each diffusion model | half an hour | minutes | a few seconds | <!-- for: ddpm-loss ddpm-samples class-loss class-samples test-labels guidance-scales ddim-steps frechet-distances closest-pairs edm-steps -->
# | each flow | half an hour | minutes | a few seconds | <!-- for: flow-loss flow-samples flow-steps flow-paths flow-class-samples -->

# %% open="sizes" for="trained"
SIZE = os.environ.get("DIFFUSION_SIZE") or ("full" if torch.cuda.is_available() else "small")

full = {
    "subset": False,  # True: the part of MNIST in tests/data; False: all of MNIST, downloaded
    "digits": 60_000,  # to train on
    "judged": 2_000,  # samples for Fréchet distances and closest pairs  # for: frechet-distances closest-pairs
    "compared": 300,  # for: better-loss
    # for: denoiser-loss denoised-epochs out-of-distribution one-step-loss one-step-denoised
    "denoiser": {"num_hiddens": 128, "epochs": 5, "batch_size": 256, "lr": 1e-4},
    # end for
    # for: ddpm-loss ddpm-samples class-loss class-samples test-labels guidance-scales ddim-steps frechet-distances closest-pairs edm-steps
    "ddpm": {"num_hiddens": 64, "epochs": 20, "batch_size": 128, "lr": 1e-3},
    "schedule": {"beta_1": 1e-4, "beta_T": 0.02, "num_ts": 300},
    # end for
    # for: flow-loss flow-samples flow-steps flow-paths flow-class-samples
    "flow": {"num_hiddens": 64, "epochs": 10, "batch_size": 64, "lr": 1e-3, "num_ts": 50},
    # end for
}
small = {
    "subset": True,
    "digits": 6_000,
    "judged": 2_000,  # for: frechet-distances closest-pairs
    "compared": 300,  # for: better-loss
    # for: denoiser-loss denoised-epochs out-of-distribution one-step-loss one-step-denoised
    "denoiser": {"num_hiddens": 16, "epochs": 5, "batch_size": 32, "lr": 1e-3},
    # end for
    # for: ddpm-loss ddpm-samples class-loss class-samples test-labels guidance-scales ddim-steps frechet-distances closest-pairs edm-steps
    "ddpm": {"num_hiddens": 16, "epochs": 20, "batch_size": 32, "lr": 5e-3},
    "schedule": {"beta_1": 1e-4, "beta_T": 0.2, "num_ts": 50},
    # end for
    # for: flow-loss flow-samples flow-steps flow-paths flow-class-samples
    "flow": {"num_hiddens": 16, "epochs": 10, "batch_size": 32, "lr": 2e-3, "num_ts": 50},
    # end for
}
tiny = {
    "subset": True,
    "digits": 128,
    "judged": 100,  # for: frechet-distances closest-pairs
    "compared": 3,  # for: better-loss
    # for: denoiser-loss denoised-epochs out-of-distribution one-step-loss one-step-denoised
    "denoiser": {"num_hiddens": 2, "epochs": 2, "batch_size": 32, "lr": 1e-3},
    # end for
    # for: ddpm-loss ddpm-samples class-loss class-samples test-labels guidance-scales ddim-steps frechet-distances closest-pairs edm-steps
    "ddpm": {"num_hiddens": 2, "epochs": 2, "batch_size": 32, "lr": 5e-3},
    "schedule": {"beta_1": 1e-4, "beta_T": 0.8, "num_ts": 8},
    # end for
    # for: flow-loss flow-samples flow-steps flow-paths flow-class-samples
    "flow": {"num_hiddens": 2, "epochs": 2, "batch_size": 32, "lr": 1e-2, "num_ts": 8},
    # end for
}
sizes = {"full": full, "small": small, "tiny": tiny}[SIZE]

# %% given="digits" for="trained"
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
train_digits = mnist(root=DATA, subset=sizes["subset"])
train_digits = torch.utils.data.TensorDataset(*train_digits[: sizes["digits"]])
test_digits = mnist(train=False, root=DATA, subset=sizes["subset"])
FOLDERS = {"runs": str(RUNS / SIZE), "data": str(DATA), "subset": sizes["subset"]}
print(f"size {SIZE}, on {device}: {len(train_digits):,} digits to train on")

# %% handout="Getting started"

# %% handout="Time and milestones"

# %% handout="Numbers to compare with"

# %% handout="Part 1: a net that removes noise"

# %% handout="1.1 Blocks"

# %% code="blocks.Conv blocks.DownConv blocks.UpConv blocks.Flatten blocks.Unflatten blocks.FCBlock" id="blocks-operations"

# %% code="blocks.ConvBlock blocks.DownBlock blocks.UpBlock" id="blocks-composed"

# %% code="blocks.FC" id="blocks-fc"

# %% check="fc"

# %% check="blocks"

# %% handout="1.2 The UNet"

# %% code="unet.UnconditionalUNet" id="unet-unconditional"

# %% check="unet"

# %% handout="1.3 Noise and loss"

# %% code="denoiser.add_noise denoiser.denoising_loss" id="denoiser-loss"

# %% check="denoiser"

# %% handout="1.4 Train it"

# %% given="training.train_denoiser"

# %% [markdown] text="figure-noising-strip" for="noising-strip"
# **Hand in 1.** Digits at every sigma.

# %% figure="noising-strip"
figures.noising_strip(test_digits, add_noise)

# %% [markdown] text="figure-denoiser-loss" for="denoiser-loss"
# **Hand in 2.** Training the denoiser, and its loss. After an interruption, run the cell again: it
# continues after the last finished epoch.

# %% figure="denoiser-loss"
settings = PRESETS["denoiser"](**FOLDERS, **sizes["denoiser"])
torch.manual_seed(settings.seed)
denoiser = UnconditionalUNet(1, settings.num_hiddens).to(device)
denoiser_kept = KeptWeights(settings, denoiser)
denoiser_curves = train_denoiser(
    denoiser,
    batches(train_digits, settings.batch_size),
    sigma=settings.sigma,
    num_epochs=settings.epochs,
    lr=settings.lr,
    run_dir=denoiser_kept.run_dir,
    on_epoch=denoiser_kept,
)
denoiser_run = denoiser_kept.finish(denoiser_curves)
figures.losses(denoiser_run)

# %% [markdown] text="figure-denoised-epochs" for="denoised-epochs"
# **Hand in 3.** Test digits, denoised after epochs 1 and 5.

# %% figure="denoised-epochs"
figures.denoised_epochs(denoiser_run, test_digits, add_noise, device)

# %% handout="1.5 Noise it has never seen"

# %% [markdown] text="figure-out-of-distribution" for="out-of-distribution"
# **Hand in 4.** The same test digits at every sigma, noisy and denoised.

# %% figure="out-of-distribution"
figures.out_of_distribution(denoiser_run, test_digits, add_noise, device)

# %% handout="Part 2: denoising diffusion"

# %% handout="2.1 Telling the net the time"

# %% code="unet.TimeConditionalUNet" id="unet-time"

# %% check="time_unet"

# %% code="unet.ScaledTimeUNet" id="unet-scaled-time"

# %% check="scaled_time_unet"

# %% handout="2.2 The schedule"

# %% code="ddpm.ddpm_schedule" id="ddpm-schedule"

# %% check="schedule"

# %% code="ddpm.noised ddpm.one_step_back" id="ddpm-helpers"

# %% handout="2.3 The training loss"

# %% code="ddpm.ddpm_forward" id="ddpm-forward"

# %% check="forward"

# %% handout="2.4 The sampler"

# %% code="ddpm.ddpm_sample" id="ddpm-sample"

# %% check="sample"

# %% handout="2.5 Train it"

# %% code="training.train_ddpm" id="training-time"

# %% check="train_ddpm"

# %% [markdown] text="figure-ddpm-loss" for="ddpm-loss"
# **Hand in 5.** The training of Part 2, and its loss.

# %% given="schedule" for="ddpm-loss class-loss"
schedule = {name: table.to(device) for name, table in ddpm_schedule(**sizes["schedule"]).items()}
num_ts = sizes["schedule"]["num_ts"]

# %% figure="ddpm-loss"
settings = PRESETS["time"](name="ddpm", **FOLDERS, **sizes["ddpm"], **sizes["schedule"])
torch.manual_seed(settings.seed)
time_net = TimeConditionalUNet(1, settings.num_hiddens).to(device)
time_kept = KeptWeights(settings, time_net)
time_curves = train_ddpm(
    time_net,
    schedule,
    batches(train_digits, settings.batch_size),
    num_ts,
    num_epochs=settings.epochs,
    lr=settings.lr,
    run_dir=time_kept.run_dir,
    on_epoch=time_kept,
)
time_run = time_kept.finish(time_curves)
figures.losses(time_run)

# %% [markdown] text="figure-ddpm-samples" for="ddpm-samples"
# **Hand in 6.** Samples after epochs 1, 5, 10, 15 and 20, from the same noise.

# %% figure="ddpm-samples"
time_sampler = Sampler(time_run, ddpm_sample, ddpm_schedule, device)
figures.samples(time_sampler)

# %% [markdown] text="ddpm-animation" for="ddpm-samples"
# How the last net makes digits of noise. This animation is not handed in.

# %% given="ddpm-animation" for="ddpm-samples"
Picture(figures.animation(time_sampler), format="gif")

# %% handout="Part 3: classes and guidance"

# %% handout="3.1 Telling the net the class"

# %% code="unet.ClassConditionalUNet" id="unet-class"

# %% check="class_unet"

# %% check="class_behaviour"

# %% handout="3.2 Dropping classes"

# %% code="cfg.ddpm_cfg_forward" id="cfg-forward"

# %% check="cfg_forward"

# %% handout="3.3 The guided sampler"

# %% code="cfg.ddpm_cfg_sample" id="cfg-sample"

# %% check="cfg_sample"

# %% handout="3.4 Your own training loop"

# %% code="training.train_ddpm_cfg" id="training-class"

# %% check="train_ddpm_cfg"

# %% [markdown] text="figure-class-loss" for="class-loss"
# **Hand in 7.** The training of Part 3, and its loss.

# %% figure="class-loss"
settings = PRESETS["class"](**FOLDERS, **sizes["ddpm"], **sizes["schedule"])
torch.manual_seed(settings.seed)
class_net = ClassConditionalUNet(1, 10, settings.num_hiddens).to(device)
class_kept = KeptWeights(settings, class_net)
class_curves = train_ddpm_cfg(
    class_net,
    schedule,
    batches(train_digits, settings.batch_size),
    num_ts,
    num_epochs=settings.epochs,
    lr=settings.lr,
    p_uncond=settings.p_uncond,
    run_dir=class_kept.run_dir,
    on_epoch=class_kept,
)
class_run = class_kept.finish(class_curves)
figures.losses(class_run)

# %% [markdown] text="figure-class-samples" for="class-samples"
# **Hand in 8.** Four samples of each digit at guidance 5, after epochs 1, 5, 10, 15 and 20.

# %% given="class-sampler" for="class-samples test-labels ddim-steps frechet-distances closest-pairs"
class_sampler = Sampler(class_run, ddpm_cfg_sample, ddpm_schedule, device)

# %% figure="class-samples"
figures.samples(class_sampler)

# %% [markdown] text="class-animation" for="class-samples"
# How the last net makes digits of noise. This animation is not handed in.

# %% given="class-animation" for="class-samples"
Picture(figures.animation(class_sampler), format="gif")

# %% [markdown] text="figure-test-labels" for="test-labels"
# **Hand in 9.** Digits of the test set with their labels and, for each saved epoch, a sample for
# each label.

# %% figure="test-labels"
figures.label_samples(class_sampler, test_digits)

# %% handout="3.5 How much guidance?"

# %% [markdown] text="figure-guidance-scales" for="guidance-scales"
# **Hand in 10.** The digits 0 to 9 at guidance 0, 1, 5, 7, 10 and 15, a labelled row for each, all
# from the same noise. Write this cell yourself: your sampler, `class_run.net()` (the trained net),
# `schedule` and `rows_picture` are all that it needs. `rows_picture({"w = 5": images}, "0123456789")`
# draws one row; let the cell end with the picture.

# %% figure="guidance-scales"
### BEGIN SOLUTION
by_scale = {}
for scale in (0.0, 1.0, 5.0, 7.0, 10.0, 15.0):
    row, _ = ddpm_cfg_sample(
        class_run.net(device=device), schedule, torch.arange(10), (28, 28), num_ts, scale, seed=0
    )
    by_scale[f"w = {scale:g}"] = row
rows_picture(by_scale, "0123456789")
### END SOLUTION

# %% handout="3.6 Digits emerge"

# %% check="digits"

# %% check="digits_gpu"

# %% handout="Part 4: newer models"

# %% handout="4.1 Fewer steps"

# %% code="ddim.walk" id="ddim-helpers"

# %% code="ddim.ddim_sample" id="ddim-sample"

# %% check="ddim"

# %% code="ddim.ddim_cfg_sample" id="ddim-cfg-sample"

# %% check="ddim_cfg"

# %% [markdown] text="figure-ddim-steps" for="ddim-steps"
# **Hand in 11.** The digits 0 to 9 by DDPM in T steps, and by DDIM in fewer, with w = 5.

# %% figure="ddim-steps"
figures.ddim_steps(class_sampler, ddim_cfg_sample)

# %% handout="4.2 How good, and how new"

# %% code="metrics.matrix_root" id="metrics-helpers"

# %% code="metrics.frechet_distance" id="metrics-frechet"

# %% code="metrics.fid" id="metrics-fid"

# %% check="fid"

# %% code="metrics.nearest_images" id="metrics-nearest"

# %% code="metrics.memorization" id="metrics-memorization"

# %% check="memorization"

# %% [markdown] text="many-samples" for="frechet-distances closest-pairs"
# Many samples by each sampler, at guidance 2. At size `"small"` this takes minutes.

# %% given="many-samples" for="frechet-distances closest-pairs"
faster = None
# for: ddim_cfg
faster = ddim_cfg_sample
# end for
many = figures.many_samples(class_sampler, sizes["judged"], faster)

# %% [markdown] text="figure-frechet-distances" for="frechet-distances"
# **Hand in 12.** Fréchet distances to training digits: of as many test digits, and of your samples
# with w = 2.

# %% figure="frechet-distances"
from checkkit.classifier import features

figures.frechet_distances(class_sampler, many, train_digits, test_digits, fid, features)

# %% [markdown] text="figure-closest-pairs" for="closest-pairs"
# **Hand in 13.** The samples that are nearest to a training digit, with that digit and the distance,
# with w = 2.

# %% figure="closest-pairs"
figures.closest_pairs(class_sampler, many, train_digits, test_digits, memorization)

# %% handout="4.3 Straight to the data: flow matching"

# %% code="flow.between flow.follow" id="flow-helpers"

# %% code="flow.flow_forward" id="flow-forward"

# %% check="flow"

# %% code="flow.flow_sample" id="flow-sample"

# %% check="flow_sample"

# %% given="training.train_with"

# %% given="trained-with" for="flow-loss flow-class-samples one-step-loss edm-steps"
def trained_with(loss_of, net, settings):
    kept = KeptWeights(settings, net)
    curves = train_with(
        loss_of,
        net,
        batches(train_digits, settings.batch_size),
        num_epochs=settings.epochs,
        lr=settings.lr,
        run_dir=kept.run_dir,
        on_epoch=kept,
    )
    return kept.finish(curves)

# %% [markdown] text="figure-flow-loss" for="flow-loss"
# **Hand in 14.** The training of flow matching without classes, and its loss.

# %% given="flow-loss-of" for="flow-loss"
def flow_loss_of(net, x, c):
    return flow_forward(net, x, sizes["flow"]["num_ts"])

# %% figure="flow-loss"
settings = PRESETS["flow"](**FOLDERS, **sizes["flow"])
torch.manual_seed(settings.seed)
# for: scaled_time_unet
flow_net = ScaledTimeUNet(1, settings.num_hiddens).to(device)
# end for
# for: time_unet
flow_net = TimeConditionalUNet(1, settings.num_hiddens).to(device)
# end for
flow_run = trained_with(flow_loss_of, flow_net, settings)
figures.losses(flow_run)

# %% [markdown] text="figure-flow-samples" for="flow-samples"
# **Hand in 15.** Samples after epochs 1, 5 and 10, from the same noise.

# %% given="flow-sampler" for="flow-samples flow-steps flow-paths"
flow_sampler = Sampler(flow_run, flow_sample, None, device)

# %% figure="flow-samples"
figures.samples(flow_sampler)

# %% [markdown] text="figure-flow-steps" for="flow-steps"
# **Hand in 16.** Samples in 1, 2, 5, 10, 50 and 300 steps, from the same noise.

# %% figure="flow-steps"
figures.flow_steps(flow_sampler)

# %% [markdown] text="figure-flow-paths" for="flow-paths"
# **Hand in 17.** How pixels go from noise to data, and how straight these paths are.

# %% figure="flow-paths"
figures.flow_paths(flow_sampler)

# %% code="flow.flow_cfg_forward" id="flow-cfg-forward"

# %% check="flow_cfg"

# %% code="flow.flow_cfg_sample" id="flow-cfg-sample"

# %% check="flow_cfg_sample"

# %% check="digits_flow"

# %% [markdown] text="figure-flow-class-samples" for="flow-class-samples"
# **Hand in 18.** Flow matching with classes: four samples of each digit at guidance 5, after epochs
# 1, 5 and 10.

# %% given="flow-class-loss-of" for="flow-class-samples"
def flow_class_loss_of(net, x, c):
    return flow_cfg_forward(net, x, c, 0.1, sizes["flow"]["num_ts"])

# %% figure="flow-class-samples"
settings = PRESETS["flow-class"](**FOLDERS, **sizes["flow"])
torch.manual_seed(settings.seed)
flow_class_net = ClassConditionalUNet(1, 10, settings.num_hiddens).to(device)
flow_class_run = trained_with(flow_class_loss_of, flow_class_net, settings)
figures.samples(Sampler(flow_class_run, flow_cfg_sample, None, device))

# %% handout="4.4 One step from pure noise"

# %% given="training.one_step_loss"

# %% [markdown] text="figure-one-step-loss" for="one-step-loss"
# **Hand in 19.** Training the denoiser of Part 1 on pure noise, and its loss.

# %% figure="one-step-loss"
settings = PRESETS["one-step"](**FOLDERS, **sizes["denoiser"])
torch.manual_seed(settings.seed)
one_step_net = UnconditionalUNet(1, settings.num_hiddens).to(device)
one_step_run = trained_with(lambda net, x, c: one_step_loss(net, x), one_step_net, settings)
figures.losses(one_step_run)

# %% [markdown] text="figure-one-step-denoised" for="one-step-denoised"
# **Hand in 20.** What this net makes of pure noise after epochs 1 and 5, and the mean of all digits.

# %% figure="one-step-denoised"
figures.one_step_denoised(one_step_run, test_digits, device)

# %% handout="4.5 A better UNet"

# %% code="better_unet.group_norm better_unet.time_embedding better_unet.ResidualBlock better_unet.SelfAttention" id="better_unet-parts"

# %% code="better_unet.BetterUNet" id="better_unet-net"

# %% check="better_unet"

# %% [markdown] text="figure-better-loss" for="better-loss"
# **Hand in 21.** The loss of your net beside that of the plain one, at equal steps.

# %% figure="better-loss"
from functools import partial

from diffusion.runs.comparing import compare, in_words

tables = {name: table.to(device) for name, table in ddpm_schedule(1e-4, 0.02, 300).items()}
compared = compare(
    {"plain": partial(TimeConditionalUNet, 1, 16), "better": partial(BetterUNet, 1, 16)},
    lambda net, x_0: ddpm_forward(net, tables, x_0, 300),
    train_digits, test_digits, steps=sizes["compared"], device=device,
)
print(in_words([compared], "plain", "better"))
figures.better_loss({name: one.losses for name, one in compared.items()}, 16)

# %% handout="4.6 Levels of noise"

# %% code="edm.edm_precondition" id="edm-precondition"

# %% check="edm_precondition"

# %% code="edm.denoise" id="edm-helpers"

# %% code="edm.edm_loss" id="edm-loss"

# %% check="edm_loss"

# %% code="edm.edm_sigmas" id="edm-sigmas"

# %% code="edm.edm_sample" id="edm-sample"

# %% check="edm_sample"

# %% [markdown] text="figure-edm-steps" for="edm-steps"
# **Hand in 22.** The training with the loss of EDM, and the digits 0 to 9 in more and more calls.

# %% given="edm-class-loss" for="edm-steps"
def edm_class_loss(net, x, c):
    keep = torch.rand(len(c), device=x.device) >= 0.1
    return edm_loss(Labelled(net, c, keep.float()), x)

# %% figure="edm-steps"
settings = PRESETS["edm"](**FOLDERS, **sizes["ddpm"])
torch.manual_seed(settings.seed)
edm_net = ClassConditionalUNet(1, 10, settings.num_hiddens).to(device)
edm_run = trained_with(edm_class_loss, edm_net, settings)
figures.edm_steps(edm_run, edm_sample, edm_sigmas, device)

# %% handout="Part A: a pretrained model"

# %% given="digit-model" for="editing-*"
MODEL = "digits"  # or "deepfloyd", on a GPU
model = load_model(MODEL)
some_images = real_images(MODEL, model)

# %% handout="A.1 Noisy images"

# %% code="noising.noisy_at" id="noising-noisy"

# %% check="editing_noise"

# %% [markdown] text="figure-editing-noise" for="editing-noise"
# **Hand in 23.** Digits with noise at t = 75, 150 and 225.

# %% figure="editing-noise"
editing.noisy_images(model, noisy_at, some_images)

# %% handout="A.2 Denoising at once"

# %% code="single_step.blur_denoise" id="single_step-blur"

# %% check="editing_blur"

# %% code="single_step.one_step" id="single_step-one"

# %% check="editing_one_step"

# %% [markdown] text="figure-editing-denoised" for="editing-denoised"
# **Hand in 24.** The same digits after a blur, and after one step.

# %% figure="editing-denoised"
editing.denoised_at_once(model, noisy_at, blur_denoise, one_step, some_images)

# %% handout="A.3 Denoising in steps"

# %% code="iterative.strided_timesteps" id="iterative-timesteps"

# %% check="editing_timesteps"

# %% code="iterative.steps_back" id="iterative-helpers"

# %% code="iterative.iterative_denoise" id="iterative-denoise"

# %% check="editing_denoise"

# %% [markdown] text="figure-editing-iterative" for="editing-iterative"
# **Hand in 25.** A digit on its way, every fifth step, and the result beside one step and a blur.

# %% figure="editing-iterative"
functions = noisy_at, blur_denoise, one_step, iterative_denoise
timesteps = strided_timesteps(*editing.start_and_stride(model))
editing.denoised_in_steps(model, *functions, timesteps, some_images[:1])

# %% handout="A.4 From noise to the digit that you ask for"

# %% code="iterative.iterative_denoise_cfg" id="iterative-guided"

# %% check="editing_cfg"

# %% [markdown] text="figure-editing-samples" for="editing-samples"
# **Hand in 26.** Five images from pure noise: without a digit, and with guidance.

# %% figure="editing-samples"
timesteps = strided_timesteps(*editing.start_and_stride(model))
editing.samples(model, iterative_denoise, iterative_denoise_cfg, timesteps)

# %% handout="A.5 Image to image"

# %% code="image_to_image.process_image" id="image_to_image-picture"

# %% code="image_to_image.sdedit" id="image_to_image-sdedit"

# %% check="editing_sdedit"

# %% [markdown] text="figure-editing-sdedit" for="editing-sdedit"
# **Hand in 27.** Three digits, made new from six i_start.

# %% figure="editing-sdedit"
timesteps = strided_timesteps(*editing.start_and_stride(model))
image_editing.images_to_images(model, sdedit, timesteps, some_images)

# %% [markdown] text="figure-editing-drawn" for="editing-drawn"
# **Hand in 28.** One picture from the web and two drawings, made new in the same way.
#
# Draw on the canvas, and save each drawing: your browser puts the file among its downloads. Move it
# into the folder of this notebook, and name it in the cell after the next one.

# %% given="canvas" for="editing-drawn"
from IPython.display import HTML

HTML(drawings.CANVAS)

# %% open="pictures" for="editing-drawn"
# Names of your files: own_pictures = ["web.jpg"], own_drawings = ["drawing.png", "drawing (1).png"].
# Drawings are dark on light, and are inverted. Without files you see three pictures of ours.
own_pictures, own_drawings = [], []

# %% figure="editing-drawn"
shown = drawings.processed(process_image, model, own_pictures, own_drawings)
timesteps = strided_timesteps(*editing.start_and_stride(model))
image_editing.drawn_to_images(model, sdedit, timesteps, shown)

# %% [markdown] text="figure-editing-conditional" for="editing-conditional"
# **Hand in 29.** Three digits, each edited towards another one.

# %% figure="editing-conditional"
timesteps = strided_timesteps(*editing.start_and_stride(model))
image_editing.images_to_others(model, sdedit, timesteps, some_images)

# %% handout="A.6 Inpainting"

# %% code="inpainting.inpaint" id="inpainting-inpaint"

# %% check="editing_inpaint"

# %% [markdown] text="figure-editing-inpainting" for="editing-inpainting"
# **Hand in 30.** Three digits, with a part drawn anew.

# %% figure="editing-inpainting"
timesteps = strided_timesteps(*editing.start_and_stride(model))
image_editing.inpainted(model, inpaint, timesteps, some_images)
# %% handout="A.7 Visual anagrams"

# %% code="illusions.upside_down illusions.half_turn illusions.diagonal" id="illusions-turns"

# %% code="illusions.guided_eps" id="illusions-helpers"

# %% code="illusions.visual_anagram" id="illusions-anagram"

# %% check="editing_anagram"

# %% [markdown] text="figure-editing-anagrams" for="editing-anagrams"
# **Hand in 31.** Three anagrams, each as it is and turned.

# %% figure="editing-anagrams"
from diffusion.runs.illusion_pictures import anagrams

timesteps = strided_timesteps(*editing.start_and_stride(model))
anagrams(model, visual_anagram, (upside_down, half_turn, diagonal), timesteps)

# %% handout="A.8 Hybrid images"

# %% code="illusions.hybrid_image" id="illusions-hybrid"

# %% check="editing_hybrid"

# %% check="editing_results"

# %% [markdown] text="figure-editing-hybrids" for="editing-hybrids"
# **Hand in 32.** Three hybrid images, from near and as seen from afar.

# %% figure="editing-hybrids"
from diffusion.runs.illusion_pictures import hybrids

timesteps = strided_timesteps(*editing.start_and_stride(model))
hybrids(model, hybrid_image, timesteps)

# %% manual="others"

# %% [markdown] text="further" for="hidden"
# ## Further checks
#
# These checks run on your code after you hand in. Their cells are places for the points.

# %% check="hidden"

# %% handout="Reading outcomes"

# %% handout="What mistakes look like"

# %% handout="Hints"

# %% handout="Where published handouts differ"

# %% [markdown] text="handing-in"
# ## Handing in
#
# 1. *Kernel > Restart and run all* (on Colab: *Runtime*), so that no result depends on a deleted
#    cell. In grading, a cell with a syntax error defines nothing: an earlier definition of the
#    same name counts. Statements outside of functions are left out, unless a definition needs
#    their values.
# 2. Save the notebook under the name `diffusion.ipynb` (on Colab: *File > Download > Download
#    .ipynb*). Put it into the folder of `student.zip`, in place of the old one.
# 3. In this folder, `python3 submit.py` makes `submission.zip`. Or hand in the notebook itself. The
#    dates are in `README.md`.
#    Add `--pdf` for the PDF, or print the notebook. <!-- for: manual -->

# %% handout="Points, and what you submit"

# %% handout="Sources"
