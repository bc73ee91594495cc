"""What assistants with a language model can ask, which is who came last.

Lives here: the tool that tells. Not here: what it knows (`last_access`), the same for sentences (`intent`). It changes
nothing and tells of doors only that the owner has exposed to the assistant.
"""

from typing import override

import probatio

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import intent
from homeassistant.helpers.llm import (
    LLM_API_ASSIST,
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .const import DOMAIN
from .last_access import MOST, Access, Door, async_find_doors, async_last_accesses


class LastAccessTool(Tool):
    """Tell who came last."""

    name = f"{DOMAIN}__get_last_accesses"
    title = "Get last accesses"
    description = (
        "Get who was let in, or refused, at the doors of the access control, newest "
        "first. Use it for questions such as who came in last, or when somebody came. "
        "Without a door it covers all of them."
    )
    annotations = ToolAnnotations(
        read_only=True, destructive=False, idempotent=True, open_world=False
    )
    integration = DOMAIN

    def __init__(self, doors: list[str]) -> None:
        """Offer the doors that may be asked about."""
        self.parameters = probatio.Schema(
            {probatio.Optional("door"): probatio.In(doors)}
        )

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Return the newest accesses."""
        try:
            wanted = self.parameters(tool_input.tool_args).get("door")
            doors = async_find_doors(hass, llm_context.assistant)
        except (probatio.Invalid, intent.MatchFailedError) as err:
            return ToolResult(data={"error": str(err)}, error=True)
        asked = [door for door in doors if wanted in {None, door.name}]
        newest = async_last_accesses(hass, asked)[:MOST]
        return ToolResult(data={"accesses": [_told(*pair) for pair in newest]})


def _told(door: Door, access: Access) -> JsonObjectType:
    """Return an access; what nobody knows is left out."""
    told = {
        "door": door.name,
        "who": access.who,
        "granted": access.granted,
        "reason": access.reason,
        "method": access.method,
        "direction": access.direction,
        "time": dt_util.as_local(access.time).isoformat(timespec="seconds"),
    }
    return {name: value for name, value in told.items() if value is not None}


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tool when a door is exposed."""
    if api_id != LLM_API_ASSIST or not llm_context.assistant:
        return None
    try:
        doors = async_find_doors(hass, llm_context.assistant)
    except intent.MatchFailedError:
        return None
    return LLMTools(tools=[LastAccessTool(sorted({door.name for door in doors}))])
