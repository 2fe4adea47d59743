"""The demo: a whole installation as processes on loopback, shown from outside."""
