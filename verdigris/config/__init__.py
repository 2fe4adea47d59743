"""One schema per file people edit: parse, check with line numbers, write, document."""
