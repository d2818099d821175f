"""Each mistake of flow matching is named from exact measurements, and nothing else is."""

import numpy as np
import pytest

from checkkit.mistakes import flow
from checkkit.runner import CheckFailed
from checkkit.runner.outcomes import Blocked
from checkkit.verdicts.flow_losses import (
    FlowLoss,
    assert_straight_line,
    assert_times_spread,
    assert_told_time,
)
from checkkit.verdicts.flow_paths import FlowPath, assert_flow_steps, assert_flow_times

T = 37


class NoExhibits:
    def counts(self, *shown):
        pass


def loss_of(seed: int, x_t, target, told=None, drawn=None) -> FlowLoss:
    """The analysis of a loss with this mixture and this target, functions of t, x_0 and x_1."""
    rng = np.random.default_rng(seed)
    x_1, x_0 = rng.random((40, 9, 8)), rng.normal(size=(40, 9, 8))
    t = rng.random(40) if drawn is None else drawn(rng)
    share = t[:, None, None]
    evidence = {
        "out": rng.normal(size=(40, 1, 9, 8)),
        "x_t": x_t(share, x_0, x_1)[:, None],
        "rows": np.stack([t if told is None else told(t), t, t], axis=1),
        "gradient_reaches_net": True,
    }
    difference = evidence["out"] - target(share, x_0, x_1)[:, None]
    evidence |= {"loss": np.mean(difference**2), "grad": 2 * difference / difference.size}
    return FlowLoss.of(T, evidence, x_1[:, None])


def right_line(t, x_0, x_1):
    return (1 - t) * x_0 + t * x_1


def velocity(t, x_0, x_1):
    return x_1 - x_0


WRONG = {
    "flow: t runs the other way": (
        lambda t, x_0, x_1: t * x_0 + (1 - t) * x_1,
        lambda t, x_0, x_1: x_0 - x_1,
    ),
    "flow: target = x_0 - x_1": (right_line, lambda t, x_0, x_1: x_0 - x_1),
    "flow: target = x_0": (right_line, lambda t, x_0, x_1: x_0),
    "flow: target = -x_0": (right_line, lambda t, x_0, x_1: -x_0),
    "flow: target = x_1": (right_line, lambda t, x_0, x_1: x_1),
    "flow: target = x_t": (right_line, right_line),
    "flow: target = x_1 - x_t": (
        right_line,
        lambda t, x_0, x_1: x_1 - right_line(t, x_0, x_1),
    ),
    "flow: target = x_1 + x_0": (right_line, lambda t, x_0, x_1: x_1 + x_0),
    "flow: target / T": (right_line, lambda t, x_0, x_1: (x_1 - x_0) / T),
    "flow: target * T": (right_line, lambda t, x_0, x_1: (x_1 - x_0) * T),
    "flow: target = x_0, t the other way": (
        lambda t, x_0, x_1: t * x_0 + (1 - t) * x_1,
        lambda t, x_0, x_1: x_0,
    ),
    "flow: square roots": (lambda t, x_0, x_1: (1 - t) ** 0.5 * x_0 + t**0.5 * x_1, velocity),
    "flow: sqrt(1 - t^2)": (lambda t, x_0, x_1: (1 - t**2) ** 0.5 * x_0 + t * x_1, velocity),
    "flow: x_0 + t x_1": (lambda t, x_0, x_1: x_0 + t * x_1, velocity),
    "flow: (1 - t) x_0 + x_1": (lambda t, x_0, x_1: (1 - t) * x_0 + x_1, velocity),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_line_or_target_is_named(name, seed):
    with pytest.raises(CheckFailed) as caught:
        assert_straight_line(loss_of(seed, *WRONG[name]))
    assert caught.value.mistake is not None and caught.value.mistake.name == name


@pytest.mark.parametrize("seed", range(3))
def test_the_right_loss_passes_and_an_unknown_one_has_no_name(seed):
    assert_straight_line(loss_of(seed, right_line, velocity))
    with pytest.raises(CheckFailed) as caught:
        assert_straight_line(loss_of(seed, right_line, lambda t, x_0, x_1: 0.7 * x_1 - x_0))
    assert caught.value.mistake is None


@pytest.mark.parametrize(
    ("mistake", "drawn"),
    [
        (flow.UNDIVIDED, lambda rng: rng.integers(T, size=40) * 1.0),
        (flow.OUTSIDE, lambda rng: rng.normal(size=40)),
    ],
)
def test_a_t_that_is_not_in_0_to_1_fails_each_check_of_t(mistake, drawn):
    loss = loss_of(0, right_line, velocity, drawn=drawn)
    for verdict in (
        assert_straight_line,
        assert_told_time,
        lambda loss: assert_times_spread(loss.told, T, NoExhibits(), lambda: loss),
    ):
        with pytest.raises(CheckFailed, match=r"\[0, 1\]") as caught:
            verdict(loss)
        assert caught.value.mistake == mistake


def test_noise_that_is_drawn_twice_is_named():
    other = np.random.default_rng(9).normal(size=(40, 9, 8))
    with pytest.raises(CheckFailed) as caught:
        assert_straight_line(loss_of(0, right_line, lambda t, x_0, x_1: x_1 - other))
    assert caught.value.mistake == flow.OTHER_NOISE


@pytest.mark.parametrize(
    ("name", "told"),
    [("1 - t", lambda t: 1 - t), ("t T", lambda t: t * T), ("0", lambda t: 0 * t),
     ("whole t T", lambda t: np.floor(t * T)), ("1000 t", lambda t: 1000 * t)],
)  # fmt: skip
def test_each_wrong_time_is_named(name, told):
    t = np.random.default_rng(1).random(40)
    found = flow.told_mistake(told(t), t, T)
    assert found is not None and found.name == f"flow: told {name}"
    assert flow.told_mistake(t, t, T) is None


@pytest.mark.parametrize("seed", range(5))
def test_uniform_logit_normal_and_discrete_times_pass_and_others_do_not(seed):
    rng = np.random.default_rng(seed)
    logistic = 1 / (1 + np.exp(-rng.normal(size=2048)))
    for times in (rng.random(2048), logistic, rng.integers(T, size=2048) / T):
        assert_times_spread(times, T, NoExhibits())
        assert_times_spread(1 - times, T, NoExhibits())
    few = rng.integers(3, size=2048) / 2  # T = 2, both ends
    assert_times_spread(few, 2, NoExhibits())
    for times in (rng.random(2048) / 2, rng.random(2048) ** 2, np.full(2048, 0.3)):
        with pytest.raises(CheckFailed):
            assert_times_spread(times, T, NoExhibits())


def path_of(told, step, T: int, seed: int = 0, calls: int | None = None) -> FlowPath:
    """A sampler that tells these times and steps by step(x, v, k)."""
    rng = np.random.default_rng(seed)
    x, states, rows = rng.normal(size=(3, 10, 10)), [], []
    images = rng.uniform(0.3, 0.7, size=(4 * T + 2, 3, 1, 10, 10))
    for k, t in enumerate(told):
        states.append(x[:, None])
        rows += [[k, i, t, -1, 1] for i in range(3)]
        v = (images[k, :, 0] - x) / (1 - min(max(round(t, 6), 0), 1 - 1 / T))
        x = step(x, v, k)
    evidence = {"states": np.stack(states), "x_1": x[:, None], "rows": np.array(rows, float)}
    return FlowPath.of(T, evidence, images)


def named(verdict, *arguments) -> str | None:
    with pytest.raises((CheckFailed, Blocked)) as caught:
        verdict(*arguments)
    mistake = getattr(caught.value, "mistake", None)
    return mistake and mistake.name


def test_eulers_method_passes():
    N = 20
    path = path_of(np.arange(N) / N, lambda x, v, k: x + v / N, N)
    assert_flow_times(path, 3)
    assert_flow_steps(path)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("t after the step", lambda N: np.arange(1, N + 1) / N),
        ("middle of the step", lambda N: (np.arange(N) + 0.5) / N),
        ("T - 1 steps", lambda N: np.arange(N - 1) / N),
        ("T + 1 steps", lambda N: np.arange(N + 1) / N),
        ("first left out", lambda N: np.arange(1, N) / N),
        ("linspace", lambda N: np.linspace(0, 1, N)),
        ("linspace without its end", lambda N: np.linspace(0, 1, N)[:-1]),
        ("reversed", lambda N: 1 - np.arange(N) / N),
        ("k", lambda N: np.arange(N) * 1.0),
        ("50 steps", lambda N: np.arange(50) / 50),
    ],
)
def test_each_wrong_loop_is_named_and_its_steps_pass(name, told):
    N = 20
    path = path_of(told(N), lambda x, v, k: x + v / N, N)
    assert named(assert_flow_times, path, 3) == f"flow loop: {name}"
    if len(path.told) <= N + 1:
        assert_flow_steps(path)


def test_a_sampler_of_the_other_direction_is_named_by_both_checks():
    N = 20
    path = path_of(1 - np.arange(N) / N, lambda x, v, k: x - v / N, N)
    assert named(assert_flow_times, path, 3) == "flow: t runs the other way"
    assert named(assert_flow_steps, path) == "flow: t runs the other way"


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("flow: backwards", lambda x, v, k: x - v / 20),
        ("flow step: 1", lambda x, v, k: x + v),
        ("flow step: 1 / (T - 1)", lambda x, v, k: x + v / 19),
        ("flow step: (1 - t) / T", lambda x, v, k: x + v / 20 * (1 - k / 20)),
        (None, lambda x, v, k: 0.9 * x + v / 20),
        ("flow: clipped", lambda x, v, k: (x + v / 20).clip(-1, 1)),
        ("flow: clipped", lambda x, v, k: (x + v / 20).clip(0, 1)),
        ("flow: clipped", lambda x, v, k: np.maximum(x + v / 20, 0)),
        (None, lambda x, v, k: x + v / 20 * 1.01),
    ],
    ids=range(9),
)
def test_each_wrong_step_is_found_and_named_where_it_is_known(name, step):
    path = path_of(np.arange(20) / 20, step, 20)
    assert_flow_times(path, 3)
    assert named(assert_flow_steps, path) == name


def test_noise_in_the_steps_is_not_clipping():
    N, told = 20, np.arange(20) / 20

    def noisy(seed):
        noise = np.random.default_rng(5).normal(size=(N, 3, 10, 10))
        return path_of(told, lambda x, v, k: x + v / N + 0.02 * noise[k], N, seed)

    def clipped(seed):
        return path_of(told, lambda x, v, k: (x + v / N).clip(-1, 1), N, seed)

    assert named(assert_flow_steps, noisy(0), lambda: noisy(1)) == "flow: noise in the steps"
    assert named(assert_flow_steps, clipped(0), lambda: clipped(1)) == "flow: clipped"


@pytest.mark.parametrize("seed", range(5))
def test_the_whole_velocity_is_named_whatever_the_noise(seed):
    """Its x nearly forgets the noise, so that the fit is less exact."""
    path = path_of(np.arange(20) / 20, lambda x, v, k: x + v, 20, seed)
    assert named(assert_flow_steps, path) == "flow step: 1"


def test_x_that_is_not_finite_or_grows_beyond_all_numbers_is_named():
    def growing(x, v, k):
        return (x * 1e30).astype(np.float32)

    with np.errstate(all="ignore"):
        assert named(path_of, np.arange(20) / 20, lambda x, v, k: x * np.nan, 20) == (
            "NaN or infinity"
        )
        with pytest.raises(CheckFailed, match="x grows from step to step"):
            path_of(np.arange(20) / 20, growing, 20)


def test_stages_of_a_step_have_to_be_where_their_time_is():
    """The midpoint rule, and the same with a whole step to the middle."""
    N = 10
    told = np.arange(2 * N) / (2 * N)

    def rule(first):
        kept = {}

        def step(x, v, k):
            if k % 2 == 0:
                kept["x"] = x
                return x + first * v / N
            return kept["x"] + v / N

        return path_of(told, step, N)

    right = rule(0.5)
    assert_flow_times(right, 3)
    assert_flow_steps(right)
    assert named(assert_flow_steps, rule(1.0)) is None
