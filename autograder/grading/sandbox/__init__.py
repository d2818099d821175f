"""Running submissions where they can do no harm.

    with SandboxedRunner(folder, choose("auto"), Limits(), label="visible") as runner:
        evidence = runner.run(probe, returns={...}, seed=..., time_limit=..., x=...)

`payload` is the list of files that run beside a submission.

One run goes this way: `runner` -> `worker_process` -> `process` (confined by `isolation`) ->
`worker` (the code inside) -> `connection` (bytes back, with deadlines) -> `replies` (hostile bytes
to evidence).
"""

from .choice import choose
from .errors import IsolationUnavailable, SandboxError
from .isolation import Isolation
from .resources.limits import Limits
from .runner import SandboxedRunner

__all__ = [
    "Isolation",
    "IsolationUnavailable",
    "Limits",
    "SandboxError",
    "SandboxedRunner",
    "choose",
]
