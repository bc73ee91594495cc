"""Everything that can go wrong with a device, as types that a caller can act on.

Lives here: the exception hierarchy. Not here: error texts for people (translations) and wire error codes (each protocol's own table).
"""


class DeviceError(Exception):
    """Any failure of a device or of the way to it."""


class CannotConnect(DeviceError):
    """The device did not answer, refused the connection, or dropped it."""


class DeviceBusy(CannotConnect):
    """The device drops us again and again: another program holds its only connection."""


class DidNotAsk(CannotConnect):
    """The device did not fetch a command in time; the command is gone and was never carried out."""


class WrongPassword(DeviceError):
    """The device refused the communication password or key."""


class LoginLocked(CannotConnect):
    """The device refuses every login for a while, after too many wrong ones; asking again prolongs that."""


class SecureFirmware(DeviceError):
    """The device speaks to the vendor's own software only: its firmware encrypts, with a key that is not published."""


class WrongFamily(DeviceError):
    """Something answered, but it speaks another protocol.

    `found` says which one: "terminal" (standalone protocol), "c3" (panel protocol), "http" or "unknown"; of a PUSH
    device "access" or "attendance", the mode that it is set to.
    """

    def __init__(self, found: str) -> None:
        """Remember what answered."""
        super().__init__(f"the peer speaks another protocol: {found}")
        self.found = found


class WrongDevice(DeviceError):
    """Another device than the expected one answers at this address.

    `found` is its serial number.
    """

    def __init__(self, found: str) -> None:
        """Remember who answered."""
        super().__init__("another device answers at this address")
        self.found = found


class MalformedReply(DeviceError):
    """A reply arrived that cannot be read: wrong length, checksum, sequence or content."""


class CommandRefused(DeviceError):
    """The device understood a command and refused it.

    `code` is the device's own number, `reason` the same in words.
    """

    def __init__(self, code: int, reason: str) -> None:
        """Remember the device's answer."""
        super().__init__(f"{reason} ({code})")
        self.code = code
        self.reason = reason


class Unsupported(DeviceError):
    """The device or its firmware cannot do what was asked."""


class OutcomeUnknown(DeviceError):
    """A command was sent and no answer came: it may or may not have been carried out.

    Door commands are at most once, so nothing is sent again.
    """


class InvalidValue(DeviceError, ValueError):
    """A value cannot be sent to the device.

    `field` names the value, `limit` says in words what is allowed.
    """

    def __init__(self, field: str, limit: str) -> None:
        """Remember which field broke which limit; never the value itself, which may be secret."""
        super().__init__(f"{field}: {limit}")
        self.field = field
        self.limit = limit
