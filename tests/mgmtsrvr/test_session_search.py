"""The search over the sessions of all session servers."""

from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.session_search import SessionSearch
from verdigris.errors import NotPermitted, ServerUnreachable


class Views:
    """What each server says: sessions, or an error."""

    def __init__(self, **servers):
        self.said = servers

    async def servers(self, request):
        return ApiReply([SimpleNamespace(name=name, state="online") for name in self.said])

    async def sessions(self, request):
        said = self.said[request.names["server"]]
        if isinstance(said, Exception):
            raise said
        return ApiReply(said)


def search(**servers):
    found = []
    request = ApiRequest("GET", "/sessions", {}, {"screens": "true"}, {}, b"", "r")
    Deferred.fromCoroutine(SessionSearch(Views(**servers)).all_sessions(request)).addBoth(
        found.append
    )
    return found[0]


def test_a_server_that_does_not_say_is_named():
    reply = search(a=[], b=ServerUnreachable(server="b", reason="gone"))
    assert (reply.body, reply.headers) == ([], {"X-Verdigris-Unanswered": "b"})


def test_screens_that_may_not_be_seen_are_refused():
    refused = NotPermitted(user="bob", permission="see-screens", target="")
    with pytest.raises(NotPermitted):
        search(a=[], b=refused).raiseException()
