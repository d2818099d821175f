"""Both versions in real kernels: what every cell prints, draws and is worth."""

import re

import pytest

from autograder.tests.support.kernels import made_of

pytestmark = pytest.mark.usefixtures("tiny")
TRAINED = {"train_ddpm", "train_ddpm_cfg", "digits", "digits_gpu"}  # have checks that train


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setenv("DIFFUSION_SIZE", "tiny")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_solved_notebook_earns_all_and_draws_all(run, bundle, instructors_notebook, course):
    again = [cell.copy() for cell in instructors_notebook.cells if cell.id == "figure-ddpm-loss"]
    again[0]["id"] = "again"
    lost = ("lost", '(time_kept.run_dir / "weights" / "epoch_02.pt").unlink()')
    other = (
        "other",
        "KeptWeights(time_kept.settings, TimeConditionalUNet(1, 3))",
    )
    notebook = made_of(*instructors_notebook.cells, lost, *again, other)
    ran = run(notebook, bundle)

    for cell in code_cells(ran.notebook):
        assert not ran.printed(cell.id, "stderr"), cell.id
        assert ran.error(cell.id) is None or cell.id == "other"
    for task in course.auto_tasks.values():
        if not task.hidden and task.id not in TRAINED:
            assert ran.value(f"check-{task.id}") == str(float(task.points))
        if task.hidden:
            assert ran.value(f"check-{task.id}") == "0"
    assert float(ran.value("check-train_ddpm")) == pytest.approx(3.6)
    assert 'check("digits", 6, training=True)' in ran.printed("check-digits")
    for task in course.tasks:
        for figure in task.figures:
            (result,) = [o for o in ran.outputs(f"figure-{figure}") if "data" in o]
            assert len(result.data["image/png"]) > 1000, figure
    assert "epoch 2 of 2" in ran.printed("figure-ddpm-loss")

    assert "continues after epoch 2 of 2" in ran.printed("again")
    assert "epoch 1 of 2" not in ran.printed("again")
    assert (bundle / "runs" / "notebook" / "tiny" / "ddpm" / "weights" / "epoch_02.pt").is_file()
    assert "another net" in ran.error("other")


BROKEN = """
def ddpm_schedule(beta_1, beta_T, num_ts):
    print("seen", file=sys.stderr)
    betas = torch.cat([torch.zeros(1), torch.linspace(beta_1, beta_T, num_ts)])
    return {"betas": betas, "alphas": betas, "alpha_bars": (1 - betas).cumprod(0)}
"""
SOLVED_FILE = """
exec({code!r}, vars(sys.modules["diffusion.ddpm"]))
"""
CRASHING = """
def ddpm_schedule(beta_1, beta_T, num_ts):
    return torch.linspace(beta_1, beta_T)
"""


def test_students_read_what_is_missing_and_what_is_wrong(
    run, bundle, students_notebook, instructors_notebook, course
):
    (solved,) = (c for c in instructors_notebook.cells if c.id == "ddpm-schedule")
    more = [
        ("before", "torch.manual_seed(7); state = torch.get_rng_state(); paths = list(sys.path)"),
        ("broken", BROKEN),
        ("check-broken", 'check("schedule", points=5)'),
        ("crashing", CRASHING.strip()),
        ("check-crashing", 'check("schedule", points=5)'),
        ("repaired", solved.source),
        ("check-repaired", 'check("schedule", points=5)'),
        ("after", "(torch.equal(state, torch.get_rng_state()), paths == sys.path)"),
        ("half", 'check("schedule", 5, weights={"test_usual_arguments_are_accepted": 5})'),
        ("gone", "del ddpm_schedule"),
        ("check-gone", 'check("schedule", points=5)'),
        ("file", SOLVED_FILE.format(code=solved.source)),
        ("check-file", 'check("schedule", points=5)'),
        ("typo", 'check("schedul")'),
        ("seed", 'check("schedule", seed="xyz")'),
    ]
    ran = run(made_of(*students_notebook.cells, *more), bundle)

    for cell in code_cells(ran.notebook):
        assert not ran.printed(cell.id, "stderr"), cell.id
    for task in course.auto_tasks.values():
        if not task.hidden:
            assert float(ran.value(f"check-{task.id}")) == 0
            if task.id not in ("digits", "digits_gpu"):
                said = ran.printed(f"check-{task.id}")
                assert re.search(r"○ \d+ checks (not attempted|blocked): ", said)
                assert f"(task {task.id}): fill in" in " ".join(said.split())
    assert "NotImplementedError: Part 1" in ran.error("figure-noising-strip")

    assert "✗ alphas[t] = 1 - betas[t]" in ran.printed("check-broken")
    assert "alphas[1] (T=" in ran.printed("check-broken")
    assert 0 < float(ran.value("check-broken")) < 5
    (points,) = [one for one in ran.outputs("check-broken") if "data" in one]
    assert not any(c.isdigit() for c in points.data["text/html"])  # which a browser shows
    assert 'Repeat with the same inputs: check("schedule", 5, seed="' in ran.printed("check-broken")
    crashed = " ".join(ran.printed("check-crashing").split())
    assert "TypeError" in crashed
    where = 'your cell "def ddpm_schedule(beta_1, beta_T, num_ts):", line 2: return torch.linspace'
    assert where in crashed and crashed.count("return torch.linspace") == 1
    assert "(as above)" in crashed
    assert float(ran.value("check-crashing")) < 5
    assert ran.value("check-repaired") == "5.0"
    assert ran.value("after") == "(True, True)"
    assert ran.value("half") == "5.0"
    assert "it has not run since" in " ".join(ran.printed("check-gone").split())
    assert ran.value("check-file") == "5.0"
    assert "No cell that you ran defines ddpm_schedule" in ran.printed("check-file")
    assert "it is one of" in ran.error("typo")
    assert "give the seed that a run printed" in ran.error("seed")
