"""The time of a clone's last commit: read without the clone's own configuration."""

import os
import subprocess

import pytest

from autograder.grading.intake import gather
from autograder.grading.intake.commits import last_commit

WHEN = "2026-12-11T22:58:59+01:00"


def git(folder, *words):
    dates = {"GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE": WHEN}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **dates}
    user = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", *user, *words]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path):
    """A clone of one commit, in the folder that GitHub Classroom makes."""
    folder = tmp_path / "hw5-submissions" / "hw5-anna"
    (folder / "diffusion").mkdir(parents=True)
    (folder / "diffusion" / "ddpm.py").write_text("x = 1\n")
    git(folder, "init", "-b", "feature/main")
    git(folder, "add", "diffusion")
    git(folder, "commit", "-m", "done")
    return folder


def test_the_time_is_that_of_the_committer(clone):
    assert last_commit(clone).isoformat() == WHEN


def test_packed_clones_and_detached_heads_are_read_too(clone):
    git(clone, "gc")
    git(clone, "pack-refs", "--all")
    assert last_commit(clone).isoformat() == WHEN
    git(clone, "checkout", "--detach")
    assert last_commit(clone).isoformat() == WHEN


def test_no_configuration_of_the_clone_is_read(clone, tmp_path):
    git(clone, "config", "core.repositoryformatversion", "99")  # git itself would refuse it
    assert last_commit(clone).isoformat() == WHEN


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/none\n", "ref: ../../../etc/passwd\n", "f" * 40, "\xff", "-h\n"]
)
def test_a_head_that_leads_nowhere_says_nothing(clone, head):
    (clone / ".git" / "HEAD").write_text(head, encoding="latin-1")
    assert last_commit(clone) is None


def test_links_are_not_followed(clone, tmp_path):
    (clone / ".git").rename(tmp_path / "elsewhere")
    (clone / ".git").symlink_to(tmp_path / "elsewhere")
    assert last_commit(clone) is None


def test_the_commit_is_a_hint_of_the_submission(clone):
    (clone.parent / "hw5-bert" / ".git").mkdir(parents=True)
    (clone.parent / "hw5-bert" / "diffusion").mkdir()
    (clone.parent / "hw5-bert" / "diffusion" / "ddpm.py").write_text("x = 1\n")
    anna, bert = gather([clone.parent])
    assert (anna.submitted_at, anna.time_hint) == (None, "last commit 2026-12-11 22:58 +0100")
    assert (bert.submitted_at, bert.time_hint) == (None, "")
