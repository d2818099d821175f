"""The guidance that is chosen, and the targets of `autograder evaluate`."""

from types import SimpleNamespace

from autograder.experiments.metrics import targets
from autograder.experiments.metrics.evaluation import Search, Tried


def test_the_best_guidance_is_that_of_the_smallest_distance():
    tried = (Tried(0, 3.0, 0.2), Tried(1, 1.0, 0.9), Tried(5, 2.0, 1.0))
    assert Search(100, 0.1, tried).best == 1


def evaluation(accuracy: float, frechet: float) -> SimpleNamespace:
    """What the targets read of an evaluation of 10,000 samples."""
    scored = SimpleNamespace(
        images=range(targets.SAMPLES),
        accuracy=SimpleNamespace(whole=SimpleNamespace(value=accuracy)),
        likeness=SimpleNamespace(frechet=frechet),
    )
    return SimpleNamespace(scored=[scored])


def test_targets_are_limits_from_the_right_side():
    mnist = SimpleNamespace(whole=True)
    accuracy, distance, scaled = targets.targets(evaluation(0.992, 0.2), mnist)
    assert accuracy["met"] and not accuracy["goal_reached"]
    assert distance["met"] and distance["goal_reached"]
    assert scaled["met"] and not scaled["goal_reached"]
    nowhere = targets.targets(evaluation(float("nan"), float("nan")), mnist)
    assert not any(one["met"] or one["goal_reached"] for one in nowhere)


def test_the_subset_decides_no_target():
    subset = SimpleNamespace(whole=False)
    decided = [one["met"] for one in targets.targets(evaluation(0.992, 0.2), subset)]
    assert decided == [None, None, None]
