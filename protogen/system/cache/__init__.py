"""The cache folder: what was fetched, installed or compiled once, and checked whenever it is read."""

from protogen.system.cache.seal import digest
from protogen.system.cache.store import Cache

__all__ = ["Cache", "digest"]
