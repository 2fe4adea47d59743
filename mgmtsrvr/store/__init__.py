"""Where the configuration of the installation lives: one document, compare-and-swap, watched.

Law: a store only ever gives out documents that its check accepts; a revision names a document's
bytes (sha256), so equal bytes are the same revision everywhere; a publish that names another
revision than the current one changes nothing. Sessions and liveness are never in a store.
"""

from mgmtsrvr.store.base import Document, Store, Watcher, revision_of
from mgmtsrvr.store.file import FileStore
from mgmtsrvr.store.memory import MemoryStore


__all__ = ["Document", "FileStore", "MemoryStore", "Store", "Watcher", "revision_of"]
