"""FC of blocks.py: a linear layer and GELU, replayed in float64 with the submission's weights."""

import numpy as np
import pytest

from checkkit.mistakes.layers import fc_op_mistake
from checkkit.runner import CheckFailed
from checkkit.runs.blocks import assert_gradients_reach_parameters, traced_block
from checkkit.tapes import any_close, gelus
from checkkit.verdicts.blocks import linear_layers, linear_output

pytestmark = pytest.mark.task("fc")


@pytest.mark.parametrize(("n_in", "n_out"), [(3, 5), (1, 8), (10, 4)])
def test_fc_is_linear_then_gelu(submission, rng, n_in, n_out):
    """FC is one Linear layer, which changes the width, and its GELU.

    Nothing else follows: the second Linear belongs to FCBlock.
    """
    x = rng.standard_normal((6, n_in)).astype(np.float32)
    y, tape = traced_block(submission, rng, "FC", (n_in, n_out), x, (6, n_out))
    (layer,) = linear_layers("FC", tape, 1)
    z = linear_output("FC, Linear", layer, n_in, n_out, [x])
    if not any_close(y, gelus(z)):
        raise CheckFailed("FC: its output is not the GELU of its Linear", fc_op_mistake(y, z))


@pytest.mark.supporting
def test_fc_gradients_reach_weight_and_bias(submission, rng):
    """Every parameter of FC gets a gradient from a loss on its output."""
    assert_gradients_reach_parameters(submission, rng, "FC", (4, 3), (5, 4), (5, 3))
