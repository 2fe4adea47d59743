"""The host emulator: a demo bank on 3270, and recorded hosts played back."""
