"""How fast and how cheap the integration is, measured and never asserted."""
