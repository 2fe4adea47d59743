"""Host sessions in use: opened as the pool decides, lent to clients, ended."""
