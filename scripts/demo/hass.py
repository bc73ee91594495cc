"""Home Assistant without voice satellites, which would need a compiler to install.

Takes the arguments of `hass`. Not here: what the demo home consists of (`home.py`).
"""

import sys

from homeassistant import bootstrap
from homeassistant.__main__ import main

DEFAULT_INTEGRATIONS = bootstrap.DEFAULT_INTEGRATIONS
DEFAULT_INTEGRATIONS.discard("assist_satellite")

if __name__ == "__main__":
    sys.exit(main())
