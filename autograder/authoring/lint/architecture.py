"""Who may import whom: the walls of the design, held by reading every import statement.

Read from the source, without importing anything: solution and starter share the name `diffusion`,
and the point of half of these rules is that some modules are never imported.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config.paths import Repository, files_in

OURS = {"autograder", "checkkit", "tests", "diffusion", "solution", "starter"}

# Module or package -> what of ours it may import. The longest name that fits decides.
MAY_IMPORT = {
    "diffusion.__init__": (),
    "diffusion.blocks": (),
    "diffusion.data": (),
    "diffusion.denoiser": (),
    "diffusion.unet": ("diffusion.blocks",),
    "diffusion.ddpm": (),
    "diffusion.cfg": ("diffusion.ddpm",),
    "diffusion.training": ("diffusion.cfg", "diffusion.ddpm", "diffusion.denoiser"),
    # The program that trains may import what students fill; nothing of theirs imports it.
    "diffusion.train": ("diffusion",),
    "diffusion.runs": ("diffusion.runs",),
    "diffusion.runs.surroundings": ("diffusion.data", "diffusion.runs"),
    "checkkit": ("checkkit",),
    "tests": ("checkkit",),
    "autograder": ("autograder", "checkkit", "tests"),
    "autograder.config": ("autograder.config",),
    "autograder.hidden": ("checkkit",),
    "autograder.grading.sandbox.wire": ("autograder.grading.sandbox.wire",),
    "autograder.grading.sandbox.worker": (
        "autograder.grading.sandbox.worker",
        "autograder.grading.sandbox.wire",
        "checkkit",
    ),
    # Not part of the judging process: these run the solution, never a submission.
    "autograder.validation.digits": ("autograder", "checkkit", "tests", "diffusion"),
    "autograder.experiments.figures": ("autograder", "checkkit", "tests", "diffusion"),
    "autograder.experiments.runs": (
        *("autograder.command_line", "autograder.config.paths", "autograder.exit_codes"),
        *("autograder.config.files", "autograder.experiments.runs", "diffusion"),
    ),
    "autograder.experiments.metrics": ("autograder", "checkkit", "tests", "diffusion"),
    "autograder.validation.performance.bench": ("autograder", "checkkit", "tests", "diffusion"),
    "autograder.tests": ("autograder", "checkkit", "tests", "diffusion"),
}
# What the judge must not import although it may import the package around it.
RUNS_SUBMISSIONS = "checkkit.runner.local"
MAY_RUN_SUBMISSIONS = tuple(
    f"autograder.{name}" for name in ("digits", "figures", "sandbox.worker", "tests")
)
ONE_READER = {"ruamel": "autograder.config"}
BROUGHT_ALONG = {"PIL", "markupsafe", "yaml"}  # by matplotlib, jinja2 and pyyaml
NOT_READ = (f"{Repository.right}/", f"{Repository.samples}/")  # programs to be judged


def architecture_findings(root: Path) -> Iterator[Finding]:
    """Every import that the design forbids."""
    students_have = _requirements(root) | BROUGHT_ALONG | set(sys.stdlib_module_names)
    for file, module in _modules(root):
        package = module if file.endswith("__init__.py") else module.rpartition(".")[0]
        rule = _rule(module)
        if rule is None:
            yield Finding(file, 1, "a module that no rule covers: add it to MAY_IMPORT")
            continue
        told = set()
        for line, name in imports_of(Repository(root).at(file).read_text(), package):
            top = name.partition(".")[0]
            problem = None
            if top in OURS:
                problem = _forbidden(module, rule, name)
            elif module.startswith(("diffusion", "checkkit", "tests")) and top not in students_have:
                problem = f"imports {top}, which students do not have (pyproject.toml)"
            elif top in ONE_READER and not _below(module, ONE_READER[top]):
                problem = f"imports {top}: only {ONE_READER[top]} reads grading.yaml"
            if problem and line not in told:
                told.add(line)
                yield Finding(file, line, problem)


def _forbidden(module: str, rule: str, name: str) -> str | None:
    allowed = MAY_IMPORT[rule]
    if not any(_below(name, package) for package in allowed):
        return f"imports {name}; {rule} may import {', '.join(allowed) or 'nothing of ours'}"
    judges = _below(module, "autograder") and not _below(module, *MAY_RUN_SUBMISSIONS)
    if judges and _below(name, RUNS_SUBMISSIONS):
        return f"imports {name}: the judging process never runs a submission"
    return None


def _rule(module: str) -> str | None:
    fitting = [name for name in MAY_IMPORT if _below(module, name)]
    return max(fitting, key=len, default=None)


def _below(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _modules(root: Path) -> Iterator[tuple[str, str]]:
    """Path and module name of everything that has to keep the rules."""
    ours = Repository(root)
    for folder in (ours.solution_package, ours.checkkit, ours.checks, ours.autograder):
        prefix = f"{Repository.solution}/" if folder == ours.solution_package else ""
        for path in files_in(folder, ".py"):
            file = path.relative_to(root).as_posix()
            if not file.startswith(NOT_READ):
                name = file.removeprefix(prefix).removesuffix(".py").replace("/", ".")
                keep = name == "diffusion.__init__"
                yield file, name if keep else name.removesuffix(".__init__")


@cache  # a release, its lint and its zip all ask, and parsing everything takes seconds
def imports_of(source: str, package: str) -> tuple[tuple[int, str], ...]:
    """Line and absolute name of everything that a module imports, wherever in it."""
    return tuple(_imports(source, package))


def _imports(source: str, package: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func).rpartition(".")[2]
            name = node.args[0]
            if called in ("import_module", "__import__") and isinstance(name, ast.Constant):
                yield node.lineno, str(name.value)


def _requirements(root: Path) -> set[str]:
    project = tomllib.loads(Repository(root).project.read_text())["project"]
    return {
        re.split(r"[^\w-]", line, maxsplit=1)[0].replace("-", "_")
        for line in project["dependencies"]
    }
