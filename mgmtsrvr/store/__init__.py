"""Where the configuration of the installation lives."""
