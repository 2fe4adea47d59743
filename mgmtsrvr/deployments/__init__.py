"""Packages follow the installation (docs/decisions/0264-packages-follow-the-installation.md)."""
