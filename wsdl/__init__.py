"""Contracts: from a model's metadata to WSDL and XML Schema."""
