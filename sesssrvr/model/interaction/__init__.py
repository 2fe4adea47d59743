"""What clients do with a session by themselves, below and beside procedures: session calls."""

from sesssrvr.model.interaction.interaction import Interaction
from sesssrvr.model.interaction.session_call import may_write, run_call


__all__ = ["Interaction", "may_write", "run_call"]
