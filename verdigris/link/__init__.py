"""A connection that speaks the wire protocol over Twisted: calls, answers, cancels, pings."""
