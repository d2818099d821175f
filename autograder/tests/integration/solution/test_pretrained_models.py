"""What the given code for large pretrained models does without these models."""

import importlib
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")


def module(name):
    return importlib.import_module(f"diffusion.{name}")


class Net:
    """Noise x + t / 1000, and as variance channels the last channel of x."""

    dtype = torch.float32
    config = SimpleNamespace(in_channels=2, sample_size=3)

    def __init__(self):
        self.calls = 0

    def __call__(self, x, t, encoder_hidden_states, return_dict):
        self.calls += 1
        told = encoder_hidden_states.mean((1, 2))[:, None, None, None]
        return (torch.cat([x + t / 1000 + told, x[:, -1:].expand_as(x)], 1),)


@pytest.fixture
def model(tmp_path):
    def encode(prompts):
        return torch.tensor([[[float(len(prompt))]] for prompt in prompts])

    table = torch.cat([torch.tensor([1.0]), torch.linspace(0.99, 0.01, 99)])
    stage = SimpleNamespace(unet=Net(), scheduler=SimpleNamespace(alphas_cumprod=table))
    prompts = module("pretrained.prompts").Prompts(tmp_path / "prompts", "letters", encode)
    return module("pretrained.deepfloyd").DeepFloyd(stage, None, prompts)


@pytest.mark.parametrize("t_prev", [89, 60, 1])
def test_a_learned_variance_lies_between_those_of_its_own_step(model, t_prev):
    here, there = model.alpha_bars[90].item(), model.alpha_bars[t_prev].item()
    beta = 1 - here / there
    posterior = (1 - there) / (1 - here) * beta
    expected = {-1: posterior, 1: beta, 0: math.sqrt(posterior * beta)}
    for said, variance in expected.items():
        x = torch.full((1, 2, 3, 3), float(said))
        torch.testing.assert_close(model.variance(x, 90, t_prev), torch.full_like(x, variance))


def test_a_step_to_the_clean_image_has_no_variance(model):
    x = torch.randn(1, 2, 3, 3)
    assert torch.equal(model.variance(x, 90, 0, "a cat"), torch.zeros_like(x))


def test_noise_and_variance_of_one_x_cost_one_call(model):
    x, net = torch.randn(2, 2, 3, 3), model.stage_1.unet
    eps = model.eps(x, 50, "a cat")
    model.eps(x, 50)
    model.variance(x, 50, 40, "a cat")
    assert net.calls == 2
    x += 1
    assert torch.allclose(model.eps(x, 50, "a cat"), eps + 1)
    assert torch.allclose(model.eps(x, 51, "a cat"), eps + 1.001)
    assert net.calls == 4


def test_what_a_prompt_can_be(model):
    x = torch.zeros(2, 2, 3, 3)
    assert torch.equal(model.eps(x, 0), x)
    assert model.eps(x, 0, ["a", "three"])[:, 0, 0, 0].tolist() == [1, 5]
    for cond in (["a"], ["a", "b", "c"], 3 * [1], [1, 2]):
        with pytest.raises(ValueError, match="expected a prompt, 2 prompts, or None"):
            model.eps(x, 0, cond)


@pytest.mark.parametrize(
    ("shape", "t", "words"),
    [
        ((2, 3, 3), 5, r"shape \(2, 3, 3\), expected \(N, 2, 3, 3\)"),
        ((1, 2, 3, 3), 100, "expected a whole number from 0 to 99"),
        ((1, 2, 3, 3), -1, "expected a whole number from 0 to 99"),
        ((1, 2, 3, 3), 0.5, "expected a whole number from 0 to 99"),
    ],
)
def test_what_it_cannot_answer_is_named(model, shape, t, words):
    with pytest.raises(ValueError, match=words):
        model.eps(torch.zeros(shape), t)


def test_a_prompt_is_encoded_once_and_kept(tmp_path):
    asked = []

    def encode(prompts):
        asked.extend(prompts)
        return torch.full((len(prompts), 4, 5), 0.5)

    Prompts = module("pretrained.prompts").Prompts
    first = Prompts(tmp_path, "encoder", encode)
    assert first(["b", "a", "b"]).shape == (3, 4, 5)
    again = Prompts(tmp_path, "encoder", encode)
    assert torch.equal(again(["a", "b"]), torch.full((2, 4, 5), 0.5).half())
    assert asked == ["b", "a"]
    assert load_file(first.path("a"))["embedding"].dtype == torch.float16
    Prompts(tmp_path, "another", encode)(["a"])
    assert asked == ["b", "a", "a"]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_embedding_is_named_and_can_be_deleted(tmp_path):
    prompts = module("pretrained.prompts").Prompts(tmp_path, "encoder", lambda p: None)
    prompts.path("a").write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"\.safetensors is damaged .*: delete it"):
        prompts(["a"])
    save_file({"embedding": torch.zeros(4, 5)}, prompts.path("a"), {"prompt": "b"})
    with pytest.raises(ValueError, match="holds no embedding of 'a': delete it"):
        prompts(["a"])


@pytest.mark.parametrize("name", ["diffusers", "transformers"])
def test_a_missing_library_is_named_with_what_installs_it(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    loading = module("pretrained.loading")
    with pytest.raises(loading.NotLoaded, match=f"{name} cannot .* pip install diffusers"):
        loading.library(name)


def test_without_the_libraries_the_command_draws_nothing_and_says_so(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    monkeypatch.chdir(tmp_path)
    assert module("edit").main(["--model", "deepfloyd"]) == 1
    assert "not drawn: diffusers cannot be imported" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------- photos, and figures


def test_photos_are_cut_to_the_middle_in_the_models_size_and_range(tmp_path):
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = (255, 0, 255)  # the middle square
    Image.fromarray(pixels).save(tmp_path / "b.png")
    Image.new("L", (5, 9), 255).save(tmp_path / "a.JPG")
    (tmp_path / "notes.txt").touch()
    read = module("pretrained.photos").read_photos
    colours = SimpleNamespace(image_shape=(3, 10, 10), value_range=(-1.0, 1.0))
    x = read(colours, tmp_path)
    assert (x.shape, x.dtype) == ((2, 3, 10, 10), torch.float32)
    assert torch.equal(x[0], torch.ones(3, 10, 10))
    assert x[1, :, 5, 5].tolist() == [1, -1, 1]
    grey = read(SimpleNamespace(image_shape=(1, 8, 4), value_range=(0.0, 1.0)), tmp_path)
    assert (grey.shape, grey.min() >= 0, grey.max()) == ((2, 1, 8, 4), True, 1)


def test_a_folder_without_photos_and_a_file_that_is_none_are_named(tmp_path):
    read = module("pretrained.photos").read_photos
    model = SimpleNamespace(image_shape=(3, 10, 10), value_range=(-1.0, 1.0))
    with pytest.raises(FileNotFoundError, match=r"put some \(jpg, png or webp\) into the folder"):
        read(model, tmp_path / "photos")
    (tmp_path / "mine.png").write_text("no image")
    with pytest.raises(ValueError, match=r"mine\.png cannot be read as an image"):
        read(model, tmp_path)


@pytest.mark.parametrize(
    ("T", "shown", "visits"),
    [
        (300, [75, 150, 225], (297, 9)),
        (1000, [250, 500, 750], (990, 30)),
        (30, [7, 15, 22], (29, 1)),
    ],
)
def test_times_and_strides_of_figures_are_those_of_the_model(T, shown, visits):
    editing, model = module("runs.editing"), SimpleNamespace(num_ts=T)
    assert editing.shown_times(model) == shown
    assert editing.start_and_stride(model) == visits
    entries = len(module("iterative").strided_timesteps(*visits))
    assert entries == (34 if T > 34 else T)


def test_images_in_colour_are_drawn_in_colour():
    pictures = module("runs.pictures")
    red = torch.zeros(1, 3, 64, 64)
    red[:, 0] = 1
    axes = pictures.rows_picture({"red": red}).axes[0]
    shown = axes.get_images()[0].get_array()
    assert shown.shape == (66, 66, 3)
    assert shown[30, 30].tolist() == [1, 0, 0]


def test_a_name_of_no_model_is_refused():
    models = module("runs.models")
    with pytest.raises(ValueError, match="no model 'deepfried': choose one of digits, deepfloyd"):
        models.load_model("deepfried")
