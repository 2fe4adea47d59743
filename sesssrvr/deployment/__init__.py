"""Deployment of model packages, and the pools that come of them."""
