"""The store in etcd, through etcd's own HTTP/JSON gateway (decision 0260)."""

from mgmtsrvr.store.etcd.client import EtcdClient
from mgmtsrvr.store.etcd.store import EtcdStore


__all__ = ["EtcdClient", "EtcdStore"]
