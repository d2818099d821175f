"""`python -m diffusion.draw`: the figures of a run, its animation, and what is refused."""

import importlib
import io
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from PIL import Image

from autograder.authoring.release.notebook.figures import figure_numbers
from autograder.authoring.release.notebook.source import read_source
from autograder.config.paths import REPOSITORY
from autograder.tests.support.training import shared_lists

pytestmark = pytest.mark.usefixtures("one_thread")
OF_DENOISER = {
    *("1-noising-strip", "2-denoiser-loss", "3-denoised-epochs"),
    "4-out-of-distribution",
}
OF_CLASS = {
    *("7-class-loss", "8-class-samples", "9-test-labels", "11-ddim-steps"),
    *("12-frechet-distances", "13-closest-pairs", "class-strip"),
}


def module(name):
    return importlib.import_module(f"diffusion.{name}")


@pytest.fixture
def denoiser(command, tmp_path) -> Path:
    command("denoiser", "--epochs", 2, "--lr", 1e-3)
    return tmp_path / "denoiser"


@pytest.fixture
def class_run(command, tmp_path) -> Path:
    command("class", "--epochs", 1, "--num-ts", 21, "--beta-T", 0.3)
    return tmp_path / "class"


@pytest.fixture
def draw(diffusion, tmp_path, capsys):
    """draw(run, ...): the exit status, what was printed, and the folder of the figures."""

    def draw(*runs, output=tmp_path / "report", seed=0):
        options = ["--output", output, "--seed", seed, "--device", "cpu", "--samples", 30]
        capsys.readouterr()
        status = module("draw").main(list(map(str, [*runs, *options])))
        said = capsys.readouterr()
        return status, said.out + said.err, output

    return draw


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"))


def test_every_figure_but_the_guidance_rows_is_drawn_and_carries_its_run(draw, denoiser, class_run):
    status, said, output = draw(denoiser, class_run)
    assert status == 0, said
    assert {path.stem for path in output.glob("*.png")} == OF_DENOISER | OF_CLASS
    assert (output / "class-reverse.gif").stat().st_size < 1_000_000
    identity = (class_run / "config.yaml").read_text().split()[2].rstrip(":")
    for path in output.glob("*.png"):
        assert f"{path}: " in said and path.stat().st_size < 150_000
        grey = pixels(path)
        sides = grey[:, :2], grey[:, -2:], grey[:2], grey[-2:]
        assert all((side > 250).all() for side in sides), path.name
        with Image.open(path) as picture:
            stamp = json.loads(picture.info["diffusion"])
        assert stamp["figure"] == path.stem.lstrip("1234567890-") and stamp["seed"] == 0
        if path.stem in OF_CLASS:
            assert (stamp["run"], stamp["preset"], stamp["D"]) == (identity, "class", 2)
            assert (stamp["epochs"], stamp["asked"]) == (1, 20)
    with Image.open(output / "class-reverse.gif") as made:
        assert made.info["comment"] == f"run {identity}".encode()
    assert "was trained for 1 epoch: its figures lack the net after 5, 10, 15, 20." in said


def test_flow_matching_and_one_step_are_drawn_from_runs_of_their_own(draw, command, tmp_path):
    command("flow", "--epochs", 1, "--num-ts", 3)
    command("flow-class", "--epochs", 1, "--num-ts", 3)
    command("one-step", "--epochs", 1)
    runs = [tmp_path / name for name in ("flow", "flow-class", "one-step")]
    status, said, output = draw(*runs)
    assert status == 0, said
    assert {path.stem for path in output.glob("*.png")} == {
        *("14-flow-loss", "15-flow-samples", "16-flow-steps", "17-flow-paths", "flow-strip"),
        *("flow-class-loss", "18-flow-class-samples", "flow-class-strip"),
        *("19-one-step-loss", "20-one-step-denoised"),
    }
    for path in output.glob("*.png"):
        assert path.stat().st_size < 150_000
        with Image.open(path) as picture:
            stamp = json.loads(picture.info["diffusion"])
        assert stamp["asked"] == (5 if "one-step" in path.stem else 10)
    assert (output / "flow-class-reverse.gif").stat().st_size < 1_000_000
    assert f"{runs[0]} was trained for 1 epoch: its figures lack the net after 5, 10." in said


def test_the_straightness_of_a_straight_path_is_1(diffusion):
    figures = module("runs.figures")
    paths = torch.linspace(0, 1, 5)[None, :, None] * torch.randn(2, 1, 7)
    assert torch.allclose(figures.straightness(paths), torch.ones(2))
    there_and_back = torch.tensor([0.0, 1.0, 0.0, 1.0])[None, :, None]
    assert figures.straightness(there_and_back).item() == pytest.approx(1 / 3)


def test_a_long_animation_keeps_as_many_images_as_that_of_ddpm(diffusion):
    animation = module("runs.animation")
    kept = animation.evenly(300, animation.IN_A_GIF)
    assert len(kept) == len(animation.kept_steps(300)) and (kept[0], kept[-1]) == (0, 299)
    assert animation.evenly(5, animation.IN_A_GIF) == [0, 1, 2, 3, 4]


@pytest.fixture
def shown(diffusion, monkeypatch):
    """Rows and titles of columns of each picture of rows, and the words around it."""
    seen, figures = [], module("runs.figures")

    def rows_picture(rows, columns=()):
        picture = module("runs.pictures").rows_picture(rows, columns)
        seen.append({"rows": list(rows), "columns": list(columns), "picture": picture})
        return picture

    monkeypatch.setattr(figures, "rows_picture", rows_picture)
    return seen


def words(picture) -> str:
    return " ".join(f"{picture.get_suptitle()} {picture.get_supxlabel()}".split())


def sampler_of(command, tmp_path, preset, function, *options):
    """A sampler of an untrained run."""
    command(preset, "--epochs", 1, *options)
    run = module("drawing").load_run(tmp_path / preset)
    schedule = module("ddpm").ddpm_schedule if run.scheduled else None
    return module("runs.sampling").Sampler(run, function, schedule)


@pytest.mark.parametrize(
    ("T", "steps", "lacking"),
    [(50, (5, 10, 20, 50), ""), (21, (5, 10, 20), "No row of 50 steps: T is smaller. ")],
)
def test_ddpm_has_a_row_beside_each_number_of_steps_of_ddim(
    command, tmp_path, shown, T, steps, lacking
):
    guided = module("cfg").ddpm_cfg_sample
    sampler = sampler_of(command, tmp_path, "class", guided, "--num-ts", T, "--beta-T", 0.2)
    picture = module("runs.figures").ddim_steps(sampler, module("ddim").ddim_cfg_sample)
    rows = [f"DDPM, {T} steps", *(f"DDIM, {count} steps" for count in steps)]
    assert shown[-1]["rows"] == rows
    assert words(picture).count("No row") == bool(lacking) and lacking in words(picture)


def test_figures_of_guided_samples_name_w_and_what_their_numbers_are(command, tmp_path, shown):
    figures, guided = module("runs.figures"), module("cfg").ddpm_cfg_sample
    options = "--num-ts", 5, "--beta-T", 0.3
    sampler = sampler_of(command, tmp_path, "class", guided, *options)
    digits = module("data").mnist(train=False, subset=True)
    drawn = {"samples, DDPM in 5 steps": torch.rand(12, 1, 28, 28)}
    strip = words(figures.animation_strip(sampler))
    assert "w = 5" in strip
    said = words(
        figures.closest_pairs(sampler, drawn, digits, digits, module("metrics").memorization)
    )
    for text in ("w = 2", "Above each pair: its distance (equation 15).", "DDPM in 5 steps"):
        assert text in said
    features = lambda images: images.reshape(len(images), -1)[:, :4]  # noqa: E731
    fid = module("metrics").fid
    picture = figures.frechet_distances(sampler, drawn, digits, digits, fid, features)
    assert "w = 2" in words(picture) and "of the classifier's features" in words(picture)
    cells = picture.axes[0].tables[0].get_celld()
    assert cells[0, 1].get_text().get_text() == "distance d²"


def test_paths_of_flow_begin_at_the_noise_whether_the_sampler_kept_it_or_not(
    command, tmp_path, monkeypatch
):
    figures, steps, seen = module("runs.figures"), 4, {}
    noise = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(0))

    def sample(net, count, size, num_ts, seed):
        x = noise.clone()
        images = [noise.clone()] if seen.get("kept") else []
        for k in range(num_ts):
            x += net(x, torch.full((count,), k / num_ts)) / num_ts  # in place
            images.append(x.clone())
        return x, torch.stack(images, 1)

    draw = figures.paths_picture

    def paths_picture(t, panels, names):
        seen.update(t=t, panels=panels, names=names)
        return draw(t, panels, names)

    monkeypatch.setattr(figures, "paths_picture", paths_picture)
    sampler = sampler_of(command, tmp_path, "flow", sample, "--num-ts", steps)
    drawn = [figures.flow_paths(sampler).png()]
    assert seen["t"] == [0, 0.25, 0.5, 0.75, 1]
    values = next(iter(seen["panels"].values()))
    assert values.shape == (9, 5)
    chosen = [noise[0, 0, row, column].item() for row in (8, 14, 20) for column in (8, 14, 20)]
    assert values[:, 0].tolist() == chosen
    seen["kept"] = True
    drawn.append(figures.flow_paths(sampler.by(sample)).png())
    assert drawn[0] == drawn[1]


def test_each_of_nine_paths_keeps_its_colour_and_is_in_the_legend(diffusion):
    values = np.random.default_rng(0).normal(size=(2, 9, 51)).cumsum(2)
    names = [f"pixel {place}" for place in range(9)]
    panels = dict(zip(("one", "two"), values, strict=True))
    picture = module("runs.pictures").paths_picture(np.linspace(0, 1, 51), panels, names)
    with Image.open(io.BytesIO(picture.png())) as page:
        pixels = np.asarray(page.convert("RGB")).reshape(-1, 3).astype(int)
    for number in range(9):
        wanted = np.round(np.array(to_rgb(f"C{number}")) * 255)
        assert (np.abs(pixels - wanted).max(axis=1) <= 8).sum() > 100, number
    explained = [text.get_text() for text in picture.legends[0].get_texts()]
    assert explained == [*names, "straight line"]


def test_the_strip_of_flow_goes_from_0_to_1_and_names_do_not_touch(command, tmp_path, shown):
    flow = module("flow").flow_sample
    sampler = sampler_of(command, tmp_path, "flow", flow, "--num-ts", 50)
    module("runs.figures").animation_strip(sampler)
    columns = shown[-1]["columns"]
    assert (columns[0], columns[-1], len(columns)) == ("t = 0.00", "t = 1.00", 10)
    assert apart(shown[-1]["picture"])


@pytest.mark.parametrize("titles", [["image 12 of 50"] * 10, ["a class of its own"] * 2, ["", "x"]])
def test_titles_of_columns_are_as_small_as_their_columns_need(diffusion, titles):
    images = torch.rand(len(titles), 1, 28, 28)
    assert apart(module("runs.pictures").rows_picture({"row": images}, titles))


def apart(picture) -> bool:
    """Whether the titles above the columns leave a gap between each other."""
    picture.draw_without_rendering()
    boxes = [label.get_window_extent() for label in picture.axes[0].get_xticklabels()]
    return all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_a_run_of_edm_draws_its_figure_and_continues(draw, command, tmp_path):
    said = command("edm", "--epochs", 1)
    assert said.status == 0 and f"See {tmp_path / 'edm' / 'learnt.png'}" in said
    curves = json.loads((tmp_path / "edm" / "curves.json").read_text())
    log = (tmp_path / "edm" / "log.jsonl").read_text().splitlines()
    assert abs(curves["epoch_loss"][0] - json.loads(log[0])["loss"]) < 1e-6
    assert "has all its 1 epochs" in command("edm", "--epochs", 1)
    status, said, output = draw(tmp_path / "edm")
    assert status == 0, said
    assert {path.name for path in output.iterdir()} == {"22-edm-steps.png", "edm-loss.png"}
    with Image.open(output / "22-edm-steps.png") as picture:
        stamp = json.loads(picture.info["diffusion"])
    assert (stamp["preset"], stamp["asked"]) == ("edm", 20)


def test_guided_edm_nets_ignore_the_class_at_0_and_drop_nothing_at_1(diffusion):
    labelled, torch_net = module("runs.labelled"), module("unet").ClassConditionalUNet(1, 10, 2)
    net, x, t = torch_net.eval(), torch.randn(3, 1, 28, 28), torch.tensor([-1.2, 0.0, 1.1])
    c, keep = torch.tensor([1, 5, 9]), torch.ones(3)
    for w, mask in ((0.0, 0 * keep), (1.0, keep)):
        assert torch.allclose(labelled.Guided(net, c, w)(x, t), net(x, c, t, mask), atol=1e-6)
    kept = labelled.Labelled(net, c, keep)
    assert torch.equal(kept(x, t), net(x, c, t, keep))


def test_a_figure_has_one_number_in_handout_notebook_and_file(diffusion):
    numbers = figure_numbers(REPOSITORY.root)
    assert tuple(numbers) == module("runs.figures").HANDED_IN
    assert module("runs.figures").file_name("class-samples") == "8-class-samples.png"
    for cell in read_source(REPOSITORY.root):
        if cell.directive == "text" and cell.value.startswith("figure-"):
            number = numbers[cell.value.removeprefix("figure-")]
            assert cell.body.startswith(f"**Hand in {number}.** "), cell.value
    handout = REPOSITORY.handout.read_text()
    listed = re.findall(r"^(?:\*\*Hand in\*\* )?(\d+)\. ", handout, re.MULTILINE)
    assert listed == [str(number) for number in numbers.values()]


def test_a_training_ends_with_a_picture_of_what_it_learnt(diffusion, command, tmp_path):
    said = command("tiny", "--epochs", 1, "--num-ts", 5)
    assert f"See {tmp_path / 'tiny' / 'learnt.png'}" in said
    assert f"python -m diffusion.draw {tmp_path / 'tiny'}" in said
    assert pixels(tmp_path / "tiny" / "learnt.png").shape[1] > 500
    (tmp_path / "tiny" / "learnt.png").unlink()
    assert "See " in command("tiny", "--epochs", 1, "--num-ts", 5)


def test_a_sampler_that_is_not_written_spoils_no_training(diffusion, command, monkeypatch):
    def stub(*_):
        raise NotImplementedError("Part 3: fill in ddpm_cfg_sample")

    monkeypatch.setattr(module("cfg"), "ddpm_cfg_sample", stub)
    said = command("tiny", "--epochs", 1, "--num-ts", 5)
    assert said.status == 0
    assert "No picture yet. Not written yet: Part 3: fill in ddpm_cfg_sample" in said


def test_runs_have_different_identities_and_keep_theirs(command, tmp_path):
    def identity(name):
        return module("runs.folder").identity_of(tmp_path / name)

    for name in ("one", "other"):
        command("denoiser", "--epochs", 1, "--name", name)
    first = identity("one")
    command("denoiser", "--epochs", 2, "--name", "one")
    assert first == identity("one") != identity("other")


def test_the_same_seed_draws_the_same_files_and_another_seed_draws_others(
    draw, class_run, tmp_path
):
    files = {}
    for name, seed in (("first", 0), ("again", 0), ("other", 1)):
        _, _, output = draw(class_run, seed=seed, output=tmp_path / name)
        files[name] = {path.name: path.read_bytes() for path in output.iterdir()}
    assert files["first"] == files["again"]
    same = {name for name, data in files["first"].items() if files["other"][name] == data}
    assert same == {"7-class-loss.png"}


def test_a_notebook_draws_what_the_files_draw(draw, class_run):
    """The functions that the notebook calls, with the same run and its functions."""
    figures = module("runs.figures")
    run = module("drawing").load_run(class_run)
    sample, schedule = module("cfg").ddpm_cfg_sample, module("ddpm").ddpm_schedule
    sampler = module("runs.sampling").Sampler(run, sample, schedule)
    digits = module("data").mnist(train=False, subset=True)
    _, _, output = draw(class_run)
    for name, picture in (
        ("7-class-loss", figures.losses(run)),
        ("8-class-samples", figures.samples(sampler)),
        ("9-test-labels", figures.label_samples(sampler, digits)),
        ("11-ddim-steps", figures.ddim_steps(sampler, module("ddim").ddim_cfg_sample)),
    ):
        assert (output / f"{name}.png").read_bytes() == picture._repr_png_(), name
    assert (output / "class-reverse.gif").read_bytes() == figures.animation(sampler)


def test_a_notebook_continues_no_run_with_another_schedule(diffusion, class_run):
    kept, settings = module("runs.kept"), module("runs.settings")
    net = module("unet").ClassConditionalUNet(1, 10, 2)
    values = {"runs": str(class_run.parent), "subset": True, "epochs": 1, "batch_size": 32}
    values |= {"num_hiddens": 2}
    with pytest.raises(ValueError, match=r"was started with num_ts 21, not 50.*In a notebook: "):
        kept.KeptWeights(settings.Class(num_ts=50, beta_T=0.3, **values), net)
    trained = kept.KeptWeights(settings.Class(num_ts=21, beta_T=0.3, **values), net)
    run = trained.finish({"batch_loss": [1.0], "epoch_loss": [1.0]})
    assert run.identity == module("runs.folder").identity_of(class_run)
    assert run.net(1) is not net


def test_noise_grows_as_sigma_and_is_the_same_in_a_row(diffusion):
    figures, add_noise = module("runs.figures"), module("denoiser").add_noise
    x = torch.full((1, 1, 28, 28), 0.5)
    noise = figures._at_every_sigma(x, add_noise, 3) - x
    assert noise[-1].std().item() == pytest.approx(1, abs=0.1)
    for at, sigma in enumerate(figures.SIGMAS):
        torch.testing.assert_close(noise[at], sigma * noise[-1], atol=1e-5, rtol=0)


def test_the_animation_has_a_frame_for_each_cached_image_and_holds_the_last(diffusion):
    animation = module("runs.animation")
    assert animation.kept_steps(21) == [20, 19, 6, 5, 4, 3, 2, 1, 0]
    caches = torch.rand(10, 9, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    names = animation.labels(9, 21)
    with Image.open(io.BytesIO(animation.reverse_gif(caches, names, "0" * 12))) as made:
        durations = []
        for at in range(made.n_frames):
            made.seek(at)
            durations.append(made.info["duration"])
        last = np.asarray(made.convert("L"))
    assert durations == [150] * 8 + [1500]
    side = 28 * animation.ZOOM
    final = last[-side - 2 : -2, 2 : 2 + side][::2, ::2] / 255  # the first digit, once a pixel
    assert np.abs(final - caches[0, -1, 0].numpy()).max() < 0.05
    noise, names = torch.randn(100, 22, 1, 28, 28), animation.labels(22, 300)
    assert len(animation.reverse_gif(noise, names, "0" * 12)) < 1_000_000
    assert animation.labels(5, 300)[0] == "1 of 5"  # a sampler may keep other steps


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (lambda x: x, "must return a pair"),
        (lambda x: (x[:, 0], None), "returned images (40, 28, 28), not (40, 1, 28, 28)"),
        (lambda x: (x / 0, None), "its samples are not finite"),
    ],
)
def test_what_a_sampler_may_not_return_is_named(draw, class_run, monkeypatch, returned, words):
    def sampler(net, schedule, c, *_):
        return returned(torch.zeros(len(c), 1, 28, 28))

    monkeypatch.setattr(module("cfg"), "ddpm_cfg_sample", sampler)
    status, said, output = draw(class_run)
    assert status == 1
    assert "8-class-samples.png is not drawn: " in said and words in said
    assert "Traceback" not in said
    assert {path.name for path in output.iterdir()} == {"7-class-loss.png"}


def test_kept_weights_are_read_as_the_handout_says(class_run):
    path = class_run / "weights" / "epoch_01.pt"
    weights = torch.load(path, map_location="cpu", weights_only=True)
    module("unet").ClassConditionalUNet(1, 10, 2).load_state_dict(weights)
    assert weights.settings["num_ts"] == 21 and weights._metadata


def test_a_run_that_was_renamed_or_moved_is_drawn(draw, class_run, tmp_path):
    moved = class_run.rename(tmp_path / "mine")
    assert draw(moved)[0] == 0


def cut_short(run):
    path = run / "weights" / "epoch_01.pt"
    path.write_bytes(path.read_bytes()[:2000])
    return 1, f"{path}: these weights cannot be read"


def without_settings(run):
    (run / "config.yaml").unlink()
    return 2, f"{run} has no config.yaml: give the folder of a run"


def of_another_width(run):
    path = run / "config.yaml"
    path.write_text(path.read_text().replace("num_hiddens: 2", "num_hiddens: 3"))
    weights = run / "weights" / "epoch_01.pt"
    return 2, f"{path}: num_hiddens is 3, but {weights} was trained with num_hiddens 2; undo"


def of_another_schedule(run):
    path = run / "config.yaml"
    path.write_text(path.read_text().replace("beta_T: 0.3", "beta_T: 0.02"))
    weights = run / "weights" / "epoch_01.pt"
    return 2, f"{path}: beta_T is 0.02, but {weights} was trained with beta_T 0.3; undo"


def of_another_preset(run):
    path = run / "config.yaml"
    path.write_text(path.read_text().replace("preset: class", "preset: tiny"))
    return 2, f"{path}: preset is 'tiny', but "


def of_lists_that_share_their_parts(run):
    path = run / "weights" / "epoch_01.pt"
    weights = torch.load(path, weights_only=True)
    weights.settings["lr"] = shared_lists()
    torch.save(weights, path)
    return 2, f"but {path} was trained with lr of type list; undo"


def of_a_long_text(run):
    path = run / "weights" / "epoch_01.pt"
    weights = torch.load(path, weights_only=True)
    weights.settings["lr"] = "x" * 10**6
    torch.save(weights, path)
    return 2, f"but {path} was trained with lr '{'x' * 100}'...; undo"


def losses_that_are_a_long_text(run):
    (run / "curves.json").write_text(json.dumps({"batch_loss": ["x" * 10**6]}))
    return 1, f"{'x' * 100}); train the run again"


def of_another_net(run):
    path = run / "weights" / "epoch_01.pt"
    weights = torch.load(path, weights_only=True)
    weights["last.weight"] = torch.zeros(1, 64, 3, 3)
    torch.save(weights, path)
    return 1, "with num_hiddens 2. If you changed your net or config.yaml after the training"


def without_losses(run):
    (run / "curves.json").write_text('{"batch_loss": [0.1, NaN], "epoch_loss": [0.1]}')
    return 1, "7-class-loss.png is not drawn: "


def not_text(run):
    (run / "curves.json").write_bytes(b"\xff\x00")
    return 1, f"{run / 'curves.json'} is damaged"


@pytest.mark.parametrize(
    "damage",
    [
        *(cut_short, without_settings, without_losses, not_text),
        *(of_lists_that_share_their_parts, of_a_long_text, losses_that_are_a_long_text),
        *(of_another_width, of_another_schedule, of_another_preset, of_another_net),
    ],
)
@pytest.mark.timeout(120)
def test_a_damaged_run_is_named(draw, class_run, damage):
    status, words = damage(class_run)
    ended, said, _ = draw(class_run)
    assert ended == status
    assert words in said
    assert len(said) < 10_000
    assert "Traceback" not in said


def test_two_runs_of_one_kind_are_refused(draw, class_run, tmp_path):
    copied = shutil.copytree(class_run, tmp_path / "copied" / "class")
    status, said, output = draw(class_run, copied)
    assert status == 2
    assert "have figures of the same names" in said
    assert not output.exists()


def test_an_output_that_is_a_file_is_named(draw, class_run, tmp_path):
    (tmp_path / "file").write_text("mine")
    status, said, _ = draw(class_run, output=tmp_path / "file")
    assert status == 1
    assert f"{tmp_path / 'file' / '7-class-loss.png'} cannot be written" in said


def test_nothing_to_draw_says_what_to_do_first(diffusion):
    with pytest.raises(ValueError, match="nothing to draw yet: train first"):
        module("runs.pictures").rows_picture({})
