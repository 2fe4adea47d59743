"""The SOAP gateway."""
