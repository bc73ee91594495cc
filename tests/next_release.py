"""A pytest plugin for a Home Assistant that is newer than the test fixtures.

pytest-homeassistant-custom-component is made for one release of Home Assistant. Here is
what it still expects of that release. Not here: anything of ours.
"""

import homeassistant.components.logger as logger_component

if not hasattr(logger_component, "_clear_logger_overwrites"):
    logger_component._clear_logger_overwrites = lambda hass: None  # noqa: SLF001
