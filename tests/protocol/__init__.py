"""Tests of the protocol package: nothing here needs Home Assistant."""
