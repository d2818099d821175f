"""Courses of a third of the tasks each, which share few or none."""

import shutil
from pathlib import Path

from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY

THIRDS = {
    "denoising": ("blocks", "unet", "denoiser"),
    "sampling": ("schedule", "forward", "sample"),
    "classes": ("blocks", "class_unet", "cfg_forward", "cfg_sample", "digits"),
    "net": ("time_unet, needs: []", "schedule"),  # built from blocks that are given
    "editing": (
        *("editing_noise", "editing_blur", "editing_one_step", "editing_timesteps"),
        *("editing_denoise", "editing_cfg", "editing_sdedit", "editing_inpaint"),
        *("editing_anagram", "editing_hybrid", "editing_results"),
    ),
}
FIGURES = {
    "denoising": ("noising-strip", "denoiser-loss"),
    "editing": (
        *("editing-noise", "editing-denoised", "editing-iterative", "editing-samples"),
        *("editing-sdedit", "editing-drawn", "editing-conditional", "editing-inpainting"),
        *("editing-anagrams", "editing-hybrids"),
    ),
}

HEAD = """\
title: "A third: {name}"
assignments:
  - id: core
    title: Code
    points: {points}
    parts:
      - id: part1
        title: "Part 1: {name}"
        tasks:
"""
WRITEUP = """\
  - id: writeup
    title: Figures
    points: 1
    parts:
      - id: figures
        title: Figures
        tasks:
          - {{id: shown, title: Shown, points: 1, kind: manual, question: Draw., marking: 1 drawn,
             figures: [{figures}]}}
"""


def third(
    folder: Path,
    name: str,
    figures: tuple[str, ...] | None = None,
    tasks: tuple[str, ...] | None = None,
) -> Course:
    """The course of one of the thirds, written into a folder as its profile and loaded from it.

    A task may be followed by more keys: "train_ddpm, needs: []".
    """
    tasks, drawn = tasks or THIRDS[name], FIGURES.get(name, ()) if figures is None else figures
    folder.joinpath("profiles").mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY.grading, folder)
    text = HEAD.format(name=name, points=len(tasks))
    text += "".join(f"          - {{id: {task}, points: 1}}\n" for task in tasks)
    text += WRITEUP.format(figures=", ".join(drawn)) if drawn else ""
    (folder / "profiles" / f"{name}.yaml").write_text(text)
    return load_course(folder / "grading.yaml", name)
