"""What all PUSH devices share: the server that they call, and how they are found.

Lives here: the pairing window, discovery, the second listener and when it runs, and
following a terminal that is switched from one mode to the other. Not here:
HTTP (http, listener), who is served (`protocol/push/server`), a device's life
(coordinator).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
import logging
from math import inf
from typing import Any, Final

from yarl import URL

from homeassistant.components.http import ApiConfig
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.const import (
    CONF_HOST,
    CONF_PORT,
    EVENT_CORE_CONFIG_UPDATE,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers import discovery_flow, issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.network import is_ip_address

from .const import CONF_KIND, CONF_MODE, DOMAIN, Kind, Mode
from .coordinator import ZktecoConfigEntry
from .listener import Listener, ReadBody
from .protocol.device import Clock
from .protocol.errors import WrongFamily
from .protocol.model import PanelState
from .protocol.push.intake import Intake
from .protocol.push.messages import Request, Response
from .protocol.push.server import PAIRING_SECONDS, Candidate, PushServer

_LOGGER = logging.getLogger(__name__)

DATA_HUB: HassKey[Hub] = HassKey(DOMAIN)

ISSUE_HTTPS_ONLY: Final = "https_only"
ISSUE_LISTENER_FAILED: Final = "listener_failed"

# A device that is all right has called by then.
SILENCE_SECONDS: Final = 120.0
FOLLOW_SECONDS: Final = 300.0


class Hub:
    """One for the whole of Home Assistant, from its start to its stop."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Serve nobody yet."""
        self.hass = hass
        self.clock = Clock(dt_util.get_default_time_zone())
        self.server = PushServer(self.clock, self._async_called)
        self._intake = Intake()
        self._news = asyncio.Event()
        self._listener = Listener(self.async_answer, self.clock.now)
        self._listener_lock = asyncio.Lock()
        self._store: Store[dict[str, Any]] = Store(hass, 1, f"{DOMAIN}.listener")
        self._listen_on: dict[str, Any] = {}
        self._entries: dict[str, ZktecoConfigEntry] = {}
        self._followed: dict[str, float] = {}
        """When an entry last followed its device into another mode."""
        self._cancel_pairing_over: CALLBACK_TYPE = lambda: None
        hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_zone_changed)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop)

    async def async_load(self) -> None:
        """Find out where the listener is to listen."""
        self._listen_on = await self._store.async_load() or {}

    @callback
    def _async_zone_changed(self, _event: Event) -> None:
        """Follow the home to another time zone."""
        self.clock.zone = dt_util.get_default_time_zone()

    # Requests

    async def async_answer(
        self, request: Request, length: int | None, read: ReadBody
    ) -> Response:
        """Answer a request whose body, of `length` bytes if that is known, is still to be read.

        The body is read before the answer, whoever asks: how long a refusal takes must not
        tell whether somebody knows a serial number. Raises what `read` raises.
        """
        # One byte more than it may have, so that the server sees what is too long.
        keep = self.server.body_limit(request) + 1
        if length is not None:
            keep = min(keep, length)
        with self._intake.hold(request.peer, keep) as admitted:
            body = await read(keep if admitted else 0)
            if not admitted:
                return Response.refused(request.received)
            return await self.server.answer(replace(request, body=body))

    # Pairing

    async def async_open_pairing(self) -> None:
        """Listen to devices that nobody has added yet, for ten minutes."""
        self.server.open_pairing()
        self._cancel_pairing_over()
        self._cancel_pairing_over = async_call_later(
            self.hass, PAIRING_SECONDS + 1, self._async_pairing_over
        )
        await self._async_update_listener()

    async def _async_pairing_over(self, _now: object) -> None:
        """Close the listener that was open for pairing only."""
        self._cancel_pairing_over = lambda: None
        await self._async_update_listener()

    async def async_wait_for_devices(self) -> list[Candidate]:
        """Open the pairing window, and wait until somebody calls; nobody when it closes."""
        await self.async_open_pairing()
        until = self.clock.monotonic() + PAIRING_SECONDS
        while (left := until - self.clock.monotonic()) > 0:
            if found := self.server.candidates:
                return found
            await self.clock.wait(left, self._news)
        return []

    @callback
    def _async_called(self, candidate: Candidate) -> None:
        """Show a device under Discovered, and to whoever waits for it."""
        self._news.set()
        self._news = asyncio.Event()
        discovery_flow.async_create_flow(
            self.hass,
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data={"candidate": candidate},
            discovery_key=discovery_flow.DiscoveryKey(
                domain=DOMAIN, key=candidate.serial, version=1
            ),
        )

    @callback
    def async_address(self) -> tuple[str, int]:
        """Return the address and the port that are typed into a device."""
        host = self._listen_on.get(CONF_HOST) or self._own_ip() or self._api.local_ip
        return host, self._listen_on.get(CONF_PORT, self._api.port)

    @property
    def _api(self) -> ApiConfig:
        """Home Assistant's web server; it is a dependency of ours and so always there."""
        if (api := self.hass.config.api) is None:
            raise RuntimeError("Home Assistant has no web server")
        return api

    @property
    def https_only(self) -> bool:
        """Whether devices have to speak HTTPS, which few of them can."""
        return self._api.use_ssl and not self._listen_on

    def _own_ip(self) -> str | None:
        """Return the IP address in the home's own URL; few devices resolve names."""
        try:
            url = get_url(
                self.hass,
                allow_external=False,
                allow_cloud=False,
                prefer_external=False,
            )
        except NoURLAvailableError:
            return None
        host = URL(url).host or ""
        return host if is_ip_address(host) else None

    # Config entries

    async def async_entry_loaded(self, entry: ZktecoConfigEntry) -> None:
        """Keep the listener open for as long as there is a PUSH device."""
        if entry.data.get(CONF_KIND) != Kind.PUSH:
            return
        self._entries[entry.entry_id] = entry
        entry.async_on_unload(partial(self._async_entry_unloaded, entry.entry_id))
        watch = HassJob(partial(self._async_watch, entry), cancel_on_shutdown=True)
        entry.async_on_unload(async_call_later(self.hass, SILENCE_SECONDS, watch))
        mode_seen = partial(self._async_mode_seen, entry)
        entry.async_on_unload(entry.runtime_data.device.on_state(mode_seen))
        mode_seen(entry.runtime_data.device.state)
        await self._async_update_listener()

    async def _async_entry_unloaded(self, entry_id: str) -> None:
        """Close the listener with the last PUSH device."""
        del self._entries[entry_id]
        self._async_suggest_listener()
        await self._async_update_listener()

    async def async_entry_removed(self) -> None:
        """Forget the listener with the last PUSH device."""
        if not any(
            entry.data.get(CONF_KIND) == Kind.PUSH
            for entry in self.hass.config_entries.async_entries(DOMAIN)
        ):
            self._listen_on = {}
            await self._store.async_remove()

    @callback
    def _async_mode_seen(self, entry: ZktecoConfigEntry, state: PanelState) -> None:
        """Follow a terminal that was switched between access control and attendance.

        A device that shows now the one and now the other is followed seldom.
        """
        if not isinstance(state.error, WrongFamily) or state.error.found not in Mode:
            return
        now = self.clock.monotonic()
        if (
            wait := self._followed.get(entry.entry_id, -inf) + FOLLOW_SECONDS - now
        ) > 0:
            again = HassJob(partial(self._async_look_again, entry))
            entry.async_on_unload(async_call_later(self.hass, wait, again))
            return
        self._followed[entry.entry_id] = now
        _LOGGER.info("%s is set to %s mode now", entry.title, state.error.found)
        self.hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_MODE: state.error.found}
        )
        self.hass.config_entries.async_schedule_reload(entry.entry_id)

    @callback
    def _async_look_again(self, entry: ZktecoConfigEntry, _now: object) -> None:
        """See whether a terminal still shows the other mode."""
        self._async_mode_seen(entry, entry.runtime_data.device.state)

    @callback
    def _async_watch(self, entry: ZktecoConfigEntry, _now: object) -> None:
        """Look from now on whether the device calls."""
        entry.async_on_unload(
            entry.runtime_data.async_add_listener(self._async_suggest_listener)
        )
        self._async_suggest_listener()

    @callback
    def _async_suggest_listener(self) -> None:
        """Suggest the listener while a device is silent and perhaps cannot speak HTTPS."""
        silent = any(
            not entry.runtime_data.last_update_success
            for entry in self._entries.values()
        )
        if silent and self.https_only:
            ir.async_create_issue(
                self.hass,
                DOMAIN,
                ISSUE_HTTPS_ONLY,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=ISSUE_HTTPS_ONLY,
            )
        else:
            ir.async_delete_issue(self.hass, DOMAIN, ISSUE_HTTPS_ONLY)

    # The listener

    @property
    def listen_on(self) -> Mapping[str, Any]:
        """Address and port of the listener; empty when there is none."""
        return self._listen_on

    async def async_listen_on(self, listen_on: dict[str, Any]) -> None:
        """Move the listener to another address and port, or do without one. Raises OSError."""
        try:
            async with self._listener_lock:
                await self._listener.stop()
                if listen_on:
                    # Whether it is needed now or not, a mistake is told now.
                    await self._async_start_listener(listen_on)
                self._listen_on = listen_on
                await self._store.async_save(listen_on)
        finally:
            await self._async_update_listener()
            self._async_suggest_listener()

    @property
    def _listener_needed(self) -> bool:
        return bool(self._entries) or self.server.pairing

    async def _async_start_listener(self, listen_on: Mapping[str, Any]) -> None:
        await self._listener.start(
            listen_on.get(CONF_HOST) or None, listen_on[CONF_PORT]
        )

    async def _async_update_listener(self) -> None:
        """Start or stop the listener."""
        async with self._listener_lock:
            failed = False
            if not (self._listen_on and self._listener_needed):
                await self._listener.stop()
            elif not self._listener.running:
                try:
                    await self._async_start_listener(self._listen_on)
                except OSError as err:
                    failed = True
                    _LOGGER.warning(
                        "Devices cannot call the port of their own: %s", err
                    )
        if failed:
            ir.async_create_issue(
                self.hass,
                DOMAIN,
                ISSUE_LISTENER_FAILED,
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=ISSUE_LISTENER_FAILED,
                translation_placeholders={"port": str(self._listen_on[CONF_PORT])},
            )
        else:
            ir.async_delete_issue(self.hass, DOMAIN, ISSUE_LISTENER_FAILED)

    async def _async_stop(self, _event: Event) -> None:
        """Hang up on everybody."""
        self._cancel_pairing_over()
        async with self._listener_lock:
            await self._listener.stop()
