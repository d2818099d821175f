"""How far long commands are: a bar on a terminal, elsewhere a line now and then."""

import io
import threading

import pytest
from rich.console import Console

from autograder.config.paths import REPOSITORY, files_in
from autograder.progress import EVERY, Progress


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def made(clock, *words, terminal=False, **settings):
    """A progress, and what it prints."""
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, width=120, color_system=None)
    return Progress(console, *words, clock=clock, **settings), shown


def test_without_a_terminal_there_is_a_line_at_the_start_now_and_then_and_at_the_end(clock):
    progress, shown = made(clock, "drawing", 1000)
    with progress:
        for _ in range(1000):
            clock.now += 0.2
            progress.advance()
    assert shown.getvalue().splitlines() == [
        "drawing ...",
        "drawing: 30%, 0:01:00 so far, 0:02:20 left",
        "drawing: 60%, 0:02:00 so far, 0:01:20 left",
        "drawing: 90%, 0:03:00 so far, 0:00:20 left",
        "drawing: 100%, 0:03:20 in all",
    ]


def test_lines_are_never_closer_than_said(clock):
    progress, shown = made(clock, "drawing", 10**6)
    with progress:
        for _ in range(100):
            clock.now += EVERY / 10
            progress.advance()
    assert len(shown.getvalue().splitlines()) == 2 + 10


def test_what_is_counted_is_shown_with_its_unit_and_rate(clock):
    progress, shown = made(clock, "sampling", 40_000, unit="images", rate=True)
    with progress:
        clock.now += EVERY
        progress.advance(10_000)
    assert "sampling: 10,000 of 40,000 images, 167 a second, 0:01:00 so far, 0:03:00 left" in (
        shown.getvalue()
    )


def test_while_nothing_is_done_nobody_knows_what_is_left(clock):
    progress, shown = made(clock, "starting", forks=True)
    with progress:
        clock.now += EVERY
        progress.tick()
    assert "starting: 0%, 0:01:00 so far\n" in shown.getvalue()


def test_command_with_lines_of_its_own_has_only_the_time_added(clock):
    progress, shown = made(clock, "", 3, unit="jobs", own_lines=True)
    with progress:
        for name in ("a", "b", "c"):
            clock.now += EVERY - 20
            progress.update(done=progress.done + 1, doing=name)
            progress.line(f"{name}: killed")
    assert shown.getvalue().splitlines() == [
        "a: killed",
        "b: 2 of 3 jobs, 0:01:20 so far, 0:00:40 left",
        "b: killed",
        "c: killed",
    ]


def test_parts_are_numbered_and_shares_of_them_count(clock):
    progress, shown = made(clock, total=2, own_lines=True)
    with progress:
        with progress.part("first"):
            pass
        with progress.part("second") as advance:
            advance(0.25)
            assert progress.done == 1.25
    assert progress.done == 2
    assert shown.getvalue().splitlines() == ["1/2 first", "2/2 second"]


def test_interrupted_command_does_not_say_that_it_came_to_its_end(clock):
    progress, shown = made(clock, "drawing", 2)
    with pytest.raises(KeyboardInterrupt), progress:
        raise KeyboardInterrupt
    assert shown.getvalue() == "drawing ...\n"


def test_terminal_shows_a_bar_with_both_times_and_no_lines(clock):
    progress, shown = made(clock, "[b]drawing", 4, terminal=True, forks=True)
    with progress:
        for _ in range(2):
            clock.now += 30
            progress.advance()
        progress.line("not here")
        progress.tick()
        bar = shown.getvalue()
    assert "[b]drawing" in bar and "50%" in bar and "━" in bar
    assert "0:01:00 left 01:00" in bar
    assert "not here" not in bar and "so far" not in bar
    assert "\x1b[2K" in shown.getvalue()[len(bar) :]  # its line is erased


@pytest.mark.parametrize(("forks", "threads"), [(False, 1), (True, 0)])
def test_no_thread_draws_where_processes_are_forked(forks, threads, clock):
    before = threading.active_count()
    progress, _ = made(clock, "judging", 2, terminal=True, forks=forks)
    with progress:
        assert threading.active_count() == before + threads


def test_nothing_else_draws_bars():
    files = files_in(REPOSITORY.autograder, ".py")
    found = {str(p.relative_to(REPOSITORY.root)) for p in files if "rich.progress" in p.read_text()}
    assert found == {"autograder/progress.py", "autograder/tests/unit/test_progress.py"}
