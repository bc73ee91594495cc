"""Home Assistant without voice and video, which need programs that few machines have.

Takes the arguments of `hass`. Not here: what the demo home consists of (`home.py`).
"""

import sys
from types import ModuleType

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

# To describe actions, Home Assistant imports all kinds of entities, voice satellites too. What
# they need has to be compiled, and the demo home has no microphone: a name is enough.
COMPILED = {"pymicro-vad": "MicroVad", "pyspeex-noise": "AudioProcessor"}


def stand_in() -> None:
    """Let the modules that need a compiler be imported."""
    for package, name in COMPILED.items():
        module = ModuleType(package.replace("-", "_"))
        setattr(module, name, object)
        sys.modules[module.__name__] = module


if __name__ == "__main__":
    stand_in()
    sys.exit(main())
