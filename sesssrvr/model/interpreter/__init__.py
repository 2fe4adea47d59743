"""Interpretation: generators that ask for keystrokes and waits, and are sent screens.

See `sesssrvr.model.steps`. Whatever the host does, a run ends: every wait has a bound in
seconds and every loop a bound in rounds, and what goes wrong is one of the coded errors.
"""
