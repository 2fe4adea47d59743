"""The choice of a session server for one request, pure: for management servers, and for gateways without one.

Law: whoever runs it, the same view of the servers and the same numbers drawn give the same decision.
"""
