"""Tests of the PUSH protocol."""
