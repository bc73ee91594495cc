"""Tests in a real browser, of a real Home Assistant with simulated devices."""
