"""ZKTeco's protocols, in the standard library only: nothing here knows Home Assistant.

`model` is the vocabulary, `device` the one door to the outside, each sub-package one wire protocol.
"""
