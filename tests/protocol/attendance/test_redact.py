"""A recording of a terminal in attendance mode: the same rules as for every PUSH device."""

from hypothesis import HealthCheck, Phase, given, settings

from custom_components.zkteco.protocol.people import User
from custom_components.zkteco.protocol.trace import Entry
from tests.secrets import foreseeable, found, people, secrets_of

from .conftest import SERIAL, Simulate, Terminals

__all__ = ["foreseeable"]


@given(users=people())
@settings(
    max_examples=2,
    phases=[Phase.generate],  # no patience for smaller examples over sockets
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_nobody_is_in_it(
    home: Terminals, simulate: Simulate, users: list[User]
) -> None:
    """Neither people nor the terminal's number; what happened is."""
    recording: list[Entry] = []
    sim = await simulate()
    terminal = await home.add()
    terminal.trace(recording.append)
    await home.live(6, sim)
    assert not await home.run(terminal.write_users(users), sim)
    for user in users:
        sim.world.verify(user.user_id)
    await home.live(5, sim)
    await home.run(terminal.read_users(), sim)
    await home.run(terminal.read_events(None, 100), sim)
    assert not await home.run(terminal.delete_users([users[0].user_id]), sim)
    terminal.trace(None)
    await terminal.stop()
    assert not found(recording, [*secrets_of(users), SERIAL])
    assert not [e for e in recording if "shape" in e or "cannot be told" in e]
    told = "\n".join(str(entry.get("text", "")) for entry in recording)
    assert "DATA UPDATE USERINFO PIN=" in told
    assert "GET OPTION FROM: " in told
    assert "Realtime=1\n" in told
