"""The journal: what was added is there, whatever happened to the machine meanwhile."""

import json
import os
import signal
import stat
import subprocess
import sys

import pytest

from autograder.grading.batch.journal import Journal, JournalInUse

RECORD = {"finished": True, "results": []}


def test_what_was_added_is_there_when_it_is_opened_again(tmp_path):
    with Journal(tmp_path) as journal:
        assert journal.seed is None and journal.records == {}
        journal.begin("ab")
        journal.add("k1", "anna", RECORD)
        journal.add("k1", "anna", {**RECORD, "retried": True})
        journal.add("k2", "ben", RECORD)
    with Journal(tmp_path) as journal:
        assert journal.seed == "ab"
        assert journal.records == {"k1": {**RECORD, "retried": True}, "k2": RECORD}


@pytest.mark.parametrize("torn", [b"{", b'{"key": "k2", "name": "b", "record": {"fini', b"\0" * 40])
def test_a_torn_last_line_is_ignored_and_nothing_is_written_behind_it(tmp_path, torn):
    with Journal(tmp_path) as journal:
        journal.add("k1", "anna", RECORD)
    with journal.path.open("ab") as file:
        file.write(torn)
    with Journal(tmp_path) as journal:
        assert set(journal.records) == {"k1"}
        journal.add("k3", "carl", RECORD)
    with Journal(tmp_path) as journal:
        assert set(journal.records) == {"k1", "k3"}
    assert all(json.loads(line) for line in journal.path.read_text().splitlines())


def test_a_line_that_went_bad_in_the_middle_costs_itself_alone(tmp_path):
    with Journal(tmp_path) as journal:
        for key in ("k1", "k2", "k3"):
            journal.add(key, key, RECORD)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + b"\0" * 30 + b"\n" + lines[2])
    with Journal(tmp_path) as journal:
        assert set(journal.records) == {"k1", "k3"}


def test_it_is_for_its_owner_alone_and_for_one_run_at_a_time(tmp_path):
    with Journal(tmp_path) as journal:
        assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
        with pytest.raises(JournalInUse, match="another run is writing here"):
            Journal(tmp_path)
    Journal(tmp_path)


WRITER = """
import sys
from pathlib import Path
from autograder.grading.batch.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    for number in range(10**6):
        journal.add(f"k{number}", "x" * 5000, {"number": number})
        print(number, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 7, 20])
def test_what_was_announced_survives_kill_9(tmp_path, lines):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(lines):
        announced = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with Journal(tmp_path) as journal:
        assert {f"k{number}" for number in range(announced + 1)} <= journal.records.keys()
