"""The bench's clocks, ratios, counts and tables, without measuring anything."""

import copy
import time

import pytest
import torch
from torch import nn

from autograder.experiments.trained_runs.reference import reference
from autograder.validation.performance.bench import flops, ours
from autograder.validation.performance.bench.workload import (
    Recipe,
    TimedLoader,
    Workload,
    images_per_second,
    speedup,
    take_turns,
    why_not_compile,
)
from autograder.validation.performance.pages import render

CPU = torch.device("cpu")


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    # The medians alone would say 3 / 2; the rounds say 2, 1 and 3.
    found = speedup([1.0, 3.0, 2.0], over=[2.0, 3.0, 6.0])
    assert found == {"median": 2.0, "least": 1.0, "most": 3.0}


def test_rounds_that_do_not_match_are_no_ratio():
    with pytest.raises(ValueError, match="zip"):
        speedup([1.0], over=[1.0, 2.0])


def test_images_per_second_come_from_the_median_time():
    assert images_per_second([0.5, 0.25, 100.0]) == 2.0


def test_runs_take_turns_and_each_is_reported():
    order, reported = [], []

    def run(name: str):
        return lambda: order.append(name) or float(len(order))

    runs = {"a": run("a"), "b": run("b")}
    seconds = take_turns(runs, 3, lambda: reported.append(len(order)))
    assert order == ["a", "b"] * 3
    assert seconds == {"a": [1.0, 3.0, 5.0], "b": [2.0, 4.0, 6.0]}
    assert reported == [1, 2, 3, 4, 5, 6]


def test_the_first_batch_is_not_timed_and_fetching_is():
    def slow_fetches():
        for pause in (0.0, 0.02, 0.02):
            time.sleep(pause)
            yield pause

    timed = TimedLoader(slow_fetches(), CPU, images=1)
    for number, _ in enumerate(timed):
        time.sleep(0.3 if number == 0 else 0.02)
    assert 0.08 <= timed.seconds < 0.3


@pytest.mark.parametrize(("D", "millions"), [(16, 34), (32, 134), (64, 536)])
def test_flops_of_our_net_are_those_counted_before(D, millions):
    counted = flops.flops_of(ours.net_of(D), ours.one_pass)
    forward = counted["forward"]
    assert round(forward / 1e6) == millions
    assert counted["both"] == pytest.approx(
        3 * forward, rel=0.02
    )  # a gradient of each of two factors


def test_flops_are_those_of_a_convolution_counted_by_hand():
    conv = nn.Conv2d(3, 5, 3, padding=1)
    counted = flops.flops_of(conv, lambda net, count: net(torch.zeros(count, 3, 8, 8)))
    by_hand = 2 * 9 * 3 * 5 * 8 * 8
    assert counted == {"forward": by_hand, "both": 2 * by_hand}  # the image needs no gradient


@pytest.mark.parametrize("D", [16, 32, 64, 128])
def test_their_net_has_as_many_parameters_as_ours_and_no_more_flops(D):
    sizes = flops.sizes(D, with_theirs=True)
    own, other = sizes["ours"], sizes["diffusers"]
    assert other["parameters"] == pytest.approx(own["parameters"], rel=0.02)
    assert 0.85 * own["forward"] <= other["forward"] <= own["forward"]


def test_a_stacked_pass_answers_both_questions_of_the_sampler():
    torch.manual_seed(0)
    net = ours.net_of(4).eval()
    work = Workload(CPU, D=4, samples=3)
    sample, calls = reference("cfg").ddpm_cfg_sample, []
    net.register_forward_hook(lambda module, given, output: calls.append(len(given[0])))
    given = (ours.schedule_of(work), work.classes(), (28, 28), 4, 5.0, 1)
    plain, _ = sample(net, *given)
    stacked, _ = sample(ours.sampling_net(net, Recipe(stacked=True)), *given)
    torch.testing.assert_close(stacked, plain, rtol=1e-4, atol=1e-4)
    assert calls == [3] * 8 + [6] * 4


def test_what_a_recipe_changes_around_the_loop_is_put_back():
    training, net = reference("training"), ours.net_of(2)
    loss = training.ddpm_cfg_forward
    for recipe in (
        Recipe(),
        Recipe(dtype=torch.bfloat16, fused=True),
        ours.fast_recipe("training", CPU),
    ):
        with ours.around_training(net, recipe):
            assert training.ddpm_cfg_forward is not loss
        assert training.ddpm_cfg_forward is loss


def test_a_machine_without_a_compiler_is_told_so(monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "")
    assert "g++" in why_not_compile()


def test_a_recipe_names_what_it_changes():
    assert str(Recipe()) == "fp32"
    named = Recipe(torch.bfloat16, channels_last=True, compiled=True)
    assert str(named) == "bf16, channels_last, compiled"


ARM = {"recipe": "fp32", "images_per_second": 50.0, "seconds_per_image": [0.02]}
RATIO = {"median": 2.5, "least": 2.0, "most": 3.0}
KIND = {
    "arms": {"ours, plain": ARM},
    "comparisons": [
        {"first": "ours, --fast", "second": "ours, plain", "goal": goal, "ratio": RATIO}
        for goal in (2.2, 2.6)
    ],
}
RESULTS = {
    "environment": {
        "device": "cpu",
        "processor": "a processor",
        "threads": 2,
        "cores": 2,
        "load_before": 0.1,
        "torch": "2",
        "diffusers": None,
        "started": "today",
    },
    "quick": False,
    "rounds": 1,
    "sizes": {"batch": 8, "train_steps": 2, "samples": 4, "chain_steps": 3, "num_ts": 100},
    "notes": ["A note."],
    "wall_clock": None,
    "peaks": {"float32": {"forward": 40e9, "both": 20e9}},
    "widths": [
        {
            "D": 16,
            "num_ts": 100,
            "nets": {"ours": {"parameters": 1234, "forward": 1e6, "both": 4e6}},
            "training": KIND,
            "sampling": KIND,
        }
    ],
}


def test_the_page_says_what_was_measured():
    shown = render("bench.md.j2", **RESULTS)
    assert "| ours | 1,234 | 1 M | 4 M |" in shown
    assert "| ours, plain | 2.50× (2.00–3.00) | ≥ 2.2×: met |" in shown
    assert "| ours, plain | 2.50× (2.00–3.00) | ≥ 2.6×: not met |" in shown
    # 50 images/s of 4 MFLOP are 1 % of 20 GFLOP/s; 50 of 2 passes, 100 steps, 1 MFLOP 25 % of 40.
    assert "| training | ours, plain | fp32 | 50 | 1% |" in shown
    assert "| sampling | ours, plain | fp32 | 50 | 25% |" in shown
    assert "A note." in shown and "mean nothing" not in shown


def test_goals_are_for_a_cpu_and_a_quick_run_says_what_it_is_worth():
    results = copy.deepcopy(RESULTS)
    results["environment"] |= {"device": "cuda", "diffusers": "0.1"}
    results["quick"] = True
    shown = render("bench.md.j2", **results)
    assert "diffusers 0.1" in shown and "Their example trains with AdamW" in shown
    assert "met |" not in shown
    assert "its figures mean nothing" in shown
