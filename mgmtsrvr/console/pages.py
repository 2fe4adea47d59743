"""The console's pages: one shell for all of them, and the files it loads.

What a page shows is decided in the browser by its address; the server sends every address the same few lines.
"""

from collections.abc import Callable
from html import escape
from typing import Final, cast

from twisted.web.server import NOT_DONE_YET, Request

from verdigris.errors import VerdigrisError
from verdigris.web import ASSETS, POLICY, Assets
from verdigris.web.modules import missing_modules


HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"

PRELOADED: Final = (
    "vendor/preact.js", "vendor/hooks.js", "vendor/htm.js", "kit/html.js", "kit/api.js", "kit/stream.js",
    "kit/state.js", "kit/location.js", "kit/messages.js", "kit/table.js", "kit/dialog.js",
)  # fmt: skip

Refuse = Callable[[Request], None]
"""Raises a VerdigrisError for a request that comes in a way that is not permitted."""


class Pages:
    """The shell of the console, and the files.

    Args:
        assets: the files.
        refuse: what comes from another site or under another name.
    """

    def __init__(self, assets: Assets, refuse: Refuse) -> None:
        self._assets = assets
        self._refuse = refuse

    def __repr__(self) -> str:
        return f"<Pages {self._assets!r}>"

    def render(self, given: object) -> int:
        """Answer a request for a page or a file."""
        request = cast("Request", given)
        path = request.path.decode("utf-8", "replace")
        if request.method not in {b"GET", b"HEAD"}:
            return _send(request, b"", "text/plain", 405)
        if path.startswith(ASSETS):
            asset = self._assets.get(path)
            if asset is None:
                return _send(request, b"There is no such file.", "text/plain", 404)
            request.setHeader("Cache-Control", FOR_EVER)
            return _send(request, asset.content, asset.media_type)
        try:
            self._refuse(request)
        except VerdigrisError as problem:
            return _send(request, str(problem).encode(), "text/plain; charset=utf-8", problem.http)
        request.setHeader("Cache-Control", "no-store")
        return _send(request, self._shell().encode(), "text/html; charset=utf-8")

    def redirect(self, given: object) -> int:
        """Lead a browser that asks for the root to the console."""
        request = cast("Request", given)
        request.setHeader("Location", "/console")
        return _send(request, b"", "text/plain", 302)

    def _shell(self) -> str:
        missing = missing_modules()
        if missing:
            return _PAGE.format(
                head="", body=f"<main><h1>Verdigris</h1><p>{escape(missing)}</p></main>"
            )
        links = [
            *(f'<link rel="modulepreload" href="{self._assets.path(it)}">' for it in PRELOADED),
            f'<link rel="stylesheet" href="{self._assets.path("kit/kit.css")}">',
            f'<link rel="icon" href="{self._assets.path("kit/icon.svg")}" type="image/svg+xml">',
            f'<script type="module" src="{self._assets.path("console/main.js")}"></script>',
        ]
        return _PAGE.format(head="\n".join(links), body=_BODY)


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Verdigris</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{head}
</head>
<body>
{body}
</body>
</html>
"""

_BODY: Final = """<div id="app"></div>
<noscript><p>The console needs JavaScript. Everything it does can be done with the command
<code>verdigris</code> and the administration API too.</p></noscript>"""


def _send(request: Request, body: bytes, media_type: str, status: int = 200) -> int:
    request.setResponseCode(status)
    for name, value in HEADERS.items():
        request.setHeader(name, value)
    request.setHeader("Content-Type", media_type)
    request.setHeader("Content-Length", str(len(body)))
    request.responseHeaders.removeHeader("Server")
    if request.method != b"HEAD":
        request.write(body)
    request.finish()
    return NOT_DONE_YET
