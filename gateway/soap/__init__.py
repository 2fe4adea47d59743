"""SOAP 1.1 and 1.2: from the bytes of a request to the bytes of its reply."""
