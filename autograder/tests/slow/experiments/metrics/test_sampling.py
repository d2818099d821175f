"""Batches of samples: kept, and not drawn again."""

import numpy as np
import pytest
import torch

from autograder.exit_codes import UserError
from autograder.experiments.metrics.sampling import batch_seed
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import read_run


def test_samples_are_those_of_the_reference_batch_by_batch(run, sampler_of, classes, progress):
    sampler = sampler_of()
    images = sampler.draw(classes, "score", 5.0, progress())
    assert images.shape == (25, 28, 28) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1
    expected, _ = run_reference(run, sampler, classes[10:20], batch_seed(0, "score", 1))
    assert np.abs(images[10:20] - expected[:, 0].clamp(0, 1).numpy()).max() <= 0.5 / 255 + 1e-6


def run_reference(run, sampler, classes, seed):
    sample = reference("cfg").ddpm_cfg_sample
    c = torch.from_numpy(classes)
    return sample(sampler.net, run.schedule(), c, (28, 28), 20, guidance_scale=5.0, seed=seed)


def test_what_was_drawn_is_not_drawn_again(sampler_of, classes, progress):
    first, again = progress(), progress()
    drawn = sampler_of().draw(classes, "score", 5.0, first)
    assert (first.done, first.total) == (pytest.approx(25), 25)
    assert np.array_equal(sampler_of().draw(classes, "score", 5.0, again), drawn)
    assert (again.done, again.total) == (0, 0)


def test_an_interrupted_draw_goes_on_after_its_last_batch(sampler_of, classes, progress):
    whole = sampler_of().draw(classes, "score", 5.0, progress())
    first, counted = sampler_of(), progress()
    last = sorted(first.folder.glob("score-w5-002-*.npz"))
    assert len(last) == 1
    last[0].unlink()
    assert np.array_equal(first.draw(classes, "score", 5.0, counted), whole)
    assert (counted.done, counted.total) == (pytest.approx(5), 5)


@pytest.mark.parametrize(
    "damage", ["cut", "flipped", "locked", "foreign", "array", "empty", "pickled"]
)
def test_a_damaged_batch_is_drawn_again(sampler_of, classes, progress, damage):
    whole = sampler_of().draw(classes, "score", 5.0, progress())
    sampler = sampler_of()
    path = min(sampler.folder.iterdir())
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-200])
    elif damage == "flipped":
        data[len(data) // 2] ^= 255
        path.write_bytes(data)
    elif damage == "locked":
        data[data.rindex(b"PK\x01\x02") + 8] |= 1  # "encrypted", says the directory
        path.write_bytes(data)
    elif damage == "array":
        with path.open("wb") as file:
            np.save(file, np.zeros((10, 28, 28), np.uint8))
    elif damage == "foreign":
        np.savez(path, images=np.zeros((3, 28, 28), np.uint8))
    elif damage == "pickled":
        np.savez(path, images=np.array([{}], object))
    else:
        path.write_bytes(b"")
    counted = progress()
    assert np.array_equal(sampler.draw(classes, "score", 5.0, counted), whole)
    assert counted.done == pytest.approx(10)


def test_other_samples_have_other_files(run_of, sampler_of, classes, progress):
    drawn = {}
    for name, sampler, purpose, guidance in (
        ("first", sampler_of(), "score", 5.0),
        ("guidance", sampler_of(), "score", 1.0),
        ("purpose", sampler_of(), "search", 5.0),
        ("seed", sampler_of(seed=1), "score", 5.0),
        ("net", sampler_of(of=read_run(run_of("time"))), "score", None),
    ):
        counted = progress()
        drawn[name] = sampler.draw(classes, purpose, guidance, counted)
        assert counted.total == 25, name
    assert len({images.tobytes() for images in drawn.values()}) == len(drawn)


def test_samples_that_are_no_numbers_end_it(sampler_of, classes, progress):
    sampler = sampler_of()
    with torch.no_grad():
        next(sampler.net.parameters()).fill_(float("nan"))
    with pytest.raises(UserError, match="train it again"):
        sampler.draw(classes, "score", 5.0, progress())
    assert not sampler.folder.exists()
