"""For staff: `pytest --impl=solution|starter|PATH` chooses whose code the checks judge."""

from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["tests.plugin"]

ROOT = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("diffusion course")
    group.addoption(
        "--impl",
        default="starter",
        metavar="solution|starter|PATH",
        help="the folder that holds diffusion/; a PATH runs in the sandbox (default: starter)",
    )
    group.addoption("--trust", action="store_true", help="run --impl=PATH in this process")
    group.addoption("--slow", action="store_true", help="also run the slow tests (half an hour)")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long and was not asked for, by `--slow` or by the marker's name."""
    wanted = {
        "slow": config.getoption("--slow"),
        "validation": "validation" in config.getoption("markexpr"),
    }

    def left_out(item: pytest.Item) -> bool:
        marker = "validation" if item.get_closest_marker("validation") else "slow"
        return item.get_closest_marker(marker) is not None and not wanted[marker]

    config.hook.pytest_deselected(items=[item for item in items if left_out(item)])
    items[:] = [item for item in items if not left_out(item)]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left_out = terminalreporter.stats.get("deselected", [])
    slow = sum(item.get_closest_marker("slow") is not None for item in left_out)
    if slow and not config.getoption("--slow"):
        terminalreporter.write_line(f"{slow} slow tests did not run: add --slow.")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    from tests.seam.local import LocalRunner
    from tests.seam.session import SESSION

    impl = config.getoption("--impl")
    session = config.stash[SESSION]
    if session.judged:
        return
    folder = ROOT / impl if impl in ("solution", "starter") else Path(impl).resolve()
    if not (folder / "diffusion").is_dir():
        raise pytest.UsageError(f"--impl={impl}: {folder} holds no folder named diffusion")
    if impl == "solution":
        session.asked = None  # it has what any course may ask
    if impl in ("solution", "starter") or config.getoption("--trust"):
        runner = LocalRunner(folder, session.names)
        session.runner_for = lambda item: runner
    else:
        from autograder.judge.sandboxed import runner_for_pytest

        session.runner_for = runner_for_pytest(config, folder)
