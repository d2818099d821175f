"""When files are written: often enough to lose nothing, seldom enough to cost nothing."""

import json
from dataclasses import replace

import pytest

from autograder.grading.gradebook.adjustments import Adjustments, StaffScore
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of
from autograder.grading.gradebook.grades_csv import rows_of, students_in
from autograder.grading.gradebook.input_tables import BadTable
from autograder.grading.reports import recorder as module
from autograder.grading.reports.recorder import Recorder
from autograder.tests.support.graded_class import graded_class

OWN = ("results.json", "report.html", "instructor.html")


def record(folder, submissions, **options) -> None:
    with Recorder(folder, **options) as recorder:
        for graded in submissions:
            recorder.begin(graded)
            recorder.finish(graded)


def from_journal(count: int):
    """Submissions of an earlier run, their pictures with them."""
    return [replace(graded, fresh=False) for graded in graded_class(count)]


def test_every_submission_has_its_files(batch):
    for graded in batch.submissions:
        for name in OWN:
            assert batch.folder.joinpath(graded.name, name).stat().st_size > 1000, name
    assert {path.name for path in batch.folder.glob("*.*") if path.is_file()} == {
        "index.html",
        "grades.csv",
        "canvas.csv",
    }


def test_pages_over_all_are_not_written_after_every_submission(tmp_path, monkeypatch):
    written = []
    real = module.write_whole
    monkeypatch.setattr(
        module, "write_whole", lambda path, text: (written.append(path.name), real(path, text))
    )
    monkeypatch.setattr(module, "SECONDS_BETWEEN", 1000.0)
    record(tmp_path, graded_class(6))
    assert written.count("index.html") == written.count("grades.csv") == 1
    assert written.count("report.html") == 6


def test_long_run_has_its_pages_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN", 0.0)
    with Recorder(tmp_path) as recorder:
        recorder.finish(graded_class(1)[0])
        assert (tmp_path / "index.html").exists()
        assert (tmp_path / "grades.csv").exists()


def test_interrupted_run_leaves_all_pages_and_says_what_is_unfinished(tmp_path):
    done, cut = graded_class(2)
    cut.finished = False
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path) as recorder:
        recorder.finish(done)
        recorder.begin(cut)
        raise KeyboardInterrupt
    assert "unfinished" in (tmp_path / "grades.csv").read_text()
    assert cut.name in (tmp_path / "index.html").read_text()
    assert all((tmp_path / cut.name / name).exists() for name in OWN)


def test_a_run_that_is_interrupted_before_a_result_leaves_the_pages_of_before(tmp_path):
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path):
        raise KeyboardInterrupt
    assert not [*tmp_path.iterdir()]
    (tmp_path / "grades.csv").write_text("student\nof before")
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path):
        raise KeyboardInterrupt
    assert [path.read_text() for path in tmp_path.iterdir()] == ["student\nof before"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f"student,flags\nada,{'x' * 200_000}\n".encode(), "field larger than field limit"),
        (b"student,flags\nad\xff,x\n", "can't decode byte"),
        (b"name,flags\nada,x\n", "it has no column student"),
    ],
    ids=["a huge cell", "no UTF-8", "another table"],
)
def test_a_gradebook_that_cannot_be_read_is_not_replaced(tmp_path, content, why):
    path = tmp_path / "grades.csv"
    path.write_bytes(content)
    with pytest.raises(BadTable, match=why) as error:
        Recorder(tmp_path, keys=["ada"])
    assert str(error.value).startswith(f"{path} cannot be read: ")
    assert [*tmp_path.iterdir()] == [path] and path.read_bytes() == content


def test_a_gradebook_that_is_no_file_is_not_replaced(tmp_path):
    (tmp_path / "grades.csv").mkdir()
    with pytest.raises(BadTable, match="Is a directory"):
        Recorder(tmp_path)


def test_cells_of_the_gradebook_can_be_read_again(tmp_path):
    (flooded, *rest) = graded_class(3)
    flooded.notices = tuple(f"{i}: {'x' * 400}" for i in range(1000))
    record(tmp_path, [flooded, *rest])
    found = students_in(tmp_path / "grades.csv")
    assert len(found) == len(rows_of(map(grades_of, graded_class(3))))
    assert max(map(len, (tmp_path / "grades.csv").read_text().split(","))) < 32_767


def test_an_interrupted_run_never_leaves_fewer_rows_than_before(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN", 0.0)
    tables = ("grades.csv", "canvas.csv", "index.html")
    record(tmp_path, graded_class(4), formats=("plain", "canvas"))
    whole = [(tmp_path / name).read_bytes() for name in tables]
    keys = [row.key for graded in graded_class(4) for row in rows_of([grades_of(graded)])]
    changed, *unchanged = graded_class(4)
    for seen in (unchanged[:1], unchanged):
        recorder = Recorder(tmp_path, formats=("plain", "canvas"), keys=[*keys, "new"])
        with pytest.raises(KeyboardInterrupt), recorder:
            for graded in seen:
                recorder.finish(replace(graded, fresh=False))
            raise KeyboardInterrupt
        assert recorder.keeps_tables
        assert [(tmp_path / name).read_bytes() for name in tables] == whole
    with Recorder(tmp_path, formats=("plain", "canvas"), keys=[*keys, "new"]) as recorder:
        for graded in (*unchanged, replace(changed, finished=False)):
            recorder.finish(graded)
    assert not recorder.keeps_tables  # the row that is new need not be waited for
    assert "unfinished" in (tmp_path / "grades.csv").read_text()


@pytest.mark.parametrize("file", OWN)
def test_a_run_that_is_interrupted_while_it_writes_leaves_no_half(tmp_path, monkeypatch, file):
    record(tmp_path, graded_class(1))
    (graded,) = from_journal(1)
    scores = {(graded.students[0].id, "figures_ddpm"): StaffScore(5, "no axes")}
    real, pending = module.write_whole, [KeyboardInterrupt]

    def interrupted_once(path, text):
        if path.name == file and pending:
            raise pending.pop()
        real(path, text)

    monkeypatch.setattr(module, "write_whole", interrupted_once)
    recorder = Recorder(tmp_path, adjustments=Adjustments(scores))
    with pytest.raises(KeyboardInterrupt), recorder:
        recorder.finish(graded)
    assert len(recorder.rows) == 1 + (len(graded.students) > 1)
    for page in ("report.html", "instructor.html"):
        assert "no axes" in (tmp_path / graded.name / page).read_text()


def test_begun_again_loses_the_pages_of_before(tmp_path):
    record(tmp_path, graded_class(1))
    again = replace(graded_class(1)[0], results={}, finished=False)
    recorder = Recorder(tmp_path)
    recorder.begin(again)
    assert not (tmp_path / again.name / "report.html").exists()
    assert json.loads((tmp_path / again.name / "results.json").read_text())["tests"] == []


def test_finished_submissions_let_go_of_their_pictures(tmp_path):
    submissions = graded_class(3)
    assert any(result.exhibits for graded in submissions for result in graded.results.values())
    record(tmp_path, submissions)
    assert not any(result.exhibits for graded in submissions for result in graded.results.values())


# --------------------------------------------------------------------- what an earlier run judged


def test_files_of_an_earlier_run_stay_as_they_are(tmp_path):
    record(tmp_path, graded_class(2))
    name = graded_class(2)[1].name
    before = {own: (tmp_path / name / own).stat().st_mtime_ns for own in OWN}
    (tmp_path / name / "instructor.html").write_text("kept")
    with Recorder(tmp_path) as recorder:
        for graded in from_journal(2):
            recorder.finish(graded)
    assert (tmp_path / name / "instructor.html").read_text() == "kept"
    after = {own: (tmp_path / name / own).stat().st_mtime_ns for own in OWN}
    assert {**after, "instructor.html": 0} == {**before, "instructor.html": 0}
    assert (tmp_path / "grades.csv").read_text().count(",earlier,") == 2


def test_files_of_an_earlier_run_that_are_missing_are_made(tmp_path):
    with Recorder(tmp_path) as recorder:
        for graded in from_journal(2):
            recorder.finish(graded)
    for graded in graded_class(2):
        assert "data:image/png" in (tmp_path / graded.name / "report.html").read_text()
        assert all((tmp_path / graded.name / own).exists() for own in OWN)
    assert (tmp_path / "index.html").read_text().count('<li id="digits-') == 2


@pytest.mark.parametrize("change", ["a person gave points", "grades are published"])
def test_files_of_an_earlier_run_follow_what_has_changed_since(tmp_path, change):
    record(tmp_path, graded_class(1))
    (graded,) = from_journal(1)
    said = Adjustments({(graded.students[0].id, "figures_ddpm"): StaffScore(5, "no axes")})
    published = change == "grades are published"
    with Recorder(tmp_path, published, NO_ADJUSTMENTS if published else said) as recorder:
        recorder.finish(graded)
    page = (tmp_path / graded.name / "report.html").read_text()
    assert ("hidden_sample" if published else "no axes") in page
    assert "data:image/png" in page


# ---------------------------------------------------------------------------------- bad requests


def test_format_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"--format moodle: choose from plain, canvas"):
        Recorder(tmp_path / "out", formats=("moodle",))
    assert not (tmp_path / "out").exists()


def test_canvas_is_written_where_it_is_asked_for(tmp_path):
    record(tmp_path, graded_class(1))
    assert not (tmp_path / "canvas.csv").exists()
    assert "canvas.csv" not in (tmp_path / "index.html").read_text()
