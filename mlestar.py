"""The short name, so that ``%load_ext mlestar`` works."""

from mlestar_jupyter import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
