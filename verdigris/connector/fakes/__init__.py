"""An installation in memory, behind `verdigris.connector.testing`."""
