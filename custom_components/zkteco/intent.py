"""What can be asked in sentences, which is who came in last.

Lives here: the intent, and its answer in words. Not here: what is known (`last_access`), the same for language models
(`llm`). The sentences themselves are the owner's: Home Assistant takes none from custom integrations.
"""

from typing import Final, override

import probatio

from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .last_access import async_find_doors, async_last_accesses

INTENT_LAST_ACCESS: Final = "ZktecoLastAccess"


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the intent."""
    intent.async_register(hass, LastAccessIntent())


class LastAccessIntent(intent.IntentHandler):
    """Tell who came in last, at one door or at any."""

    intent_type = INTENT_LAST_ACCESS
    description = "Tells who came in last"
    slot_schema = {probatio.Optional("name"): intent.non_empty_string}

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Say it."""
        hass = intent_obj.hass
        slots = self.async_validate_slots(intent_obj.slots)
        name = slots.get("name", {}).get("value")
        doors = async_find_doors(hass, intent_obj.assistant, name)
        texts = await async_get_translations(
            hass, intent_obj.language, "common", {DOMAIN}
        )

        def say(key: str, **placeholders: str) -> str:
            return texts[f"component.{DOMAIN}.common.{key}"].format(**placeholders)

        accesses = async_last_accesses(hass, doors)
        came_in = next((pair for pair in accesses if pair[1].came_in), None)
        response = intent_obj.create_response()
        response.response_type = intent.IntentResponseType.QUERY_ANSWER
        if came_in is None:
            response.async_set_speech(say("nobody_came"))
            return response
        door, access = came_in
        time = dt_util.as_local(access.time)
        is_today = time.date() == dt_util.now().date()
        response.async_set_speech(
            say(
                "last_access",
                who=access.who or say("somebody"),
                door=door.name,
                time=f"{time:%H:%M}" if is_today else f"{time:%Y-%m-%d %H:%M}",
            )
        )
        return response
