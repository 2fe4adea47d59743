"""The image's health check: asks the URL in VERDIGRIS_HEALTH; none is healthy. Images need no curl for it."""

import os
import sys
import urllib.request


url = os.environ.get("VERDIGRIS_HEALTH", "")
if url:
    try:
        urllib.request.urlopen(url, timeout=4).close()  # noqa: S310 - the operator's own URL
    except OSError as problem:
        sys.exit(f"{url}: {problem}")
