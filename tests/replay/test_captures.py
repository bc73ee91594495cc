"""What owners captured, and what we understand of it.

Whatever lies in `captures` is a test: a file as it was downloaded, or only its part "capture". The snapshot says what is
understood; `--snapshot-update` writes that of a new file, and then somebody reads whether it is right.
"""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from .captured import counted, load, understand

CAPTURES = sorted(Path(__file__).with_name("captures").glob("*.json"))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
async def test_a_capture(path: Path, snapshot: SnapshotAssertion) -> None:
    """Nothing that the device said surprises a decoder, and it means what it meant."""
    assert counted(await understand(load(path))) == snapshot
