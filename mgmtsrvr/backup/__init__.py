"""Backups of an installation: what is in one, its file, and how it is read with distrust."""

from mgmtsrvr.backup.archive import Manifest, Stored, read_backup, write_backup
from mgmtsrvr.backup.contents import Contents, contents_of


__all__ = ["Contents", "Manifest", "Stored", "contents_of", "read_backup", "write_backup"]
