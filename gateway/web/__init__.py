"""URLs of the gateway: which handler serves a path, pages for people, refusals."""
