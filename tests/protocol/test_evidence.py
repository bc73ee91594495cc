"""What is known about doors and outputs: never more than the evidence."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.event_codes import EVENTS, Subject, describe
from custom_components.zkteco.protocol.evidence import DoorStatus, Evidence
from custom_components.zkteco.protocol.model import AccessEvent, DoorAlarm, DoorState
from tests.clock import START

ALARM_FREE = dict.fromkeys(DoorAlarm, False)


def happening(code: int, number: int = 1, *, late: bool = False) -> AccessEvent:
    """Return an event at a door, input or output."""
    what = describe(code)
    subject = what.subject
    return AccessEvent(
        kind=what.kind,
        code=code,
        name=what.name,
        description=what.words,
        time=START,
        device_time=None,
        late=late,
        door=number if subject is Subject.DOOR else None,
        aux_input=number if subject is Subject.AUX_INPUT else None,
        aux_output=number if subject is Subject.AUX_OUTPUT else None,
    )


class Story:
    """Evidence about a device with one door, and a clock."""

    def __init__(self, open_time: int | None = 5) -> None:
        """Know the open time only."""
        self.evidence = Evidence([1], 1, 1)
        self.evidence.set_open_time(1, open_time)
        self.now = 1000.0

    def event(self, code: int, *, ago: float = 0, from_log: bool = False) -> None:
        """Let something have happened."""
        late = ago > 15
        self.evidence.event(
            happening(code, late=late), self.now - ago, from_log=from_log
        )

    @property
    def door(self) -> DoorState:
        """The door as it looks now."""
        return self.evidence.doors(self.now)[1]

    @property
    def locked(self) -> bool | None:
        """Whether the door is locked."""
        return self.door.locked

    def locked_after(self, seconds: float) -> bool | None:
        """Let time pass, and look."""
        self.now += seconds
        return self.locked


@pytest.fixture
def story() -> Story:
    """Return a door that opens for five seconds."""
    return Story()


# Pulses


def test_nothing_is_known_at_first(story: Story) -> None:
    """Neither locked nor closed nor free of alarms."""
    assert story.door == DoorState(alarms=dict.fromkeys(DoorAlarm), open_time=5)
    assert story.evidence.aux_inputs() == {1: None}
    assert story.evidence.aux_outputs(0) == {1: None}


@pytest.mark.parametrize("code", [0, 3, 14, 17, 207, 222])
def test_a_pulse_is_timed(story: Story, code: int) -> None:
    """Old firmware tells its beginning only."""
    story.event(code)
    assert story.locked is False
    assert story.locked_after(4.9) is False
    assert story.locked_after(0.1) is True


def test_the_first_pulse_of_a_door_that_may_be_held_open(story: Story) -> None:
    """A door that somebody held open before confirms a pulse like any other, and stays open."""
    story.evidence.opened(1, 5, story.now)
    assert story.locked is False
    assert story.locked_after(5) is None
    story.event(202)
    assert story.locked_after(5) is None
    story.event(0)
    assert story.locked_after(5) is True
    story.event(202)
    assert story.locked_after(5) is True
    story.evidence.forget()
    story.evidence.opened(1, 5, story.now)
    assert story.locked_after(5) is None


def test_the_first_pulse_of_a_door_that_nobody_can_hold_open() -> None:
    """Nothing but a pulse can have opened it."""
    evidence = Evidence([1], 0, 0, can_hold=False)
    assert evidence.doors(0)[1].locked is None
    for begin in (0, 100):
        evidence.opened(1, 5, begin)
        assert evidence.doors(begin + 4)[1].locked is False
        assert evidence.doors(begin + 5)[1].locked is True
        evidence.forget()


def test_a_pulse_counts_from_when_it_happened(story: Story) -> None:
    """Not from when we heard of it."""
    story.event(0, ago=4)
    assert story.locked is False
    assert story.locked_after(1) is True


@pytest.mark.parametrize("code", [27, 23, 200, 201, 102, 100, 224, 9999, 255])
def test_other_events_move_no_relay(story: Story, code: int) -> None:
    """Denied, opened, forced, rung: the lock is where it was."""
    story.event(code)
    assert story.locked is None


@pytest.mark.parametrize("code", [2, 18, 19, 208, 215, 8])
def test_a_pulse_with_an_open_end(story: Story, code: int) -> None:
    """A first user may hold the door open; a stranger's command has its own length."""
    story.event(202)
    story.event(code)
    assert story.locked_after(4) is False
    assert story.locked_after(2) is None
    story.event(202)
    assert story.locked_after(6) is None
    story.event(0)
    assert story.locked_after(6) is True


def test_a_door_that_never_tells_its_open_time() -> None:
    """Somebody was let in, for how long nobody knows."""
    story = Story(open_time=None)
    story.evidence.released(1, story.now)
    assert story.locked is True
    story.event(0)
    assert story.locked is None
    story.event(9)
    assert story.locked is True


def test_a_door_that_stays_open_once_opened() -> None:
    """Drive time 255."""
    story = Story(open_time=255)
    story.event(0)
    assert story.locked_after(10000) is False
    story.event(9)
    assert story.locked is True
    story.event(8)
    assert story.locked is None


def test_our_own_pulse_has_its_own_length(story: Story) -> None:
    """Its echo neither shortens nor lengthens it."""
    story.evidence.released(1, story.now)
    story.evidence.opened(1, 2, story.now)
    story.event(8)
    assert story.locked_after(1) is False
    assert story.locked_after(1) is True
    story.evidence.opened(1, 60, story.now)
    story.now += 1
    story.event(8)
    assert story.locked_after(58) is False
    assert story.locked_after(1) is True


def test_a_close_that_came_before_our_pulse(story: Story) -> None:
    """Its event is heard after the pulse has begun."""
    story.evidence.opened(1, 60, story.now)
    story.event(9, ago=1)
    assert story.locked is False
    story.event(8)
    assert story.locked_after(59) is False
    assert story.locked_after(1) is True


def test_a_stranger_after_our_pulse(story: Story) -> None:
    """No echo came; an hour later somebody else opened."""
    story.evidence.opened(1, 2, story.now)
    story.now += 3600
    story.event(8)
    assert story.locked is False
    assert story.locked_after(5) is None


# Holds


@pytest.mark.parametrize("code", [5, 205, 210, 227, 6000, 1, 16, 37, 216, 219])
@pytest.mark.parametrize("end", [9, 204, 211, 228])
def test_held_until_it_ends(story: Story, code: int, end: int) -> None:
    """By a command, a schedule, fire; or something that happens at a held door only."""
    story.event(0)
    story.event(code)
    assert story.door.held is True
    assert story.locked_after(10000) is False
    story.event(0)
    assert story.locked_after(10000) is False
    story.event(end)
    assert story.door.held is False
    assert story.locked is True


def test_our_own_hold_and_release(story: Story) -> None:
    """The panel confirmed both."""
    story.evidence.held(1, story.now)
    story.evidence.opened(1, 3, story.now)
    assert story.locked_after(10000) is False
    story.evidence.released(1, story.now)
    assert story.locked is True


def test_a_restart_of_the_device(story: Story) -> None:
    """Relays dropped, schedules may have begun: nothing is known."""
    story.evidence.held(1, story.now)
    story.event(206)
    assert story.door.held is None
    assert story.locked is None


# Missed events


def test_missed_events_are_learned_from_in_their_order(story: Story) -> None:
    """Held and closed again while we were away."""
    story.evidence.released(1, story.now)
    story.evidence.missed()
    story.event(205, ago=600, from_log=True)
    assert story.locked is False
    story.event(9, ago=300, from_log=True)
    assert story.locked is True


@pytest.mark.parametrize("live", [205, 5])
def test_a_missed_close_is_older_than_a_live_hold(story: Story, live: int) -> None:
    """It must not look locked."""
    story.evidence.missed()
    story.event(live)
    story.event(9, ago=600, from_log=True)
    assert story.locked is False


def test_a_missed_hold_is_older_than_our_release(story: Story) -> None:
    """We released it after that."""
    story.evidence.missed()
    story.evidence.released(1, story.now)
    story.event(205, ago=600, from_log=True)
    assert story.locked is True


def test_a_missed_close_is_older_than_a_live_pulse(story: Story) -> None:
    """Somebody was just let in."""
    story.evidence.missed()
    story.event(0)
    story.event(9, ago=60, from_log=True)
    assert story.locked_after(4) is False
    assert story.locked_after(2) is True


def test_a_missed_restart(story: Story) -> None:
    """Unless something newer is known."""
    story.evidence.held(1, story.now)
    story.evidence.missed()
    story.event(206, ago=60, from_log=True)
    assert story.locked is None
    story.evidence.held(1, story.now)
    story.event(206, ago=60, from_log=True)
    assert story.locked is False


def test_missed_for_good(story: Story) -> None:
    """What only events tell is not known any more."""
    story.event(0)
    story.event(221)
    story.event(12)
    story.evidence.forget()
    assert story.locked_after(10) is None
    assert story.evidence.aux_inputs() == {1: None}
    assert story.evidence.aux_outputs(story.now) == {1: None}


# Reported relays


def test_a_reported_relay_is_believed(story: Story) -> None:
    """Whatever the events say."""
    story.event(0)
    story.evidence.relays({1: False}, story.now)
    assert story.door.relay is False
    assert story.door.held is False
    story.evidence.relays({1: True}, story.now)
    assert story.locked is False


def test_a_relay_that_is_not_reported_any_more(story: Story) -> None:
    """Back to what events tell: nothing so far."""
    story.evidence.relays({1: False}, story.now)
    assert story.locked is True
    story.evidence.relays(None, story.now)
    assert story.locked is None


def test_a_relay_takes_a_moment_to_follow(story: Story) -> None:
    """A hold that was just confirmed is not over because the relay is slow."""
    story.evidence.held(1, story.now)
    story.evidence.relays({1: False}, story.now + 1)
    assert story.locked is False
    story.now += 3
    story.evidence.relays({1: False}, story.now)
    assert story.door.held is False
    assert story.locked is True


def test_a_relay_on_for_longer_than_any_pulse(story: Story) -> None:
    """Somebody holds it."""
    for _ in range(254):
        story.evidence.relays({1: True}, story.now)
        story.now += 1
    assert story.door.held is None
    assert story.evidence.relay_reported(1)
    story.now += 1
    story.evidence.relays({1: True}, story.now)
    assert story.door.held is True


def test_a_relay_reported_now_and_then(story: Story) -> None:
    """A device that calls in: what happens later counts more."""
    story.evidence.relay_changed(9, on=True, now=story.now)
    story.evidence.relay_changed(1, on=True, now=story.now)
    assert story.locked is False
    assert story.evidence.next_change(story.now) == story.now + 254
    assert story.locked_after(300) is None
    assert story.evidence.next_change(story.now) is None
    story.evidence.relay_changed(1, on=False, now=story.now)
    assert story.locked is True
    story.evidence.held(1, story.now)
    story.evidence.relay_changed(1, on=False, now=story.now + 1)
    story.evidence.relay_changed(1, on=True, now=story.now + 1)
    assert story.locked is False
    story.now += 3
    story.evidence.relay_changed(1, on=False, now=story.now)
    assert story.locked is True


# Alarms and contacts


def status(
    any_alarm: bool | None,
    held_open: bool | None = False,
    *,
    contact_open: bool | None = False,
    forced: bool | None = None,
) -> dict[int, DoorStatus]:
    """Return a report about the door, and about one that the device does not have."""
    door = DoorStatus(
        contact_open=contact_open,
        any_alarm=any_alarm,
        held_open=held_open,
        forced=forced,
    )
    return {1: door, 4: door}


def test_alarms_and_their_events(story: Story) -> None:
    """The report says that there is one, the event which."""
    story.evidence.status(status(False))
    assert story.door.alarms == ALARM_FREE
    story.event(102)
    assert story.door.alarms[DoorAlarm.FORCED] is True
    story.evidence.status(status(True))
    assert story.door.alarms == {
        **ALARM_FREE,
        DoorAlarm.ANY: True,
        DoorAlarm.FORCED: True,
    }
    story.evidence.status(status(False))
    assert story.door.alarms == ALARM_FREE


def test_an_alarm_that_nobody_explains(story: Story) -> None:
    """It is one of those that events tell, and nobody knows which."""
    story.evidence.status(status(False))
    story.evidence.status(status(True))
    alarms = story.door.alarms
    assert alarms[DoorAlarm.ANY] is True
    assert alarms[DoorAlarm.HELD_OPEN] is False
    assert alarms[DoorAlarm.FORCED] is None
    story.evidence.status(status(True))
    assert story.door.alarms == alarms


def test_held_open_explains_itself(story: Story) -> None:
    """The other alarms stay off."""
    story.evidence.status(status(False))
    story.evidence.status(status(True, True))
    assert story.door.alarms == {
        **ALARM_FREE,
        DoorAlarm.ANY: True,
        DoorAlarm.HELD_OPEN: True,
    }


def test_a_late_alarm_may_be_over(story: Story) -> None:
    """An hour later the report knows better."""
    story.evidence.status(status(False))
    story.event(102, ago=3600)
    assert story.door.alarms == ALARM_FREE


def test_alarms_that_are_reported_each(story: Story) -> None:
    """They are believed."""
    story.event(102)
    story.evidence.status(status(True, forced=False))
    assert story.door.alarms[DoorAlarm.FORCED] is False
    story.evidence.status(status(None, None, contact_open=None))
    assert story.door.alarms[DoorAlarm.ANY] is None
    assert story.door.contact_open is None


# Inputs and outputs


@pytest.mark.parametrize(
    ("code", "active"), [(221, True), (226, True), (220, False), (225, False)]
)
def test_an_input(story: Story, code: int, active: bool) -> None:
    """Only its events tell."""
    story.event(code)
    assert story.evidence.aux_inputs() == {1: active}
    story.evidence.event(happening(221, 9), story.now)
    assert story.evidence.aux_inputs() == {1: active}


def test_a_missed_input_is_older_than_a_live_one(story: Story) -> None:
    """The newest counts."""
    story.evidence.missed()
    story.event(221)
    story.event(220, ago=60, from_log=True)
    assert story.evidence.aux_inputs() == {1: True}


def output(story: Story, seconds: float = 0) -> bool | None:
    """Let time pass, and look at the output."""
    story.now += seconds
    return story.evidence.aux_outputs(story.now)[1]


def test_our_own_output(story: Story) -> None:
    """Its echo changes nothing, however late it is heard."""
    story.evidence.output_set(1, on=True, seconds=1, now=story.now)
    story.now += 3
    story.event(12, ago=1.5)
    assert output(story) is False
    story.evidence.output_set(1, on=True, seconds=None, now=story.now)
    story.event(13, ago=1)
    assert output(story, 10000) is True


def test_an_output_of_somebody_else(story: Story) -> None:
    """On for nobody knows how long; by a schedule until it ends."""
    story.event(12)
    assert output(story, 254) is True
    assert output(story, 1) is None
    story.event(13)
    assert output(story, 10000) is False
    story.event(229)
    assert output(story, 10000) is True
    story.event(230)
    assert output(story) is False
    story.evidence.event(happening(12, 9), story.now)
    assert output(story) is False


def test_a_missed_output_is_older_than_our_command(story: Story) -> None:
    """We switched it since."""
    story.evidence.missed()
    story.evidence.output_set(1, on=False, seconds=None, now=story.now)
    story.now += 60
    story.event(12, ago=600, from_log=True)
    assert output(story) is False


def test_a_device_that_is_rebuilt(story: Story) -> None:
    """What stays is still known."""
    story.event(0)
    story.event(221)
    story.evidence.fit([1, 2], 2, 0)
    assert story.locked is False
    assert story.evidence.doors(story.now)[2].locked is None
    assert story.evidence.aux_inputs() == {1: True, 2: None}
    assert story.evidence.aux_outputs(story.now) == {}


# Anything in any order

CODES = st.sampled_from(sorted(EVENTS))
HOLD = {5, 205, 210, 227, 6000, 1, 16, 37, 216, 219}
CLOSE = {9, 204, 211, 228}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), CODES),
        st.tuples(st.just("event"), st.sampled_from(sorted(HOLD | CLOSE | {0, 8}))),
        st.tuples(st.just("wait"), st.integers(1, 400)),
        st.tuples(st.just("open"), st.integers(1, 254)),
        st.tuples(st.just("hold"), st.just(0)),
        st.tuples(st.just("release"), st.just(0)),
        st.tuples(st.just("contact"), st.sampled_from((None, False, True))),
        st.tuples(st.just("forget"), st.just(0)),
    ),
    max_size=40,
)


@given(STEPS, st.sampled_from((None, 0, 1, 5, 254, 255)))
def test_never_locked_or_closed_without_evidence(
    steps: list[tuple[str, int | None]], open_time: int | None
) -> None:
    """Old firmware: locked means that a pulse or a hold ended, and nothing began since."""
    story = Story(open_time)
    story.now = 0.0
    ended = held = False
    running = 0.0
    contact: bool | None = None
    for step, value in steps:
        number = value or 0
        match step:
            case "wait":
                story.now += number
            case "event":
                story.event(number)
                held = (held or number in HOLD) and number not in CLOSE
                pulse = describe(number).kind in (
                    "access_granted",
                    "exit_button",
                    "remote_open",
                )
                if number == 206:
                    held = ended = False
                elif number in CLOSE:
                    ended = True
                elif pulse and not held:
                    ended = open_time is not None
                    if number != 8 and open_time in (1, 5, 254):
                        running = max(running, story.now + open_time)
            case "open":
                story.evidence.opened(1, number, story.now)
                ended = True
            case "hold":
                story.evidence.held(1, story.now)
                held = True
            case "release":
                story.evidence.released(1, story.now)
                held, ended, running = False, True, 0.0
            case "contact":
                story.evidence.status(status(False, contact_open=value))
                contact = value
            case "forget":
                story.evidence.forget()
                held = ended = False
        if step == "event" and number in CLOSE:
            running = 0.0
        if story.locked:
            assert ended
            assert not held
            assert story.now >= running
        assert story.door.contact_open is contact
