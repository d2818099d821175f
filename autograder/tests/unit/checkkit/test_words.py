"""Text from submissions is made harmless in one place, which takes out whatever may deceive."""

import unicodedata

import pytest

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.sandbox.replies import evidence_of, read_reply
from autograder.grading.sandbox.wire import PREFIX, FrameCaps, frame_sizes, pack
from checkkit.runner.evidence import Text
from checkkit.runner.outcomes import Crash, SubmissionRaised
from checkkit.text import harmless, one_line, printable

MARK = "\N{REPLACEMENT CHARACTER}"
HIDDEN = {
    "a control": "\x00",
    "escape alone": "\x1b",
    "delete": "\x7f",
    "a control of eight bits": "\x9b",
    "a direction override": "\u202e",
    "an isolate": "\u2066",
    "no width": "\u200b",
    "half of a pair": "\ud800",
    "private": "\ue000",
    "unknown": "\u0378",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
    "a lone carriage return": "\r",
    "a form feed": "\x0c",
}
CODES = {
    "colour": "\x1b[31m",
    "clear the screen": "\x1b[2J",
    "a title, ended by a bell": "\x1b]0;title\x07",
    "a title, ended by a code": "\x1b]0;title\x1b\\",
    "a link": "\x1b]8;;file:///etc/passwd\x1b\\",
    "reset": "\x1bc",
}
EVERYWHERE = pytest.mark.parametrize("made", [printable, harmless, one_line])


@EVERYWHERE
@pytest.mark.parametrize("character", HIDDEN.values(), ids=HIDDEN)
def test_character_that_no_reader_sees_becomes_a_mark(made, character):
    assert made(f"a{character}b") == f"a{MARK}b"


@EVERYWHERE
@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_terminal_code_is_taken_out_whole_but_for_an_unknown_end(made, code):
    assert made(f"a{code}b").replace(MARK, "") in ("ab", "acb")
    assert "\x1b" not in made(f"a{code}b") and "\x07" not in made(f"a{code}b")


def test_code_that_is_put_together_by_removal_is_none():
    assert printable("\x1b\x1b[31m[31mred") == f"{MARK}[31mred"


def test_no_character_of_a_deceiving_kind_is_left():
    kept = printable("".join(map(chr, range(0x110000))))
    kinds = {unicodedata.category(c) for c in kept if c not in "\n\t"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_words_of_people_stay_as_they_are():
    text = "Zoë Ångström, 王小明, Αλέξης, نور 🎓 x₀ → x̂"
    assert printable(text) == harmless(text) == one_line(text) == text


def test_tabs_and_line_ends_stay_where_lines_do():
    assert printable("a\tb\r\nc\n") == "a\tb\nc\n"
    assert harmless("a\tb\r\nc\n") == "a   b\nc\n"
    assert one_line("a\tb\r\nc\n") == "a b c"


def _reply(**message):
    data = pack({"token": "t", "changed": ["\x1b[2J\u202ecudnn\n"]} | message)
    header, _ = frame_sizes(data[: PREFIX.size], FrameCaps(2**20, 2**20))
    frame = data[PREFIX.size :]
    return read_reply(frame[:header], frame[header:], "t")


def test_replies_of_a_worker_go_through_the_same_place():
    hostile = "\x1b[2J\u202e\u2028\u0378\te\n"
    reply = _reply(kind="evidence", values={"words": hostile})
    assert reply.changed == (f"{MARK}cudnn",)
    assert evidence_of(reply, {"words": Text(500)}) == {"words": f"{MARK * 3}\te\n"}
    frames = [["a\nb\x1b[2J.py", 3, "f\u202e", "x = 1\u2028"]]
    crash = ["a\nb\x1b[2J.py", 3, "x = 1\u2028", hostile, ["f\u202e"]]
    raised = _reply(
        kind="raised", type="E\x1b[2J", text=hostile, stub=False, frames=frames, crash=crash
    )
    with pytest.raises(SubmissionRaised) as told:
        evidence_of(raised, {})
    assert not set(str(told.value)) & set("\x1b\u202e\u2028")
    assert isinstance(told.value.crash, Crash) and told.value.crash.inside == (f"f{MARK}",)
    assert str(told.value).startswith(f"a b.py, line 3: x = 1{MARK}\n{MARK * 3} e\n")
    assert f'File "a b.py", line 3, in f{MARK}' in told.value.traceback


def test_nothing_else_decides_which_characters_are_shown():
    words = ("unicodedata.category", "\\x1b", "expandtabs")
    folders = (REPOSITORY.autograder, REPOSITORY.checkkit, REPOSITORY.checks)
    files = [path for folder in folders for path in files_in(folder, ".py")]
    found = {
        str(path.relative_to(REPOSITORY.root))
        for path in files
        if "autograder/tests" not in path.as_posix()
        and any(word in path.read_text() for word in words)
    }
    assert found == {
        "checkkit/text.py",
        "autograder/cli/demo_submissions/hostile/diffusion/ddpm.py",
    }
