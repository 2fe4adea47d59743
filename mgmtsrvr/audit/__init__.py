"""The audit log of one management server: an append-only chain of records, in files beside the installation."""

from mgmtsrvr.audit.log import AuditLog, Entry


__all__ = ["AuditLog", "Entry"]
