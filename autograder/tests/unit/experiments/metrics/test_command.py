"""The guidance that is chosen, and the targets of `autograder evaluate`."""

from types import SimpleNamespace

from autograder.experiments.metrics import report
from autograder.experiments.metrics.evaluation import Search


def test_the_best_guidance_is_that_of_the_smallest_distance():
    candidates = {0.0: {"frechet": 3.0}, 1.0: {"frechet": 1.0}, 5.0: {"frechet": 2.0}}
    assert Search(100, 0.1, candidates).best == 1


def evaluation(accuracy: float, frechet: float, whole: bool = True) -> SimpleNamespace:
    """What the targets read of an evaluation of 10,000 samples."""
    scored = SimpleNamespace(
        images=range(report.SAMPLES),
        accuracy=SimpleNamespace(whole={"value": accuracy}),
        likeness={"frechet": frechet},
    )
    return SimpleNamespace(samples=[scored], digits=SimpleNamespace(whole=whole))


def test_targets_are_limits_from_the_right_side():

    accuracy, distance, scaled = report.targets(evaluation(0.992, 0.2))
    assert accuracy["met"] and not accuracy["goal_reached"]
    assert distance["met"] and distance["goal_reached"]
    assert scaled["met"] and not scaled["goal_reached"]
    nowhere = report.targets(evaluation(float("nan"), float("nan")))
    assert not any(one["met"] or one["goal_reached"] for one in nowhere)


def test_the_subset_decides_no_target():

    decided = [one["met"] for one in report.targets(evaluation(0.992, 0.2, whole=False))]
    assert decided == [None, None, None]
