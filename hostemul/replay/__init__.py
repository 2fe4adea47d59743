"""Recorded hosts played back."""
