"""Tests of Verdigris."""
