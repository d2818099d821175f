"""The table that the repository keeps: its files agree, and its nets are the kept ones."""

import csv
import json

import pytest

from autograder.config.paths import REPOSITORY
from autograder.experiments.metrics.sampling import weights_digest
from autograder.experiments.samplers.rows import TITLES, Row
from autograder.experiments.samplers.table import COLUMNS
from autograder.experiments.trained_runs.run import read_run

KEPT = REPOSITORY.samplers_table
METHOD_OF = {title: method for method, title in TITLES.items()}


@pytest.fixture(scope="module")
def scores() -> dict:
    return json.loads((KEPT / "scores.json").read_text())


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return list(csv.DictReader((KEPT / "table.csv").read_text().splitlines()))


def test_enough_samples_are_compared_with_all_of_mnist(scores):
    assert scores["digits"] == "MNIST" and scores["real"]["samples"] >= 2000
    assert {row["samples"] for row in scores["rows"]} == {scores["real"]["samples"]}


def test_net_evaluations_are_those_of_the_samplers(rows):
    for row in rows:
        made = Row(METHOD_OF[row["method"]], int(row["steps"]))
        assert int(row["net_evaluations"]) == made.evaluations


def test_csv_and_page_have_the_numbers_of_the_scores(scores, rows):
    page = (KEPT / "README.md").read_text()
    assert len(rows) == len(scores["rows"]) > 0
    for row, score in zip(rows, scores["rows"], strict=True):
        assert tuple(row) == tuple(score) == COLUMNS
        for name in ("frechet", "accuracy", "seconds"):
            assert float(row[name]) == pytest.approx(score[name], rel=1e-3)
        accuracy = f"{score['accuracy']:.2%}"
        assert f"| {score['net_evaluations']} | {score['frechet']:.3f} | {accuracy} (" in page


@pytest.mark.parametrize("preset", ["class", "flow-class", "edm"])
def test_the_nets_are_those_that_are_kept(scores, preset):
    run = read_run(REPOSITORY.runs / preset)
    assert weights_digest(run.net()) == scores["computed"]["weights_sha256"][preset]
    assert run.settings.num_hiddens == scores["runs"][preset]["num_hiddens"] == 32
    assert run.settings.epochs == scores["runs"][preset]["epochs"]
