"""Files are written as a whole or not at all."""

import errno
import resource
import signal

import pytest

from autograder.config.files import write_bytes_whole


@pytest.fixture
def small_files():
    """No file may grow beyond a thousand bytes, as on a disk that is full."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_file_that_cannot_be_written_leaves_nothing_and_is_named(tmp_path, small_files):
    path = tmp_path / "grades.csv"
    path.write_bytes(b"of yesterday")
    with pytest.raises(OSError) as refused:
        write_bytes_whole(path, bytes(10_000))
    assert refused.value.errno == errno.EFBIG and refused.value.filename == str(path)
    assert [p.name for p in tmp_path.iterdir()] == ["grades.csv"]
    assert path.read_bytes() == b"of yesterday"
