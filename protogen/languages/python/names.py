"""What Python calls what protos declare: by their own names, but for those that Python can't hold. Pure.

Such a name gets an underscore behind it, for keywords beside the own name, which `getattr` still takes.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection

# What every object and every class has. A class or module that binds one of these names anew is broken.
OBJECT = frozenset(
    """
    __abstractmethods__ __all__ __annotate__ __annotations__ __base__ __bases__ __basicsize__ __bool__
    __builtins__ __cached__ __call__ __class__ __class_getitem__ __classcell__ __contains__ __copy__
    __deepcopy__ __debug__ __del__ __delattr__ __delete__ __dict__ __dictoffset__ __dir__ __doc__ __enter__
    __eq__ __exit__ __file__ __firstlineno__ __flags__ __format__ __ge__ __get__ __getattr__
    __getattribute__ __getitem__ __getnewargs__ __getnewargs_ex__ __getstate__ __gt__ __hash__ __import__
    __init__ __init_subclass__ __instancecheck__ __itemsize__ __iter__ __le__ __len__ __loader__ __lt__
    __match_args__ __module__ __mro__ __mro_entries__ __name__ __ne__ __new__ __next__ __or__ __package__
    __path__ __prepare__ __qualname__ __reduce__ __reduce_ex__ __repr__ __ror__ __set__ __set_name__
    __setattr__ __setstate__ __sizeof__ __slots__ __spec__ __static_attributes__ __str__ __subclasscheck__
    __subclasses__ __subclasshook__ __text_signature__ __type_params__ __unicode__ __version__
    __weakref__ __weakrefoffset__
    """.split()
)
# Where the runtime that is pure Python keeps what it knows of a message and of its class.
_KEPT = frozenset(
    """
    _cached_byte_size _cached_byte_size_dirty _decoders_by_tag _extensions_by_name _extensions_by_number
    _fields _fields_by_tag _frozen _is_present_in_parent _listener _listener_for_children
    _message_set_decoders_by_tag _oneofs _unknown_fields
    """.split()
)
# Methods and attributes of messages, in the compiled runtimes and in the one that is pure Python.
MESSAGE = (
    OBJECT
    | _KEPT
    | frozenset(
        """
    ByteSize Clear ClearExtension ClearField CopyFrom DESCRIPTOR DiscardUnknownFields Extensions
    FindInitializationErrors FromString HasExtension HasField IsInitialized ListFields MergeFrom
    MergeFromString ParseFromString RegisterExtension SerializePartialToString SerializeToString
    SetInParent UnknownFields WhichOneof mro
    _AssureWritable _CheckCalledFromGeneratedFile _InternalParse _InternalSerialize _ListFieldsItemKey
    _Modified _SetFrozen _SetListener _UpdateOneofState
    """.split()
    )
)
# The same of the values that enums are, and of the classes that stubs make of them.
ENUM = OBJECT | frozenset("DESCRIPTOR Name Value ValueType _enum_type items keys mro values".split())
MODULE = OBJECT
SERVICE = OBJECT
# What a message can't declare: the pure Python runtime sets an attribute of its class for it, which Python
# refuses for these, or loses what it keeps there itself.
UNHOLDABLE = _KEPT | frozenset(
    """
    __base__ __bases__ __basicsize__ __class__ __classcell__ __dict__ __dictoffset__ __flags__ __itemsize__
    __mro__ __name__ __qualname__ __text_signature__ __weakrefoffset__
    """.split()
)
UNHOLDABLE_EXTENSIONS = UNHOLDABLE | {"DESCRIPTOR", "__module__"}


def is_written(name: str) -> bool:
    """Whether Python's syntax takes the name."""
    return not keyword.iskeyword(name) and name != "__debug__"


def is_mangled(name: str) -> bool:
    """Whether a class body makes another name of it."""
    return name.startswith("__") and not name.endswith("__")


def attribute(name: str, siblings: Collection[str], own: Collection[str]) -> str:
    """What the name becomes in Python: itself, or with underscores behind until nothing else has it.

    siblings: what else is declared in the scope. own: names that are the scope's own.
    """
    found = name
    while not is_written(found) or found in own or (found != name and found in siblings):
        found += "_"
    return found


def method_attribute(name: str, siblings: Collection[str]) -> str:
    """What an RPC is called on stubs and servicers, for classes of the user's to define it too."""
    found = name
    while (
        not is_written(found)
        or found in SERVICE
        or is_mangled(found)
        or (found != name and found in siblings)
    ):
        found += "_"
    return found


def service_names(service: str, services: Collection[str]) -> tuple[str, str, str, str]:
    """What a service's module holds for it: stub, asyncio stub, servicer and what adds that to a server.

    services: all of the file. The second isn't grpc's own, so it gives way where it is another's first.
    """
    stubs = {f"{each}Stub" for each in services}
    asynchronous = f"{service}AsyncStub"
    while asynchronous in stubs:
        asynchronous += "_"
    return (f"{service}Stub", asynchronous, f"{service}Servicer", f"add_{service}Servicer_to_server")


def free(wanted: str, taken: Collection[str]) -> str:
    """The name, with underscores behind it until nothing has it."""
    while wanted in taken:
        wanted += "_"
    return wanted


def field_number(name: str) -> str:
    """The constant that holds a field's number."""
    return f"{name.upper()}_FIELD_NUMBER"
