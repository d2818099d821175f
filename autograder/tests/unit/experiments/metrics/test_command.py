"""The guidance that is chosen, and the targets of `autograder evaluate`."""

from autograder.experiments.metrics import targets
from autograder.experiments.metrics.evaluation import Search, Tried


def test_the_best_guidance_is_that_of_the_smallest_distance():
    tried = (Tried(0, 3.0, 0.2), Tried(1, 1.0, 0.9), Tried(5, 2.0, 1.0))
    assert Search(100, 0.1, tried).best == 1


def test_targets_are_limits_from_the_right_side():
    accuracy, distance, scaled = targets.targets(0.992, 0.2)
    assert accuracy.met and not accuracy.reached
    assert distance.met and distance.reached
    assert scaled.met and not scaled.reached
    nowhere = targets.targets(float("nan"), float("nan"))
    assert not any(one.met or one.reached for one in nowhere)
