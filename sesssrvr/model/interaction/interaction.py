"""What a client does with one session by itself: the state that lasts from call to call.

Law: texts for clients come from the masked screen only, and conditions are judged on it, so that a secret
can neither be read nor guessed (`tests/sesssrvr/model/interaction/test_secrets.py`).
"""

from collections.abc import Iterable, MutableMapping
from functools import cached_property

from sesssrvr.model.areas import area
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.expressions import Name, Shown
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.model import Model
from sesssrvr.model.names import N, find, meant, same
from sesssrvr.model.steps import Run
from sesssrvr.model.variables import Variable
from sesssrvr.terminal.screen import Screen
from verdigris import metadata
from verdigris.errors import AttributeNotFound, NotInModel, UnknownName, UnknownScreen
from verdigris.wire.session_calls import LoggingLevel


class Interaction:
    """A client's work on one session, from opening to release.

    Args:
        model: what the session runs.
        screen: the current one.
        variables: the session's.

    Attributes:
        ctx: the run's state, kept from call to call: the last key, what was written, where it has been.
        recordset, index: the current recordset by name, and the current record on the screen.
        at: the entity they belong to; "" before any.
        attributes: locations tell what characters look like.
        logging_level: what is logged about the session.
        client_state: the client's own texts.
    """

    def __init__(self, model: Model, screen: Screen, variables: MutableMapping[str, str]) -> None:
        self.model = model
        self.variables = variables
        self.ctx = Context(model, screen, variables)
        self.recordset = self.at = ""
        self.index = 0
        self.attributes = False
        self.logging_level: LoggingLevel = "LOG_WARNINGS_AND_ERRORS"
        self.client_state: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Interaction with {self.model.name} {self.ctx!r}>"

    def begin(self, screen: Screen, secrets: Iterable[str]) -> None:
        """Begin another call.

        Args:
            screen: the current one.
            secrets: what was typed as a secret so far.
        """
        self.ctx.resume(screen, secrets)

    # ---- where it is ---------------------------------------------------------------------------

    @cached_property
    def described(self) -> metadata.Model:
        """What clients see of the model."""
        return self.model.metadata()

    @property
    def entity(self) -> Entity:
        """The current entity, as the screen is now.

        Raises:
            UnknownScreen: it is none.
        """
        found = self.ctx.entity
        if found is None:
            near = self.ctx.nearest()
            raise UnknownScreen(nearest=near.entity, difference=near.difference)
        return found

    def here(self) -> Run[Entity]:
        """The current entity, once the host has answered; noted as an arrival if it is a new one.

        Raises:
            UnknownScreen: the screen is no entity.
        """
        ctx = self.ctx
        found = yield from ctx.here()
        if ctx.path and same(ctx.path[-1], found.name):
            del ctx.path[:-1]  # what was written here, and is still to be sent, stays known
        else:
            ctx.path.clear()
            ctx.arrived(found)
        if not same(self.at, found.name):
            self.start_anew(found)
        return found

    def start_anew(self, entity: Entity) -> None:
        """Begin before the first record of the entity's first recordset."""
        self.at, self.index = entity.name, 0
        self.recordset = entity.recordsets[0].name if entity.recordsets else ""

    def named_entity(self, name: str) -> Entity:
        """The entity of this name, or the current one for "".

        Raises:
            UnknownName: there is none.
        """
        if not name:
            return self.entity
        return known(f"Model {self.model.name}", "entity", self.model.entities, name)

    # ---- what may be shown ---------------------------------------------------------------------

    @property
    def screen(self) -> Screen:
        """The current screen as clients may see it."""
        return self.ctx.masked()

    def is_secret(self, entity: Entity, attribute: Attribute) -> bool:
        """Whether what an attribute holds is never shown."""
        return self.model.secret_areas.attribute(entity.name, attribute.name)

    def is_secret_place(self, offset: int) -> bool:
        """Whether what is typed at an offset is never shown: in a hidden field or a secret attribute."""
        screen, entity = self.ctx.screen, self.ctx.entity
        field = screen.field_at(offset)
        if field is not None and field.hidden:
            return True
        for one in () if entity is None else entity.attributes:
            if entity is not None and self.is_secret(entity, one):
                try:
                    where = area(entity, one, screen)
                except AttributeNotFound:
                    continue
                start = screen.offset(where.row, where.column)
                if start <= offset < start + where.length:
                    return True
        return False

    def variable(self, name: str) -> Variable:
        """A variable that clients may see.

        Raises:
            UnknownName: there is none.
        """
        seen = [one for one in self.model.variables if not one.hidden]
        return known(f"Model {self.model.name}", "variable", seen, name)

    def value(self, variable: Variable) -> str | None:
        """What a client may see of a variable's value; None for a secret one.

        Raises:
            NotInModel: clients may not read it.
        """
        if variable.secret:
            return None
        if not variable.read:
            raise NotInModel(problem=f"variable {variable.name} may not be read by clients")
        return self.variables.get(variable.name, "")

    def shown_variable(self, name: Name) -> Shown:
        """What a variable of an expression stands for.

        Raises:
            UnknownName: there is none.
            NotInModel: it is secret, or may not be read.
        """
        variable = self.variable(name.name)
        value = self.value(variable)
        if value is None:
            raise NotInModel(problem=f"variable {variable.name} is secret and is not compared")
        return Shown(value)


def known(owner: str, kind: str, items: Iterable[N], name: str) -> N:
    """The item of this name, in any case.

    Raises:
        UnknownName: there is none; with a guess at what is meant.
    """
    listed = tuple(items)
    found = find(listed, name)
    if found is None:
        raise UnknownName(owner=owner, kind=kind, name=f"{name}{meant(listed, name)}")
    return found
