"""Home Assistant without voice and video, which need programs that few machines have.

Takes the arguments of `hass`. Not here: what the demo home consists of (`home.py`).
"""

import sys

from homeassistant import bootstrap
from homeassistant.__main__ import main

DEFAULT_INTEGRATIONS = bootstrap.DEFAULT_INTEGRATIONS
DEFAULT_INTEGRATIONS -= {
    "ai_task",
    "assist_satellite",
    "camera",
    "conversation",
    "image_processing",
    "stt",
    "tts",
    "wake_word",
}

if __name__ == "__main__":
    sys.exit(main())
