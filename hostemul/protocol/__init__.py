"""The host's side of TN3270E and TN5250, and their data streams."""
