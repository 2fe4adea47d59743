"""The rows of variable lists that this server shares with others: leased from a management server."""
