"""Runs of a loss or sampler whose net and tensors are on a second device."""

import torch

from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.spies.sampling import unpack_samples
from checkkit.spies.schedules import usable_schedule
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.settings import Setting


def probe_second_device(diffusion, *, module, function, setting, arguments, owner):
    spy = DeviceSpy()
    schedule = usable_schedule(diffusion, setting, lambda table: put_elsewhere(table.clone()))
    arguments = [put_elsewhere(one) if torch.is_tensor(one) else one for one in arguments]
    with SecondDevice(owner):
        returned = getattr(getattr(diffusion, module), function)(spy, schedule, *arguments)
        if function.endswith("sample"):
            unpack_samples(returned)
    return spy.evidence()


def assert_stays_on_device(
    submission, function: str, setting: Setting, arguments: tuple, owner: str
) -> None:
    """Call a function such as "module.name" with these arguments behind net and schedule.

    Args:
        owner: of the device: "x_0" or "unet".
    """
    module, _, name = function.partition(".")
    evidence = submission.run(
        probe_second_device,
        returns=DEVICES,
        module=module,
        function=name,
        setting=setting.inputs,
        arguments=arguments,
        owner=owner,
    )
    assert_devices(evidence, owner)
