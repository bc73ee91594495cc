"""A record of what a device and we say to each other, for a bug report.

Lives here: how a connection is listened to. Not here: what is secret (`redact`, and a module of that name for each
protocol), the record itself (Home Assistant's side). Nobody sees a message as it was sent: a protocol's `Tracer` takes the
secrets out before it tells. As long as nobody records, a connection has no tracer.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from .device import Json

type Entry = dict[str, Json]
"""One message, or one fact about the connection, without secrets."""
type Tell = Callable[[Entry], None]


class Tracer[S, R](ABC):
    """Listens to one connection: `S` is what we send, `R` what we receive. Never raises, whatever a device sends."""

    def __init__(self, tell: Tell) -> None:
        """`tell` gets each entry."""
        self._tell = tell

    def sent(self, message: S) -> None:
        """Tell what we send."""
        self._tell_all("sent", self._sent, message)

    def received(self, message: R) -> None:
        """Tell what we receive."""
        self._tell_all("received", self._received, message)

    def note(self, what: str, err: BaseException | None = None) -> None:
        """Tell a fact about the connection. Of an error only its kind is told: its words may hold an address."""
        self._tell_all("note", lambda _: self._noted(what, err), None)

    @abstractmethod
    def _sent(self, message: S) -> Iterable[Entry]:
        """Return what can be told of a message that we send."""

    @abstractmethod
    def _received(self, message: R) -> Iterable[Entry]:
        """Return what can be told of a message that we receive."""

    def _noted(self, what: str, err: BaseException | None) -> Iterable[Entry]:
        """Return a fact as it can be told."""
        entry: Entry = {"note": what}
        if err is not None:
            entry["error"] = type(err.__cause__ or err).__name__
        return (entry,)

    def _tell_all[M](
        self, way: str, describe: Callable[[M], Iterable[Entry]], message: M
    ) -> None:
        """Tell what can be told. A mistake of ours in doing so must not cost the connection, and is told too."""
        try:
            for entry in describe(message):
                self._tell({"way": way, **entry})
        except Exception as err:  # noqa: BLE001
            self._tell({"way": way, "cannot be told": type(err).__name__})
