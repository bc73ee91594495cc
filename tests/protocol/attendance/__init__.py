"""Tests of PUSH devices in attendance mode."""
