"""The folder of code that runs beside the submission: an explicit list of files, copied.

Copied rather than bound, so that nothing else of the repository is reachable through it; compiled,
for without byte code an import takes twice as long.
"""

import compileall
import shutil
from pathlib import Path

from autograder.config.paths import REPOSITORY, Repository, existing, files_in

# Relative to the repository -> relative to the payload.
PACKAGES = {
    Repository.wire: Path("sandbox", "wire"),
    Repository.worker: Path("sandbox", "worker"),
    Repository.source_review: Path("source_review"),
    Repository.cells: Path(Repository.cells.name),
}
RUNNER = (
    *("__init__", "contract", "crashes", "deadline", "evidence", "letters", "local", "lookups"),
    *("missing", "names", "no_tensors", "operands", "outcomes", "probes", "reasons", "scene"),
    "torch_state",
)


def assemble(folder: Path) -> Path:
    """Copy and compile the payload into `folder`, which must not exist yet; return it.

    Raises:
        MissingPath: a file or folder of the payload is missing.
    """
    files = files_of(REPOSITORY)
    (folder / "sandbox").mkdir(parents=True)
    (folder / "sandbox" / "__init__.py").touch()
    for source, target in files.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / target)
    compileall.compile_dir(folder, quiet=1)
    return folder


def files_of(repository: Repository) -> dict[Path, Path]:
    """Path -> place in the payload, of every file that it consists of.

    Raises:
        MissingPath: a file or folder of these is missing.
    """
    runner, spies = repository.runner, repository.spies
    files = {repository.checkkit_init: Path(Repository.checkkit_init.name)}
    for name in RUNNER:
        files[existing(runner / f"{name}.py")] = Path(Repository.runner.name, f"{name}.py")
    for path in files_in(spies, ".py"):
        files[path] = Repository.spies.name / path.relative_to(spies)
    for source, target in PACKAGES.items():
        folder = source.below(repository.root)
        for path in files_in(folder, ".py"):
            files[path] = target / path.relative_to(folder)
    return files
