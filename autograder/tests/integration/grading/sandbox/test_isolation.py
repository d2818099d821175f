"""The choice of an isolation, and its self-test: what holds is used, what leaks is named."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox import IsolationUnavailable, Limits, SandboxedRunner, choose
from autograder.grading.sandbox.interpreter import open_to_all, package_paths, reachable_interpreter
from autograder.grading.sandbox.isolation import bubblewrap, seccomp
from autograder.grading.sandbox.isolation.bubblewrap import Bubblewrap
from autograder.grading.sandbox.isolation.plain import Plain
from autograder.grading.sandbox.isolation.user import User
from autograder.grading.sandbox.resources.cgroup import make_group
from autograder.grading.sandbox.selftest import SandboxLeaks, verify
from autograder.grading.sandbox.worker import landlock
from autograder.tests.support.sandbox import JUDGE
from autograder.tests.support.sandbox.probes import FLAG, probe_alive

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def bwrap():
    isolation = Bubblewrap()
    try:
        isolation.prepare()
    except IsolationUnavailable as reason:
        pytest.skip(str(reason))
    return isolation


def leaks(isolation, **more):
    """The attacks that succeed against this isolation."""
    with pytest.raises(SandboxLeaks) as caught:
        verify(isolation, **more)
    return "\n".join(caught.value.attacks)


def test_every_isolation_that_is_used_holds(isolation):
    verify(isolation)


def test_no_isolation_leaks_and_is_not_of_record():
    found = leaks(Plain())
    for attack in ("write outside", "open a socket", "read what it must not see"):
        assert attack in found
    assert not Plain.of_record


def test_showing_the_repository_is_noticed(bwrap):
    bwrap.visible = (REPOSITORY.root,)
    assert f"read what it must not see ({REPOSITORY.root}" in leaks(bwrap)


def test_showing_any_other_secret_is_noticed(bwrap):
    bwrap.visible = (Path("/etc/passwd"),)
    assert "read what it must not see (/etc/passwd)" in leaks(bwrap, secrets=bwrap.visible)


@needs_root
def test_without_landlock_user_ids_hold_only_if_the_files_are_closed(monkeypatch):
    isolation = User()
    isolation.prepare()
    monkeypatch.setattr(landlock, "version", lambda: 0)
    if not open_to_all(REPOSITORY.root):
        verify(isolation)
        return
    with pytest.raises(SandboxLeaks, match=r"chmod -R o-rwx") as caught:
        verify(isolation)
    (attack,) = caught.value.attacks
    assert attack.startswith("read what it must not see")


def test_a_missing_filter_of_system_calls_is_noticed(bwrap, monkeypatch):
    allow = seccomp.VERDICTS["allow"].to_bytes(4, "little")
    monkeypatch.setattr(seccomp, "program", lambda: b"\x06\x00\x00\x00" + allow)
    found = leaks(bwrap)
    assert "open a socket" in found
    assert "hold memory that no limit counts" in found


@needs_root
def test_staying_root_is_noticed(bwrap, monkeypatch):
    monkeypatch.setattr(bubblewrap, "_become", lambda uid: [])
    found = leaks(bwrap)
    for attack in ("be root outside", "become root", "hold a capability"):
        assert attack in found


@needs_root
def test_a_user_namespace_made_by_root_is_noticed(bwrap, monkeypatch):
    monkeypatch.setattr(
        bubblewrap, "_namespaces", lambda: ["--unshare-all", "--uid", "1000", "--cap-drop", "ALL"]
    )
    monkeypatch.setattr(bubblewrap, "_become", lambda uid: [])
    assert "be root outside" in leaks(bwrap)


def test_an_inherited_environment_is_noticed(bwrap, monkeypatch):
    keep = bubblewrap._namespaces()
    monkeypatch.setattr(
        bubblewrap, "_namespaces", lambda: [*keep, "--setenv", "AUTOGRADER_SELF_TEST", "1"]
    )
    monkeypatch.setattr(Bubblewrap, "confine", uncleared(Bubblewrap.confine))
    assert "see the judge's environment" in leaks(bwrap)


def uncleared(confine):
    def without_clearenv(*arguments):
        confinement = confine(*arguments)
        confinement.command.remove("--clearenv")
        return confinement

    return without_clearenv


def test_an_unknown_isolation_is_refused_with_the_known_ones():
    with pytest.raises(IsolationUnavailable, match="auto, bwrap, user, none"):
        choose("docker")


def test_elsewhere_than_on_linux_auto_says_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(IsolationUnavailable, match="--isolation none"):
        choose("auto")


@needs_root
def test_in_a_container_without_namespaces_auto_takes_user_ids():
    dropped = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"]
    assert judge([*dropped, sys.executable], "auto") == "holds: user\n"


@needs_root
def test_somebody_who_is_not_root_gets_bubblewrap():
    python = reachable_interpreter()
    if not all(map(open_to_all, (*package_paths(), REPOSITORY.root))) or not shutil.which("bwrap"):
        pytest.skip("another uid cannot reach the packages and the repository")
    nobody = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--inh-caps=-all"]
    paths = ":".join(str(path) for path in package_paths())
    env = {**python.env, "PATH": os.environ["PATH"], "PYTHONPATH": paths}
    said = judge([*nobody, str(python.executable)], "bwrap", env=env)
    assert said in ("holds: bwrap\n",) or "bubblewrap cannot run here" in said


def judge(command, isolation, env=None):
    """What a judge started by this command says of an isolation."""
    paths = filter(None, [str(REPOSITORY.root), (env or os.environ).get("PYTHONPATH")])
    ran = subprocess.run(
        [*command, "-B", str(JUDGE), "selftest", isolation],
        capture_output=True,
        text=True,
        env={**(env or os.environ), "PYTHONPATH": ":".join(paths)},
        timeout=60,
        check=True,
    )
    return ran.stdout


def test_two_workers_of_one_judge_run_side_by_side(isolation, submit):
    folder = submit()
    with (
        SandboxedRunner(folder, isolation, label="visible") as visible,
        SandboxedRunner(folder, isolation, label="hidden") as hidden,
    ):
        visible.start()
        hidden.start()
        for runner in (visible, hidden, visible):
            assert runner.run(probe_alive, returns=FLAG) == {"answer": True}


def test_links_in_a_submission_lead_nowhere(isolation, submit, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("x = 1")
    folder = submit(plain="x = 2")
    (folder / "diffusion" / "linked.py").symlink_to(secret)
    with SandboxedRunner(folder, isolation) as runner:
        assert runner.run(probe_modules, returns=FLAG) == {"answer": True}


def probe_modules(diffusion):
    import pathlib

    folder = pathlib.Path(diffusion.plain.__file__).parent
    return {"answer": sorted(path.name for path in folder.iterdir()) == ["plain.py"]}


@needs_root
def test_a_control_group_ends_who_takes_too_much():
    group = make_group(Limits(memory=0), headroom=64 * 2**20)
    if group is None:
        pytest.skip("control groups cannot be made here")
    take = [sys.executable, "-S", "-c", "len(b'x' * int(input()))"]
    try:
        little, much = (
            subprocess.run([*group.command(), *take], input=str(size).encode()).returncode
            for size in (2**20, 256 * 2**20)
        )
    finally:
        group.remove()
    assert (little, much) == (0, -signal.SIGKILL)
    assert not any(folder.exists() for folder in group.folders)
