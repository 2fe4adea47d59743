"""Types that users of the connector rely on, held by mypy."""
