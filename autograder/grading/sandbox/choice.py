"""Choose the isolation of a run: a named one, or the first whose self-test passes."""

import sys

from .errors import IsolationUnavailable, SandboxError
from .isolation import Isolation
from .isolation.bubblewrap import Bubblewrap
from .isolation.plain import Plain
from .isolation.user import User
from .selftest import verify

CANDIDATES: tuple[type[Isolation], ...] = (Bubblewrap, User)
NAMES = ("auto", "bwrap", "user", "none")


def choose(name: str = "auto") -> Isolation:
    """The isolation called `name`, ready for use; "auto" takes the strongest that works here.

    Raises:
        IsolationUnavailable: it cannot be had, with what to do instead.
    """
    if name == "none":
        return Plain()
    if sys.platform != "linux":
        raise IsolationUnavailable(
            "submissions can be isolated only on Linux: grade on Linux or in a Linux container, or "
            "run code that you trust with --isolation none (results are then not of record)"
        )
    reasons = []
    for candidate in CANDIDATES:
        if name in ("auto", candidate.name):
            isolation = candidate()
            try:
                isolation.prepare()
                verify(isolation)
                return isolation
            except SandboxError as reason:
                reasons.append(f"{candidate.name}: {reason}")
    if not reasons:
        raise IsolationUnavailable(f"no isolation is called {name}: {', '.join(NAMES)} are")
    raise IsolationUnavailable("; ".join(reasons))
