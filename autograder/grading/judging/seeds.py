"""Seeds of a run: fresh unless given, and the same for equal files of the same name."""

import hashlib
import secrets


def run_seed(seed: str | None) -> str:
    """The seed of a whole run: the one given, or 128 random bits; hexadecimal."""
    return secrets.token_hex(16) if seed is None else seed


def submission_seed(run: str, name: str, content: str = "", attempt: int = 1) -> str:
    """What the seeds of one submission's checks derive from; `pytest --check-seed` takes it.

    Reports show it, so whoever hands in again may know the answers to its inputs. It depends on the
    content that is handed in: no submission can hold the answers to its own inputs.

    Args:
        content: `Submission.digest` of what is judged; empty where nothing is handed in.
    """
    return hashlib.sha256(f"{run}:{name}:{content}:{attempt}".encode()).hexdigest()[:32]
