"""Print the packages that the demo home's integrations need, as Home Assistant pins them.

With these installed beforehand, Home Assistant fetches nothing when it starts. Not here: the
home itself (`home.py`).
"""

import json
from pathlib import Path
import re

from homeassistant import components
from homeassistant.requirements import DISCOVERY_INTEGRATIONS

from .hass import COMPILED, DEFAULT_INTEGRATIONS

HERE = Path(__file__).parent
OURS = HERE.parents[1] / "custom_components" / "zkteco"
CORE = Path(components.__file__).parent


# Imported, though never set up, whenever the page asks which actions there are.
DESCRIBED = {"ai_task", "assist_satellite", "camera"}


def main() -> None:
    """Walk from what the home loads through everything that it depends on."""
    home = (HERE / "configuration.yaml").read_text(encoding="utf-8")
    waiting = {"zkteco", *re.findall(r"^(\w+):", home, re.MULTILINE)}
    waiting |= DEFAULT_INTEGRATIONS | DESCRIBED
    seen: set[str] = set()
    requirements: set[str] = set()
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        folder = OURS if domain == "zkteco" else CORE / domain
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        requirements.update(manifest.get("requirements", ()))
        waiting.update(manifest.get("dependencies", ()))
        # A discovery method is wanted as soon as an integration can be discovered by it.
        waiting.update(
            method
            for method, keys in DISCOVERY_INTEGRATIONS.items()
            if any(key in manifest for key in keys)
        )
        waiting -= seen
    print(
        "\n".join(sorted(r for r in requirements if r.split("==")[0] not in COMPILED))
    )


if __name__ == "__main__":
    main()
