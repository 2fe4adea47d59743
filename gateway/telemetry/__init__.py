"""Metrics, spans and the access log of the gateway."""
