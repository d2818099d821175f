"""Runs of a loss or sampler whose net and tensors are on a second device."""

import torch

from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.spies.sampling import unpack_samples
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.settings import Setting


def probe_second_device(diffusion, *, module, function, tables, arguments):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in tables.items()}
    arguments = [put_elsewhere(one) if torch.is_tensor(one) else one for one in arguments]
    with SecondDevice():
        returned = getattr(getattr(diffusion, module), function)(spy, tables, *arguments)
        if function.endswith("sample"):
            unpack_samples(returned)
    return spy.evidence()


def assert_stays_on_device(
    submission, function: str, setting: Setting, arguments: tuple, owner: str
) -> None:
    """Call "ddpm.ddpm_forward" or the like with these arguments behind net and schedule.

    Args:
        owner: of the device, in the words of the message.
    """
    module, _, name = function.partition(".")
    evidence = submission.run(
        probe_second_device,
        returns=DEVICES,
        module=module,
        function=name,
        tables=setting.inputs["tables"],
        arguments=arguments,
    )
    assert_devices(evidence, owner)
