"""The gateway without a management server: it chooses session servers itself (docs/allocation.md)."""
