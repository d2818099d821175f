"""A batch, from the command line: parallel, resumable, and with the same grades either way."""

import json
import os
import random
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.batches import command, grade, judged, outcomes, points, rows
from autograder.tests.support.submissions import make_folder, submission

pytestmark = pytest.mark.usefixtures("grading_run")


def test_every_submission_ends_as_it_deserves(one_by_one):
    totals = {name: row["core_total"] for name, row in rows(one_by_one).items()}
    assert totals["anna"] == "12" and totals["starter"] == "0"
    assert 0 < float(totals["ben"]) < 12
    assert totals["nothing"] == "" and totals["carl"] == "4"
    assert float(totals["dora"]) >= 8
    for page in ("results.json", "report.html", "instructor.html"):
        assert "extra.py is UTF-16" in (one_by_one / "carl" / page).read_text()


def test_a_flood_of_remarks_is_cut_wherever_it_is_shown(tmp_path):
    body = "def add_noise():\n    pass\n"
    ddpm = (REPOSITORY.solution / "diffusion" / "ddpm.py").read_text()
    flood = {f"unet ({i}).py": body for i in range(1, 1000)} | {"diffusion/ddpm.py": ddpm}
    done = grade(tmp_path / "out", make_folder(tmp_path / "mallory", flood))
    assert done.status == 0, done.stderr
    (row,) = rows(tmp_path / "out").values()
    assert row["flags"].count("rename it to unet.py") == 20
    assert "; and 979 more" in row["flags"]
    for page in ("results.json", "report.html", "instructor.html"):
        text = (tmp_path / "out" / "mallory" / page).read_text()
        assert "and 979 more" in text and "unet (999)" not in text.split("ignored:")[0], page


def test_two_at_once_give_the_same_outcomes_words_and_points(one_by_one, classroom, tmp_path):
    done = grade(tmp_path / "out", *classroom, "--jobs", 2)
    assert done.status == 0, done.stderr
    assert outcomes(tmp_path / "out") == outcomes(one_by_one)
    assert list(points(tmp_path / "out").items()) == list(points(one_by_one).items())


def test_killed_at_any_moment_it_goes_on_and_judges_nothing_twice(one_by_one, classroom, tmp_path):
    output, moments, interrupted = tmp_path / "out", random.Random(1), 0
    for _ in range(6):
        process = subprocess.Popen(
            command(output, *classroom, "--jobs", 2),
            cwd=REPOSITORY.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(moments.uniform(1, 12))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            interrupted += 1
        for path in output.glob("*/results.json"):
            json.loads(path.read_text())
    assert interrupted
    assert grade(output, *classroom, "--jobs", 2).status == 0
    assert sorted(judged(output)) == sorted(2 * ["anna", "ben", "carl", "dora", "starter"])
    assert outcomes(output) == outcomes(one_by_one)


def test_what_has_not_changed_is_not_judged_again(classroom, tmp_path):
    output, handed_in = tmp_path / "out", tmp_path / "class"
    anna = submission(handed_in / "anna")
    ben = submission(handed_in / "ben")
    grade(output, anna, ben)
    before = (output / "anna/results.json").read_text()
    (ben / "diffusion/ddpm.py").write_text("def ddpm_schedule(:\n")
    done = grade(output, anna, ben)
    assert "1 of 2 unchanged" in done.stderr
    names = judged(output)
    assert sorted(names[:4]) == ["anna", "anna", "ben", "ben"] and names[4:] == ["ben", "ben"]
    assert json.loads((output / "anna/results.json").read_text()) == json.loads(before)
    assert rows(output)["ben"]["schedule"] == "0"

    (output / "anna/report.html").unlink()
    grade(output, anna, ben)
    assert (output / "anna/report.html").exists()
    assert len(judged(output)) == 6

    grade(output, anna, "--force", "--replace")
    assert judged(output)[6:] == ["anna", "anna"]


def test_ctrl_c_ends_everything_and_the_same_command_goes_on(tmp_path):
    output = tmp_path / "out"
    loop = "def add_noise(x, sigma):\n    while True:\n        pass\n"
    slow = submission(tmp_path / "class" / "slow", denoiser=loop)
    anna = submission(tmp_path / "class" / "anna")
    process = subprocess.Popen(
        command(output, anna, slow, "--jobs", 1),
        cwd=REPOSITORY.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What a shell starts in the background ignores Ctrl-C, and so do its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120
    while not (output / "slow").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    judges = _children(process.pid)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)  # an impatient person
    _, words = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Interrupted" in words and "Traceback" not in words
    assert "unfinished" in rows(output)["anna"]["flags"]  # her hidden checks have not run
    assert judges and not any(Path(f"/proc/{pid}").exists() for pid in judges)
    assert judged(output) == ["anna"]


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
    from autograder.grading.batch.journal import Journal

    (tmp_path / "out").mkdir()
    with Journal(tmp_path / "out"):
        done = grade(tmp_path / "out", REPOSITORY.starter)
    assert done.status == 2 and "another run is writing here" in done.stderr
