"""The code that loads DeepFloyd IF, on tiny random nets in the format of diffusers."""

import http.server
import importlib
import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from autograder.tests.support.processes import python
from autograder.tests.support.tiny_pipelines import (
    SIDE,
    libraries,
    save_stage_1,
    save_stage_2,
)

pytestmark = [
    pytest.mark.usefixtures("long_run", "one_thread", "diffusion"),
    pytest.mark.filterwarnings("ignore"),  # of libraries that are not ours
]
NAMES = "DeepFloyd/IF-I-L-v1.0", "DeepFloyd/IF-II-L-v1.0"
PROMPTS = "a cat", "a dog"
TIMES = [990, 700, 400, 30, 0]


def module(name):
    return importlib.import_module(f"diffusion.{name}")


@pytest.fixture(scope="module")
def stored(long_run, tmp_path_factory) -> Path:
    """A folder with both stages."""
    folder = tmp_path_factory.mktemp("deepfloyd")
    save_stage_1(folder / "1")
    save_stage_2(folder / "2")
    return folder


@pytest.fixture
def load(stored, tmp_path):
    def load(stage_1=stored / "1", stage_2=stored / "2", prompts=PROMPTS, **options):
        options = {"device": "cpu", "local_files_only": True, "folder": tmp_path} | options
        return module("pretrained.deepfloyd").load_deepfloyd(stage_1, stage_2, prompts, **options)

    return load


@pytest.fixture
def x():
    return torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))


def test_the_steps_without_guidance_are_those_of_its_own_scheduler(load, x):
    diffusers, _ = libraries()
    model = load(stage_2=None)
    _, caches = module("iterative").iterative_denoise(model, x, TIMES, 0, "a cat", seed=4)
    config = {**model.stage_1.scheduler.config, "thresholding": False, "clip_sample": False}
    scheduler = diffusers.DDPMScheduler.from_config(config)
    assert scheduler.config.variance_type == "learned_range"
    scheduler.set_timesteps(timesteps=TIMES)
    generator = torch.Generator().manual_seed(4)
    told = model.prompts(["a cat"] * 2).float()
    for step, t in enumerate(TIMES[:-1]):
        with torch.no_grad():
            channels = model.stage_1.unet(x, t, encoder_hidden_states=told).sample
        theirs = scheduler.step(channels, t, x, generator=generator).prev_sample
        assert (theirs - caches[:, step]).abs().max() < 1e-4 * x.abs().max()
        x = caches[:, step]


def test_guidance_0_is_the_empty_prompt_and_prompts_decide_otherwise(load, x):
    model, denoise = load(stage_2=None), module("iterative").iterative_denoise_cfg

    def drawn(cond, scale):
        return denoise(model, x, TIMES[2:], 0, cond, scale, 5)[0]

    plain = module("iterative").iterative_denoise(model, x, TIMES[2:], 0, "a cat", seed=5)[0]
    assert torch.allclose(drawn("a cat", 1.0), plain, atol=1e-4 * plain.abs().max())
    assert not torch.allclose(drawn("a cat", 7.0), drawn("a dog", 7.0))
    assert torch.equal(model.eps(x, 400), model.eps(x, 400, ""))
    each = model.eps(x, 400, ["a cat", "a dog"])
    assert torch.allclose(each[:1], model.eps(x[:1], 400, "a cat"), atol=1e-5)
    assert torch.allclose(each[1:], model.eps(x[1:], 400, "a dog"), atol=1e-5)


def test_stage_2_doubles_what_stage_1_draws(load):
    model = load()
    small = model.samples(PROMPTS, 2, seed=1)
    assert torch.equal(small, model.samples(PROMPTS, 2, seed=1))
    large = model.enlarged(small, PROMPTS, 2, seed=1)
    assert (small.shape, large.shape) == ((2, 3, SIDE, SIDE), (2, 3, 2 * SIDE, 2 * SIDE))
    assert torch.equal(large, model.enlarged(small, PROMPTS, 2, seed=1))
    assert not torch.equal(large, model.enlarged(-small, PROMPTS, 2, seed=1))
    assert large.min() >= -1 and large.max() <= 1


def test_with_the_embeddings_of_all_prompts_no_text_encoder_is_needed(load, stored, tmp_path, x):
    kept = shutil.copytree(stored / "1", tmp_path / "stage-1")
    eps = load(kept).eps(x, 30, "a cat")
    shutil.rmtree(kept / "text_encoder")
    model = load(kept)
    assert torch.equal(model.eps(x, 30, "a cat"), eps)
    with pytest.raises(module("pretrained.loading").NotLoaded, match="cannot be loaded"):
        model.eps(x, 30, "a zebra")


def test_a_stage_that_was_left_out_or_has_no_text_encoder_is_named(load, stored, tmp_path, x):
    not_loaded = module("pretrained.loading").NotLoaded
    with pytest.raises(not_loaded, match="stage 2 is not there"):
        load(stage_2=None).enlarged(x, PROMPTS)
    without = shutil.copytree(stored / "1", tmp_path / "without")
    index = json.loads((without / "model_index.json").read_text())
    index["text_encoder"] = [None, None]
    (without / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(not_loaded, match="no text encoder, and no file holds '', 'a cat'"):
        load(without)


def test_pickled_weights_are_refused(load, tmp_path):
    save_stage_1(tmp_path / "pickled", safe_serialization=False)
    assert list((tmp_path / "pickled").glob("*/*.bin"))
    with pytest.raises(module("pretrained.loading").NotLoaded, match="cannot be loaded"):
        load(tmp_path / "pickled")


def test_the_command_draws_every_figure_and_the_stages(stored, tmp_path, monkeypatch, capsys):
    for stage, name in zip(("1", "2"), NAMES, strict=True):
        shutil.copytree(stored / stage, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save("photos/mine.png")
    assert module("edit").main(["--model", "deepfloyd"]) == 0, capsys.readouterr().err
    names = [module("runs.editing").file_name(name) for name in module("runs.editing").NUMBERS]
    assert sorted(path.name for path in Path("report").iterdir()) == [*names, "stages.png"]
    with Image.open("report/stages.png") as picture:
        assert len(set(picture.convert("RGB").split()[0].tobytes())) > 10
    assert len(list(Path("data/prompts").iterdir())) == 6


# ------------------------------------------------------------------- where nothing can be loaded


def message_of(**environment: str) -> str:
    """What the command says without any model, in a process of its own."""
    code = "import sys; sys.path.insert(0, 'solution'); from diffusion.edit import main; main()"
    arguments = "sys.argv[1:] = ['--model', 'deepfloyd']"
    done = python("-c", f"import sys; {arguments}; {code}", **environment)
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


class Gated(http.server.BaseHTTPRequestHandler):
    """A place that has the model, for those alone who have accepted its licence."""

    def do_GET(self):
        self.send_response(403)
        self.send_header("X-Error-Code", "GatedRepo")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format, *args):
        pass


def test_who_has_not_accepted_the_licence_reads_how(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gated) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        said = message_of(HF_ENDPOINT=place, HF_HOME=str(tmp_path), HF_HUB_OFFLINE="0")
        server.shutdown()
    assert f"not drawn: {NAMES[0]} cannot be loaded. Accept its licence on" in said
    assert "`hf auth login`" in said


def test_without_a_network_the_message_says_so(tmp_path):
    said = message_of(HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert f"not drawn: {NAMES[0]} cannot be loaded. It is not on this machine" in said


def test_importing_the_given_code_imports_no_diffusers():
    names = "edit", "runs.models", "runs.stages", "pretrained.deepfloyd", "pretrained.unet2d"
    imports = "; ".join(f"import diffusion.{name}" for name in names)
    heavy = "[name for name in ('diffusers', 'transformers') if name in sys.modules]"
    done = python("-c", f"import sys; sys.path.insert(0, 'solution'); {imports}; print({heavy})")
    assert done.stdout == "[]\n", done.stderr
