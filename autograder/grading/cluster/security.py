"""Mutual TLS between client, scheduler and workers, and the certificates for it.

    python -m autograder.grading.cluster.security FOLDER

makes them: ca.pem, cert.pem and key.pem, one pair for all machines of a course. Whoever has the key
may run code on the workers: it goes to those machines alone. Without TLS anybody who reaches the
scheduler may, so plain TCP is refused for all but the loopback address.
"""

import ipaddress
import sys
from pathlib import Path
from urllib.parse import urlsplit

from distributed import Security
from pydantic import BaseModel, ConfigDict

from autograder.exit_codes import ExitCode


class Unsafe(ValueError):
    """Jobs would travel, or be taken, without a proof of who speaks."""


class Files(BaseModel):
    """Paths of PEM files: of the authority, the certificate and its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ca: Path
    cert: Path
    key: Path

    def below(self, folder: Path) -> "Files":
        """The same, seen from a folder."""
        return Files(ca=folder / self.ca, cert=folder / self.cert, key=folder / self.key)


def secured(address: str, files: Files | None) -> Security | None:
    """The credentials for an address; None on the loopback address, where none are needed.

    Raises:
        Unsafe: there are none, or a file is missing.
    """
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme == "tcp" and _loopback(parts.hostname):
        return None
    if parts.scheme != "tls":
        raise Unsafe(
            f"{address}: only tls:// leaves this machine; make certificates with python -m "
            f"{__name__} FOLDER, and name them under tls in the --cluster file"
        )
    if files is None:
        raise Unsafe(f"{address}: name its certificates under tls: {{ca, cert, key}}")
    for name, path in files:
        if not path.is_file():
            raise Unsafe(f"tls.{name}: {path}: there is no such file")
    names = {"tls_ca_file": str(files.ca), "require_encryption": True}
    for role in ("client", "scheduler", "worker"):
        names |= {f"tls_{role}_cert": str(files.cert), f"tls_{role}_key": str(files.key)}
    return Security(**names)


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def make_certificates(folder: Path) -> None:
    """Write ca.pem, cert.pem and key.pem, the key readable to its owner alone.

    Raises:
        FileExistsError: one is there; nothing is overwritten.
    """
    made = Security.temporary()
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "key.pem": made.tls_client_key,
        "cert.pem": made.tls_client_cert,
        "ca.pem": made.tls_ca_file,
    }
    for name in contents:
        (folder / name).touch(mode=0o600, exist_ok=False)
    for name, text in contents.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m autograder.grading.cluster.security FOLDER", file=sys.stderr)
        sys.exit(ExitCode.BAD_REQUEST)
    try:
        make_certificates(Path(sys.argv[1]))
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(ExitCode.BAD_REQUEST)
