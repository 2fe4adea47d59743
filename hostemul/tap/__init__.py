"""A tap between a terminal and its host."""
