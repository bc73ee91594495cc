"""PUSH devices in attendance mode ("T&A PUSH"), which call us as access devices do and speak another dialect.

Source: PUSH SDK 3.2.0 (the vendor's HTTP protocol for attendance), captured frames, reports by owners.
"""
