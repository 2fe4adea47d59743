"""Stores of configuration: documents with compare-and-swap that are watched; leases.

Law (tests/mgmtsrvr/store/test_contract.py): a store gives out only documents that its check accepts; a
revision identifies a document's bytes (SHA-256), so equal bytes have the same revision everywhere; a
publish that names any revision but the current one changes nothing. Sessions and liveness are never
in a store.
"""

from mgmtsrvr.store.base import Document, DocumentVersion, Lease, Note, Store, Watcher, revision_of
from mgmtsrvr.store.file import FileStore
from mgmtsrvr.store.memory import MemoryStore


__all__ = [
    "Document",
    "DocumentVersion",
    "FileStore",
    "Lease",
    "MemoryStore",
    "Note",
    "Store",
    "Watcher",
    "revision_of",
]
