"""Pages for people: their files, the modules of others, and the parts that all pages are made of.

`kit` holds components, styles and the screen renderer that console, explorer and design tool share.
`vendor` is made by `python -m verdigris.web.modules` from the registry of npm and is not part of the source.
"""

from verdigris.web.assets import ASSETS, POLICY, Asset, Assets


__all__ = ["ASSETS", "POLICY", "Asset", "Assets"]
