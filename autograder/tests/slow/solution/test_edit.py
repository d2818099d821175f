"""The figures of part A by the command: all of them, and the same ones with the same seed."""

import importlib

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread", "diffusion")]


def drawn(folder, *options):
    main = importlib.import_module("diffusion.edit").main
    assert main(["--output", str(folder), *options]) == 0
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_equal_seeds_draw_equal_figures_and_without_a_seed_they_differ(tmp_path, capsys):
    one, two, other = (
        drawn(tmp_path / name, *options)
        for name, options in (("a", ("--seed", "3")), ("b", ("--seed", "3")), ("c", ()))
    )
    assert sorted(name[:2] for name in one) == [str(n) for n in range(23, 33)]
    assert one == two
    assert one.keys() == other.keys() and all(one[name] != other[name] for name in one)
    assert capsys.readouterr().out.count("wrote ") == 30


def test_a_function_that_crashes_costs_its_own_figure_alone(tmp_path, monkeypatch, capsys):
    main = importlib.import_module("diffusion.edit").main

    def inpaint(*given, **options):
        raise RuntimeError("my own mistake")

    monkeypatch.setattr(importlib.import_module("diffusion.inpainting"), "inpaint", inpaint)
    assert main(["--output", str(tmp_path)]) == 1
    assert len(list(tmp_path.iterdir())) == 9
    said = capsys.readouterr().err
    assert "my own mistake" in said
    assert "30-editing-inpainting.png is not drawn, because of the error above" in said
