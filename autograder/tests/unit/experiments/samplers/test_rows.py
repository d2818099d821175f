"""Which rows there are, and how many net evaluations each needs."""

from itertools import pairwise

import pytest

from autograder.exit_codes import UserError
from autograder.experiments.samplers.rows import (
    Row,
    etas_in,
    methods_in,
    rows_of,
    steps_in,
    timesteps,
)


@pytest.mark.parametrize(
    ("row", "evaluations"),
    [
        (Row("ddpm", 300), 600),
        (Row("ddim", 50, 1.0), 100),
        (Row("flow", 1), 2),
        (Row("edm", 2), 6),
        (Row("edm", 18), 70),
    ],
)
def test_guidance_doubles_and_heun_leaves_out_the_last_second_slope(row, evaluations):
    assert row.evaluations == evaluations


@pytest.mark.parametrize(("num_ts", "steps"), [(300, 1), (300, 7), (300, 300), (6, 4)])
def test_timesteps_of_ddim_descend_from_the_last_one_to_0(num_ts, steps):
    visited = timesteps(num_ts, steps)
    assert (visited[0], visited[-1], len(visited)) == (num_ts, 0, steps + 1)
    assert all(one > other for one, other in pairwise(visited))


def test_rows_of_few_evaluations_come_first():
    steps = {"ddim": (5, 50), "flow": (20,), "edm": (3, 18)}
    rows = rows_of(("ddpm", "ddim", "flow", "edm"), 300, steps, (0.0, 1.0))
    counts = [row.evaluations for row in rows]
    assert counts == sorted(counts) == [10, 10, 10, 40, 70, 100, 100, 600]
    assert len({row.name for row in rows}) == len(rows)
    assert [row.name for row in rows_of(("edm",), 0, steps, ())] == ["edm-3", "edm-18"]


def test_ddim_has_no_more_steps_than_its_net_has_timesteps():
    with pytest.raises(UserError, match="--ddim-steps 301: its net has 300 timesteps"):
        rows_of(("ddim",), 300, {"ddim": (5, 301), "flow": (), "edm": ()}, (0.0,))


def test_lists_are_read_once_each_and_in_order():
    assert methods_in("edm, DDIM") == ("ddim", "edm")
    assert steps_in("flow", "20,5,20") == (5, 20)
    assert etas_in("1,0,0.5") == (0.0, 0.5, 1.0)


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (methods_in, "ddim,euler", "--methods ddim,euler: there is no 'euler'; choose from ddpm,"),
        (methods_in, "", "there is no ''"),
        (etas_in, "0,2", "--etas 0,2: give numbers from 0 to 1"),
        (etas_in, "nan", "--etas nan: give numbers"),
        (etas_in, "much", "--etas much: give numbers"),
        (lambda text: steps_in("edm", text), "1,3", "--edm-steps 1,3: give whole numbers from 2"),
        (lambda text: steps_in("flow", text), "0", "--flow-steps 0: give whole numbers from 1"),
        (lambda text: steps_in("ddim", text), "5;6", "--ddim-steps 5;6: give whole numbers"),
    ],
)
def test_other_lists_are_refused_in_a_sentence(read, text, sentence):
    with pytest.raises(UserError, match=sentence):
        read(text)
