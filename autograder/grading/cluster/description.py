"""A cluster: an address on the command line, or a YAML file.

scheduler: tls://gpu1.example.edu:8786      one that is already running
tls: {ca: ca.pem, cert: cert.pem, key: key.pem}

jobqueue: slurm                             or start workers as jobs of a queueing system
workers: 8
options: {cores: 2, memory: 8GB, walltime: "02:00:00", queue: short}

resources: {GPU: 1}                         that each submission needs
patience: 300                               seconds to wait for the first worker
"""

import importlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from distributed import Security
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, model_validator

from autograder.exit_codes import UserError

from .security import Files, secured

System = Literal["slurm", "pbs", "sge", "lsf", "oar", "htcondor"]
SYSTEMS: dict[System, str] = {  # its class in dask_jobqueue
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "htcondor": "HTCondorCluster",
}


class BadCluster(UserError):
    """A description that is not valid; the message names the field."""


class Cluster(BaseModel):
    """See the top of this module."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheduler: StrictStr | None = None
    jobqueue: System | None = None
    workers: Annotated[int, Field(ge=1, le=10_000)] = 1
    options: dict[str, Any] = {}
    tls: Files | None = None
    resources: dict[str, Annotated[float, Field(gt=0)]] = {}
    patience: Annotated[float, Field(gt=0, le=86_400)] = 300

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.scheduler is None) == (self.jobqueue is None):
            raise ValueError("give one of scheduler and jobqueue")
        return self

    @property
    def name(self) -> str:
        """Its name in messages."""
        return self.scheduler or str(self.jobqueue)

    def connect(self) -> tuple[Any, Security | None]:
        """The address or cluster for a Dask client, and its credentials.

        Raises:
            BadCluster: the options are not valid.
            Unsafe: data would be sent unencrypted, or certificates are missing.
        """
        if self.scheduler:
            return self.scheduler, secured(self.scheduler, self.tls)
        assert self.jobqueue is not None
        security = secured("tls://", self.tls)
        kind = getattr(importlib.import_module("dask_jobqueue"), SYSTEMS[self.jobqueue])
        try:
            cluster = kind(**{"protocol": "tls://", "security": security, **self.options})
        except (TypeError, ValueError) as error:
            raise BadCluster(f"options: not valid for {self.jobqueue}: {error}") from None
        cluster.scale(self.workers)
        return cluster, security


def read_cluster(path: Path) -> Cluster:
    """Read a description; its paths are relative to the folder of the file.

    Raises:
        BadCluster: it cannot be read, or a field is wrong.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        cluster = Cluster.model_validate(data)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise BadCluster(f"{path}: cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise BadCluster(f"{path}: {where}: {first['msg']}") from None
    if cluster.tls is None:
        return cluster
    files = {name: path.parent / file for name, file in cluster.tls}
    return cluster.model_copy(update={"tls": Files(**files)})
