"""What a net is told is one number for each image, or one for all of them."""

import pytest
import torch

from checkkit.spies.conditions import read_classes, read_mask, read_times


def test_one_number_may_stand_for_all_images():
    for t in (torch.tensor(0.5), torch.tensor([0.5]), torch.full((3,), 0.5)):
        assert read_times(t, 3).tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (3, 1, 1, 1), (1, 1), (2,)])
def test_other_shapes_are_refused_as_the_net_would(shape):
    for read in (read_times, read_mask):
        with pytest.raises(ValueError, match="not with one of"):
            read(torch.ones(shape), 3)
    with pytest.raises(ValueError, match="called with c of shape"):
        read_classes(torch.ones(shape, dtype=torch.int64), 3)
