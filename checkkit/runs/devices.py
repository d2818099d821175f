"""Runs of a loss or sampler whose net and tensors are on a second device."""

import torch

from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.spies.sampling import unpack_samples
from checkkit.spies.schedules import usable_schedule
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.settings import Setting


def probe_second_device(diffusion, *, module, function, setting, arguments, owner):
    spy = DeviceSpy()
    given = [] if owner == "sigma" else [spy]
    if setting is not None:
        move = lambda table: put_elsewhere(table.clone())  # noqa: E731
        given.append(usable_schedule(diffusion, setting, move))
    arguments = [put_elsewhere(one) if torch.is_tensor(one) else one for one in arguments]
    with SecondDevice(owner):
        returned = getattr(getattr(diffusion, module), function)(*given, *arguments)
        if function.endswith("sample"):
            unpack_samples(returned)
    return spy.evidence()


def assert_stays_on_device(
    submission, function: str, setting: Setting | None, arguments: tuple, owner: str
) -> None:
    """Call a function such as "module.name" with these arguments behind net and schedule.

    Without a net if the device is that of "sigma".

    Args:
        setting: of the schedule; None if the function takes none.
        owner: of the device: "x_0", "x_1", "unet" or "sigma".
    """
    module, _, name = function.partition(".")
    evidence = submission.run(
        probe_second_device,
        returns=DEVICES,
        module=module,
        function=name,
        setting=setting and setting.inputs,
        arguments=arguments,
        owner=owner,
    )
    assert_devices(evidence, owner)
