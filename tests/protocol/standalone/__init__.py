"""Tests of the standalone terminals' protocol."""
