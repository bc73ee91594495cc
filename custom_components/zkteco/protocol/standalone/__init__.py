"""Standalone terminals over TCP or UDP port 4370, the vendor's oldest protocol.

Pure codecs (`packet`, `auth`, `options`, `sizes`, `users`, `logs`, `realtime`, `access`) under one client and one
`AccessDevice`.
"""
