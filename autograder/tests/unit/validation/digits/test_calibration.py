"""The record of the calibration says what the limits claim, and nothing is lost on the way."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import typer

from autograder.config.paths import REPOSITORY
from autograder.validation.digits import flow_variants, records, thresholds, variants
from autograder.validation.digits.forgeries import FORGERIES
from autograder.validation.digits.methods import METHODS
from autograder.validation.digits.thresholds import by_implementation, fails
from autograder.validation.known_bugs.apply import EditsDoNotApply
from autograder.validation.known_bugs.entries import Edit
from checkkit.runs.digits import CPU, draw

TINY = replace(CPU, num_ts=3, num_hiddens=2, batch_size=4, steps=12)
OLD = records.Run(
    *("solution", "solution", 0, 0.8, 3, 0.1, 0.1, None, 0.05, 40, records.describe(CPU), "old")
)
NEW = replace(OLD, seed=1, bent=0.4, version="new")


@pytest.fixture
def solution(tmp_path):
    return variants.load("solution", tmp_path / "solution")


def test_a_net_that_views_feature_maps_is_trained_too(tmp_path, monkeypatch):
    viewing = "torch.cat([up1.view(len(x), -1).view(up1.shape), skip14], 1)"
    edit = Edit(file="unet.py", find="torch.cat([up1, skip14], 1)", replace=viewing)
    monkeypatch.setitem(variants.RIGHT, "viewing", [edit])
    package = variants.load("viewing", tmp_path)
    runner = variants.PackageRunner(package)
    seen = draw(runner.run, runner.renew, TINY, np.random.default_rng(5), threads=1)
    assert np.isfinite(seen["loss"]).all()
    net = package.unet.ClassConditionalUNet(1, 10, 2).to(memory_format=torch.channels_last)
    with pytest.raises(RuntimeError, match="view size"):  # or the test shows nothing
        net(torch.zeros(2, 1, 28, 28), torch.arange(2), torch.zeros(2))


def test_rows_of_another_configuration_do_not_count(tmp_path):
    output = tmp_path / "runs.csv"
    records.add(output, [OLD])
    assert records.read(output, CPU) == [OLD]
    assert records.read(output, replace(CPU, steps=13)) == []


@pytest.mark.parametrize(
    "name", sorted({name for method in METHODS.values() for name in (*method.right, *method.wrong)})
)
def test_each_variant_is_built_from_the_solution_as_it_stands(name, tmp_path):
    package = variants.load(name, tmp_path)
    assert callable(package.unet.ClassConditionalUNet)
    for method in METHODS.values():
        assert all(map(callable, method.parts(package)))
    files = [(tmp_path / "diffusion" / f.name, f) for f in REPOSITORY.solution_package.glob("*.py")]
    changed = [new.name for new, old in files if new.read_text() != old.read_text()]
    assert sorted(changed) == sorted({edit.file for edit in variants.edits_of(name)})


@pytest.mark.parametrize(
    ("find", "words"),
    [
        ("nothing of the kind", "no longer has 'nothing of the kind'"),
        ("eps_u", "has 'eps_u' 6 times"),
    ],
)
def test_a_variant_whose_text_is_not_there_once_is_refused(tmp_path, monkeypatch, find, words):
    monkeypatch.setitem(variants.WRONG, "stale", [Edit(file="cfg.py", find=find, replace="")])
    with pytest.raises(EditsDoNotApply, match=f"stale > edit 1: cfg.py {words}"):
        variants.load("stale", tmp_path / "stale")
    assert not (tmp_path / "stale").exists()


# Wrong ones that the pictures alone do not give away: other checks must.
LEFT_TO_OTHER_CHECKS = {
    "cpu": {"no_guidance", "sampler_in_train_mode", "t_not_normalised"},
    "flow": {"flow_no_guidance", "flow_sampler_in_train_mode", "flow_noise_in_each_step"},
}
SEEDS = {
    "cpu": {"solution": 100, "posterior_variance": 30, "clamp_x0": 30, "other_net": 10},
    "flow": {"solution": 88, "flow_heun": 30, "flow_clamped_at_the_end": 30},
}


def test_no_two_variants_share_a_name():
    dicts = (variants.RIGHT, variants.WRONG, flow_variants.RIGHT, flow_variants.WRONG)
    names = [name for one in dicts for name in one]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", SEEDS)
def test_the_limits_rest_on_the_runs_that_they_claim(name):
    tier = records.TIERS[name]
    recorded = records.read(REPOSITORY.calibration / records.right_file(name), tier)
    runs = by_implementation(recorded)
    seeds = {name: len({run.seed for run in group}) for name, group in runs.items()}
    assert all(seeds[name] == len(group) for name, group in runs.items())
    assert all(seeds[name] >= least for name, least in SEEDS[name].items())
    failed = {name: sum(fails(run, tier) for run in group) for name, group in runs.items()}
    assert failed == dict.fromkeys(runs, 0)


def test_the_picture_is_drawn_when_asked_for_and_not_else(tmp_path, capsys):
    for name in ("cpu.csv", "wrong.csv"):
        (tmp_path / name).write_bytes((REPOSITORY.calibration / name).read_bytes())
    thresholds.main("cpu", write=False, folder=tmp_path)
    assert not (tmp_path / "cpu.png").exists()
    printed = capsys.readouterr().out
    assert "0 of 176 right runs failed" in printed and "2.9 % a try" in printed
    assert "rows are of the present version of the code" in printed
    thresholds.main("cpu", write=True, folder=tmp_path)
    assert (tmp_path / "cpu.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(typer.BadParameter, match="give one of cpu, cuda, flow"):
        thresholds.main("tpu", write=True, folder=tmp_path)


def test_rows_without_a_figure_count_in_the_others(tmp_path):
    runs = [OLD, NEW]
    records.add(tmp_path / "cpu.csv", runs)
    assert records.read(tmp_path / "cpu.csv", CPU) == runs
    assert thresholds.known(runs, "bent") == [0.4]
    assert not fails(OLD, CPU) and fails(NEW, CPU)
    assert thresholds.broken(runs, CPU) == ["bent"]
    assert "0 of 2 rows" in thresholds.versions_in_words(runs, CPU)
    assert "counted in 1." in thresholds.versions_in_words(runs, CPU)


def test_a_run_takes_the_place_of_its_older_row(tmp_path):
    path = tmp_path / "runs.csv"
    records.add(path, [OLD, replace(OLD, tier="another"), replace(OLD, seed=7)])
    again = replace(OLD, bent=0.1, version="new")
    records.add(path, [again])
    assert records.read(path, CPU) == [again, replace(OLD, seed=7)]
    assert "another" in path.read_text()


@pytest.mark.parametrize(("name", "least"), [("cpu", 20), ("flow", 20)])
def test_the_limits_catch_all_wrong_ones_but_those_left_to_other_checks(name, least):
    tier = records.TIERS[name]
    recorded = records.read(REPOSITORY.calibration / records.wrong_file(name), tier)
    runs = by_implementation(recorded)
    del runs["solution"]
    assert len(runs) >= least and set(FORGERIES) < set(runs)
    missed = {wrong for wrong, group in runs.items() if not all(fails(r, tier) for r in group)}
    assert missed == LEFT_TO_OTHER_CHECKS[name]
