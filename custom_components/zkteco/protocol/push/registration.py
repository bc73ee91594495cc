"""What a device says about itself when it registers, and in its uploads of options.

Lives here: that line as a typed record, the wire name of each value next to its type. Not here: what is made of it
(`device`). A value that is missing or makes no sense is None or empty; nothing here raises.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
import re
from typing import Final, Self

from ..device import Json
from ..redact import PRIVATE_OPTIONS
from .codes import MODELS, Biometric, VerifyStyle, verify_styles
from .messages import parse_options

type Options = Mapping[str, str]

# Neither kept nor shown. The communication key has a field of its own.
_SECRET: Final = re.compile(
    r"authkey|passw|pwd|comkey|commkey|wirelesskey|decryptkey|sipkey|vms"
)
_MAX_OPTIONS: Final = 500
"""A sanity limit on what a device tells about itself: more are not kept beside each other."""
_INTEGER: Final = re.compile(r"[0-9]{1,10}")
_MAX_FLAGS: Final = 256
_READ: Final = "read"
_KEYS: Final = "keys"


def is_secret(name: str) -> bool:
    """Whether an option holds a key or a password."""
    return _SECRET.search(name.lower()) is not None


def impersonal(options: Options) -> dict[str, Json]:
    """Return options for a bug report."""
    return {key: value for key, value in options.items() if key not in PRIVATE_OPTIONS}


def remembered(told: Options | None, memory: Json) -> dict[str, str]:
    """Return what a device `told` when it was paired and what was kept of it since then."""
    kept = memory if isinstance(memory, dict) else {}
    texts = {key: text for key, text in kept.items() if isinstance(text, str)}
    return {**(told or {}), **texts}


class Feature(IntEnum):
    """A position in AccSupportFunList (Security PUSH 3.1.2 section 4.4)."""

    FORBID_READER = 0
    RS485_READER_ENCRYPTION = 1
    LOCK_DOWN = 2
    EMERGENCY = 3
    WIEGAND_READER_LIGHT = 4
    LONG_NAMES = 5
    WIEGAND_SITE_CODE = 6
    MULTIPLE_CARDS = 7
    """Several cards for one user."""
    INPUT_TIME_CONTROL = 8
    """Auxiliary inputs and exit buttons work in their hours only."""
    TEMPORARY_USER_CLEANUP = 9
    WIEGAND_TEST = 10
    ACCOUNT = 11
    """Upload of all events for comparison."""
    USER_VERIFY_BY_TIME = 12
    RS485_READER_LIGHT = 13
    MULTIPLE_WIEGAND_FORMATS = 14
    AUTHORITY_PER_DOOR = 15
    SUPER_USER_TABLE = 16
    DOOR_PROPERTIES = 17
    READER_PROPERTIES = 18
    AUX_INPUT_PROPERTIES = 19
    AUX_OUTPUT_PROPERTIES = 20
    DOOR_PARAMETERS = 21
    ANTI_PASSBACK_TABLE = 22
    INTERLOCK_TABLE = 23
    WIRELESS = 24
    MOBILE_NETWORK = 25
    DEVICE_ID_FIELD = 26
    SUB_CONTROLLERS = 27
    DUAL_NETWORK = 28
    AUTHORIZATION_TABLE = 29
    IDENTITY_CARDS = 30
    PRIMARY_SECONDARY_SWITCH = 31
    MIXED_READERS = 32
    WIEGAND_BYTE_ORDER = 33
    DESFIRE_CARDS = 34
    SEND_QR_CODE = 35
    ADVERTISING = 36
    INDOOR_STATION = 37
    COMPARISON_PHOTO_UPLOAD = 38
    FACE_TEMPLATE_UPLOAD = 39
    REMOTE_ENROLMENT = 40
    RESULT_STYLE = 41
    AUTHENTICATION_SERVER = 42
    RESOURCE_FILES = 43
    AI_DEVICE = 44
    EXPANSION_DM10 = 45
    EXPANSION_AUX485 = 46
    EXPANSION_EX0808 = 47
    SUPER_USER_PASSES_LOCK_DOWN = 48
    OSDP = 49
    WATCHED_USERS = 50
    COMPLETE_INFORMATION = 51
    ELEVATOR_EXPANSION = 52
    ELEVATOR_DIRECT = 53
    ELEVATOR_EMERGENCY_RECOVERY = 54
    ELEVATOR_PRIVILEGE_GROUPS = 55
    ELEVATOR_MERGED_COMMANDS = 56
    VOICE_MODULE = 57
    NEGATIVE_FLOORS = 58
    IDENTITY_CARD_NUMBER = 59
    TIME_RULE_VALIDITY = 60
    NTP = 61
    PERMISSION_GROUP_VALIDITY = 62
    VIDEO_INTERCOM_CONTACTS = 63


class Role(IntEnum):
    """The place of a device among others (Security PUSH 3.1.2 appendix 15)."""

    SINGLE = 0
    MASTER = 1
    SUB = 2


def _from[T](read: Callable[[Options], T], *keys: str, secret: bool = False) -> T:
    value: T = field(
        default=read({}),
        metadata={_READ: read, _KEYS: keys},
        repr=not secret,
        compare=not secret,
    )
    return value


def _text(*keys: str, secret: bool = False) -> str | None:
    """Read the first of `keys` that has a value."""

    def read(options: Options) -> str | None:
        return next((text for key in keys if (text := options.get(key))), None)

    return _from(read, *keys, secret=secret)


def _number(key: str, low: int = 0, high: int = 2**31 - 1) -> int | None:
    """Read a decimal number; None outside of its bounds."""

    def read(options: Options) -> int | None:
        return _integer(options.get(key), low, high)

    return _from(read, key)


def _integer(text: str | None, low: int, high: int) -> int | None:
    if text and _INTEGER.fullmatch(text) and low <= int(text) <= high:
        return int(text)
    return None


def _switch(key: str) -> bool | None:
    """Read a function switch; some hold the number of a mode, which is on as well."""

    def read(options: Options) -> bool | None:
        value = _integer(options.get(key), 0, 2**31 - 1)
        return None if value is None else bool(value)

    return _from(read, key)


def _flags(key: str, *, first: int = 0) -> frozenset[int]:
    """Read digits as the set of positions that are 1, the leftmost being `first`."""

    def read(options: Options) -> frozenset[int]:
        digits = options.get(key, "")[:_MAX_FLAGS]
        return frozenset(
            place for place, digit in enumerate(digits, first) if digit == "1"
        )

    return _from(read, key)


def _bits(text: str, high: int) -> frozenset[int] | None:
    """Read hexadecimal bytes as the set of bits below `high`, the lowest bit of each byte first; None when unreadable."""
    try:
        value = int.from_bytes(bytes.fromhex(text[: high // 4 + 2]), "little")
    except ValueError:
        return None
    return frozenset(bit for bit in range(high) if value >> bit & 1)


# The key of a mask, its first event number, and how many follow.
_EVENT_MASKS: Final = (
    ("eventtypes", 0, 256),
    ("newnormaleventtypes", 4000, 1000),
    ("newerroreventtypes", 5000, 1000),
    ("newwarningeventtypes", 6000, 1000),
)


def _read_events(options: Options) -> frozenset[int] | None:
    masks = [
        {first + offset for offset in offsets}
        for key, first, size in _EVENT_MASKS
        if (text := options.get(key)) and (offsets := _bits(text, size)) is not None
    ]
    return frozenset().union(*masks) if masks else None


def _read_verify_codes(options: Options) -> frozenset[int] | None:
    text = options.get("verifystyles")
    return _bits(text, 32) if text else None


def _read_verify_styles(options: Options) -> frozenset[VerifyStyle] | None:
    return verify_styles(options.get("newvfstyles", ""))


def _by_biometric(key: str) -> Mapping[Biometric, str]:
    """Read colon-separated values by kind of biometric; 0 and empty mean that there is none."""

    def read(options: Options) -> Mapping[Biometric, str]:
        values = options.get(key, "").split(":")
        return {
            kind: value
            for kind, text in zip(Biometric, values, strict=False)
            if (value := text.strip()).strip("0")
        }

    default: Mapping[Biometric, str] = field(
        default_factory=dict, metadata={_READ: read, _KEYS: (key,)}
    )
    return default


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a device told about itself (Security PUSH 3.1.2 sections 4.4 and 4.6). None means that it does not tell.

    Switches named after a function say whether it is there.
    """

    # Who it is.
    device_type: str | None = _text("devicetype")
    """"acc" for access control; everything else keeps attendance."""
    device_name: str | None = _text("devicename")
    firmware: str | None = _text("firmver", "fwversion")
    push_version: str | None = _text("pushversion")
    mac: str | None = _text("mac")
    platform: str | None = _text("platform")
    vendor: str | None = _text("oemvendor")
    machine_type: int | None = _number("machinetype")
    registration_type: str | None = _text("regdevicetype")
    language: str | None = _text("language")
    communication: str | None = _text("commtype")
    """"ethernet", "usb-4G-modem" or "serial-wireless"."""
    ip_address: str | None = _text("ipaddress")
    net_mask: str | None = _text("netmask")
    gateway: str | None = _text("gateipaddress")
    ssl: bool | None = _switch("issupportssl")
    max_package_size: int | None = _number("maxpackagesize", 1)
    """Bytes."""
    security_level: int | None = _number("devnslevel", 0, 4)
    """The server must state the same."""
    communication_key: str | None = _text("authkey", secret=True)

    # What is fitted.
    lock_count: int | None = _number("lockcount", 1, 8)
    reader_count: int | None = _number("readercount", 0, 32)
    aux_inputs: int | None = _number("auxincount", 0, 16)
    aux_outputs: int | None = _number("auxoutcount", 0, 16)
    max_lock_count: int | None = _number("maxlockcount", 1, 64)
    max_zigbee_count: int | None = _number("maxzigbeecount")
    reader_types: int | None = _number("supportreadertype")
    max_card_bits: int | None = _number("maxmcucardbits")
    camera: bool | None = _switch("cameraopen")
    voice_module: int | None = _number("voicemoduletype")
    """1 when the voice module wants a verification first (elevators)."""
    voice_cancel_seconds: int | None = _number("voicemodulecanceltime")
    voice_cancel_count: int | None = _number("voicemodulecancelcount")

    # How many it holds, and how many it may hold.
    max_users: int | None = _number("maxusercount")
    """As the device writes it; some firmware counts in hundreds."""
    max_records: int | None = _number("maxattlogcount")
    """As the device writes it; some firmware counts in ten thousands."""
    max_user_fingers: int | None = _number("maxuserfingercount")
    max_fingers: int | None = _number("maxfingercount")
    max_faces: int | None = _number("maxfacecount")
    max_finger_veins: int | None = _number("maxfvcount")
    max_palm_veins: int | None = _number("maxpvcount")
    max_user_photos: int | None = _number("maxuserphotocount")
    user_count: int | None = _number("usercount")
    record_count: int | None = _number("transactioncount")
    finger_count: int | None = _number("fpcount")
    face_count: int | None = _number("facecount")
    finger_vein_count: int | None = _number("fvcount")
    palm_vein_count: int | None = _number("pvcount")

    # How people verify.
    fingerprint: bool | None = _switch("fingerfunon")
    face: bool | None = _switch("facefunon")
    finger_vein: bool | None = _switch("fvfunon")
    palm_vein: bool | None = _switch("pvfunon")
    user_photo: bool | None = _switch("photofunon")
    fingerprint_version: str | None = _text("zkfpversion", "fpversion")
    face_version: str | None = _text("faceversion")
    finger_vein_version: str | None = _text("fvversion")
    palm_vein_version: str | None = _text("pvversion")
    match_threshold: int | None = _number("mthreshold")
    cards_only: bool | None = _switch("isonlyrfmachine")
    verify_codes: frozenset[int] | None = _from(_read_verify_codes, "verifystyles")
    """Numbers of `event_codes.METHODS`."""
    verify_styles: frozenset[VerifyStyle] | None = _from(
        _read_verify_styles, "newvfstyles"
    )
    """None when the device verifies by the older numbers only."""
    qr_code: bool | None = _switch("issupportqrcode")
    qr_code_enabled: bool | None = _switch("qrcodeenable")
    qr_schemes: frozenset[int] = _flags("qrcodedecryptfunlist", first=1)
    """Decryption schemes, 1 to 3."""
    temperature_detection: bool | None = _switch("irtempdetectionfunon")
    mask_detection: bool | None = _switch("maskdetectionfunon")
    bio_photo: bool | None = _switch("biophotofun")
    bio_data: bool | None = _switch("biodatafun")
    multi_bio_data: Mapping[Biometric, str] = _by_biometric("multibiodatasupport")
    multi_bio_photo: Mapping[Biometric, str] = _by_biometric("multibiophotosupport")
    multi_bio_version: Mapping[Biometric, str] = _by_biometric("multibioversion")
    max_multi_bio_data: Mapping[Biometric, str] = _by_biometric("maxmultibiodatacount")
    max_multi_bio_photo: Mapping[Biometric, str] = _by_biometric(
        "maxmultibiophotocount"
    )
    multi_bio_data_count: Mapping[Biometric, str] = _by_biometric("multibiodatacount")
    multi_bio_photo_count: Mapping[Biometric, str] = _by_biometric("multibiophotocount")

    # What it can do.
    features: frozenset[int] = _flags("accsupportfunlist")
    """Positions; `supports` asks for one."""
    events: frozenset[int] | None = _from(
        _read_events, *(key for key, _, _ in _EVENT_MASKS)
    )
    """The numbers of the events that it can report."""
    simple_events: bool | None = _switch("simpleeventtype")
    """Merges similar events into one number."""
    command_format: int | None = _number("cmdformat", 0, 1)
    """1 when each command must be prefixed with the serial number it is for."""
    iclock_server: bool | None = _switch("iclocksvrfun")
    anti_passback: bool | None = _switch("overallantifunon")
    exit_button: bool | None = _switch("rexinputfunon")
    card_format: bool | None = _switch("cardformatfunon")
    super_authorize: bool | None = _switch("supauthrizefunon")
    reader_configuration: bool | None = _switch("readercfgfunon")
    reader_linkage: bool | None = _switch("readerlinkagefunon")
    relay_state: bool | None = _switch("relaystatefunon")
    rs485_reader: bool | None = _switch("ext485readerfunon")
    timed_anti_passback: bool | None = _switch("timeapbfunon")
    all_relays: bool | None = _switch("ctlallrelayfunon")
    lost_cards: bool | None = _switch("losscardfunon")
    clear_lost_cards: bool | None = _switch("delalllosscardfunon")
    disable_users: bool | None = _switch("disableuserfunon")
    delete_and: bool | None = _switch("deleteandfunon")
    log_id: bool | None = _switch("logidfunon")
    packed_user_times: bool | None = _switch("datefmtfunon")
    """Validity of users in packed seconds, otherwise as YYYYMMDD."""
    auto_clear_days: int | None = _number("autoclearday")
    first_delay_days: int | None = _number("firstdelayday")
    delay_days: int | None = _number("delayday")
    stop_all_verification: bool | None = _switch("stopallverify")
    server_verification: bool | None = _switch("autoserverfunon")
    open_delay: bool | None = _switch("delayopendoorfunon")
    user_open_delay: bool | None = _switch("useropendoordelayfunon")
    multi_card_interval: bool | None = _switch("multicardintertimefunon")
    output_configuration: bool | None = _switch("outrelaysetfunon")
    time_zone: bool | None = _switch("machinetzfunon")
    daylight_saving: bool | None = _switch("dstfunon")
    card_site_code: bool | None = _switch("cardsitecodefunon")
    multiple_cards: bool | None = _switch("mulcarduserfunon")
    user_names: bool | None = _switch("usernamefunon")
    letters_in_user_ids: bool | None = _switch("stringpinfunon")
    user_photo_by_url: bool | None = _switch("userpicurlfunon")
    partial_upgrade: bool | None = _switch("subcontractingupgradefunon")
    wiegand_rules: str | None = _text("wgrulever")
    multi_stage: bool | None = _switch("multistagecontrolfunon")
    master: bool | None = _switch("mastercontrolon")
    sub: bool | None = _switch("subcontrolon")

    raw: Mapping[str, str] = field(default_factory=dict)
    """All of it by lower-case key, without secrets."""

    @classmethod
    def of(cls, options: Options) -> Self:
        """Read options by lower-case key, such as the `raw` of one record together with that of another."""
        return cls(
            **{
                item.name: item.metadata[_READ](options)
                for item in fields(cls)
                if _READ in item.metadata
            },
            raw={key: value for key, value in options.items() if not is_secret(key)},
        )

    def updated(self, options: Options) -> Self:
        """Return what is known of a device that tells more."""
        known = {**self.raw, **options}
        return self.of(known if len(known) <= _MAX_OPTIONS else options)

    def supports(self, feature: Feature) -> bool:
        """Whether the device has a feature."""
        return feature in self.features

    @property
    def model(self) -> str | None:
        """The name of the model, as the device says it or by its machine type."""
        return self.device_name or MODELS.get(self.machine_type or 0)

    @property
    def role(self) -> Role:
        """The place among other devices."""
        if self.multi_stage and self.master and not self.sub:
            return Role.MASTER
        if self.multi_stage and self.sub and not self.master:
            return Role.SUB
        return Role.SINGLE


KEYS: Final = frozenset(
    key for item in fields(Registration) for key in item.metadata.get(_KEYS, ())
)
"""The options that are understood, in lower case."""


def parse_registration(text: str) -> Registration:
    """Read the body of a registration, or of an upload of options. Never raises."""
    return Registration.of(parse_options(text))
