"""The 3270 engine: TN3270 and TN3270E sessions, the 3270 data stream, its buffer and keyboard."""
