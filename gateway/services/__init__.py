"""The services this gateway has: made from what session servers offer, kept on disk, found by name."""
