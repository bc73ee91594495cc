"""The five bytes that move something."""

from collections.abc import Callable

import pytest

from custom_components.zkteco.protocol.c3 import control
from custom_components.zkteco.protocol.errors import InvalidValue


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (control.open_door(1, 1), "0101010100"),
        (control.open_door(4, 254), "010401fe00"),
        (control.hold_door(2), "010201ff00"),
        (control.close_door(3), "0103010000"),
        (control.aux_on(2), "010202ff00"),
        (control.aux_pulse(4, 254), "010402fe00"),
        (control.aux_pulse(16, 1), "0110020100"),
        (control.aux_off(1), "0101020000"),
        (control.cancel_alarms(), "0200000000"),
        (control.restart(), "0300000000"),
        (control.normal_open_schedule(4, enabled=True), "0404010000"),
        (control.normal_open_schedule(1, enabled=False), "0401000000"),
    ],
)
def test_requests(request_: bytes, expected: str) -> None:
    """Each operation is five bytes."""
    assert request_ == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: control.open_door(0, 5), "door: must be from 1 to 4"),
        (lambda: control.open_door(5, 5), "door: must be from 1 to 4"),
        (lambda: control.open_door(1, 0), "seconds: must be from 1 to 254"),
        (lambda: control.open_door(1, 255), "seconds: must be from 1 to 254"),
        (lambda: control.hold_door(0), "door: must be from 1 to 4"),
        (lambda: control.close_door(5), "door: must be from 1 to 4"),
        (
            lambda: control.normal_open_schedule(-1, enabled=False),
            "door: must be from 1 to 4",
        ),
        (lambda: control.aux_on(0), "output: must be from 1 to 16"),
        (lambda: control.aux_off(17), "output: must be from 1 to 16"),
        (lambda: control.aux_pulse(17, 1), "output: must be from 1 to 16"),
        (lambda: control.aux_pulse(1, 255), "seconds: must be from 1 to 254"),
        (lambda: control.aux_pulse(1, 0), "seconds: must be from 1 to 254"),
    ],
)
def test_limits(build: Callable[[], bytes], message: str) -> None:
    """No pulse becomes a hold or a close by its number of seconds, and no door 0 becomes all doors."""
    with pytest.raises(InvalidValue, match=f"^{message}$"):
        build()
