"""The client API of Verdigris."""
