"""The cache folder: what was fetched, installed or made once, and is checked whenever it is read."""

from protogen.system.cache.entries import key
from protogen.system.cache.store import Cache, Kind

__all__ = ["Cache", "Kind", "key"]
