"""The verdigris command."""
