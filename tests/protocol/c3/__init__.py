"""Tests of the C3 protocol."""
