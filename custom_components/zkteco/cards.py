"""The dashboard card: its files, served to browsers and loaded by Home Assistant's pages.

Lives here: where the files are, and under which address. Not here: the card itself
(`frontend/`, in JavaScript).
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant

FILES: Final = Path(__file__).parent / "frontend"
CARD: Final = "doors-card.js"


async def async_setup_cards(hass: HomeAssistant) -> None:
    """Serve the card, and let every page load it; without a frontend there are none."""
    if frontend.DOMAIN not in hass.config.components:
        return
    # Browsers keep files for a month. The version is a folder, so that the modules which the
    # card imports have it as well.
    version = await hass.async_add_executor_job(version_of, FILES)
    path = f"/zkteco-cards/{version}"
    await hass.http.async_register_static_paths([StaticPathConfig(path, str(FILES))])
    frontend.add_extra_js_url(hass, f"{path}/{CARD}")


def version_of(files: Path) -> str:
    """Return what only files with this content have."""
    content = sha256()
    for file in sorted(files.glob("*.js")):
        content.update(file.read_bytes())
    return content.hexdigest()[:12]
