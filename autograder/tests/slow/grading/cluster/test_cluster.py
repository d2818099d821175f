"""A batch on a Dask cluster: a real scheduler and real workers, some of which die."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Client

from autograder.config.paths import REPOSITORY
from autograder.grading.cluster.security import make_certificates
from autograder.tests.support.batches import command, grade, judged, outcomes, points, rows

INSIDE = tuple[str, ...]  # what stands in front of a command that runs on another machine


class Machines:
    """A scheduler and its workers, as processes."""

    def __init__(self, folder: Path, options: tuple[str, ...] = (), host: str = "127.0.0.1"):
        self._options, self._folder = options, folder
        self._file = folder / "scheduler.json"
        self.workers: list[subprocess.Popen] = []
        self._all: list[subprocess.Popen] = []
        self._host = host

    def start(self, workers: int, inside: INSIDE = (), inside_workers: INSIDE = ()) -> None:
        where = ("--host", self._host, "--port", "0", "--scheduler-file", str(self._file))
        self._run("scheduler", *where, inside=inside)
        wait_for(self._file.exists)
        for _ in range(workers):
            self.workers.append(
                self._run(
                    *("worker", "--scheduler-file", str(self._file), "--nthreads", "1"),
                    *("--no-nanny", "--memory-limit", "0"),
                    inside=inside_workers,
                )
            )

    @property
    def address(self) -> str:
        return json.loads(self._file.read_text())["address"]

    def stop(self) -> None:
        for process in self._all:
            process.kill()
            process.wait()

    def _run(self, *words: str, inside: INSIDE) -> subprocess.Popen:
        line = [*inside, sys.executable, "-m", "dask", *words, "--no-dashboard", *self._options]
        with (self._folder / "dask.log").open("a") as log:
            process = subprocess.Popen(line, cwd=REPOSITORY.root, stdout=log, stderr=log)
        self._all.append(process)
        return process


@contextmanager
def machines(folder: Path, workers: int, options=(), **inside) -> Iterator[Machines]:
    running = Machines(folder, options, inside.pop("host", "127.0.0.1"))
    try:
        running.start(workers, **inside)
        yield running
    finally:
        running.stop()


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.05)


def test_a_worker_dies_in_the_middle_and_no_grade_is_lost(one_by_one, classroom, tmp_path):
    output = tmp_path / "out"
    with machines(tmp_path, workers=2) as cluster:
        line = [*command(output, *classroom), "--scheduler", cluster.address]
        run = subprocess.Popen(line, cwd=REPOSITORY.root, stderr=subprocess.PIPE, text=True)
        wait_for(lambda: (output / "journal.jsonl").exists() and judged(output))
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        _, words = run.communicate(timeout=300)
    assert run.returncode == 0, words
    assert sorted(judged(output)) == sorted(2 * ["anna", "ben", "carl", "dora", "starter"])
    assert outcomes(output) == outcomes(one_by_one)
    assert points(output) == points(one_by_one)


@pytest.mark.usefixtures("grading_run")
def test_what_takes_three_workers_with_it_is_left_alone(classroom, tmp_path):
    output = tmp_path / "out"
    anna, dora = classroom[0], classroom[3]
    with machines(tmp_path, workers=4) as cluster:
        line = [*command(output, dora, anna), "--scheduler", cluster.address]
        run = subprocess.Popen(line, cwd=REPOSITORY.root, stderr=subprocess.PIPE, text=True)
        with Client(cluster.address, set_as_default=False) as client:
            killed: set[str] = set()
            wait_for(lambda: len(killed) == 3 or _kill_who_has("dora", client, killed))
        _, words = run.communicate(timeout=300)
    assert run.returncode == 0, words
    assert "dora: crashed" in words
    assert rows(output)["anna"]["core_total"] == "12"
    assert rows(output)["dora"]["flags"].startswith("could not be graded: crashed")


def _kill_who_has(name: str, client: Client, killed: set[str]) -> None:
    for address, keys in client.processing().items():
        if address not in killed and any(key.startswith(f"{name}-") for key in keys):
            found = client.run(os.getpid, workers=[address])
            os.kill(found[address], signal.SIGKILL)
            killed.add(address)


@pytest.mark.usefixtures("grading_run")
def test_mutual_tls_keeps_out_whoever_has_no_certificate(classroom, tmp_path):
    make_certificates(tmp_path / "tls")
    assert (tmp_path / "tls/key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        make_certificates(tmp_path / "tls")
    make_certificates(tmp_path / "other")
    names = {"ca": "tls/ca.pem", "cert": "tls/cert.pem", "key": "tls/key.pem"}
    with machines(tmp_path, 1, _tls(tmp_path / "tls")) as cluster:
        assert cluster.address.startswith("tls://")
        described = tmp_path / "cluster.yaml"
        described.write_text(f"scheduler: {cluster.address}\ntls: {json.dumps(names)}\n")
        done = grade(tmp_path / "out", classroom[0], "--cluster", described)
        assert done.status == 0, done.stderr
        assert rows(tmp_path / "out")["anna"]["core_total"] == "12"

        strangers = json.dumps(names).replace("tls/", "other/")
        described.write_text(f"scheduler: {cluster.address}\ntls: {strangers}\n")
        refused = grade(tmp_path / "no", classroom[0], "--cluster", described)
        assert refused.status == 2 and "Traceback" not in refused.stderr


def _tls(folder: Path) -> tuple[str, ...]:
    files = (("ca-file", "ca"), ("cert", "cert"), ("key", "key"))
    return tuple(w for name, file in files for w in (f"--tls-{name}", f"{folder}/{file}.pem"))


def test_two_machines(one_by_one, classroom, tmp_path):
    """Scheduler and grader in one network namespace, the worker in another, TLS between them."""
    here, there = f"ag-a{os.getpid()}", f"ag-b{os.getpid()}"
    setup = [
        f"netns add {here}",
        f"netns add {there}",
        f"link add va{os.getpid() % 10000} netns {here} type veth "
        f"peer name vb{os.getpid() % 10000} netns {there}",
    ]
    for space, name, address in ((here, "va", "10.77.0.1"), (there, "vb", "10.77.0.2")):
        device = f"{name}{os.getpid() % 10000}"
        setup += [f"-n {space} addr add {address}/24 dev {device}"]
        setup += [f"-n {space} link set {device} up", f"-n {space} link set lo up"]
    output = tmp_path / "out"
    try:
        for words in setup:
            if not shutil.which("ip") or _ip(words):
                pytest.skip("this machine gives no network namespaces")
        make_certificates(tmp_path / "tls")
        inside, inside_workers = (("ip", "netns", "exec", space) for space in (here, there))
        with machines(
            tmp_path, 1, (*_tls(tmp_path / "tls"), "--protocol", "tls"), host="10.77.0.1",
            inside=inside, inside_workers=inside_workers,
        ) as cluster:  # fmt: skip
            files = {name: f"{tmp_path}/tls/{name}.pem" for name in ("ca", "cert", "key")}
            described = tmp_path / "cluster.yaml"
            described.write_text(json.dumps({"scheduler": cluster.address, "tls": files}))
            line = [*inside, *command(output, *classroom), "--cluster", str(described)]
            done = subprocess.run(
                line, cwd=REPOSITORY.root, capture_output=True, text=True, timeout=300
            )
        assert done.returncode == 0, done.stderr
        assert outcomes(output) == outcomes(one_by_one)
    finally:
        for space in (here, there):
            if shutil.which("ip"):
                _ip(f"netns del {space}")


def _ip(words: str) -> int:
    return subprocess.run(["ip", *words.split()], capture_output=True).returncode


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.usefixtures("grading_run")
def test_a_scheduler_that_is_not_there_is_told_in_a_sentence(tmp_path):
    described = tmp_path / "cluster.yaml"
    described.write_text("scheduler: tcp://127.0.0.1:9\npatience: 3\n")
    done = grade(tmp_path / "out", REPOSITORY.starter, "--cluster", described)
    assert done.status == 2 and "Traceback" not in done.stderr
    assert "tcp://127.0.0.1:9" in done.stderr
