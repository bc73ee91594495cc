"""How far long work is, told from wherever it happens to whoever asked for it.

Lives here: the way from one to the other, which is the context of the task that does the work. Not here: what people see
of it. So nobody has to hand a listener through, and what a device does by itself in the background is told to nobody.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

type Listener = Callable[[float], None]
"""Gets how much is done, from 0.0 to 1.0. It may be less than before: something had to be done again."""
type Tell = Callable[[int, int], None]
"""Tells that so many of so many are done."""


def _nobody(_share: float) -> None:
    """Hear nothing."""


_listener: Final[ContextVar[Listener]] = ContextVar("listener", default=_nobody)


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Tell `listener` how far the work within is."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def part(start: float, end: float) -> Generator[None]:
    """Do a part of the work: all of it is what lies between two shares of the whole."""
    whole = _listener.get()
    with listening(lambda share: whole(start + (end - start) * share)):
        yield
    whole(end)


def teller() -> Tell:
    """Return what tells the listener of this task, for what happens in another one."""
    listener = _listener.get()

    def tell(done: int, total: int) -> None:
        if total > 0:
            listener(min(done / total, 1.0))

    return tell


def tell(done: int, total: int) -> None:
    """Tell that so many of so many are done; of nothing there is nothing to tell."""
    teller()(done, total)
