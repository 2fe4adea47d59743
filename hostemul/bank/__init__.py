"""Northmoor Savings Bank: a business as a terminal user meets it, made up for tests and demos."""
