"""Writing the files of a command into the folder that the user named."""

from pathlib import Path

from autograder.config.files import write_bytes_whole
from autograder.exit_codes import UserError


def write_output(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all; its folder is made if it is not there.

    Raises:
        UserError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_whole(path, data)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}); free some space or choose another folder"
        ) from error
