"""Any `UNet2DModel` of diffusers as a model: its interface, and a chain of steps."""

import importlib

import pytest
import torch

from autograder.tests.support.tiny_pipelines import libraries, save_stage_1, save_unet2d

pytestmark = [
    pytest.mark.usefixtures("long_run", "one_thread", "diffusion"),
    pytest.mark.filterwarnings("ignore"),  # of libraries that are not ours
]
TIMES = [190, 120, 33, 0]


def module(name):
    return importlib.import_module(f"diffusion.{name}")


def load(folder):
    return module("pretrained.unet2d").load_unet2d(folder, "cpu", local_files_only=True)


@pytest.fixture
def x():
    return torch.randn(2, 1, 8, 12, generator=torch.Generator().manual_seed(3))


def test_its_steps_are_those_of_its_own_scheduler(tmp_path, x):
    diffusers, _ = libraries()
    model = load(save_unet2d(tmp_path))
    assert (model.num_ts, model.image_shape) == (200, (1, 8, 12))
    _, caches = module("iterative").iterative_denoise(model, x, TIMES, seed=4)
    scheduler = diffusers.DDPMScheduler(num_train_timesteps=200, clip_sample=False)
    scheduler.set_timesteps(timesteps=TIMES)
    generator = torch.Generator().manual_seed(4)
    for step, t in enumerate(TIMES[:-1]):
        with torch.no_grad():
            eps = model.unet(x, t).sample
        theirs = scheduler.step(eps, t, x, generator=generator).prev_sample
        assert (theirs - caches[:, step]).abs().max() < 1e-4
        x = caches[:, step]


def test_a_class_is_told_if_and_only_if_the_net_knows_classes(tmp_path, x):
    plain, classes = load(save_unet2d(tmp_path / "plain")), load(save_unet2d(tmp_path / "c", 7))
    assert (list(plain.asked), list(classes.asked)) == ([], [0, 1, 2, 3, 4])
    each = classes.eps(x, 33, torch.tensor([2, 6]))
    assert torch.allclose(each[:1], classes.eps(x[:1], 33, 2), atol=1e-5)
    assert not torch.allclose(each, classes.eps(x, 33, 2))
    with pytest.raises(ValueError, match="cond is 2, expected None"):
        plain.eps(x, 33, 2)
    with pytest.raises(ValueError, match="cond is None, expected a class"):
        classes.eps(x, 33)


def test_figures_of_a_net_without_classes_ask_for_none(tmp_path):
    model, iterative = load(save_unet2d(tmp_path)), module("iterative")
    editing = module("runs.editing")
    assert editing.start_and_stride(model) == (198, 6)
    functions = iterative.iterative_denoise, iterative.iterative_denoise_cfg
    picture = editing.samples(model, *functions, TIMES, seed=1)
    assert [axes.get_ylabel() for axes in picture.axes] == ["without cond"]


def test_what_is_no_such_model_is_refused(tmp_path, x):
    not_loaded = module("pretrained.loading").NotLoaded
    with pytest.raises(not_loaded, match="UNet2DConditionModel as its net, expected a UNet2DModel"):
        load(save_stage_1(tmp_path / "text", variant=None))
    with pytest.raises(not_loaded, match="predicts 'v_prediction' with DDPMScheduler"):
        load(save_unet2d(tmp_path / "v", prediction_type="v_prediction"))
    with pytest.raises(not_loaded, match="nothing cannot be loaded"):
        load(tmp_path / "nothing")
    with pytest.raises(ValueError, match=r"shape \(2, 1, 12, 8\), expected \(N, 1, 8, 12\)"):
        load(save_unet2d(tmp_path / "ok")).eps(x.mT, 3)
