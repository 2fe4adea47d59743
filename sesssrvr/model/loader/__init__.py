"""The one way models are read: all files, all problems, each with its file and line.

What is wrong with the form (the schema) and the meaning (`check`) of a model is said in one
go; of one that means something, what is wrong with its design (`lint`) as well. A model with an
error is never returned.
"""

from sesssrvr.model.loader.model_xml import Loaded, host_of, load_model


__all__ = ["Loaded", "host_of", "load_model"]
