"""Models of terminal applications: what a screen is, what is on it, how to get from one to another."""
