"""A part's side of its membership in an installation: joining, staying, leaving."""
