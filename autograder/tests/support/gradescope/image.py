"""The file system in which a payload finds itself: a root below, what was set up above it.

The root is an unpacked Linux without our Python, or this machine's own system with its Python,
its private folders and everything of the course hidden. Above it lies the unpacked zip, and either
what setup.sh left behind or, where setup.sh cannot be run, an environment that exists already, in
the place where setup.sh would have made one.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from autograder.config.paths import REPOSITORY

from .container import Container

PLACE = "opt/autograder"  # as setup.sh has it
SYSTEM = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "var"}
EMPTY = {"root": 0o700, "tmp": 0o1777, "run": 0o755, "home": 0o755, "opt": 0o755}
EMPTY |= {"proc": 0o755, "sys": 0o755, "dev": 0o755, "usr/local": 0o755, "usr/src": 0o755}
EMPTY |= {"var/tmp": 0o1777, "var/cache": 0o755}
HIDDEN = ("usr/bin/python*", "usr/bin/pip*", "usr/bin/uv*", "usr/bin/bwrap")
HIDDEN += ("usr/lib/python*", "usr/lib/*/libpython*")
MOST_BYTES = 500_000_000
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
}
PASSED_ON = ("PIP_", "UV_", "SSL_CERT_")  # settings of installers, as where they find packages


def workplace() -> AbstractContextManager[str]:
    """A temporary folder for layers, on another file system than the machine's own root, which may
    be a layer too: one must not lie within the other.
    """
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(
        prefix="gradescope-", dir=memory if memory.is_dir() else None
    )


class NoImage(Exception):
    """No image can be made; the message says why and what to do."""


@dataclass(frozen=True)
class Image:
    """Layers, the topmost first, and what is shown besides."""

    layers: tuple[Path, ...]
    binds: tuple[tuple[str, str, bool], ...] = ()

    def container(self, stage: Path, *command: str, **options: object) -> Container:
        """A container of this image that runs a command."""
        layers = tuple(map(str, self.layers))
        made = Container(layers, str(stage), command, ENVIRONMENT, binds=self.binds)
        return replace(made, **options) if options else made


def base(folder: Path, root: Path | None) -> Image:
    """What is there before the zip comes; `folder` takes what has to be made for it."""
    if root is not None:
        if not (root / "bin").exists():
            raise NoImage(f"{root}: holds no bin/, so it is no root of a Linux; unpack one there")
        return Image((root.resolve(),))
    mask = folder / "mask"
    mask.mkdir(parents=True)
    mask.chmod(0o755)
    for name in set(os.listdir("/")) - SYSTEM - EMPTY.keys():  # noqa: PTH208 - names
        _hide(mask / name)
    for pattern in HIDDEN:
        for found in glob.glob(pattern, root_dir="/"):  # noqa: PTH207 - relative to the root
            _hide(mask / found)
    for name, mode in EMPTY.items():
        (mask / name).mkdir(parents=True, exist_ok=True)
        (mask / name).chmod(mode)
        os.setxattr(mask / name, "trusted.overlay.opaque", b"y")
    return Image((mask, Path("/")))


def _hide(path: Path) -> None:
    """Overlay file systems take this device for a file that has been removed."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    os.mknod(path, 0o600 | 0o020000, os.makedev(0, 0))


# ------------------------------------------------------------------------------------ the zip


def unpack(path: Path, layer: Path) -> None:
    """Lay the zip's files below /autograder/source of a new layer, and run_autograder beside it.

    Raises:
        NoImage: the platform would not take this zip.
    """
    source = layer / "autograder" / "source"
    source.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse(path, archive)
            for entry in archive.infolist():
                archive.extract(entry, source)
    except (OSError, zipfile.BadZipFile) as error:
        raise NoImage(f"{path}: cannot be read as a zip: {error}") from None
    for file in [layer, *layer.rglob("*")]:
        file.chmod(0o755 if file.is_dir() else 0o644)
    for name in ("setup.sh", "run_autograder"):
        (source / name).chmod(0o755)
    shutil.copy2(source / "run_autograder", layer / "autograder" / "run_autograder")
    for name in ("submission", "results"):
        (layer / "autograder" / name).mkdir()


def _refuse(path: Path, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    for name in ("setup.sh", "run_autograder"):
        if name not in names:
            raise NoImage(f"{path}: has no {name} at its root; zip the files, not their folder")
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise NoImage(f"{path}: {name} would leave the folder that it is unpacked to")
    if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
        raise NoImage(f"{path}: unpacks to more than {MOST_BYTES:,} bytes")


# -------------------------------------------------------------------- instead of setup.sh


def with_environment(below: Image, zipped: Path, environment: Path, folder: Path) -> Image:
    """The zip, and an environment of this machine in the place of the one that setup.sh makes.

    Its base interpreter and its packages are shown where setup.sh would have put them.
    """
    layer = folder / "layer"
    unpack(zipped, layer)
    python = environment / "bin" / "python"
    if not python.exists():
        raise NoImage(f"{environment}: has no bin/python; name a virtual environment")
    asked = (
        "import sys, sysconfig; print(sys.base_prefix, sysconfig.get_path('purelib'), sep='\\n')"
    )
    told = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    prefix, packages = map(Path, told.stdout.splitlines())
    name = packages.parent.name  # python3.11
    venv = layer / PLACE / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "lib" / name / "site-packages").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(f"/{PLACE}/python/bin/{name}")
    (venv / "pyvenv.cfg").write_text(
        f"home = /{PLACE}/python/bin\ninclude-system-site-packages = false\n"
    )
    (layer / "usr" / "lib").mkdir(parents=True)
    for shared in (prefix / "lib").glob("libpython*.so.*"):  # it asks for it where it was built
        (layer / "usr" / "lib" / shared.name).symlink_to(f"/{PLACE}/python/lib/{shared.name}")
    source = layer / "autograder" / "source"
    compile_all = ["-m", "compileall", "-q", "-s", str(layer), "-p", "/", str(source)]
    subprocess.run([python, *compile_all], check=True)
    shown = (
        (str(prefix), f"/{PLACE}/python", True),
        (str(packages), f"/{PLACE}/venv/lib/{name}/site-packages", True),
    )
    return Image((layer, *below.layers), shown)


# ------------------------------------------------------------------------------- with setup.sh


def set_up(below: Image, zipped: Path, folder: Path, shown: tuple[Path, ...] = ()) -> Image:
    """The zip and what its setup.sh did, with the network, kept in `folder` for other runs.

    Args:
        shown: folders of this machine that setup.sh may read, as those with packages.

    Raises:
        NoImage: setup.sh failed.
    """
    stamp = hashlib.sha256(zipped.read_bytes() + str(below.layers).encode()).hexdigest()
    layer, changes, done = folder / "layer", folder / "changes", folder / "done"
    image = Image((changes / "upper", layer, *below.layers))
    if done.exists() and done.read_text() == stamp:
        return image
    shutil.rmtree(folder, ignore_errors=True)
    for place in (changes, folder / "stage"):
        place.mkdir(parents=True)
    unpack(zipped, layer)
    network = [Path("/etc/resolv.conf"), Path("/etc/hosts"), *shown]
    container = Image((layer, *below.layers)).container(
        folder / "stage",
        "/bin/bash",
        "/autograder/source/setup.sh",
        changes=str(changes),
        network=True,
        binds=tuple((str(path), str(path), True) for path in network),
        env={**ENVIRONMENT, **{k: v for k, v in os.environ.items() if k.startswith(PASSED_ON)}},
    )
    status = subprocess.run(container.arguments(), cwd=REPOSITORY.root, check=False).returncode
    if status:
        raise NoImage(f"setup.sh failed (exit status {status}); its words stand above")
    done.write_text(stamp)
    return image
