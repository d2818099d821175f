"""Presets, overrides and YAML: the handout's numbers, and a sentence for each bad value."""

import pytest

pytestmark = pytest.mark.usefixtures("one_thread")

PRESETS = ("denoiser", "time", "class", "tiny", "flow", "flow-class", "one-step", "edm")
HANDOUT = {
    "denoiser": {"sigma": 0.5, "lr": 1e-4, "batch_size": 256, "epochs": 5, "num_hiddens": 128},
    "time": {"num_ts": 300, "lr": 1e-3, "batch_size": 128, "epochs": 20, "num_hiddens": 64},
    "flow": {"num_ts": 50, "lr": 1e-3, "batch_size": 64, "epochs": 10, "num_hiddens": 64},
    "flow-class": {"num_ts": 50, "lr": 1e-3, "batch_size": 64, "epochs": 10, "p_uncond": 0.1},
    "one-step": {"lr": 1e-4, "batch_size": 256, "epochs": 5, "num_hiddens": 128},
    "class": {"num_ts": 300, "lr": 1e-3, "batch_size": 128, "epochs": 20, "p_uncond": 0.1},
    "edm": {"lr": 1e-3, "batch_size": 128, "epochs": 20, "num_hiddens": 64, "p_uncond": 0.1},
}
LONG = "x" * 1000
HUGE_NUMBER = f"epochs: 0x{'f' * 5000}\n"
# Each mapping holds the entries of the one above twice: PyYAML copies 2 ** 60 of them.
MERGES = "m0: &m0 {a: 1}\n" + "".join(
    f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}]}}\n" for i in range(1, 60)
)


@pytest.mark.parametrize("preset", HANDOUT)
def test_presets_are_those_of_the_handout(diffusion, preset):
    settings, dry = diffusion.train.read_arguments([preset])
    assert {name: getattr(settings, name) for name in HANDOUT[preset]} == HANDOUT[preset]
    assert not dry


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_survive_yaml(diffusion, preset, tmp_path):
    options = [preset, "--lr", "3e-05", "--name", "07", "--seed", "4", "--subset"]
    settings, _ = diffusion.train.read_arguments(options)
    file = tmp_path / "config.yaml"
    file.write_text(diffusion.train.to_yaml(settings))
    assert diffusion.train.read_arguments(["--config", str(file)])[0] == settings


def test_options_win_over_the_file_and_the_file_over_the_preset(diffusion, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("lr: 1e-4\nepochs: 7\n")
    settings, _ = diffusion.train.read_arguments(["time", "--config", str(file), "--epochs", "3"])
    assert (settings.lr, settings.epochs, settings.batch_size) == (1e-4, 3, 128)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "no preset: choose one of denoiser, time, class, tiny"),
        (["denoise"], "no preset denoise: choose one of"),
        (["time", "--epochs", "many"], "--epochs: epochs is 'many'; it must be a whole number"),
        (["time", "--epochs", "0"], "--epochs: epochs is '0'; it must be a whole number of 1"),
        (["time", "--epochs", "2.5"], "a whole number of 1 or more"),
        (["time", "--lr", "nan"], "--lr: lr is 'nan'; it must be a number above 0"),
        (["time", "--lr", "inf"], "a number above 0"),
        (["time", "--num-ts", "1"], "--num-ts: num_ts is '1'; it must be a whole number of 2"),
        (["time", "--beta-1", "0.5"], "--beta-1: beta_1 is 0.5 and beta_T 0.02; beta_1 must be"),
        (["class", "--p-uncond", "1.1"], "a number from 0 to 1"),
        (["time", "--p-uncond", "0.1"], "--p-uncond: the preset time has no p_uncond"),
        (["time", "--seed", str(2**63)], "a whole number from 0 to 2 ** 63 - 1"),
        (["time", "--name", "x" * 300], "it must be letters, digits, - and _, at most 50"),
        (["time", "--name", "../x"], "--name: name is '../x'; it must be letters, digits"),
        (["time", "--device", "gpu"], "it must be auto, cuda, mps or cpu"),
        (["time", "--epoch", "3"], "unrecognized arguments: --epoch 3"),
        (["time", "--config", "none.yaml"], "none.yaml cannot be read"),
    ],
)
def test_bad_request_is_one_sentence_that_names_its_option(diffusion, capsys, options, said):
    assert diffusion.train.main(options) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epochs: many\n", "epochs is 'many'; it must be a whole number of 1 or more"),
        ("epochs: true\n", "epochs is True; it must be a whole number"),
        ("subset: 3\n", "subset is 3; it must be true or false"),
        ("epoch: 3\n", "the preset time has no epoch; did you mean epochs?"),
        ("preset: rhyme\n", "preset is 'rhyme'; it must be denoiser, time, class, tiny"),
        ("preset: class\n", "is for class, not time"),
        ("- 1\n- 2\n", "has no settings"),
        ("lr: 1\nepochs: [1\n", "line 3: not YAML"),
        ("preset: [time]\n", "has no settings"),
        ("epochs: {a: &a [1], b: [*a, *a]}\n", "not YAML"),
        ("name: 2026-13-45\n", "not YAML"),
        ("lr: 2026-11-13\n", "lr is of type date; it must be a number above 0"),
        (HUGE_NUMBER, "epochs is a whole number of 20000 bits; it must be"),
        (f"lr: {LONG}\n", f"lr is '{'x' * 100}'...; it must be"),
        (f"{LONG}: 1\n", f"has no {'x' * 100}; it has"),
        (f"preset: {LONG}\n", f"preset is '{'x' * 100}'...; it must be"),
        (200 * f"# {LONG}\n", "not YAML"),
        (MERGES, "not YAML"),
        (f"seed: {'9' * 5000}\n", "not YAML"),
        ("[" * 5000, "not YAML"),
        ("data: !!python/object/apply:os.getcwd []\n", "not YAML"),
    ],
    ids=lambda words: words[:40],
)
def test_bad_file_is_one_sentence_that_names_it(diffusion, capsys, tmp_path, text, said):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    assert diffusion.train.main(["time", "--config", str(file)]) == 2
    error = capsys.readouterr().err
    assert str(file) in error
    assert said in error
    assert error.count("\n") == 1


def test_help_lists_every_option(diffusion, capsys):
    with pytest.raises(SystemExit) as ended:
        diffusion.train.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for name in ("--epochs", "--sigma", "--p-uncond", "--config", "--dry-run", "--tensorboard"):
        assert name in told
