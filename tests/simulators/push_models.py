"""What distinguishes the simulated PUSH devices: facts only, no behaviour.

`c3-200-plus` is a two-door panel, `face` a one-door face terminal in its access
control mode, `fingerprint` an older terminal, which keeps fingerprints in a table
of their own. Layouts of records are captures of real devices; the registration
line follows the printed one (Security PUSH 3.1.2, section 4.4).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

type ModelName = Literal["c3-200-plus", "face", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of device."""

    name: str
    firmware: str
    push_version: str  # of the firmware's PUSH module, in the registration
    protocol: str  # what it offers as `pushver`
    machine_type: int
    doors: int
    readers_per_door: int
    aux_inputs: int
    aux_outputs: int
    mac: str
    terminal: bool  # recognises people itself, has a bell and a screen
    granted: int  # the event when somebody may pass
    control_result: int  # Return of a CONTROL DEVICE that worked
    one_command: bool  # drops all but the first command of an answer
    one_result: bool  # posts results one by one
    pushes_options: bool
    asks_time: bool  # asks for rtdata after SET OPTIONS DateTime
    first_query: str  # behind the serial in the first request
    accept_language: str
    rtlog: tuple[str, ...]
    record_end: str
    sensor_bytes: int
    relay_bytes: int
    alarm_bytes: int  # 0 for one byte per door
    state_serial: bool  # rtstate ends with `sn=`
    functions: Collection[int]  # positions set in AccSupportFunList
    verify_styles: Collection[int]
    extra: dict[str, str]  # registration fields beyond the common ones

    def version(self, kind: int) -> str:
        """Return the version of the algorithm for a kind of biometrics."""
        return self.extra["MultiBioVersion"].split(":")[kind]


MODELS: dict[ModelName, Model] = {
    "c3-200-plus": Model(
        name="C3-200 Plus",
        firmware="AC Ver 19.0.18 Mar 15 2024",
        push_version="Ver 2.0.34-20240308",
        protocol="3.0.1",
        machine_type=1,
        doors=2,
        readers_per_door=2,
        aux_inputs=2,
        aux_outputs=2,
        mac="00:17:61:C8:2A:34",
        terminal=False,
        granted=0,
        control_result=1,
        one_command=True,
        one_result=True,
        pushes_options=False,
        asks_time=False,
        first_query="&pushver={protocol}&options=all",
        accept_language="zh-CN",
        rtlog=(
            "time",
            "pin",
            "cardno",
            "sitecode",
            "eventaddr",
            "event",
            "inoutstatus",
            "verifytype",
            "index",
            "sn",
        ),
        record_end="\r\n",
        sensor_bytes=5,
        relay_bytes=3,
        alarm_bytes=0,
        state_serial=True,
        functions=(1, 2, 3, 6, 7, 8, 10, 11, 19, 20, 21, 26),
        verify_styles=(3, 4, 11),
        extra={},
    ),
    "face": Model(
        name="SenseFace 3A",
        firmware="ZAM70-NF24HA-Ver3.0.15",
        push_version="Ver 3.0.4S-20240612",
        protocol="3.1.2",
        machine_type=101,
        doors=1,
        readers_per_door=1,
        aux_inputs=1,
        aux_outputs=0,
        mac="00:17:61:13:20:21",
        terminal=True,
        granted=3,
        control_result=0,
        one_command=False,
        one_result=False,
        pushes_options=True,
        asks_time=True,
        first_query="&options=all&pushver={protocol}&DeviceType=acc"
        "&PushOptionsFlag=1&language={language}",
        accept_language="VoicePrint-CN",
        rtlog=(
            "time",
            "pin",
            "cardno",
            "eventaddr",
            "event",
            "inoutstatus",
            "verifytype",
            "index",
            "sitecode",
            "linkid",
            "maskflag",
            "temperature",
            "convtemperature",
        ),
        record_end="\n",
        sensor_bytes=1,
        relay_bytes=1,
        alarm_bytes=8,
        state_serial=False,
        functions=(1, 2, 5, 10, 11, 12, 20, 21, 23, 25, 29, 32, 38, 39, 40, 41),
        verify_styles=(1, 3, 4, 15),
        extra={
            "BioPhotoFun": "1",
            "BioDataFun": "1",
            "MultiBioDataSupport": "0:1:0:0:0:0:0:0:0:1",
            "MultiBioPhotoSupport": "0:0:0:0:0:0:0:0:0:1",
            "MultiBioVersion": "0:10.0:0:0:0:0:0:0:0:40.1",
            "MaxMultiBioDataCount": "0:3000:0:0:0:0:0:0:0:1500",
            "MaxMultiBioPhotoCount": "0:0:0:0:0:0:0:0:0:1500",
            "IRTempDetectionFunOn": "0",
            "MaskDetectionFunOn": "1",
            "IsSupportQRcode": "1",
            "QRCodeEnable": "1",
            "QRCodeDecryptFunList": "010",
            "DevNSLevel": "0",
        },
    ),
}
MODELS["fingerprint"] = replace(
    MODELS["face"],
    name="F20/M",
    firmware="Ver 8.0.1.3-20151229",
    push_version="Ver 2.0.22-20161201",
    protocol="3.0.1",
    extra={"FPVersion": "10"},
)
