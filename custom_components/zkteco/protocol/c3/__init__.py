"""C3 and inBio panels over TCP port 4370, the vendor's PULL protocol.

Pure codecs (`frame`, `parameters`, `rtlog`, `tables`, `control`, `discovery`) under one client and one `AccessDevice`.
"""
