"""Seeds of a run: fresh unless given, and the same for a submission whatever stands before it."""

import hashlib
import secrets


def run_seed(seed: str | None) -> str:
    """The seed of a whole run: the one given, or 128 random bits; hexadecimal."""
    return secrets.token_hex(16) if seed is None else seed


def submission_seed(run: str, name: str, attempt: int = 1) -> str:
    """What the seeds of one submission's checks derive from; `pytest --check-seed` takes it."""
    return hashlib.sha256(f"{run}:{name}:{attempt}".encode()).hexdigest()[:32]
