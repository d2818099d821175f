"""Tables of staff: read as spreadsheets save them, and every error with file, row and column."""

import pytest

from autograder.grading.gradebook.adjustments import BadTable, adjustments_of
from autograder.grading.gradebook.staff_tables import read_tables
from autograder.grading.intake import Student
from autograder.tests.support.small_course import ANNA, BERT, CLASS, handed_in, written

SCORES = "student,task,score,reason\n0042,third,1.5,good\n"
MANUAL, OVERRIDE, MORE = "student,task,score", "student,task,score,reason", "student,days,due"

# which table, what it says, where the fault must be, and words that must be said
FAULTS = {
    "unknown task": ("manual", f"{MANUAL}\nx,fourth,1", "row 2, column task", "first, second, t"),
    "auto task": ("manual", f"{MANUAL}\nx,first,1", "row 2, column task", "use --override to rep"),
    "too many points": (
        "manual",
        f"{MANUAL}\n\nx,third,2.1",
        "row 3, column score",
        "must be 0 to 2",
    ),
    "below zero": ("manual", f"{MANUAL}\nx,third,-1", "row 2, column score", "not -1"),
    "not a number": (
        "manual",
        f"{MANUAL}\nx,third,nan",
        "row 2, column score",
        "write it like",
    ),
    "infinity": ("override", f"{OVERRIDE}\nx,third,inf,y", "row 2, column score", "not a number"),
    "exponent": ("override", f"{OVERRIDE}\nx,third,1e3,y", "row 2, column score", "not a number"),
    "huge": ("override", f"{OVERRIDE}\nx,third,10001,y", "row 2, column score", "0 to 10,000"),
    "no score": (
        "override",
        f"{OVERRIDE}\nx,third,,y",
        "row 2, column score",
        "'' is not a num",
    ),
    "no reason": ("override", f"{OVERRIDE}\nx,third,1, ", "row 2, column reason", "give a reason"),
    "no student": ("manual", f"{MANUAL}\n ,third,1", "row 2, column student", "is empty; give"),
    "twice": ("manual", f"{MANUAL}\nAB,third,1\nc,third,1\nab ,third,2", "row 4, column", "row 2"),
    "comma": ("manual", f'{MANUAL}\nx,third,"1,5"', "row 2, column score", "'1,5' is not a num"),
    "missing column": (
        "manual",
        "student,score\nx,1",
        "row 1",
        "task is missing; the columns are",
    ),
    "doubled column": ("manual", "task,student,score,Task\nx,1", "row 1", "task occurs twice"),
    "no reasons": ("override", f"{MANUAL}\nx,third,1", "row 1", "column reason is missing"),
    "empty": ("manual", "", "", "is empty; its first row names the columns student, task, score"),
    "latin": ("manual", f"{MANUAL}\nJos\xe9,third,1".encode("latin-1"), "", "save it as CSV UTF-8"),
    "open quote": ("manual", f'{MANUAL}\n"x,third,1', "", "is not valid CSV"),
    "bytes": ("manual", b"PK\x03\x04\xff\xfe", "", "is not UTF-8"),
    "days and due": ("extensions", f"{MORE}\nx,1,2027-01-01", "row 2, column days", "either"),
    "no time": ("extensions", f"{MORE}\nx,,", "row 2, column days", "fill either days or due"),
    "no date": ("extensions", f"{MORE}\nx,,14.12.2026", "row 2, column due", "write it like"),
    "less time": ("extensions", f"{MORE}\nx,,2026-12-01", "row 2, column due", "when core is due"),
    "negative days": ("extensions", f"{MORE}\nx,-1,", "row 2, column days", "0 to 365, not -1"),
    "a decimal comma between commas": (
        "manual",
        "student,task,score\n0042,third,1,5",
        "row 2: has 4 cells, and there are 3 columns",
        "write numbers like 4.5",
    ),
    "no assignment": (
        "extensions",
        "student,assignment,days\nx,final,1",
        "row 2, column assignment",
        "'final' does not exist; choose from core, essay",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_row_and_column(read, tmp_path, fault):
    which, text, where, words = FAULTS[fault]
    with pytest.raises(BadTable) as caught:
        read(**{which: text})
    assert caught.value.errors[0].startswith(f"{tmp_path / which}.csv: {where}")
    assert words in caught.value.errors[0]


def test_all_faults_of_all_tables_are_named_at_once(read):
    with pytest.raises(BadTable) as caught:
        read(manual=f"{MANUAL}\nx,fourth,1\nx,third,9", override=f"{OVERRIDE}\nx,first,1,")
    assert [error.partition("csv: ")[2][:5] for error in caught.value.errors] == [
        "row 2",
        "row 3",
        "row 2",
    ]


def test_a_file_that_is_not_there_is_named(course, tmp_path):
    with pytest.raises(BadTable, match=r"nowhere\.csv: cannot be read: No such file"):
        adjustments_of(read_tables({"manual": tmp_path / "nowhere.csv"}, course), CLASS)


@pytest.mark.parametrize(
    "content",
    [
        SCORES.encode("utf-8-sig"),
        SCORES.replace("\n", "\r\n").encode(),
        SCORES.replace("\n", "\r").encode(),
        SCORES.replace(",", ";").replace("1.5", "1,5").encode("utf-8-sig"),
        SCORES.replace(",", "\t").encode("utf-16"),
        b' Reason , SCORE,Task,email,"Student"\n"good",1.5, THIRD ,x, 0042 \n,,,,\n\n',
    ],
    ids=["mark", "windows", "old mac", "semicolons", "unicode text", "other order"],
)
def test_a_table_is_read_as_spreadsheets_save_it(read, content):
    ((key, said),) = read(manual=content).manual.items()
    assert key == ("0042", "third")
    assert (said.score, said.reason) == (1.5, "good")
    assert said.place.endswith("manual.csv: row 2")


def test_what_is_not_marked_yet_is_no_zero(read):
    said = read(manual="student,task,score\n0042,third,\n0043,third,0\n")
    assert {who: one.score for (who, _), one in said.manual.items()} == {"0043": 0}


def test_an_override_may_give_more_than_a_task_has(read):
    said = read(override="student,task,score,reason\n0042,first,4.5,bonus\n")
    assert said.overrides["0042", "first"].score == 4.5


def test_reasons_are_made_harmless(read):
    said = read(override='student,task,score,reason\n0042,first,1,"\x1b[31ma\n\u202eb"\n')
    assert said.overrides["0042", "first"].reason == "a �b"


# ------------------------------------------------------------------------- whom a row is about


def test_a_row_goes_to_the_one_it_is_about_by_id_email_or_name(read):
    rows = "0042,third,1\nBERT@example.org,third,2\nalone,third,0\n"
    said = read([handed_in("s1", ANNA, BERT), handed_in("Alone")], manual=f"{MANUAL}\n{rows}")
    assert {who: one.score for (who, _), one in said.manual.items()} == {
        "0042": 1,
        "0043": 2,
        "alone": 0,
    }


def test_rows_about_nobody_and_about_several_are_left_out_and_told(course, tmp_path):
    twin = Student("0044", "anna ames")
    rows = "nora,first,1,x\nAnna Ames,first,1,x\n0042,second,1,x\nanna@example.org,second,2,x\n"
    tables = written(tmp_path, {"override": f"{OVERRIDE}\n{rows}"})
    submissions = [handed_in("s1", ANNA), handed_in("s2", twin)]
    said, notices = adjustments_of(read_tables(tables, course), submissions)
    place = f"{tmp_path}/override.csv: row"
    assert notices == [
        f"{place} 2: nora is no id, email or name of anybody who handed in; the row is ignored",
        f"{place} 3: anna ames fits 2 students (0042, 0044); use the id; the row is ignored",
        f"{place} 5: repeats {place} 4; the row is ignored",
    ]
    assert list(said.overrides) == [("0042", "second")]


def test_nobody_gets_anothers_score_by_a_name_of_his_choice(course, tmp_path):
    thief = Student("0066", "anna@example.org", "0042")
    rows = "anna@example.org,third,2\n0042,third,2\n"
    tables = written(tmp_path, {"manual": f"{MANUAL}\n{rows}"})
    submissions = [handed_in("s1", ANNA), handed_in("s2", thief)]
    said, notices = adjustments_of(read_tables(tables, course), submissions)
    assert len(notices) == 1 and "repeats" in notices[0]
    task = course.tasks[-1]
    assert said.score("0042", task)
    assert said.score("0066", task) is None


def test_accents_are_compared_as_they_are_read(read):
    said = read([handed_in("s", BERT)], manual=f"{MANUAL}\nBert Bo\u0308ll,third,2\n")
    assert list(said.manual) == [("0043", "third")]
