"""Mutual TLS between client, scheduler and workers, and the certificates for it.

    python -m autograder.grading.cluster.security FOLDER

writes ca.pem, cert.pem and key.pem for all machines of a course. Anybody who has the key can run
code on the workers, so copy it only to those machines. Without TLS anybody can who reaches the
scheduler, so plain TCP is only accepted for the loopback address.
"""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from distributed import Security
from pydantic import BaseModel, ConfigDict

from autograder.command_line import run_alone
from autograder.exit_codes import UserError


class Unsafe(UserError):
    """Jobs would be sent or accepted without authentication."""


class Files(BaseModel):
    """Paths of PEM files: of the authority, the certificate and its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ca: Path
    cert: Path
    key: Path


def secured(address: str, files: Files | None) -> Security | None:
    """The credentials for an address; None for the loopback address, which needs none.

    Raises:
        Unsafe: there are no credentials, or a file is missing.
    """
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme == "tcp" and _loopback(parts.hostname):
        return None
    if parts.scheme != "tls":
        raise Unsafe(
            f"{address}: other machines need tls://; make certificates with python -m "
            f"{__name__} FOLDER, and name them under tls in the --cluster file"
        )
    if files is None:
        raise Unsafe(f"{address}: name the certificates under tls: {{ca, cert, key}}")
    for name, path in files:
        if not path.is_file():
            raise Unsafe(f"tls.{name}: {path}: no such file")
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
    """Write ca.pem, cert.pem and key.pem, readable only to their owner.

    Raises:
        FileExistsError: one exists; nothing is overwritten.
    """
    security = Security.temporary()
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "key.pem": security.tls_client_key,
        "cert.pem": security.tls_client_cert,
        "ca.pem": security.tls_ca_file,
    }
    for name in contents:
        (folder / name).touch(mode=0o600, exist_ok=False)
    for name, text in contents.items():
        (folder / name).write_text(text)


def main(folder: Path) -> None:
    """Write the certificates of a course into a new folder."""
    try:
        make_certificates(folder)
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}") from None


if __name__ == "__main__":
    run_alone(main)
