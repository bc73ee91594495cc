"""What real devices sent, played to a home."""
