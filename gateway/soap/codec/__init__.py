"""Codecs: an operation element read into an invocation, a result written as a reply."""
