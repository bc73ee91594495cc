"""What owners captured, and what we understand of it.

Whatever lies in `captures` is a test: a file as it was downloaded, or only its part "capture". The snapshot says what is
understood; `--snapshot-update` writes that of a new file, and then somebody reads whether it is right.
"""

from collections.abc import Callable
import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
import yaml

from .captured import counted, load, understand

FOLDER = Path(__file__).with_name("captures")
CAPTURES = sorted([*FOLDER.glob("*.json"), *FOLDER.glob("*.yaml")])


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
async def test_a_capture(path: Path, snapshot: SnapshotAssertion) -> None:
    """Nothing that the device said surprises a decoder, and it means what it meant."""
    assert counted(await understand(load(path))) == snapshot


@pytest.mark.parametrize(
    "around", [lambda it: it, lambda it: {"data": {"capture": it, "info": {}}}]
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_forms_of_a_capture(
    tmp_path: Path, form: str, around: Callable[[object], object]
) -> None:
    """By itself or in the whole file, downloaded or copied from the answer of the action."""
    capture = load(FOLDER / "attendance_simulated.json")
    path = tmp_path / f"capture.{form}"
    write = yaml.safe_dump if form == "yaml" else json.dumps
    path.write_text(write(around(capture)))
    assert load(path) == capture
