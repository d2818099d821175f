"""The folder of code that runs beside the submission: an explicit list of files, copied.

Copied rather than bound, so that nothing else of the repository is reachable through it; compiled,
for without byte code an import takes twice as long.
"""

import compileall
import shutil
from pathlib import Path

from .interpreter import REPOSITORY

# Relative to the repository -> relative to the harness.
PACKAGES = {
    "autograder/sandbox/wire": "sandbox/wire",
    "autograder/sandbox/worker": "sandbox/worker",
    "autograder/suspicion/inside": "suspicion",
}
SEAM = ("__init__", "evidence", "local", "names", "outcomes", "probes", "torch_state")


def assemble(folder: Path) -> Path:
    """Copy and compile the harness into `folder`, which must not exist yet; return it."""
    (folder / "sandbox").mkdir(parents=True)
    (folder / "sandbox" / "__init__.py").touch()
    for source, target in _files().items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / target)
    compileall.compile_dir(folder, quiet=1)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _files() -> dict[Path, Path]:
    files = {REPOSITORY / "tests/__init__.py": Path("tests/__init__.py")}
    for name in SEAM:
        files[REPOSITORY / f"tests/seam/{name}.py"] = Path(f"tests/seam/{name}.py")
    spies = REPOSITORY / "tests/spies"
    for path in spies.rglob("*.py"):
        files[path] = Path("tests/spies") / path.relative_to(spies)
    for source, target in PACKAGES.items():
        for path in (REPOSITORY / source).glob("*.py"):
            files[path] = Path(target) / path.name
    return files
