"""Connections to hosts: TCP, TLS, SSH, the terminal on each, and the steps performed on it."""
