"""Figures of one run in two submissions are a flag for staff; what a PNG says is not trusted."""

import base64
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from autograder.config.paths import REPOSITORY
from autograder.course.starter import committed_starter
from autograder.grading.intake import gather
from autograder.grading.intake.figures import figure_of, figures_in
from autograder.grading.review.twins import with_twins
from autograder.tests.support.submissions import make_folder

RUN, OTHER = "0123456789ab", "ba9876543210"


def png(stamp=None, shade=0) -> bytes:
    about, made = PngInfo(), io.BytesIO()
    if stamp is not None:
        about.add_text("diffusion", stamp if isinstance(stamp, str) else json.dumps(stamp))
    noise = np.random.default_rng(shade).integers(0, 256, (40, 40), dtype=np.uint8)
    Image.fromarray(noise).save(made, "PNG", pnginfo=about)
    return made.getvalue()


def of(run, figure="class-samples", seed=0):
    return {"figure": figure, "run": run, "seed": seed}


def handed_in(folder: Path, figures: dict[str, bytes]) -> Path:
    make_folder(folder, committed_starter() | {f"report/{n}": c for n, c in figures.items()})
    return folder


def notebook(folder: Path, *figures: bytes) -> Path:
    cells = [
        {"cell_type": "code", "source": "def ddpm_schedule(): 0", "metadata": {}, "outputs": []}
    ]
    for figure in figures:
        data = {"image/png": base64.b64encode(figure).decode()}
        cells[0]["outputs"].append({"output_type": "display_data", "data": data, "metadata": {}})
    folder.mkdir()
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    (folder / "diffusion.ipynb").write_text(text)
    return folder


def flags_of(*paths: Path) -> dict[str, list[str]]:
    return {one.name: list(one.flags) for one in with_twins(gather(paths))}


def test_one_run_in_a_folder_a_zip_and_a_notebook_is_told_of_all_three(tmp_path):
    ann = handed_in(tmp_path / "ann", {"class-samples.png": png(of(RUN))})
    with zipfile.ZipFile(tmp_path / "bo.zip", "w") as archive:
        for name, content in committed_starter().items():
            archive.writestr(name, content)
        archive.writestr("report/class-loss.png", png(of(RUN, "class-loss", 7), 1))
    cem = notebook(tmp_path / "cem", png(of(RUN), 2))
    dora = handed_in(tmp_path / "dora", {"class-samples.png": png(of(OTHER))})
    flags = flags_of(ann, tmp_path / "bo.zip", cem, dora)
    assert flags["dora"] == []
    assert flags["ann"] == [f"twin: figures of the run {RUN} (class-samples), also in bo, cem"]
    assert flags["bo"] == [f"twin: figures of the run {RUN} (class-loss), also in ann, cem"]
    assert flags["cem"] == [f"twin: figures of the run {RUN} (class-samples), also in ann, bo"]


def test_the_same_picture_without_a_run_is_told_but_not_what_the_task_gives(tmp_path):
    given = next(iter(sorted(REPOSITORY.starter_figures.glob("*.png")))).read_bytes()
    strip = png({"figure": "noising-strip", "seed": 0})
    same = {"noising-strip.png": strip, "chain.png": given}
    paths = [handed_in(tmp_path / name, same) for name in ("ann", "bo")]
    assert flags_of(*paths) == {"ann": [], "bo": []}
    for path in paths:
        (path / "report" / "guidance-scales.png").write_bytes(png())
    flags = flags_of(*paths)
    assert flags["ann"] == ["twin: a picture that is the same to the last byte also in bo"]


@pytest.mark.parametrize(
    "stamp",
    [
        "no JSON",
        "[" * 1000,
        "x" * 5000,
        {"figure": "<script>", "run": RUN, "seed": 0},
        {"figure": "class-loss", "run": "<b>" + RUN, "seed": 0},
        {"figure": "class-loss", "run": RUN, "seed": -1},
        {"figure": ["class-loss"], "run": RUN, "seed": 0},
    ],
)
def test_a_stamp_of_another_form_is_not_kept(stamp):
    figure = figure_of(png(stamp))
    assert figure is not None and figure.run == ""
    assert "<" not in figure.name


def bomb() -> bytes:
    """A PNG that says it has 10 ** 9 pixels, with 20 MB of text in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 100_000, 10_000, 8, 0, 0, 0, 0)
    text = b"diffusion\0\0" + zlib.compress(b"[" * 20_000_000)
    parts = [chunk(b"IHDR", head), chunk(b"zTXt", text), chunk(b"IDAT", b""), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG" * 1000, png()[:1500], bomb(), b"x" * 4_000_000]
)
def test_damaged_and_huge_pictures_are_no_stamp(content):
    figure = figure_of(content)
    assert figure is None or figure.run == ""


def test_a_submission_that_cannot_be_read_has_no_figures(tmp_path):
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    (source,) = gather([tmp_path / "broken.zip"])
    assert figures_in(source) == []
