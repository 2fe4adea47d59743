"""Authentication, rate limits, certificates and TLS of the gateway."""
