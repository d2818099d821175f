"""Downloads of Gradescope, Canvas, Moodle and GitHub Classroom: whose each submission is."""

from datetime import UTC, datetime

import pytest

from autograder.grading.intake import IdKind, Student, gather
from autograder.tests.support.collections import CODE, OTHER, PACKAGE, names, problem, read
from autograder.tests.support.submissions import make_folder, make_zip, zipped

# -------------------------------------------------------------------------------------- Gradescope


METADATA = """\
---
submission_101:
  :submitters:
  - :name: Anna Ames
    :sid: '0042'
    :email: anna@example.org
  - :name: Bert Bell
    :email: bert@example.org
  :created_at: 2026-12-11 22:58:59.873457123 Z
  :score: 0.0
  :results: &1
    tests:
    - {name: ':submitters', output: [*1, *1]}
  :history:
  - :id: 3
    :created_at: 2026-12-01 00:00:00 Z
submission_102:
  :submitters:
  - :name: "Çelik \\"C\\" / 🦊\\e[31m\\u202E"
    :sid: 43
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &2 2026-12-12 01:00:00 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
    time: *2
submission_103:
  :submitters: []
  :created_at: soon
submission_104:
  :submitters:
  - :sid: '44'
  :created_at: 2026-12-12T00:30:00+01:00
"""


def test_an_export_of_gradescope_says_whose_and_when(collection):
    path = collection(
        {
            "submission_metadata.yml": METADATA.encode(),
            "submission_101/diffusion/ddpm.py": CODE,
            "submission_102/hw.zip": zipped({"hw/diffusion/ddpm.py": OTHER}),
            "submission_103/ddpm.py": CODE,
            "submission_105/diffusion/ddpm.py": CODE,
        },
        "assignment_7_export",
    )
    found = {one.name: one for one in gather([path])}
    assert sorted(found) == [f"submission_10{i}" for i in range(1, 6)]
    pair = found["submission_101"]
    assert pair.students == (
        Student("0042", "Anna Ames", "anna@example.org", IdKind.GRADESCOPE),
        Student("bert@example.org", "Bert Bell", "bert@example.org", IdKind.EMAIL),
    )
    assert pair.submitted_at == datetime(2026, 12, 11, 22, 58, 59, 873457, UTC)
    assert read(pair) == {"diffusion/ddpm.py": CODE}
    (student,) = found["submission_102"].students
    assert (student.id, student.name) == ("43", 'Çelik "C" / 🦊�')
    assert found["submission_102"].submitted_at == datetime(2026, 12, 12, 1, tzinfo=UTC)
    assert read(found["submission_102"]) == {"diffusion/ddpm.py": OTHER}
    assert found["submission_103"].students == ()
    assert found["submission_103"].submitted_at is None
    assert "its files are missing; export it again" in problem(found["submission_104"])
    assert found["submission_104"].submitted_at == datetime(2026, 12, 11, 23, 30, tzinfo=UTC)
    assert read(found["submission_105"]) == {"diffusion/ddpm.py": CODE}


def bomb() -> str:
    """A billion lols, where a submitter stands."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    return "\n".join([*lines, "submission_1:", "  :submitters: *a29", "  :created_at: *a29"])


@pytest.mark.parametrize(
    "text",
    [
        bomb(),
        "submission_1:\n  :submitters: &a\n  - *a\n  - :sid: *a\n",
        "submission_1: !!python/object/apply:os.system ['false']\n",
        "submission_1:\n  :submitters: !!python/object/apply:os.system ['false']\n",
        "submission_1:\n  :submitters: " + "[" * 300 + "]" * 300,
        "? [a, b]\n: c\nsubmission_1: nothing\n",
        "submission_1:\n  :submitters:\n  - text\n  - ':sid': [1]\n    ? {a: b}\n    : c\n",
    ],
    ids=["bomb", "circle", "object", "object inside", "deep", "odd keys", "odd submitters"],
)
def test_odd_metadata_says_nothing_and_does_no_harm(tmp_path, text):
    entries = {"submission_metadata.yml": text.encode(), "submission_1/diffusion/ddpm.py": CODE}
    found = {one.name: one for one in gather([make_folder(tmp_path / "export", entries)])}
    assert read(found["submission_1"]) == {"diffusion/ddpm.py": CODE}
    assert len(str(found["submission_1"].students)) < 500


@pytest.mark.parametrize("text", [b"", b"- 1", b"{", b"a: [\xff\xfe", b"\0", b"a: *a: b"])
def test_metadata_that_cannot_be_read_is_named(tmp_path, text):
    entries = {"submission_metadata.yml": text, "submission_1/diffusion/ddpm.py": CODE}
    (one,) = gather([make_folder(tmp_path / "export", entries)])
    assert problem(one).startswith("its submission_metadata.yml cannot be read")


# ----------------------------------------------------------------- Canvas, Moodle, GitHub Classroom


def test_a_download_of_canvas_is_a_submission_for_each_student(tmp_path):
    path = make_zip(
        tmp_path / "submissions.zip",
        {
            "amesanna_12345_9001_hw.zip": zipped({"hw/diffusion/ddpm.py": CODE}),
            "bellbert_LATE_12346_9002_ddpm.py": CODE,
            "bellbert_LATE_12346_9003_cfg-1.py": OTHER,
            "bellbert_LATE_12346_9004_report.pdf": b"x",
            "çelikc_12347_9005_my_hw_12_13.ipynb": b"{}",
            "anon_x1Y2z_9006_ddpm-2.py": CODE,
        },
    )
    found = {one.name: one for one in gather([path])}
    assert sorted(found) == ["amesanna_12345", "anon_x1Y2z", "bellbert_12346", "çelikc_12347"]
    assert found["amesanna_12345"].students == (Student("12345", "amesanna", kind=IdKind.CANVAS),)
    assert read(found["amesanna_12345"]) == {"diffusion/ddpm.py": CODE}
    assert read(found["bellbert_12346"]) == {"diffusion/cfg.py": OTHER, "diffusion/ddpm.py": CODE}
    assert found["bellbert_12346"].read().ignored == ["report.pdf"]
    assert "my_hw_12_13.ipynb is no notebook of format 4" in problem(found["çelikc_12347"])
    assert read(found["anon_x1Y2z"]) == {"diffusion/ddpm.py": CODE}
    late = {name: one.said_late for name, one in found.items()}
    assert late == {
        "amesanna_12345": False,
        "anon_x1Y2z": False,
        "bellbert_12346": True,
        "çelikc_12347": False,
    }
    assert not any(one.submitted_at for one in found.values())


def test_a_blind_download_of_canvas_is_one_too(tmp_path):
    names = ["anon_x1Y2z_9006_12_ddpm.py", "LATE_anon_a2B3c_9007_ddpm.py"]
    folder = make_folder(tmp_path / "all", dict.fromkeys(names, CODE))
    found = {one.name: one for one in gather([folder])}
    assert {name: one.said_late for name, one in found.items()} == {
        "anon_x1Y2z": False,
        "anon_a2B3c": True,
    }
    assert found["anon_a2B3c"].students == (
        Student("anon_a2B3c", "anon_a2B3c", kind=IdKind.CANVAS_ANONYMOUS),
    )


def test_a_download_of_moodle_is_a_submission_for_each_student(collection):
    path = collection(
        {
            "Anna Ames_12345_assignsubmission_file_/hw.zip": zipped(PACKAGE),
            "Anna Ames_12345_assignsubmission_onlinetext_/onlinetext.html": b"x",
            "Bert O'Bell_12346_assignsubmission_file/ddpm.py": OTHER,
            "Carl Zöe_12347_assignsubmission_onlinetext_/onlinetext.html": b"x",
        }
    )
    found = {one.name: one for one in gather([path])}
    assert sorted(found) == ["Anna Ames_12345", "Bert O'Bell_12346", "Carl Zöe_12347"]
    assert found["Anna Ames_12345"].students == (Student("12345", "Anna Ames", kind=IdKind.MOODLE),)
    assert read(found["Anna Ames_12345"]) == {"diffusion/ddpm.py": CODE}
    assert read(found["Bert O'Bell_12346"]) == {"diffusion/ddpm.py": OTHER}
    assert "no folder named diffusion" in problem(found["Carl Zöe_12347"])


def test_a_download_of_moodle_without_folders_is_one_too(collection):
    path = collection(
        {
            "Anna Ames_12345_assignsubmission_file_hw.zip": zipped(PACKAGE),
            "Bert Bell_12346_assignsubmission_file_ddpm.py": OTHER,
            "Bert Bell_12346_assignsubmission_file_cfg.py": CODE,
        }
    )
    found = {one.name: one for one in gather([path])}
    assert read(found["Anna Ames_12345"]) == {"diffusion/ddpm.py": CODE}
    assert read(found["Bert Bell_12346"]) == {"diffusion/cfg.py": CODE, "diffusion/ddpm.py": OTHER}
    assert found["Bert Bell_12346"].students == (Student("12346", "Bert Bell", kind=IdKind.MOODLE),)


def test_a_file_of_moodle_does_not_speak_for_another_user(collection):
    named = "Mallory_111_assignsubmission_file_Bert Bell_222_assignsubmission_file_ddpm.py"
    typed = "Mallory_111_assignsubmission_file_Carl_333_assignsubmission_onlinetext_ddpm.py"
    path = collection(
        {
            "Anna Ames_444_assignsubmission_file_ddpm.py": CODE,
            "Bert Bell_222_assignsubmission_file_ddpm.py": CODE,
            "Mallory_111_assignsubmission_file_cfg.py": OTHER,
            named: OTHER,
            typed: OTHER,
        }
    )
    found = {one.path.name: one for one in gather([path])}
    assert {one.path.name: [s.id for s in one.students] for one in found.values()} == {
        "Anna Ames_444": ["444"],
        "Bert Bell_222": ["222"],
        "Mallory_111": ["111"],
        named: [],
        typed: [],
    }
    assert read(found["Bert Bell_222"]) == {"diffusion/ddpm.py": CODE}
    assert read(found["Mallory_111"]) == {"diffusion/cfg.py": OTHER}
    assert read(found[named]) == {"diffusion/ddpm.py": OTHER}
    assert found[named].flags == (
        "student unknown: the name of the file can be read in two ways, as user 111 and 222",
    )


def test_a_folder_of_moodle_does_not_speak_for_another_user(collection):
    doubtful = "Carl_111_assignsubmission_file_222_assignsubmission_file_"
    path = collection(
        {
            "Bert Bell_222_assignsubmission_file_/ddpm.py": CODE,
            "Dora Dee_333_assignsubmission_file_/ddpm.py": CODE,
            f"{doubtful}/ddpm.py": OTHER,
        }
    )
    found = {one.path.name: one for one in gather([path])}
    assert found[doubtful].students == () and "user 111 and 222" in found[doubtful].flags[0]
    assert read(found[doubtful]) == {"diffusion/ddpm.py": OTHER}
    assert [one.id for one in found["Bert Bell_222"].students] == ["222"]


def test_files_named_one_by_one_are_known_as_if_their_folder_had_been_named(tmp_path):
    for name, entries in {
        "canvas": {
            "amesanna_12345_9001_ddpm.py": CODE,
            "amesanna_12345_9002_cfg.py": OTHER,
            "bellbert_12346_9003_hw.zip": zipped(PACKAGE),
        },
        "moodle": {
            f"{who}_assignsubmission_file_/ddpm.py": CODE for who in ("Anna Ames_1", "Bert Bell_2")
        },
        "gradescope": {
            "submission_metadata.yml": METADATA.encode(),
            "submission_101/ddpm.py": CODE,
        },
    }.items():
        folder = make_folder(tmp_path / name, entries)
        whole = {one.name: one.students for one in gather([folder])}
        assert {one.name: one.students for one in gather(list(folder.iterdir()))} == whole
        assert any(whole.values())


def test_names_that_only_look_like_those_of_canvas_are_no_download(tmp_path):
    path = make_folder(tmp_path / "all", {f"hw_5_2026_{i}.zip": zipped(PACKAGE) for i in "ab"})
    assert names(gather([path])) == ["hw_5_2026_a", "hw_5_2026_b"]


def test_clones_of_github_classroom_are_known_by_their_login(tmp_path):
    clones = {
        f"hw5-{login}/{file}": CODE
        for login in ("anna", "max-a", "max-b")
        for file in (".git/config", ".git/hooks/post-checkout", "diffusion/ddpm.py", "README.md")
    }
    found = {one.name: one for one in gather([make_folder(tmp_path / "hw5-submissions", clones)])}
    assert sorted(found) == ["hw5-anna", "hw5-max-a", "hw5-max-b"]
    assert found["hw5-max-a"].students == (Student("max-a", kind=IdKind.GITHUB),)
    assert read(found["hw5-anna"]) == {"diffusion/ddpm.py": CODE}


def test_where_no_folder_tells_the_assignment_nobody_guesses_logins(tmp_path):
    clones = {f"hw5-{i}/{f}": CODE for i in "ab" for f in (".git/config", "diffusion/ddpm.py")}
    found = gather([make_folder(tmp_path / "clones", clones)])
    assert [one.students for one in found] == [(), ()]
