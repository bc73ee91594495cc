"""What a device is before it can do anything."""

from inspect import isawaitable, signature

import pytest

from custom_components.zkteco.protocol.device import AccessDevice
from custom_components.zkteco.protocol.errors import Unsupported

# A device that can do nothing beyond what every device must.
Brick = type("Brick", (AccessDevice,), dict.fromkeys(AccessDevice.__abstractmethods__))
VERBS = sorted(
    name
    for name, verb in vars(AccessDevice).items()
    if callable(verb)
    and not name.startswith(("_", "on_"))
    and name not in AccessDevice.__abstractmethods__
)


def test_nothing_is_promised() -> None:
    """Neither rules nor users."""
    assert not Brick().rules
    assert Brick().people is None


@pytest.mark.parametrize("verb", VERBS)
async def test_whatever_a_device_cannot_do_is_refused(verb: str) -> None:
    """Never passed over in silence."""
    does = getattr(Brick(), verb)
    nothing = dict.fromkeys(signature(does).parameters)

    async def done() -> None:
        if isawaitable(answer := does(**nothing)):
            await answer

    with pytest.raises(Unsupported):
        await done()
