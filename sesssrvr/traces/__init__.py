"""Traces of host traffic: the buffer in memory, and the files of failed sessions."""
