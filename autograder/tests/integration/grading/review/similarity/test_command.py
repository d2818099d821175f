"""`autograder similar` on a class of eleven: what it flags, writes, refuses and survives."""

import csv
import re

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode
from autograder.grading.review.similarity.command import run
from autograder.grading.review.similarity.comparing import COMMON_LEAST
from autograder.tests.support.similar_class import SCRIPT, hand_in
from autograder.validation.disguise import disguise
from autograder.validation.known_bugs.apply import solution_files

EVE = "=cmd() " + "eve_" * 15


@pytest.fixture
def rows(compared) -> list[dict[str, str]]:
    with (compared / "pairs.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_copies_are_flagged_and_nobody_else(rows):
    flagged = {frozenset((row["first"], row["second"])) for row in rows if row["flagged"] == "yes"}
    assert flagged == {frozenset(("ada", f"'{EVE}")), frozenset(("evil", "stacked"))}


def test_pairs_are_sorted_and_have_their_share_and_file(rows):
    shares = [float(row["share"]) for row in rows]
    assert shares == sorted(shares, reverse=True) and shares[0] == 1
    assert rows[0]["file"] == "ddpm.py" and {"ada", f"'{EVE}"} >= {rows[1]["file of"]}


def test_no_cell_is_a_formula(compared):
    with (compared / "pairs.csv").open() as file:
        assert not any(cell.startswith("=") for row in csv.reader(file) for cell in row)


def test_names_and_sources_are_escaped(compared):
    pages = [compared / "index.html", *compared.glob("pairs/*.html")]
    assert len(pages) == 3
    assert not any(SCRIPT in page.read_text() for page in pages)
    assert any("&lt;script&gt;" in page.read_text() for page in pages)


def test_no_page_gives_a_verdict(compared):
    for page in (compared / "index.html", *compared.glob("pairs/*.html")):
        text = page.read_text().lower()
        assert not any(word in text for word in ("cheat", "plagiar", "guilt", "culprit"))
    assert "a place to look, not a finding" in (compared / "index.html").read_text()


def test_what_cannot_be_compared_is_named_with_its_reason(compared):
    text = (compared / "index.html").read_text()
    assert "bomb" in text and "more than 60,000 tokens" in text


def test_a_submission_of_an_earlier_year_is_found(tmp_path):
    hand_in(tmp_path / "now", "ada", solution_files())
    hand_in(tmp_path / "before", "bob", solution_files())
    hand_in(tmp_path / "before", "cy", solution_files())
    code = run([tmp_path / "now" / "ada"], tmp_path / "out", also=[tmp_path / "before"])
    assert code == ExitCode.OK
    with (tmp_path / "out" / "pairs.csv").open() as file:
        names = {(row["first"], row["second"]) for row in csv.DictReader(file)}
    assert names == {("ada", "earlier: bob"), ("ada", "earlier: cy")}


def test_what_is_like_a_released_file_is_named_also_where_many_have_it(tmp_path, capsys):
    text = disguise({"": REPOSITORY.oracles.read_text()}, 2, rewrite=True)[""]
    names = [f"n{n:02}" for n in range(COMMON_LEAST + 2)]
    for name in names:
        hand_in(tmp_path / "class", name, {"own.py": text})
    hand_in(tmp_path / "class", "cy", solution_files())
    assert run([tmp_path / "class"], tmp_path / "out") == ExitCode.OK
    words = r"own\.py:\d+: \d+ lines are like lines \d+ to \d+ of checkkit/oracles\.py"
    assert re.search(f"{names[0]}: {words}", capsys.readouterr().out)
    page = (tmp_path / "out" / "index.html").read_text()
    assert len(re.findall(words, page)) == len(names)


def test_a_second_run_leaves_no_page_of_the_first(klass, tmp_path):
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs" / "99.html").write_text("old")
    (tmp_path / "pairs" / "notes.html").write_text("mine")
    assert run([klass], tmp_path) == ExitCode.OK
    names = sorted(path.name for path in (tmp_path / "pairs").iterdir())
    assert names == ["1.html", "2.html", "notes.html"]


def test_one_submission_is_nothing_to_compare(tmp_path, capsys):
    hand_in(tmp_path, "ada", solution_files())
    assert run([tmp_path / "ada"], tmp_path / "out") == ExitCode.FAILED
    assert "give two submissions" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    assert run([tmp_path / "nowhere"], tmp_path / "out") == ExitCode.FAILED
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("threshold", [0, 70, -1])
def test_a_share_out_of_range_is_refused(klass, tmp_path, capsys, threshold):
    assert run([klass], tmp_path, threshold=threshold) == ExitCode.BAD_REQUEST
    assert "--threshold" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_named(klass, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run([klass], tmp_path / "file") == ExitCode.BAD_REQUEST
    assert "--output" in capsys.readouterr().err


def test_what_many_have_counts_if_it_is_wanted(tmp_path, capsys):
    """Twelve copies of one solution: too common to be seen by default, and flagged at 1."""
    source = (REPOSITORY.solution_package / "ddpm.py").read_bytes()
    for number in range(COMMON_LEAST + 2):
        hand_in(tmp_path / "class", f"s{number}", {"ddpm.py": source.decode()})
    assert run([tmp_path / "class"], tmp_path / "out") == ExitCode.OK
    assert "--common 1 ignores nothing" in " ".join(capsys.readouterr().out.split())
    ran = CliRunner().invoke(
        app,
        ["similar", str(tmp_path / "class"), "--output", str(tmp_path / "again"), "--common", "1"],
    )
    assert ran.exit_code == 0 and "66 flagged" in ran.output, ran.output
