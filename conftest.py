"""For staff: `pytest --impl=solution|starter|PATH` chooses whose code the checks judge."""

from pathlib import Path

import pytest

pytest_plugins = ["checkkit.plugin", "autograder.tests.support.slow"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("diffusion course")
    group.addoption(
        "--impl",
        default="solution",
        metavar="solution|starter|PATH",
        help="the folder that holds diffusion/; a PATH runs in the sandbox (default: solution)",
    )
    group.addoption("--trust", action="store_true", help="run --impl=PATH in this process")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    from autograder.config.paths import REPOSITORY, Repository
    from checkkit.runner.local import LocalRunner
    from checkkit.runner.session import SESSION

    impl = config.getoption("--impl")
    session = config.stash[SESSION]
    if session.judged:
        return
    ours = {"solution": Repository.solution, "starter": Repository.starter}
    folder = ours[impl].below(REPOSITORY.root) if impl in ours else Path(impl).resolve()
    if not (folder / "diffusion").is_dir():
        raise pytest.UsageError(f"--impl={impl}: {folder} holds no folder named diffusion")
    if impl == "solution":
        session.enabled_tasks = None  # it has what any course may ask
    if impl in ours or config.getoption("--trust"):
        runner = LocalRunner(folder, session.names, session.ownership.stubs)
        session.runner_for = lambda item: runner
    else:
        from autograder.grading.judging.pytest_impl import runner_for_pytest

        session.runner_for = runner_for_pytest(config, folder)
