"""How far long work is, on its way from where it happens to whoever asked for it."""

import asyncio

import pytest

from custom_components.zkteco.protocol import progress


@pytest.fixture
def shares() -> list[float]:
    """Return what a listener was told."""
    return []


def test_nobody_listens() -> None:
    """Work is told all the same, and nothing happens."""
    progress.tell(1, 2)
    with progress.part(0, 0.5):
        progress.tell(1, 1)


def test_a_listener(shares: list[float]) -> None:
    """It hears what happens within, never more than everything, and nothing about nothing."""
    with progress.listening(shares.append):
        progress.tell(1, 4)
        progress.tell(0, 0)
        progress.tell(9, 4)
    progress.tell(1, 2)
    assert shares == [0.25, 1.0]


def test_parts(shares: list[float]) -> None:
    """Parts of parts add up, and one that tells nothing is done when it is left."""
    with progress.listening(shares.append):
        with progress.part(0, 0.5):
            progress.tell(1, 2)
            with progress.part(0.5, 1):
                progress.tell(1, 2)
        with progress.part(0.5, 0.75):
            pass
        progress.tell(1, 1)
    assert shares == [0.25, 0.375, 0.5, 0.5, 0.75, 1.0]


def test_a_part_that_fails(shares: list[float]) -> None:
    """It is not done, and what is around it goes on where it was."""
    with progress.listening(shares.append):
        with pytest.raises(ValueError, match="torn"), progress.part(0, 0.5):
            raise ValueError("torn")
        progress.tell(1, 4)
    assert shares == [0.25]


async def test_each_task_has_its_own(shares: list[float]) -> None:
    """Work is told to whoever asked for it, also by somebody else."""
    others: list[float] = []

    async def work() -> progress.Tell:
        progress.tell(1, 4)
        return progress.teller()

    with progress.listening(shares.append):
        mine = asyncio.create_task(work())
    with progress.listening(others.append):
        (await mine)(1, 2)
    assert shares == [0.25, 0.5]
    assert others == []
