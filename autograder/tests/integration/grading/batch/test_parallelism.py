"""How much of the machine there is, by control groups of both versions; how many jobs it bears."""

import os
import subprocess
import sys
import uuid

import pytest

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.batch.parallelism import GIB, jobs_here
from checkkit.runner.machine import memory, own_group, processors, unified

ALL = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
HALF, QUARTER = ALL / 2, ALL / 4
MORE = 2**62  # bytes: what version 1 says where nothing is bounded is near it
BOTH_VERSIONS = pytest.mark.parametrize("version", [1, 2])


@pytest.fixture
def bounded(tmp_path):
    """Lay out the groups of a process in /outer/inner, or in another one, by what bounds each."""

    def make(version, cpus=None, room=None, process="/outer/inner", inside=False):
        groups = tmp_path / "groups"
        trees = [groups] if version == 2 else [groups / "cpu", groups / "memory"]
        places = ["", "outer", "outer/inner"]
        for folder in [tree / place for tree in trees for place in ([""] if inside else places)]:
            folder.mkdir(parents=True, exist_ok=True)
        if version == 2:
            (groups / "cgroup.controllers").write_text("cpu memory\n")
        for place, share in (cpus or {}).items():
            folder = trees[0] / place
            if version == 2:
                quota = "max" if share is None else int(share * 100_000)
                (folder / "cpu.max").write_text(f"{quota} 100000\n")
            else:
                quota = -1 if share is None else int(share * 50_000)
                (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
                (folder / "cpu.cfs_period_us").write_text("50000\n")
        for place, size in (room or {}).items():
            name, no_bound = ("memory.max", "max") if version == 2 else (
                "memory.limit_in_bytes", MORE
            )  # fmt: skip
            (trees[-1] / place / name).write_text(f"{no_bound if size is None else size}\n")
        own = tmp_path / "own"
        first = f"5:cpu,cpuacct:{process}\n4:memory:{process}\n1:name=systemd:/\n"
        own.write_text(f"0::{process}\n" if version == 2 else f"{first}0::/\n")
        return groups, own

    return make


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("cpus", "expected"),
    [
        ({"outer/inner": HALF}, HALF),
        ({"outer/inner": None, "outer": HALF}, HALF),  # the group above bounds as well
        ({"outer/inner": HALF, "outer": QUARTER}, QUARTER),
        ({"outer/inner": QUARTER, "outer": HALF, "": None}, QUARTER),
        ({"outer/inner": None}, ALL),
        ({"outer/inner": 2 * ALL}, ALL),
        ({}, ALL),
    ],
)
def test_every_group_above_a_process_bounds_its_processors(version, cpus, expected, bounded):
    assert processors(*bounded(version, cpus=cpus)) == expected


@BOTH_VERSIONS
@pytest.mark.parametrize(
    "room",
    [
        {"outer/inner": 5 << 20},
        {"outer/inner": None, "outer": 5 << 20},
        {"outer/inner": 9 << 20, "outer": 5 << 20, "": None},
    ],
)
def test_every_group_above_a_process_bounds_its_memory(version, room, bounded):
    assert memory(*bounded(version, room=room)) == 5 << 20


@BOTH_VERSIONS
def test_without_bounds_the_memory_is_that_of_the_machine(version, bounded):
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory(*bounded(version, room={"outer/inner": None})) == whole
    assert memory(*bounded(version)) == whole


@BOTH_VERSIONS
def test_container_that_sees_only_its_own_groups_is_bounded_by_them(version, bounded):
    groups, own = bounded(
        version, {"": QUARTER}, {"": 5 << 20}, process="/docker/0a1b", inside=True
    )
    assert processors(groups, own) == QUARTER
    assert memory(groups, own) == 5 << 20


@BOTH_VERSIONS
def test_groups_that_say_nonsense_bound_nothing(version, bounded):
    groups, own = bounded(version)
    for file in ("cpu.max", "cpu/cpu.cfs_quota_us", "memory.max", "memory/memory.limit_in_bytes"):
        if (groups / file).parent.is_dir():
            (groups / file).write_text("what\n")
    own.write_text(own.read_text().replace("/outer/inner", "/"))
    assert processors(groups, own) == ALL
    assert memory(groups, own) > 5 << 20


def test_machine_without_control_groups_is_all_there(tmp_path):
    assert processors(tmp_path, tmp_path / "none") == ALL
    assert jobs_here(1, tmp_path, tmp_path / "none") == ALL


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("share", "each", "jobs"),
    [
        (ALL, 1, ALL),
        (0.5, 1, 1),  # less than one processor is still one job
        (min(1.9, ALL), 1, 1),
        (ALL, GIB // 2, min(2, ALL)),
        (ALL, GIB, 1),
        (ALL, 2 * GIB, 1),
    ],
)
def test_jobs_are_as_many_as_a_container_has_processors_and_memory_for(
    version, share, each, jobs, bounded
):
    groups, own = bounded(version, {"outer/inner": share}, {"outer": GIB})
    assert jobs_here(each, groups, own) == jobs


@pytest.fixture
def real_groups():
    """A real group for processors and memory inside our own, and a folder of each of its trees."""
    name, made = f"test-jobs-{uuid.uuid4().hex[:8]}", []
    try:
        for controller in ["memory"] if unified() else ["cpu", "memory"]:
            folder = own_group(controller) / name
            folder.mkdir()
            made.append(folder)
        yield made
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    finally:
        for folder in reversed(made):
            folder.rmdir()


def test_process_in_a_real_group_sees_its_bounds(real_groups):
    settings = {
        "cpu.max": f"{int(QUARTER * 100_000)} 100000",
        "memory.max": 5 * GIB,
        "cpu.cfs_quota_us": int(QUARTER * 100_000),
        "memory.limit_in_bytes": 5 * GIB,
    }
    for file in [folder / name for folder in real_groups for name in settings]:
        if file.exists():
            file.write_text(str(settings[file.name]))
    if unified() and not (real_groups[0] / "cpu.max").exists():
        pytest.skip("the group above hands no processors down")
    joined = [str(folder / "cgroup.procs") for folder in real_groups]
    program = (
        "import os, sys\n"
        "for file in sys.argv[1:]: open(file, 'w').write(str(os.getpid()))\n"
        "from autograder.grading.batch.parallelism import GRADING, jobs_here\n"
        "from checkkit.runner.machine import memory, processors\n"
        "print(processors(), memory(), jobs_here(GRADING))"
    )
    ran = subprocess.run([sys.executable, "-c", program, *joined], capture_output=True, text=True)
    assert ran.stdout.split() == [str(QUARTER), str(5 * GIB), "1"], ran.stderr


def test_nothing_else_asks_how_large_the_machine_is():
    rulers = ("cpu_count", "sched_getaffinity", "SC_PHYS_PAGES", "cfs_quota_us", "virtual_memory")
    files = [
        path
        for folder in (REPOSITORY.autograder, REPOSITORY.checkkit, REPOSITORY.checks)
        for path in files_in(folder, ".py")
    ]
    found = {
        str(path.relative_to(REPOSITORY.root))
        for path in files
        if any(word in path.read_text() for word in rulers)
    }
    allowed = {
        "checkkit/runner/machine.py",
        "autograder/tests/support/gradescope/groups.py",  # makes groups
        "autograder/tests/integration/grading/batch/test_parallelism.py",
    }
    assert found == allowed
