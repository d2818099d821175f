"""The digit model that students get: its interface, its answers, and what it draws."""

import importlib

import numpy as np
import pytest
import torch

from checkkit.classifier import accuracy, recognised

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")

DIGITS = torch.arange(10).repeat(3)


def module(name):
    return importlib.import_module(f"diffusion.{name}")


@pytest.fixture
def model():
    return module("pretrained.digit_model").load_digit_model()


def drawn(model, scale, digits=DIGITS):
    iterative = module("iterative")
    timesteps = iterative.strided_timesteps(297, 9)
    x = torch.randn(len(digits), 1, 28, 28, generator=torch.Generator().manual_seed(1))
    x_0, _ = iterative.iterative_denoise_cfg(model, x, timesteps, 0, digits, scale, seed=2)
    return ((x_0[:, 0] + 1) / 2).clamp(0, 1).numpy()


def test_guided_samples_read_as_the_digits_asked_for(model):
    assert accuracy(drawn(model, 3.0), DIGITS.numpy()) >= 0.97


def test_without_guidance_a_digit_decides_nothing(model):
    assert np.array_equal(drawn(model, 0.0), drawn(model, 0.0, DIGITS.flip(0)))


def test_denoised_digits_read_as_before(model):
    single, noising = module("single_step"), module("noising")
    digits = module("data").mnist(train=False, subset=True)
    x_0, labels = 2 * digits.tensors[0][:50] - 1, digits.tensors[1][:50].numpy()
    x = noising.noisy_at(model, x_0, 150, torch.Generator().manual_seed(0))
    x_0 = single.one_step(model, x, 150)
    assert np.mean(recognised(((x_0[:, 0] + 1) / 2).clamp(0, 1).numpy()) == labels) >= 0.8


def test_its_answer_is_the_mean_noise_of_its_digits(model):
    # At t, digits of the model with noise: the mean square error has its minimum at eps.
    w, t = model.weights, 200
    generator = torch.Generator().manual_seed(0)
    kinds = torch.multinomial(w["shares"], 400, replacement=True, generator=generator)
    places = torch.randn(400, 6, generator=generator).double() * w["spreads"][kinds].sqrt()
    x_0 = w["means"][kinds] + torch.einsum("nr,nrp->np", places, w["directions"][kinds])
    x_0 = x_0 + w["rest"].sqrt() * torch.randn(x_0.shape, generator=generator)
    eps = torch.randn(x_0.shape, generator=generator).double()
    a = model.alpha_bars[t].double()
    x = (a.sqrt() * x_0 + (1 - a).sqrt() * eps).float().view(-1, 1, 28, 28)
    answer = model.eps(x, t, kinds // 8).double().flatten(1)
    rest = eps - answer
    assert (rest * answer).mean().abs() <= 5e-3, "the error is unrelated to the answer"
    for other in (0.9, 1.1):
        assert (eps - other * answer).square().mean() > rest.square().mean()


def test_a_digit_for_all_images_is_one_for_each(model):
    x = torch.randn(3, 1, 28, 28)
    assert torch.equal(model.eps(x, 90, 4), model.eps(x, 90, torch.tensor([4, 4, 4])))
    assert not torch.equal(model.eps(x, 90, 4), model.eps(x, 90))


def test_its_answers_track_no_gradients_and_keep_shape_and_dtype(model):
    x = torch.randn(2, 1, 28, 28, requires_grad=True)
    eps = model.eps(x, 12)
    assert (eps.shape, eps.dtype, eps.requires_grad) == (x.shape, torch.float32, False)


def test_its_variance_is_0_in_the_step_to_0_alone(model):
    x = torch.zeros(2, 1, 28, 28)
    assert torch.equal(model.variance(x, 9, 0), x)
    assert (model.variance(x, 18, 9) > 0).all()


@pytest.mark.parametrize(
    ("shape", "t", "cond", "words"),
    [
        ((2, 28, 28), 5, None, "expected (N, 1, 28, 28)"),
        ((2, 1, 28, 28), 0, None, "expected a whole number from 1 to 300"),
        ((2, 1, 28, 28), 301, None, "expected a whole number from 1 to 300"),
        ((2, 1, 28, 28), 0.5, None, "expected a whole number from 1 to 300"),
        ((2, 1, 28, 28), 5, 10, "expected digits from 0 to 9"),
    ],
)
def test_what_it_cannot_answer_is_named(model, shape, t, cond, words):
    with pytest.raises(ValueError) as raised:
        model.eps(torch.zeros(shape), t, cond)
    assert words in str(raised.value)


def test_the_command_draws_each_figure_under_the_number_of_the_handout(tmp_path, capsys):
    editing, figures = module("runs.editing"), module("runs.figures")
    assert module("edit").main(["--output", str(tmp_path)]) == 0
    names = [figures.file_name(figure) for figure in editing.NUMBERS]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [editing.file_name(figure) for figure in editing.NUMBERS] == names
