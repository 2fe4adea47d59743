"""A small 5250 order-entry host (docs/order-host.md)."""
