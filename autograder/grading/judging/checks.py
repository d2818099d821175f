"""The checks themselves: finding them, and running them with pytest inside the judge's own process.

The judge runs pytest without the configuration, plugins and options of whoever started it: the same
checks run in the same way everywhere.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from checkkit import plugin as check_plugin
from checkkit.runner.recording import claim_of
from checkkit.runner.session import SESSION, CheckSession, check_name, task_of

ARGUMENTS = (
    *("-c", os.devnull, "--rootdir", str(REPOSITORY.root), "--noconftest"),
    *("--confcutdir", str(REPOSITORY.root)),  # a folder above may be one that nobody can list
    *("--disable-plugin-autoload", "--capture=no"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:faulthandler"),
    *("-p", "no:unraisableexception", "-p", "no:threadexception"),  # they collect garbage for long
)


@dataclass(frozen=True)
class CheckInfo:
    """The description of one check.

    A `supporting` check asks for a yes or no, which idle code may answer rightly and a forger can
    guess: it counts where another check of its task passes.
    """

    name: str
    task: str
    hidden: bool
    training: bool
    sentence: str = ""
    hint: str = ""
    supporting: bool = False

    @property
    def function(self) -> str:
        """Its name as `weights` in grading.yaml spells it: without file and parameters."""
        return self.name.partition("::")[2].partition("[")[0]


@dataclass(frozen=True)
class Collected:
    """Every check, and what went wrong in finding them."""

    checks: tuple[CheckInfo, ...]
    problems: tuple[str, ...] = ()


def collect_checks(folders: Sequence[Path] = ()) -> Collected:
    """Find every check without running one, in these folders or in both of the repository.

    Raises:
        MissingPath: a folder of the repository is missing or empty.
        KeyboardInterrupt: someone pressed Ctrl-C.
    """
    plugin = _Plugin(CheckSession(runner_for=_no_runner, seed="", training=True, judged=True))
    _pytest(["--collect-only"], folders, plugin)
    return Collected(tuple(map(_as_check, plugin.items)), tuple(plugin.problems))


def run_checks(
    session: CheckSession,
    wanted: Callable[[CheckInfo], bool],
    on_start: Callable[[str], None] = lambda name: None,
    folders: Sequence[Path] = (),
    up_to_failure: bool = False,
    plugins: Sequence[object] = (),
) -> None:
    """Run the wanted checks; `session.on_result` hears of each as it ends.

    With `up_to_failure` none runs after the first that does not pass. `plugins` are further ones of
    pytest's.

    Raises:
        KeyboardInterrupt: someone pressed Ctrl-C.
    """
    import torch  # late: a run that only collects checks, or fails before, does not wait for it

    torch.set_num_threads(1)  # the judge's sums are small, and its worker needs the cores
    plugin = _Plugin(session, wanted, on_start)
    _pytest(["--exitfirst"] if up_to_failure else [], folders, plugin, *plugins)


def folders_of(checks: Iterable[CheckInfo]) -> list[Path]:
    """The folders of the repository in which these checks are, that of visible ones first."""
    kinds = {check.hidden for check in checks}
    return [REPOSITORY.hidden if hidden else REPOSITORY.checks for hidden in sorted(kinds)]


def is_hidden(item: pytest.Item) -> bool:
    """Whether a test is one that students never receive."""
    return item.path.is_relative_to(REPOSITORY.hidden)


def _no_runner(item: pytest.Item):
    raise RuntimeError("nothing runs while checks are collected")


def _as_check(item: pytest.Item) -> CheckInfo:
    training, supporting = (
        item.get_closest_marker(name) is not None for name in ("training", "supporting")
    )
    task = task_of(item)
    assert task is not None
    return CheckInfo(check_name(item), task, is_hidden(item), training, *claim_of(item), supporting)


@dataclass
class _Plugin:
    """Hands the session to `checkkit.plugin`, and chooses among the collected tests."""

    session: CheckSession
    wanted: Callable[[CheckInfo], bool] = lambda check: True
    on_start: Callable[[str], None] = lambda name: None
    items: list[pytest.Item] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[SESSION] = self.session
        config.option.tbstyle = "native"  # nobody reads pytest's own report, and others cost time

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            words = str(report.longrepr).strip()
            line = re.search(r"line (\d+), in <module>|\.py:(\d+): in <module>", words)
            place = f"{report.nodeid}:{line[1] or line[2]}" if line else report.nodeid
            self.problems.append(f"{place}: {''.join(words.splitlines()[-1:])}")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if task_of(item) and self.wanted(_as_check(item))]
        self.items = items

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.on_start(check_name(item))


def _pytest(options: Sequence[str], folders: Sequence[Path], *plugins: object) -> None:
    """Run pytest on these folders, or on both of the repository; `tests` can be imported."""
    paths = folders or (REPOSITORY.checks, REPOSITORY.hidden)
    arguments = [*ARGUMENTS, "--continue-on-collection-errors", *options, *map(str, paths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY.root)
        for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
            patch.delenv(name, raising=False)
        code = pytest.main(arguments, plugins=[check_plugin, *plugins])
    if code == pytest.ExitCode.USAGE_ERROR:
        raise RuntimeError("pytest refuses the judge's own arguments")
    if code == pytest.ExitCode.INTERRUPTED:  # pytest takes Ctrl-C for its own; it is for the run
        raise KeyboardInterrupt
