"""Operations that move, switch or test something at once (Security PUSH 3.1.2 section 9.4)."""

from collections.abc import Callable
from itertools import product

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.push import control
from custom_components.zkteco.protocol.push.commands import encode
from custom_components.zkteco.protocol.push.control import (
    Counter,
    Network,
    WiegandTest,
    Zigbee,
    parse_wiegand_test,
)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        # Printed.
        (control.open_door(1, 5), "01010105"),
        (control.cancel_alarm(1), "02010000"),
        (control.restart(), "03000000"),
        (control.sub_devices(), "0D000000"),
        (control.switch_network(Network.WIRED_TO_MOBILE), "0B010000"),
        (control.switch_network(Network.WIRED_TO_WIRELESS), "0B020000"),
        (control.switch_network(Network.MOBILE_TO_WIRED), "0B030000"),
        (control.switch_network(Network.WIRELESS_TO_WIRED), "0B040000"),
        # By the table of operations.
        (control.open_door(8, 254), "010801FE"),
        (control.hold_door(2), "010201FF"),
        (control.close_door(3), "01030100"),
        (control.aux_output(1, True), "010102FF"),
        (control.aux_output(16, False), "01100200"),
        (control.aux_output(2, 1), "01020201"),
        (control.cancel_alarm(), "02000000"),
        (control.restart(16), "03100000"),
        (control.normal_open_schedule(4, enabled=True), "04040100"),
        (control.normal_open_schedule(1, enabled=False), "04010000"),
        (control.battery(), "05000000"),
        (control.lock_down(1, on=True), "06010100"),
        (control.lock_down(8, on=False), "06080000"),
        (control.emergency(opened=True), "07010000"),
        (control.emergency(opened=False), "07020000"),
        (control.zigbee(Zigbee.FORM_AGAIN), "08010000"),
        (control.zigbee(Zigbee.ADMIT_NO_MORE), "08040000"),
        (control.wiegand_test(on=True), "09010000"),
        (control.wiegand_test(on=False), "09020000"),
        (control.reader_light(), "0A000000"),
        (control.identity_card_enrolment(on=True, door=8, seconds=255), "0C0108FF"),
        (control.identity_card_enrolment(on=False), "0C000000"),
        (control.check_network(), "0E000000"),
        (control.end_elevator_emergency(), "0F000000"),
        (control.reset_counter(Counter.OUT), "10010000"),
        (control.reset_counter(Counter.ALL), "10040000"),
        (control.elevator_floors([1], 5), f"1180{'00' * 31}05"),
        (
            control.elevator_floors([1, 3, 5, 7, 9], True),
            f"11AA80{'00' * 30}FF",
        ),
        (control.elevator_floors([256, 8, 8], False), f"1101{'00' * 30}0100"),
        (control.elevator_normal_open([9], True), f"120080{'00' * 30}FF"),
    ],
)
def test_operations(text: str, digits: str) -> None:
    """Each builder's digits, and the line that hands them to a device."""
    assert encode(221, text) == f"C:221:CONTROL DEVICE {digits}"


DOOR = "door: must be from 1 to 8"
PULSE = "seconds: must be from 1 to 254"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: control.open_door(0, 5), DOOR),
        (lambda: control.open_door(9, 5), DOOR),
        (lambda: control.open_door(1, 0), PULSE),
        (lambda: control.open_door(1, 255), PULSE),
        (lambda: control.hold_door(0), DOOR),
        (lambda: control.close_door(9), DOOR),
        (lambda: control.lock_down(0, on=False), DOOR),
        (lambda: control.normal_open_schedule(0, enabled=True), DOOR),
        (lambda: control.cancel_alarm(-1), "door: must be from 0 to 8"),
        (lambda: control.aux_output(0, True), "output: must be from 1 to 16"),
        (lambda: control.aux_output(17, False), "output: must be from 1 to 16"),
        (lambda: control.aux_output(1, 0), PULSE),
        (lambda: control.aux_output(1, 255), PULSE),
        (lambda: control.restart(17), "sub-device: must be from 0 to 16"),
        (
            lambda: control.identity_card_enrolment(on=True, door=9),
            "door: must be from 0 to 8",
        ),
        (
            lambda: control.identity_card_enrolment(on=True, seconds=256),
            "seconds: must be from 0 to 255",
        ),
        (lambda: control.elevator_floors([0], 5), "floor: must be from 1 to 256"),
        (lambda: control.elevator_floors([257], 5), "floor: must be from 1 to 256"),
        (lambda: control.elevator_floors([], 5), "floors: at least one"),
        (lambda: control.elevator_normal_open([1], 255), PULSE),
    ],
)
def test_limits(build: Callable[[], str], message: str) -> None:
    """Door 0 never becomes all doors, no pulse a hold."""
    with pytest.raises(InvalidValue) as caught:
        build()
    assert str(caught.value) == message


def everything() -> set[str]:
    """Return every text of four bytes that a builder can make."""
    doors, switch = range(1, 9), (False, True)
    return {
        *(control.open_door(*values) for values in product(doors, range(1, 255))),
        *map(control.hold_door, doors),
        *map(control.close_door, doors),
        *(
            control.aux_output(output, duration)
            for output in range(1, 17)
            for duration in (True, False, *range(1, 255))
        ),
        *map(control.cancel_alarm, range(9)),
        *map(control.restart, range(17)),
        *(
            builder
            for door, on in product(doors, switch)
            for builder in (
                control.normal_open_schedule(door, enabled=on),
                control.lock_down(door, on=on),
            )
        ),
        *(control.emergency(opened=on) for on in switch),
        *(control.wiegand_test(on=on) for on in switch),
        *map(control.zigbee, Zigbee),
        *map(control.switch_network, Network),
        *map(control.reset_counter, Counter),
        *(
            control.identity_card_enrolment(on=on, door=door, seconds=seconds)
            for on, door, seconds in product(switch, range(9), range(256))
        ),
        control.battery(),
        control.reader_light(),
        control.sub_devices(),
        control.check_network(),
        control.end_elevator_emergency(),
    }


def test_nothing_else_is_sent() -> None:
    """Of all the operations with round numbers, exactly those pass that have a builder."""
    built = everything()
    values = (*range(20), 0x7F, 0xFE, 0xFF)
    for parameters in product(range(20), values, values, values):
        text = f"CONTROL DEVICE {bytes(parameters).hex().upper()}"
        try:
            encode(1, text)
        except InvalidValue:
            assert text not in built
        else:
            assert text in built


@given(st.sets(st.integers(1, 256), min_size=1), st.integers(1, 254) | st.booleans())
def test_floors(floors: set[int], duration: int | bool) -> None:
    """Each floor has its bit, whatever the order."""
    text = control.elevator_floors(sorted(floors, reverse=True), duration)
    assert encode(1, text) == f"C:1:{text}"
    bits = f"{int(text.removeprefix('CONTROL DEVICE 11')[:64], 16):0256b}"
    assert {n for n, bit in enumerate(bits, 1) if bit == "1"} == floors


@pytest.mark.parametrize(
    "digits",
    [
        f"11{'00' * 32}05",
        f"11{'FF' * 31}05",
        f"11{'FF' * 33}05",
        f"13{'FF' * 33}",
        # Printed for a Wiegand test; see the list of misprints.
        "0900000000",
        "0101010500",
        "010101",
    ],
)
def test_digits_without_a_builder(digits: str) -> None:
    """No floor, too few, too many."""
    with pytest.raises(InvalidValue, match=r"^command: must come from"):
        encode(1, f"CONTROL DEVICE {digits}")


def test_what_a_wiegand_reader_sent() -> None:
    """The upload after the test was started; what the bits say is a card, so it is not shown."""
    (test, short) = parse_wiegand_test(
        "type=wg\tbitscount=26\tbits=01010101010101010101010101\tsn=3383154200002\r\n"
        "type=wg\tbitscount=?\tbits=1\n"
        "type=wg\tbitscount=26\tbits=hello\n"
        "type=wg\tbitscount=26\n"
        "type=other\tbits=1\n"
        "nonsense"
    )
    assert test == WiegandTest(bits="01" * 13, count=26, serial="3383154200002")
    assert "0101" not in repr(test)
    assert (short.count, short.serial) == (None, None)
