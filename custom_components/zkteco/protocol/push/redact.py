"""What can be told of the requests of a PUSH device and of their answers, in both dialects.

Lives here: which parts of which text are secret. Not here: what requests mean (`session`, `attendance`), what stands for a
secret (`redact` above). Only texts are told, and of them only names and the values of columns and options that are known to
be about nobody; everything else keeps its length.
"""

from collections.abc import Awaitable, Callable, Iterator
import re
from typing import Final, override

from ..redact import MAX_TOLD, PRIVATE_OPTIONS, StandIns, is_harmless, shape
from ..terminal_codes import ALARM_OPERATION
from ..trace import Entry, Tell, Tracer
from .commands import PERSONAL_TABLES
from .messages import Answer, Request, Response, decode_text
from .options import READABLE
from .registration import KEYS, is_secret
from .table_list import TABLES

# Where one field ends and the next begins.
_RECORDS: Final = re.compile(r"([\t\r\n\0])")
_OPTIONS: Final = re.compile(r"(,(?=\s*~?[A-Za-z]\w*=)|[\r\n\0])")
_RESULTS: Final = re.compile(r"([&\r\n\0]|,(?=\s*~?[A-Za-z]\w*=))")
# A command may stand behind the name of a device, and conditions behind what is asked for.
_ANSWERS: Final = re.compile(r"([\t\r\n\0]|,CmdDesc=|,filter=|,(?=\s*~?[A-Za-z]\w*=))")
_WORD_ENDS: Final = re.compile(r"([ ,:])")
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PRINTED: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]{0,512}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d|", re.ASCII)
_CODE: Final = re.compile(r"\d{1,3}|", re.ASCII)
_DOOR_COMMAND: Final = re.compile(r"(?:C:\d+:)?CONTROL DEVICE [0-9A-Fa-f]{1,16}")
_COMMAND_NUMBER: Final = re.compile(r"\d{1,10}", re.ASCII)
_ALARM: Final = re.compile(r"5\d|65535")
"""Of which kind it was, where other operations have a user."""
_OPERATION: Final = re.compile(r"(OPLOG[ \t]+\d{1,3})\t([^\t\r\n]*)\t(.*)")

_HEADERS: Final = (
    *("accept-encoding", "connection", "content-encoding", "content-length"),
    *("content-type", "expect", "transfer-encoding", "user-agent"),
)
_QUERY: Final = frozenset(
    {
        *("table", "tablename", "type", "options", "stamp", "opstamp", "pushver"),
        *("language", "devicetype", "pushoptionsflag", "datafmt", "count", "cmdid"),
        *("packcnt", "packidx", "fileseq", "authtype", "contenttype", "op"),
    }
)
_SETTINGS: Final = frozenset(
    {
        *("serverversion", "servername", "pushprotver", "errordelay", "requestdelay"),
        *("transtimes", "transinterval", "transtables", "realtime", "timeoutsec"),
        *("svrnslevel", "attlogstamp", "operlogstamp", "attphotostamp", "delay"),
        *("biodatastamp", "stamp", "opstamp", "photostamp", "transflag", "timezone"),
        *("encrypt", "serverver", "pushoptionsflag", "pushoptions", "supportping"),
        *("maxpostsize", "datetime", "servertz", "multibiodatasupport", "registry"),
        *("multibiophotosupport", "auth", "fielddesc", "tablename", "cmdformat"),
        *("datatype", "priority"),
    }
)
_READABLE: Final = frozenset(name.lower().lstrip("~") for name in READABLE)
_PUBLIC: Final = (KEYS | _READABLE | _SETTINGS) - PRIVATE_OPTIONS
_TABLES: Final = frozenset(
    {
        *(table.name.strip("[]").lower() for table in TABLES),
        *map(str.lower, PERSONAL_TABLES),
        *("userinfo", "attlog", "operlog", "oplog", "fp", "face", "biophoto", "rtlog"),
    }
)
_VERBS: Final = frozenset(
    {
        *("c", "data", "update", "delete", "query", "count", "get", "set", "option"),
        *("options", "control", "device", "enroll_info", "enroll_bio", "enroll_fp"),
        *("info", "check", "reboot", "ac_unlock", "ac_unalarm", "clear", "all"),
        *("ok", "from", "upgrade", "test", "host", "log", "*", "newrecord", ""),
    }
)
_COLUMNS: Final = frozenset(
    item.name.lower() for table in TABLES for item in table.fields
)
_KNOWN_WORDS: Final = _VERBS | _TABLES | _PUBLIC | PRIVATE_OPTIONS | _COLUMNS


class PushTracer(Tracer[Response, Request]):
    """Listens to what one device asks and what it is answered."""

    def __init__(self, tell: Tell, *, stand_ins: StandIns | None = None) -> None:
        """`stand_ins` is for tests."""
        super().__init__(tell)
        self._stand_ins = stand_ins or StandIns()

    @override
    def _received(self, message: Request) -> Iterator[Entry]:
        query = {name: self._query(name, text) for name, text in message.query.items()}
        headers = {
            name: text
            for name in _HEADERS
            if _PRINTED.fullmatch(text := message.headers.get(name, "")) and text
        }
        if message.token:
            headers["cookie"] = f"token={self._stand_ins.text(message.token)}"
        yield {
            "method": message.method,
            "path": message.path,
            "query": {**query},
            "headers": {**headers},
            **self._body(message),
        }

    @override
    def _sent(self, message: Response) -> Iterator[Entry]:
        entry: Entry = {"status": message.status, "size": len(message.body)}
        if message.headers.get("Content-Type") == "text/plain":
            text = _beginning(message.body.decode(errors="replace"))
            entry["text"] = self._fields(text, _ANSWERS)
        yield entry

    def answered(self, answer: Answer) -> Answer:
        """Tell an answer, perhaps after somebody has decided; return the same."""
        if isinstance(answer, Response):
            self.sent(answer)
            return answer
        self.note("somebody decides")
        return self._decided(answer)

    async def _decided(self, answer: Awaitable[Response]) -> Response:
        response = await answer
        self.sent(response)
        return response

    def _query(self, name: str, text: str) -> str:
        """Return the value of a query."""
        is_known = name in _QUERY and _PRINTED.fullmatch(text) is not None
        return text if is_known else self._stand_ins.text(text)

    def _body(self, request: Request) -> Entry:
        """Return what can be told of a body."""
        body = request.body
        if not body:
            return {}
        query = request.query
        table = (query.get("table") or query.get("tablename") or "").lower()
        # A photo stands behind its record.
        head, end, rest = body.partition(b"\0")
        text = decode_text(head, query.get("language"))
        if _NO_TEXT.search(text) or (end and "=" not in text):
            return shape(body)
        text = _beginning(text)
        if table == "attlog":
            text = self._lines(text, self._punch)
        elif table == "operlog":
            text = self._lines(text, self._operation)
        elif request.endpoint == "registry" or table == "options":
            text = self._fields(text, _OPTIONS)
        elif request.endpoint == "devicecmd":
            text = self._fields(text, _RESULTS)
        else:
            text = self._fields(text, _RECORDS)
        entry: Entry = {"size": len(body), "text": text}
        if end:
            entry["behind"] = shape(rest)
        return entry

    def _fields(self, text: str, separator: re.Pattern[str]) -> str:
        return self._stand_ins.fields(text, separator, _keeps, self._words)

    def _words(self, text: str) -> str:
        """Return words that belong to the protocol, and stand-ins for all others."""
        if _DOOR_COMMAND.fullmatch(text) or _TIME.fullmatch(text):
            return text
        parts = _WORD_ENDS.split(text)
        return "".join(
            part if self._is_word(part, parts[:place]) else self._stand_ins.text(part)
            for place, part in enumerate(parts)
        )

    @staticmethod
    def _is_word(part: str, before: list[str]) -> bool:
        """Whether a word is one of the protocol's, or the number of a command."""
        if before[-2:] == ["C", ":"] or before == ["OK", ":", "", " "]:
            return _COMMAND_NUMBER.fullmatch(part) is not None
        word = part.strip("[] ").lower().lstrip("~")
        return word in _KNOWN_WORDS or _WORD_ENDS.fullmatch(part) is not None

    def _lines(self, text: str, tell: Callable[[str], str]) -> str:
        """Return a text of lines, each as `tell` tells it."""
        parts = re.split(r"([\r\n]+)", text)
        parts[::2] = [tell(part) for part in parts[::2]]
        return "".join(parts)

    def _punch(self, line: str) -> str:
        """Return a row of the attendance log: user, time, state, way to verify, and what is about the person."""
        columns = line.split("\t")
        return "\t".join(
            column
            if (place == 1 and _TIME.fullmatch(column))
            or (place in (2, 3) and _CODE.fullmatch(column))
            else self._stand_ins.text(column)
            for place, column in enumerate(columns)
        )

    def _operation(self, line: str) -> str:
        """Return a row of the log of operations, or one about a user."""
        if (found := _OPERATION.fullmatch(line)) is None:
            return self._fields(line, _RECORDS)
        code, admin, rest = found.groups()
        is_alarm = code.split()[1] == str(ALARM_OPERATION)
        columns = [
            column
            if _TIME.fullmatch(column)
            or (is_alarm and place == 1 and _ALARM.fullmatch(column))
            else self._stand_ins.text(column)
            for place, column in enumerate(rest.split("\t"))
        ]
        return "\t".join((code, self._stand_ins.text(admin), *columns))


def _beginning(text: str) -> str:
    """Return as many lines as can be told, at least a part of the first."""
    if len(text) <= MAX_TOLD:
        return text
    return text[: max(text.rfind("\n", 0, MAX_TOLD) + 1, 0) or MAX_TOLD]


def _keeps(name: str, value: str) -> bool:
    """Whether a value may be told."""
    name = name.lower().lstrip("~")
    if is_harmless(name, value):
        return True
    if name == "cmd":
        return all(word.lower() in _VERBS | _TABLES for word in value.split())
    if name in _TABLES:
        return _CODE.fullmatch(value) is not None
    if is_secret(name) or _PRINTED.fullmatch(value) is None:
        return False
    return name in _PUBLIC
