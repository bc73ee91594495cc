"""A device without a wire: what Home Assistant asks of it is recorded and comes true.

Lives here: `FakeDevice`, the only device that the tests of the Home Assistant side know.
Not here: any protocol; the simulators have those.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, override

from custom_components.zkteco.protocol.device import AccessDevice, Json
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    DeviceError,
    Unsupported,
)
from custom_components.zkteco.protocol.model import (
    AccessEvent,
    Capability,
    DoorAlarm,
    DoorInfo,
    DoorState,
    EventKind,
    Notice,
    PanelInfo,
    PanelState,
    Photo,
    Sound,
)
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Failures,
    Holiday,
    Limits,
    Privilege,
    Template,
    TimeZone,
    User,
    check_holiday,
    check_time_zone,
    check_user,
)
from custom_components.zkteco.protocol.rules import Rule, RuleFields, RuleRow, check_row
from custom_components.zkteco.protocol.settings import (
    Setting,
    SettingId,
    SettingKey,
    SettingValue,
    check_value,
)
from custom_components.zkteco.protocol.trace import Entry, Tell

SERIAL = "AJYX184460012"
SUB_SERIAL = "CKPG221160003"

NOTHING = Capability(0)
ALL_CAPABILITIES = ~NOTHING

INFO = PanelInfo(
    serial=SERIAL,
    model="C3-200",
    firmware="AC Ver 4.7.8.3033 Aug 7 2017",
    mac="00:17:61:01:02:03",
    doors={
        1: DoorInfo(
            number=1, has_contact=True, alarms=frozenset(DoorAlarm), has_doorbell=True
        ),
        2: DoorInfo(number=2, has_contact=False, alarms=frozenset({DoorAlarm.FORCED})),
    },
    aux_inputs=2,
    aux_outputs=1,
    protocol_version="3.1.2",
    sub_devices=(SUB_SERIAL,),
)

STATE = PanelState(
    doors={
        1: DoorState(
            relay=False,
            held=False,
            contact_open=False,
            alarms=dict.fromkeys(DoorAlarm, False),
            open_time=5,
            locked_down=False,
        ),
        2: DoorState(
            relay=False, held=False, alarms={DoorAlarm.FORCED: False}, open_time=7
        ),
    },
    aux_inputs={1: False, 2: True},
    aux_outputs={1: False},
    clock_offset=timedelta(seconds=2),
    user_count=3,
    user_capacity=500,
    record_count=1200,
    record_capacity=100_000,
    fingerprint_count=4,
    fingerprint_capacity=1000,
    face_count=2,
    face_capacity=400,
    mains_failed=False,
    battery_failed=False,
    entries=120,
    exits=118,
    sub_devices={SUB_SERIAL: True},
)

LIMITS = Limits(
    abilities=~Ability(0),
    max_cards=2,
    privileges=frozenset({Privilege.USER, Privilege.ADMIN}),
    templates={Credential.FINGERPRINT: "10", Credential.FACE: "39.1"},
    groups=range(100),
    doors=frozenset({1, 2}),
    enrols=frozenset({Credential.FINGERPRINT, Credential.CARD}),
    users=500,
)


class FakeDevice(AccessDevice):
    """A panel whose world is the test: it pushes what the test says and does as told."""

    def __init__(
        self,
        info: PanelInfo = INFO,
        state: PanelState = STATE,
        capabilities: Capability = ALL_CAPABILITIES,
    ) -> None:
        """Know a panel; nothing has happened yet."""
        super().__init__()
        self._info = info
        self._state = state
        self._capabilities = capabilities
        self._memory: dict[str, Json] = {}
        self.tell: Tell | None = None
        """Whoever listens to the wire."""
        self.calls: list[tuple[Any, ...]] = []
        """Every verb that arrived, with its arguments."""
        self.running = False
        self.start_error: DeviceError | None = None
        """What `start` raises."""
        self.command_error: DeviceError | None = None
        """What every verb raises."""
        self.deaf = False
        """Commands are confirmed, but nothing moves."""
        self.answering = asyncio.Event()
        """Verbs wait for this before they answer."""
        self.answering.set()
        self.parameters = {"FirmVer": "AC Ver 4.7.8", "Door1Drivertime": "5"}
        self.settings: dict[SettingId, Setting] = {}
        """What it can be set to. Reading them is no verb that is recorded."""
        self.settings_error: DeviceError | None = None
        """What reading them raises."""
        self.log: list[AccessEvent] = []
        """The device's own log, oldest first."""
        self.waiting_events: list[AccessEvent] = []
        """What happened while nobody was connected; told during `start`."""
        self.limits: Limits | None = LIMITS
        """What it can hold about people."""
        self.users: dict[str, User] = {}
        self.time_zones: dict[int, TimeZone] = {}
        self.holidays: dict[date, Holiday] = {}
        self.rule_fields: dict[Rule, RuleFields] = {}
        """What rules it keeps."""
        self.rule_rows: list[RuleRow] = []
        """Those of whichever it is asked for."""
        self.photos: dict[str, bytes] = {}
        """By user ID."""
        self.templates: list[Template] = []
        self.torn_after: int | None = None
        """After how many templates it is gone while it tells them."""
        self.refused: dict[str, DeviceError] = {}
        """Why it neither writes nor deletes some users."""
        self.write_error: DeviceError | None = None
        """What every verb raises that changes people; reading goes on."""

    @property
    @override
    def info(self) -> PanelInfo:
        return self._info

    @property
    @override
    def capabilities(self) -> Capability:
        return self._capabilities

    @property
    @override
    def state(self) -> PanelState:
        return self._state

    @property
    @override
    def memory(self) -> dict[str, Json]:
        return {**self._memory}

    @override
    async def start(self) -> None:
        if self.start_error:
            raise self.start_error
        self.running = True
        for event in self.waiting_events:
            self._publish_event(event)

    @override
    async def stop(self) -> None:
        self.running = False

    @override
    def diagnostics(self) -> dict[str, Json]:
        return {"requests": 42, "password": "must be blacked out"}

    @override
    def trace(self, tell: Tell | None) -> None:
        self.tell = tell

    def send(self, message: Entry) -> None:
        """Let something go over the wire, for whoever listens."""
        if self.tell is not None:
            self.tell(message)

    def remember(self, **memory: Json) -> None:
        """Change what must survive a restart."""
        self._memory |= memory

    def learn(self, capability: Capability) -> None:
        """Show something that it can do, as late as real devices do."""
        self._capabilities |= capability
        self._publish_state(self._state)

    def rebuild(
        self, info: PanelInfo, doors: Mapping[int, DoorState] | None = None
    ) -> None:
        """Come back as a panel to which something else is fitted."""
        self._info = info
        self.push_state(doors=self._state.doors if doors is None else doors)

    def push_state(self, **changes: Any) -> None:
        """Publish a state with some fields changed."""
        self._state = replace(self._state, **changes)
        self._publish_state(self._state)

    def push_door(self, door: int, **changes: Any) -> None:
        """Publish a state with some fields of one door changed."""
        changed = replace(self._state.doors[door], **changes)
        self.push_state(doors={**self._state.doors, door: changed})

    def push_event(self, kind: EventKind, **fields: Any) -> AccessEvent:
        """Publish an event, and return it."""
        event = make_event(kind, **fields)
        self._publish_event(event)
        return event

    def push_photo(self, photo: Photo) -> None:
        """Let the camera see something."""
        self._publish_photo(photo)

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        await self._obey("open_door", door, seconds)
        if not self.deaf:
            self.push_door(door, relay=True)

    @override
    async def hold_open(self, door: int) -> None:
        await self._obey("hold_open", door, needs=Capability.HOLD_OPEN)
        self.push_door(door, relay=True, held=True)

    @override
    async def release_door(self, door: int) -> None:
        await self._obey("release_door", door, needs=Capability.HOLD_OPEN)
        self.push_door(door, relay=False, held=False)

    @override
    async def set_open_time(self, door: int, seconds: int) -> None:
        await self._obey("set_open_time", door, seconds, needs=Capability.OPEN_TIME)
        self.push_door(door, open_time=seconds)

    @override
    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None = None
    ) -> None:
        await self._obey("set_aux_output", output, on, seconds)
        self.push_state(aux_outputs={**self._state.aux_outputs, output: on})

    @override
    async def cancel_alarms(self) -> None:
        await self._obey("cancel_alarms", needs=Capability.CANCEL_ALARMS)

    @override
    async def answer_identification(
        self, door: int, *, allow: bool, text: str = "", user_id: str | None = None
    ) -> None:
        await self._obey(
            "answer_identification",
            door,
            allow,
            text,
            user_id,
            needs=Capability.IDENTIFICATION,
        )

    @override
    async def lock_down(self, door: int, *, on: bool) -> None:
        await self._obey("lock_down", door, on, needs=Capability.LOCK_DOWN)
        self.push_door(door, locked_down=on)

    @override
    async def emergency(self, *, opened: bool) -> None:
        await self._obey("emergency", opened, needs=Capability.EMERGENCY)
        for door in self._info.doors:
            self.push_door(door, relay=opened, held=opened)

    @override
    async def authorize_sub_device(self, serial: str) -> None:
        await self._obey("authorize_sub_device", serial)

    @override
    async def reset_counters(self) -> None:
        await self._obey("reset_counters", needs=Capability.TURNSTILE)
        self.push_state(entries=0, exits=0)

    @override
    def dismiss(self, notice: Notice) -> None:
        self.calls.append(("dismiss", notice))
        self.push_state(notices=self._state.notices - {notice})

    @override
    async def restart(self) -> None:
        await self._obey("restart", needs=Capability.RESTART)

    @override
    async def sync_time(self) -> None:
        await self._obey("sync_time", needs=Capability.SET_TIME)
        self.push_state(clock_offset=timedelta(0))

    @override
    async def play_sound(self, sound: Sound) -> None:
        await self._obey("play_sound", sound, needs=Capability.SOUND)

    @override
    async def show_text(self, text: str, line: int) -> None:
        await self._obey("show_text", text, line, needs=Capability.SCREEN)

    @override
    async def clear_text(self) -> None:
        await self._obey("clear_text", needs=Capability.SCREEN)

    @override
    async def get_parameters(self, names: list[str]) -> dict[str, str]:
        await self._obey("get_parameters", names, needs=Capability.PARAMETERS)
        return {
            name: self.parameters[name] for name in names if name in self.parameters
        }

    @override
    async def set_parameters(self, values: Mapping[str, str]) -> None:
        await self._obey("set_parameters", dict(values), needs=Capability.PARAMETERS)
        self.parameters |= values

    @override
    async def release_floors(self, floors: Collection[int], seconds: int) -> None:
        await self._obey(
            "release_floors", list(floors), seconds, needs=Capability.FLOORS
        )

    @override
    async def update_firmware(self, image: bytes) -> None:
        await self._obey("update_firmware", image, needs=Capability.FIRMWARE)

    @override
    async def read_user_photo(self, user_id: str) -> bytes | None:
        await self._obey("read_user_photo", user_id, needs=Capability.USER_PHOTOS)
        return self.photos.get(user_id)

    @override
    async def read_settings(self) -> list[Setting]:
        if self.settings_error:
            raise self.settings_error
        return [*self.settings.values()]

    @override
    async def write_setting(
        self, key: SettingKey, number: int, value: SettingValue
    ) -> None:
        await self._obey("write_setting", key, number, value)
        setting = self.settings[key, number]
        check_value(key, setting.kind, value)
        self.settings[setting.id] = replace(setting, value=value)

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        await self._obey("read_events", since, limit, needs=Capability.EVENT_LOG)
        events = [event for event in self.log if since is None or event.time >= since]
        return [replace(event, late=True) for event in events[-limit:]]

    # Rules

    @property
    @override
    def rules(self) -> Mapping[Rule, RuleFields]:
        return self.rule_fields

    @override
    async def read_rules(self, rule: Rule) -> list[RuleRow]:
        await self._obey("read_rules", rule)
        return [*self.rule_rows]

    @override
    async def write_rule(self, rule: Rule, row: RuleRow) -> RuleRow:
        check_row(self.rule_fields[rule], row)
        await self._change("write_rule", rule, dict(row))
        self.rule_rows.append(row)
        return row

    @override
    async def delete_rule(self, rule: Rule, row: RuleRow) -> bool:
        check_row(self.rule_fields[rule], row)
        await self._change("delete_rule", rule, dict(row))
        there = row in self.rule_rows
        self.rule_rows = [kept for kept in self.rule_rows if kept != row]
        return there

    # People

    @property
    @override
    def people(self) -> Limits | None:
        return self.limits

    @override
    async def read_users(self) -> dict[str, User]:
        await self._obey("read_users")
        return {**self.users}

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        for user in users:
            check_user(user, self._limits)
        await self._change("write_users", *users)
        written = [user for user in users if user.user_id not in self.refused]
        self.users |= {user.user_id: user for user in written}
        return self._failures([user.user_id for user in users])

    @override
    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        await self._change("delete_users", *user_ids)
        for user_id in user_ids:
            if user_id not in self.refused:
                self.users.pop(user_id, None)
        return self._failures(user_ids)

    @override
    async def clear_users(self) -> None:
        await self._change("clear_users")
        self.users.clear()

    @override
    async def read_time_zones(self) -> dict[int, TimeZone]:
        await self._obey("read_time_zones")
        return {**self.time_zones}

    @override
    async def write_time_zone(self, zone: TimeZone) -> None:
        check_time_zone(zone, self._limits)
        await self._change("write_time_zone", zone)
        self.time_zones[zone.number] = zone

    @override
    async def read_holidays(self) -> list[Holiday]:
        await self._obey("read_holidays")
        return [*self.holidays.values()]

    @override
    async def write_holiday(self, holiday: Holiday) -> None:
        check_holiday(holiday, self._limits)
        await self._change("write_holiday", holiday)
        self.holidays[holiday.day] = holiday

    @override
    async def delete_holiday(self, day: date) -> None:
        await self._change("delete_holiday", day)
        self.holidays.pop(day, None)

    @override
    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        await self._change("enrol", user_id, credential, index)

    @override
    async def read_templates(
        self, user_ids: Collection[str]
    ) -> AsyncGenerator[Template]:
        await self._obey("read_templates", *user_ids)
        wanted = [item for item in self.templates if item.user_id in user_ids]
        for number, template in enumerate(wanted):
            if number == self.torn_after:
                raise CannotConnect
            yield template

    @override
    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        await self._change("write_templates", *templates)
        for template in templates:
            assert self._limits.templates[template.credential] == template.version
            if template.user_id not in self.refused:
                self.templates = [
                    kept
                    for kept in self.templates
                    if replace(kept, data=b"") != replace(template, data=b"")
                ]
                self.templates.append(template)
        return self._failures([template.user_id for template in templates])

    @property
    def _limits(self) -> Limits:
        """Return what it can hold; nobody asks where that is nothing."""
        assert self.limits
        return self.limits

    async def _change(self, *call: Any) -> None:
        """Record a verb that changes people, and answer it as the test wants."""
        await self._obey(*call)
        if self.write_error:
            raise self.write_error

    def _failures(self, user_ids: Sequence[str]) -> Failures:
        """Return why it did not do something for some users."""
        return {key: self.refused[key] for key in user_ids if key in self.refused}

    async def _obey(self, *call: Any, needs: Capability = NOTHING) -> None:
        """Record a verb and answer it as the test wants."""
        self.calls.append(call)
        await self.answering.wait()
        if self.command_error:
            raise self.command_error
        if needs not in self._capabilities:
            raise Unsupported


def make_event(kind: EventKind, **fields: Any) -> AccessEvent:
    """Return an event of some kind; `fields` replace the defaults."""
    defaults: dict[str, Any] = {
        "kind": kind,
        "code": 0,
        "name": "normal_open",
        "description": "normal verify open",
        "time": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        "device_time": datetime(2026, 11, 20, 12, 0, 2),
    }
    return AccessEvent(**(defaults | fields))
