"""The names of users: whoever is told, and no more than there can be."""

import pytest

from custom_components.zkteco.protocol import names


def test_names_come_and_change() -> None:
    """The newest counts; nobody without an ID has a name."""
    known = {"1": "Alice"}
    names.remember(known, [("1", "Alicia"), ("2", ""), ("", "Nobody")])
    assert known == {"1": "Alicia", "2": ""}


def test_a_device_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with users nor with letters; who is known already is still followed."""
    monkeypatch.setattr(names, "MOST", 2)
    known: dict[str, str] = {}
    names.remember(known, [("1", "a" * 999), ("9" * 65, "x"), ("2", "Bob")])
    names.remember(known, [("3", "Carol"), ("2", "Bobby")])
    assert known == {"1": "a" * 64, "2": "Bobby"}
