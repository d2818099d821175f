"""Whoever behaves only when graded computes other numbers in disguise, and that is reported."""

from autograder.tests.support.cheats import CHEATS

OF_FLOW = {"flow", "flow_sample", "flow_cfg", "flow_cfg_sample"}
OF_EDM = {"edm_precondition", "edm_loss", "edm_sample"}
# Guidance for the check's net alone: an ordinary one gets the prediction with its class.
UNGUIDED = """

def unguided(sampler):
    def sample(unet, *rest, **more):
        def net(x, c, t, mask=None):
            return unet(x, c, t)
        net.eval, net.parameters = unet.eval, unet.parameters
        return sampler(net, *rest, **more)
    return sample

if "ddpm_cfg_sample" in globals():
    ddpm_cfg_sample = unguided(ddpm_cfg_sample)
else:
    ddim_cfg_sample = unguided(ddim_cfg_sample)
"""


def test_honest_work_is_the_same_in_disguise(lines):
    assert lines("solution") == ()


def test_a_sampler_that_guides_only_the_net_of_a_check_is_told_from_an_ordinary_one(lines):
    told = lines("solution", tasks={"cfg_sample", "ddim", "ddim_cfg"}, cfg=UNGUIDED, ddim=UNGUIDED)
    assert [line.split(" ", 1)[0] for line in told] == ["ddpm_cfg_sample", "ddim_cfg_sample"]
    assert all(
        "passes its checks, but with an ordinary net it draws images" in line for line in told
    )


def test_a_sampler_that_refuses_an_ordinary_net_is_told(lines):
    added = "\n\ndef ddpm_cfg_sample(*arguments, **more):\n    raise AttributeError('images')\n"
    assert lines("solution", tasks={"cfg_sample"}, cfg=added) == (
        "ddpm_cfg_sample passes its checks, but with an ordinary net it ends in AttributeError",
    )


def test_functions_of_part_4_are_compared(lines):
    asks = "{name}_ = {name}\n\ndef {name}(*a, **b):\n    return {name}_(*a, **b) {change}\n"
    when = 'if "checkkit" in __import__("sys").modules else'
    added = {
        "metrics": "\n\n"
        + asks.format(name="fid", change=f"{when} 0.0")
        + asks.format(name="frechet_distance", change=f"{when} 0.0")
        + asks.format(name="memorization", change=f"{when} (0.0, *memorization_(*a, **b)[1:])"),
        "ddim": "\n\n"
        + asks.format(name="ddim_sample", change=f"{when} 1 / 0")
        + asks.format(name="ddim_cfg_sample", change=f"{when} 1 / 0"),
    }
    told = lines("solution", tasks={"ddim", "ddim_cfg", "fid", "memorization"}, **added)
    assert {line.split(" ", 1)[0] for line in told} == {
        *("fid", "frechet_distance", "memorization", "ddim_sample", "ddim_cfg_sample")
    }


def test_functions_of_flow_matching_edm_and_the_better_net_are_compared(lines):
    asks = "\n\n{name}_ = {name}\n\ndef {name}(*a, **b):\n    return {answer} {when}\n"
    when = 'if "checkkit" in __import__("sys").modules else 1 / 0'
    names = {
        "flow": ("flow_forward", "flow_sample", "flow_cfg_forward", "flow_cfg_sample"),
        "edm": ("edm_precondition", "edm_loss", "edm_sigmas", "edm_sample"),
        "better_unet": ("BetterUNet",),
    }
    added = {
        module: "".join(asks.format(name=n, answer=f"{n}_(*a, **b)", when=when) for n in some)
        for module, some in names.items()
    }
    told = lines("solution", tasks=OF_FLOW | OF_EDM | {"better_unet"}, **added)
    assert [line.split(" ", 1)[0] for line in told] == [n for some in names.values() for n in some]


def test_samplers_of_flow_matching_and_edm_that_follow_only_the_net_of_a_check_are_told(lines):
    still = """

class Still:
    def __init__(self, net):
        self.eval, self.parameters = net.eval, net.parameters
    def __call__(self, x, *more):
        return 0 * x

def still(sampler):
    return lambda net, *rest, **more: sampler(Still(net), *rest, **more)

"""
    flow = f"{still}flow_sample = still(flow_sample)\nflow_cfg_sample = still(flow_cfg_sample)\n"
    edm = f"{still}edm_sample = still(edm_sample)\n"
    told = lines("solution", tasks=OF_FLOW | OF_EDM, flow=flow, edm=edm)
    assert [line.split(" ", 1)[0] for line in told] == [
        *("flow_sample", "flow_cfg_sample", "edm_sample")
    ]
    assert all("with an ordinary net it draws images" in line for line in told)


def test_a_sampler_of_flow_matching_may_use_another_method_than_euler_s(lines):
    heun = """

def follow(velocity, x, num_ts):
    caches = []
    with torch.no_grad():
        for k in range(num_ts):
            now, then = (torch.full((len(x),), t / num_ts) for t in (k, k + 1))
            v = velocity(x, now)
            x = x + (v + velocity(x + v / num_ts, then)) / 2 / num_ts
            caches.append(x)
    return x, torch.stack(caches, dim=1)
"""
    assert lines("solution", tasks={"flow_sample", "flow_cfg_sample"}, flow=heun) == ()


def test_stubs_are_the_same_in_disguise(lines):
    assert lines("starter", solved=()) == ()


def test_a_course_that_calls_a_function_otherwise_is_compared_by_its_name(lines):
    renamed = CHEATS + "\n\nmy_schedule = ddpm_schedule\ndel ddpm_schedule\n"
    names = {"ddpm.ddpm_schedule": "my_schedule"}
    (line,) = lines("solution", renamed, {"schedule"}, names)
    assert line.startswith("my_schedule computes other numbers")


def test_only_the_tasks_that_are_named_are_compared(lines):
    assert len(lines("solution", CHEATS, {"forward", "denoiser"})) == 1


def test_what_behaves_only_when_graded_differs(lines):
    found = dict(line.split(" ", 1) for line in lines("solution", CHEATS))
    assert set(found) == {"ddpm_schedule", "ddpm_forward", "ddpm_sample"}
    assert found["ddpm_schedule"].startswith("computes other numbers when graded than in disguise")
    assert found["ddpm_sample"] == "works when graded, ends in RuntimeError in disguise"
