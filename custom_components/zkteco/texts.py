"""Our own sentences, in the language of the home.

Lives here: finding them. Not here: who says them, and names of entities, states and errors, which Home Assistant finds by itself.
"""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN


@callback
def say(hass: HomeAssistant, key: str, /, **placeholders: str) -> str:
    """Return one of the texts under `common`, which are there from the integration's setup on."""
    # English is always there, also while the owner changes the language.
    for language in (hass.config.language, "en"):
        texts = async_get_cached_translations(hass, language, "common", DOMAIN)
        if text := texts.get(f"component.{DOMAIN}.common.{key}"):
            return text.format(**placeholders)
    return key
