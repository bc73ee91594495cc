"""PUSH access devices: HTTP clients that call us, the vendor's Security PUSH protocol.

Pure codecs (`messages`, `registration`, `records`, `commands`, `codes`) under a server core that knows no sockets.
"""
