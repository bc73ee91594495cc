"""What is held in memory at a time has a limit for each and for all."""

from contextlib import ExitStack

from custom_components.zkteco.protocol.push.intake import PER_PEER, TOTAL, Intake


def test_one_caller_has_a_budget() -> None:
    """Whoever has used it up is refused, until something of it is done; others are not."""
    intake = Intake()
    with intake.hold("10.0.0.1", PER_PEER) as first:
        assert first
        with intake.hold("10.0.0.1", 1) as more:
            assert not more
        with intake.hold("10.0.0.2", 1) as other:
            assert other
    with intake.hold("10.0.0.1", PER_PEER) as again:
        assert again


def test_all_callers_have_a_budget() -> None:
    """Many strangers together get no further than a few."""
    intake = Intake()
    with ExitStack() as held:
        for number in range(TOTAL // PER_PEER):
            assert held.enter_context(intake.hold(f"10.0.0.{number}", PER_PEER))
        with intake.hold("10.0.1.1", 1) as more:
            assert not more
    with intake.hold("10.0.1.1", 1) as more:
        assert more
