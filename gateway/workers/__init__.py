"""Worker processes of one gateway, their parent, and the state they share."""
