"""Going from entity to entity by default operations."""

from collections.abc import MutableMapping

from sesssrvr.model.model import Model
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen


def go_to(
    model: Model, screen: Screen, entity: str, variables: MutableMapping[str, str]
) -> Run[Screen]:
    """Go to an entity by the shortest chain of default operations, from wherever the screen is.

    Raises:
        HostError: with details `screen`, `entity` and `path`.
    """
    raise NotImplementedError
    yield


def start(
    model: Model, screen: Screen, variables: MutableMapping[str, str], startup_entity: str = ""
) -> Run[Screen]:
    """From the first screen of a new host session to the startup entity ("" is the home entity).

    Waits up to the model's connect timeout for the first screen that is an entity.

    Raises:
        HostError: with details `screen`, `entity` and `path`.
    """
    raise NotImplementedError
    yield
