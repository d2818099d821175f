"""Bent copies of training digits are known, other images are not."""

import os
import subprocess
import sys

import numpy as np

from checkkit.registration import bent_copies
from checkkit.runs.digits import CPU, subset


def test_training_digits_are_known_under_noise():
    rng = np.random.default_rng(0)
    training = subset("train")[0][:4000] / np.float32(255)
    digits = training[rng.choice(len(training), 40, replace=False)]
    noisy = digits + 0.05 * rng.standard_normal(digits.shape).astype(np.float32)
    assert bent_copies(noisy.clip(0, 1), training) > CPU.limits.bent


def test_it_leaves_no_files_behind(tmp_path):
    """As torch's compiler does, which its optimizers import."""
    code = (
        "import sys, numpy as np; from checkkit.registration import bent_copies;"
        "bent_copies(*np.random.default_rng(0).random((2, 8, 28, 28), np.float32));"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    assert not list(tmp_path.iterdir())


def test_all_training_digits_are_blurred_in_little_memory():
    """A container of 768 MiB holds a judge, a worker and this."""
    code = (
        "import resource, numpy as np; from checkkit.registration import _blurred, ROUGH;"
        "most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "digits, before = np.zeros((24_000, 28, 28), np.float32), most();"
        "_blurred(digits, ROUGH); print(most() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 300 * 1024  # the result takes 72 MiB


def test_blends_of_two_digits_are_no_copies():
    training = subset("train")[0][:4000] / np.float32(255)
    blends = (training[:40] + training[40:80]) / 2
    assert bent_copies(blends, training) < CPU.limits.bent / 2
