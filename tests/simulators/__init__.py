"""Behaving devices with real sockets, for tests and the demo home."""
