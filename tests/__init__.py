"""Tests and simulators of the ZKTeco integration."""
