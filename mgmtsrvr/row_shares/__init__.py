"""The rows of variable lists, shared out between the session servers of the installation."""
