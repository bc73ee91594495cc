"""Independent clients against our simulators."""
