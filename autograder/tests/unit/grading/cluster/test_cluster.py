"""Descriptions of a cluster, and what may travel between its machines."""

import json
import os

import pytest

from autograder.grading.batch.settings import Settings
from autograder.grading.cluster.description import BadCluster, Cluster, read_cluster
from autograder.grading.cluster.pool import identity, judge_remotely
from autograder.grading.cluster.security import Files, Unsafe, secured

# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "gpu1.example.edu:8786", "ws://h:1"])
def test_nothing_leaves_the_machine_in_the_clear(address):
    with pytest.raises(Unsafe, match="other machines need tls://"):
        secured(address, None)


def test_loopback_needs_no_certificate_and_tls_needs_all_of_them(tmp_path):
    assert secured("tcp://127.0.0.1:8786", None) is secured("tcp://localhost:1", None) is None
    with pytest.raises(Unsafe, match="name the certificates"):
        secured("tls://gpu1:8786", None)
    files = Files(ca=tmp_path / "ca.pem", cert=tmp_path / "c.pem", key=tmp_path / "k.pem")
    with pytest.raises(Unsafe, match=r"tls\.ca: .*ca\.pem: no such file"):
        secured("tls://gpu1:8786", files)


def test_a_machine_with_other_versions_is_refused_by_name():
    settings = Settings("ab", ("schedule",), False, "auto").to_json()
    expected = {**identity(), "torch": "1.0", "the grader's code": "0" * 12}
    [[kind, why]] = json.loads(judge_remotely(settings, expected, 60, b""))
    assert kind == "refused" and "torch" in why and "instead of 1.0" in why
    assert "the grader's code" in why and os.uname().nodename in why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workers: 2\n", "give one of scheduler and jobqueue"),
        ("scheduler: tls://a:1\njobqueue: slurm\n", "give one of scheduler and jobqueue"),
        ("jobqueue: cron\n", "jobqueue"),
        ("scheduler: tls://a:1\nworkers: 0\n", "workers"),
        ("scheduler: tls://a:1\nwokers: 1\n", "wokers"),
        ("scheduler: [\n", "cannot be read"),
        ("- 1\n", "the file"),
    ],
)
def test_a_description_that_cannot_be_followed_names_its_field(tmp_path, text, words):
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    with pytest.raises(BadCluster, match=words) as refused:
        read_cluster(path)
    assert str(path) in str(refused.value)


def test_a_queue_is_never_used_without_certificates():
    with pytest.raises(Unsafe, match="certificates"):
        Cluster(jobqueue="slurm").connect()
