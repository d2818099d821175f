"""What is computed has to depend on what is given."""

import numpy as np
import pytest

from checkkit.runner import CheckFailed
from checkkit.tapes import Entry
from checkkit.verdicts import dependence
from checkkit.verdicts.learning import Learning, assert_net_learnt


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def loss_evidence(rng, x_t, target):
    """Evidence of the mean squared error of random answers and a target."""
    out = rng.standard_normal(x_t.shape)
    grad = 2 * (out - target) / out.size
    return {"x_t": x_t, "out": out, "grad": grad, "loss": np.mean((out - target) ** 2)}


def test_a_mixture_of_image_and_noise_depends_on_the_image(rng):
    x_0, eps = rng.random((12, 1, 12, 12)), rng.standard_normal((12, 1, 12, 12))
    for on_clean in (0.02, 0.9):  # in the first, noise hides the images
        x_t = on_clean * x_0 + (1 - on_clean**2) ** 0.5 * eps
        dependence.assert_images_enter(x_0, loss_evidence(rng, x_t, eps))
    other_noise = loss_evidence(rng, 0.7 * x_0 + 0.7 * eps, rng.standard_normal(x_0.shape))
    dependence.assert_images_enter(x_0, other_noise)


def test_noise_and_the_image_itself_do_not_depend_on_the_image(rng):
    x_0, eps = rng.random((12, 1, 12, 12)), rng.standard_normal((12, 1, 12, 12))
    for x_t in (eps, rng.standard_normal(x_0.shape), np.zeros(x_0.shape), x_0):
        with pytest.raises(CheckFailed, match="the net received"):
            dependence.assert_images_enter(x_0, loss_evidence(rng, x_t, eps))


def chain(rng, images, step):
    states = [rng.standard_normal(images.shape[1:])]
    for image in images:
        states.append(step(states[-1], image))
    return {"states": np.stack(states[:-1]), "x_0": states[-1]}


def no_other_run(*_):
    pytest.fail("no other run is needed")


@pytest.mark.parametrize("noise", [0.0, 0.06])
def test_a_chain_that_uses_the_answers_depends_on_them(rng, noise):
    images = rng.random((5, 2, 1, 8, 8))
    evidence = chain(
        rng, images, lambda x, y: 0.9 * x + 0.3 * y + noise * rng.standard_normal(x.shape)
    )
    dependence.assert_answers_enter(evidence, [images], no_other_run, "x")


@pytest.mark.parametrize("kept", [0.0, 0.7, 1.0])
def test_a_chain_of_noise_depends_on_no_answer(rng, kept):
    images = rng.random((300, 2, 1, 8, 8))
    evidence = chain(rng, images, lambda x, y: kept * x + 0.3 * rng.standard_normal(x.shape))
    with pytest.raises(CheckFailed, match="no step depends on what the net answers"):
        dependence.assert_answers_enter(evidence, [images], lambda *_: evidence, "x")


def test_answers_that_noise_hides_are_found_by_other_answers(rng):
    images = rng.random((5, 2, 1, 8, 8))

    def again(images):
        same_noise = np.random.default_rng(1)
        return chain(
            same_noise, images, lambda x, y: x + 0.01 * y + same_noise.standard_normal(x.shape)
        )

    dependence.assert_answers_enter(again(images), [images], again, "x")


def test_an_effect_is_not_measured_where_equal_seeds_differ(rng):
    images = rng.random((5, 2, 1, 8, 8))

    def again(images):
        return chain(rng, images, lambda x, _: x + rng.standard_normal(x.shape))

    with pytest.raises(CheckFailed, match="with the same seed"):
        dependence.assert_answers_enter(again(images), [images], again, "x")


def test_a_loop_that_passes_noise_or_clean_images_is_refused(rng):
    images = rng.random((4, 1, 28, 28))
    noisy = 0.6 * images + 0.8 * rng.standard_normal(images.shape)
    dependence.assert_batches_enter({"images": noisy}, images)
    for received in (images, rng.standard_normal(images.shape), images[:0], images[:, :, :2]):
        with pytest.raises(CheckFailed):
            dependence.assert_batches_enter({"images": received}, images)


def test_a_layer_is_a_function_of_the_images(rng):
    rows = np.array([1, 0, 2, 1, 0, 2])
    maps = rng.random((3, 4, 28, 28))
    given = {"input": maps[rows], "output": maps[rows], "weight": np.ones((4, 4, 3, 3))}
    (entry,) = dependence.without_repeats([Entry("conv", given)], rows)
    assert np.array_equal(entry.output, maps) and np.array_equal(entry.input, maps)
    for output in (np.zeros((6, 4, 28, 28)), rng.random((6, 4, 28, 28))):
        layer = Entry("DownBlock", {"input": maps[rows], "output": output})
        with pytest.raises(CheckFailed, match="the layer DownBlock gives"):
            dependence.without_repeats([layer], rows)


def learning(rng, of_zero: float, error: float) -> Learning:
    eps, x_0 = rng.standard_normal((8, 1, 28, 28)), rng.random((8, 1, 28, 28))
    other = rng.standard_normal(eps.shape)
    return Learning(of_zero, eps, x_0, 0 * eps, eps + error * other)


def test_a_net_that_predicts_the_noise_has_learned(rng):
    assert_net_learnt(np.array([1.0, 0.2]), np.float64(0.2), learning(rng, 1.0, 0.45), 0.75)
    scaled = learning(rng, 784.0, 0.45)  # a loss that is a sum has a check of its own
    assert_net_learnt(np.array([784.0, 160.0]), np.float64(160.0), scaled, 0.75)


@pytest.mark.parametrize(
    ("of_zero", "last", "error", "words"),
    [
        (1.0, 0.2, 1.5, "has not learned"),  # an invented curve, and a net as it was
        (100.0, 0.2, 0.45, "the loop reports a loss"),
        (1.0, 0.01, 0.45, "the loop reports a loss"),
        (1.0, 0.9, 0.45, "at the end the loss is"),
        (0.0, 0.0, 0.45, "the loop reports a loss"),
    ],
)
def test_an_invented_curve_is_refused(rng, of_zero, last, error, words):
    with np.errstate(all="ignore"), pytest.raises(CheckFailed, match=words):
        assert_net_learnt(
            np.array([1.0, last]), np.float64(last), learning(rng, of_zero, error), 0.75
        )
