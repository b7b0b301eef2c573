"""Makes tensors from values, and values from tensors.

Values are NumPy arrays where NumPy is installed, and nested lists of Python's own numbers, strings and
bytes anywhere. Nothing here talks to a server.
"""

from __future__ import annotations

import array
import functools
import importlib
import itertools
import math
import operator
import struct
from typing import Any, Iterable, NamedTuple, Sequence, Union

from @module{tensorflow/core/framework/tensor.proto} import TensorProto
from @module{tensorflow/core/framework/types.proto} import DataType

from .errors import InputError

DType = Union[str, int]
"""A type as TensorFlow writes it ("DT_FLOAT"), as it is commonly called ("float32"), or as its number."""


class _Form(NamedTuple):
    field: str  # of TensorProto, where a tensor isn't sent as its bytes
    code: str  # of a number there, as module struct has it
    numpy: str  # the same as NumPy has it
    parts: int = 1  # numbers an element has: a complex one has two
    low: int | None = None  # the lowest and the highest, where the code takes more
    high: int | None = None


# Elements of fewer than 8 bits have a byte each. Those of half, bfloat16 and float8 are their bits.
_FORMS = {
    "DT_BOOL": _Form("bool_val", "?", "?"),
    "DT_INT8": _Form("int_val", "b", "i1"),
    "DT_UINT8": _Form("int_val", "B", "u1"),
    "DT_INT16": _Form("int_val", "h", "<i2"),
    "DT_UINT16": _Form("int_val", "H", "<u2"),
    "DT_INT32": _Form("int_val", "i", "<i4"),
    "DT_UINT32": _Form("uint32_val", "I", "<u4"),
    "DT_INT64": _Form("int64_val", "q", "<i8"),
    "DT_UINT64": _Form("uint64_val", "Q", "<u8"),
    "DT_HALF": _Form("half_val", "H", "<u2"),
    "DT_BFLOAT16": _Form("half_val", "H", "<u2"),
    "DT_FLOAT": _Form("float_val", "f", "<f4"),
    "DT_DOUBLE": _Form("double_val", "d", "<f8"),
    "DT_COMPLEX64": _Form("scomplex_val", "f", "<f4", 2),
    "DT_COMPLEX128": _Form("dcomplex_val", "d", "<f8", 2),
    "DT_QINT8": _Form("int_val", "b", "i1"),
    "DT_QUINT8": _Form("int_val", "B", "u1"),
    "DT_QINT16": _Form("int_val", "h", "<i2"),
    "DT_QUINT16": _Form("int_val", "H", "<u2"),
    "DT_QINT32": _Form("int_val", "i", "<i4"),
    "DT_INT4": _Form("int_val", "b", "i1", 1, -8, 7),
    "DT_UINT4": _Form("int_val", "B", "u1", 1, 0, 15),
    "DT_INT2": _Form("int_val", "b", "i1", 1, -2, 1),
    "DT_UINT2": _Form("int_val", "B", "u1", 1, 0, 3),
}
_FLOAT8 = _Form("float8_val", "B", "u1")
# The types that this release has, by number; and the numbers by name.
_NAMES: dict[int, str] = {number: name for name, number in DataType.items()}
_NUMBERS: dict[str, int] = dict(DataType.items())
_ALIASES = {
    "FLOAT16": "HALF",
    "FLOAT32": "FLOAT",
    "FLOAT64": "DOUBLE",
    "STR": "STRING",
    "BYTES": "STRING",
    "OBJECT": "STRING",
}
_INTEGERS = frozenset("bBhHiIqQ")
# A message has no more bytes; a longer tensor can only be a short list and a wrong shape.
_MAX_CONTENT = 2**31 - 1
_STRING_SIZE = 16  # what an empty one takes in memory, if not more
# What a type of elements is called in errors, in the order in which one includes the other.
_KINDS = ("bool", "int", "float", "complex", "string")


def to_tensor(
    value: Any,
    dtype: DType | None = None,
    shape: Sequence[int] | None = None,
    *,
    as_values: bool = False,
    into: TensorProto | None = None,
) -> TensorProto:
    """Make a tensor: of a NumPy array, a buffer (array.array, memoryview), nested lists, or one value.

    dtype: an array and a buffer have their own, and this must be the same; except that the bits of
    bfloat16 can be an array of uint16, those of float8 one of uint8, and floats are rounded to bfloat16.
    Of Python's own values, ints make DT_INT64, floats DT_FLOAT, complex numbers DT_COMPLEX128, str and
    bytes DT_STRING, unless this says otherwise. shape: other than that of the value; the elements stay.
    as_values: send the elements as a list, not as bytes: for servers on big-endian machines.
    into: an empty tensor to fill, such as that of an input in a request.
    Raises InputError.
    """
    tensor = TensorProto() if into is None else into
    fill(tensor, value, dtype, shape, as_values=as_values)
    return tensor


def fill(
    tensor: TensorProto,
    value: Any,
    dtype: DType | None = None,
    shape: Sequence[int] | None = None,
    *,
    as_values: bool = False,
) -> tuple[str, tuple[int, ...]]:
    """As to_tensor, into an empty tensor; its type, as TensorFlow writes it, and its shape."""
    wanted = None if dtype is None else _wanted(dtype)
    numpy = _numpy()
    if numpy and isinstance(value, (numpy.ndarray, numpy.generic)) and value.dtype.kind not in "OUS":
        name, own_shape, content = _of_array(numpy, value, wanted)
    elif isinstance(value, (array.array, memoryview)):
        name, own_shape, content = _of_buffer(memoryview(value), wanted)
    else:
        try:
            flat, own_shape = _flatten(value)
        except RecursionError:
            raise InputError("shape", "the lists are nested too deep") from None
        name = wanted or _inferred(flat)
        if name == "DT_STRING":
            made = _shape(shape, own_shape)
            _of_strings(flat, made, tensor)
            return name, made
        content = _encode(name, flat)
    made = own_shape if shape is None else _shape(shape, own_shape)
    _shaped(name, made, tensor)
    if as_values:
        form = _form(name)
        if name.startswith("DT_FLOAT8"):
            setattr(tensor, form.field, content)
        else:
            getattr(tensor, form.field).extend(_numbers(form, content))
    else:
        tensor.tensor_content = content
    return name, made


def from_tensor(tensor: TensorProto, *, arrays: bool | None = None) -> Any:
    """Read a tensor in either of its forms.

    With NumPy, the result is an array that can't be written to; it has the bytes of the message where the
    message has the elements as bytes. Strings are an array of bytes objects. Without NumPy, or with
    arrays=False, the result is nested lists, or one value for a scalar. bfloat16 and float8 are arrays of
    ml_dtypes where that is installed, else of their bits; in lists, bfloat16 is floats and float8 is bits.
    Raises InputError where shape and elements don't match.
    """
    name = dtype_of(tensor)
    numpy = _numpy() if arrays is None or arrays else None
    if arrays and not numpy:
        raise InputError("setting", "arrays are wanted, but NumPy isn't installed")
    shape = shape_of(tensor)
    if name == "DT_STRING":
        strings = _strings(tensor, _count(shape, _STRING_SIZE))
        if not numpy:
            return _nested(strings, shape)
        made = numpy.empty(len(strings), dtype=object)
        made[:] = strings
        made = made.reshape(shape)
        made.flags.writeable = False
        return made
    content = _content(tensor, name, shape)
    if numpy:
        return numpy.frombuffer(content, _array_dtype(numpy, name)).reshape(shape)
    return _nested(_decode(name, content), shape)


def _wanted(dtype: Any) -> str:
    if isinstance(dtype, (str, int)):
        return dtype_name(dtype)
    raise InputError("type", f"a type is a name or a number of TensorFlow's, not {dtype!r}")


@functools.lru_cache(maxsize=256)
def dtype_name(dtype: DType) -> str:
    """A type as TensorFlow writes it, "DT_FLOAT" for "float32". Raises InputError for one it doesn't have."""
    if isinstance(dtype, str):
        name = dtype.upper()
        name = name[3:] if name.startswith("DT_") else name
        name = f"DT_{_ALIASES.get(name, name)}"
        if name in _NUMBERS and (name in _FORMS or name.startswith("DT_FLOAT8") or name == "DT_STRING"):
            return name
    elif int(dtype) in _NAMES:
        return dtype_name(_NAMES[int(dtype)])
    raise InputError("type", f"no tensor of this release can be made of type {dtype}")


def dtype_of(tensor: TensorProto) -> str:
    """The type of a tensor as TensorFlow writes it."""
    return _NAMES.get(tensor.dtype) or str(tensor.dtype)


def shape_of(tensor: TensorProto) -> tuple[int, ...]:
    """The shape of a tensor; () of a scalar. Raises InputError where it isn't known."""
    shape = tensor.tensor_shape
    sizes = tuple([dim.size for dim in shape.dim])
    if shape.unknown_rank or (sizes and min(sizes) < 0):
        raise InputError("shape", "the shape of the tensor is unknown")
    return sizes


def content_of(tensor: TensorProto) -> bytes:
    """The elements of a tensor of numbers as bytes, from either form."""
    return _content(tensor, dtype_of(tensor), shape_of(tensor))


def _content(tensor: TensorProto, name: str, shape: tuple[int, ...]) -> bytes:
    form = _form(name)
    size = struct.calcsize(form.code) * form.parts
    count = _count(shape, size)
    found = tensor.tensor_content or _listed(tensor, name, form, count)
    if len(found) != count * size:
        raise InputError("content", f"{len(found)} bytes for {count} elements of {name}")
    return found


def is_array(value: Any) -> bool:
    """Whether a value has a type of its own, as arrays and buffers have."""
    if isinstance(value, (array.array, memoryview)):
        return True
    numpy = _numpy()
    return bool(numpy) and isinstance(value, (numpy.ndarray, numpy.generic)) and value.dtype.kind not in "OUS"


def copy_rows(tensor: TensorProto, start: int, stop: int, into: TensorProto) -> None:
    """Make a tensor of some rows of another: the elements with these places in the first dimension."""
    shape = shape_of(tensor)
    made = _shaped(dtype_of(tensor), (stop - start, *shape[1:]), into)
    row = math.prod(shape[1:])
    if dtype_of(tensor) == "DT_STRING":
        made.string_val.extend(_strings(tensor, _count(shape, _STRING_SIZE))[start * row : stop * row])
    else:
        form = _form(dtype_of(tensor))
        size = row * form.parts * struct.calcsize(form.code)
        made.tensor_content = content_of(tensor)[start * size : stop * size]


def joined(tensors: Sequence[TensorProto]) -> TensorProto:
    """Tensors put together along their first dimension. Raises InputError where their rows don't match."""
    if len(tensors) == 1:
        return tensors[0]
    name, shapes = dtype_of(tensors[0]), [shape_of(tensor) for tensor in tensors]
    rows = {(dtype_of(tensor), shape[1:], len(shape)) for tensor, shape in zip(tensors, shapes)}
    if len(rows) != 1 or not shapes[0]:
        raise InputError("shape", "the parts have rows of different shapes or types")
    made = _shaped(name, (sum(shape[0] for shape in shapes), *shapes[0][1:]))
    if name == "DT_STRING":
        for tensor, shape in zip(tensors, shapes):
            made.string_val.extend(_strings(tensor, _count(shape, _STRING_SIZE)))
    else:
        made.tensor_content = b"".join(map(content_of, tensors))
    return made


def floats(values: Sequence[Any]) -> Sequence[float]:
    """Numbers that a float32 can hold. Raises InputError for others."""
    return _numbers(_FORMS["DT_FLOAT"], _encode("DT_FLOAT", list(values)))


def zeros(dtype: str, shape: Sequence[int], into: TensorProto) -> None:
    """Make a tensor of zeros, of False, or of empty strings."""
    tensor = _shaped(dtype, shape, into)
    _count(tuple(shape), 1)
    if dtype == "DT_STRING":
        tensor.string_val.extend([b""] * math.prod(shape))
    else:
        form = _form(dtype)
        tensor.tensor_content = bytes(math.prod(shape) * form.parts * struct.calcsize(form.code))


@functools.lru_cache(maxsize=None)
def _numpy() -> Any:
    """NumPy, or None where it isn't installed."""
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


@functools.lru_cache(maxsize=None)
def _ml_dtypes() -> Any:
    try:
        return importlib.import_module("ml_dtypes")
    except ImportError:
        return None


@functools.lru_cache(maxsize=None)
def _array_dtype(numpy: Any, name: str) -> Any:
    """What an array of this type has as its dtype."""
    if name == "DT_HALF":
        return numpy.dtype("<f2")
    if name in ("DT_COMPLEX64", "DT_COMPLEX128"):
        return numpy.dtype("<c8" if name == "DT_COMPLEX64" else "<c16")
    if name == "DT_BFLOAT16" or name.startswith("DT_FLOAT8"):
        special = getattr(_ml_dtypes(), name[3:].lower(), None)
        if special is not None:
            return numpy.dtype(special)
    return numpy.dtype(_form(name).numpy)


def _form(name: str) -> _Form:
    if name in _FORMS:
        return _FORMS[name]
    if name.startswith("DT_FLOAT8") and not name.endswith("_REF"):
        return _FLOAT8
    raise InputError("type", f"a tensor of type {name} holds no numbers")


def _stored(name: str) -> str:
    """The type of an array that can hold the elements of another type as they are."""
    if name == "DT_BFLOAT16":
        return "DT_UINT16"
    if name == "DT_STRING":
        return name
    form = _form(name)
    if name.startswith(("DT_Q", "DT_FLOAT8")) or form.low is not None:
        return {"b": "DT_INT8", "B": "DT_UINT8", "h": "DT_INT16", "H": "DT_UINT16", "i": "DT_INT32"}[
            form.code
        ]
    return name


def _shaped(name: str, shape: Sequence[int], into: TensorProto | None = None) -> TensorProto:
    tensor = TensorProto() if into is None else into
    tensor.dtype = _NUMBERS[name]  # type: ignore[assignment]
    if shape:
        add = tensor.tensor_shape.dim.add
        for size in shape:
            add().size = size
    else:
        tensor.tensor_shape.SetInParent()  # a scalar has a shape too, an empty one
    return tensor


def _shape(wanted: Sequence[int] | None, own: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that is asked for, where it has as many elements as there are."""
    if wanted is None:
        return own
    try:
        shape = tuple([operator.index(size) for size in wanted])
    except TypeError:
        raise InputError("shape", f"a shape is a sequence of sizes, not {wanted!r}") from None
    if any(size < 0 for size in shape) or math.prod(shape) != math.prod(own):
        raise InputError("shape", f"{math.prod(own)} elements don't fill the shape {list(shape)}")
    return shape


def _count(shape: tuple[int, ...], size: int) -> int:
    """How many elements the shape has, each of some bytes."""
    count = math.prod(shape)
    # Where a size is 0, the others must be possible too.
    if (count or math.prod(each or 1 for each in shape)) * size > _MAX_CONTENT:
        raise InputError("shape", f"the shape {list(shape)} is too large for a message")
    return count


# ---- values to elements


def _of_array(numpy: Any, value: Any, wanted: str | None) -> tuple[str, tuple[int, ...], bytes]:
    value = numpy.asarray(value)
    name, little = _array_type(value.dtype)
    wanted = wanted or name
    if wanted == "DT_BFLOAT16" and name in ("DT_FLOAT", "DT_DOUBLE", "DT_HALF"):
        return wanted, value.shape, _rounded(numpy, value)
    if name != wanted and name != _stored(wanted):
        raise InputError("type", f"an array of {name} isn't {wanted}: convert it, array.astype(...)")
    form = _form(wanted)
    if form.low is not None and value.size:
        _in_range(wanted, form, [int(value.min()), int(value.max())])
    # As rows, whatever the array's own order in memory.
    return wanted, value.shape, (value if little is None else value.astype(little)).tobytes()


@functools.lru_cache(maxsize=None)
def _array_type(dtype: Any) -> tuple[str, Any]:
    """The type of a tensor that holds such an array, and how it is sent where that is another way."""
    try:
        name = dtype_name(dtype.name)
    except InputError:
        raise InputError("type", f"no tensor holds an array of {dtype.name}") from None
    little = dtype.newbyteorder("<")
    return name, None if dtype == little else little


def _rounded(numpy: Any, value: Any) -> bytes:
    """The bits of floats as bfloat16: rounded to the nearest, a tie to the even one."""
    with numpy.errstate(over="ignore"):
        floats = numpy.ascontiguousarray(value, dtype="<f4")
    bits = floats.view("<u4")
    lost = numpy.isnan(floats)
    made = (bits + (0x7FFF + (bits >> 16 & 1))) >> 16
    made = numpy.where(lost, bits >> 16 | 0x40, made).astype("<u2")
    if bool(numpy.any((made & 0x7FFF == 0x7F80) & numpy.isfinite(value))):
        raise InputError("overflow", "a number is too large for DT_BFLOAT16")
    content: bytes = made.tobytes()
    return content


def _of_buffer(value: memoryview, wanted: str | None) -> tuple[str, tuple[int, ...], bytes]:
    code = value.format.lstrip("@=<")
    kind = {"f": "float", "d": "float", "?": "bool"}.get(code, "uint" if code.isupper() else "int")
    if code not in "?fdbBhHiIlLqQ" or not value.c_contiguous:
        raise InputError("type", f"no tensor holds a buffer of {value.format!r}")
    name = dtype_name("bool" if kind == "bool" else f"{kind}{8 * value.itemsize}")
    wanted = wanted or name
    if name not in (wanted, _stored(wanted)):
        raise InputError("type", f"a buffer of {name} isn't {wanted}")
    form, numbers = _form(wanted), value.tobytes()
    if form.low is not None:
        _in_range(wanted, form, numbers if form.code == "B" else value.tolist())
    little = struct.pack("<h", 1) == struct.pack("=h", 1)
    if not little and value.itemsize > 1:
        swapped = array.array(code, numbers)
        swapped.byteswap()
        numbers = swapped.tobytes()
    return wanted, tuple(value.shape or ()), numbers


def _flatten(value: Any, place: str = "") -> tuple[list[Any], tuple[int, ...]]:
    """The elements of nested lists in row-major order, and their shape."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not _is_nested(type(value)):
        return [value], ()
    items = list(value)
    if not any(_is_nested(of) or hasattr(of, "tolist") for of in set(map(type, items))):
        return items, (len(items),)
    flat: list[Any] = []
    first: tuple[int, ...] = ()
    for number, item in enumerate(items):
        elements, shape = _flatten(item, f"{place}[{number}]")
        if number and shape != first:
            raise InputError(
                "ragged",
                f"rows differ: {place}[0] has the shape {list(first)}, {place}[{number}] {list(shape)}",
            )
        first = shape
        flat.extend(elements)
    return flat, (len(items), *first)


def _is_nested(of: type) -> bool:
    return issubclass(of, (Sequence, array.array)) and not issubclass(of, (str, bytes, bytearray))


def kind_of(of: type) -> str:
    """What values of a Python type are: bool, int, float, complex or string. Raises InputError."""
    for kind, types in zip(_KINDS, (bool, int, float, complex, (str, bytes, bytearray))):
        if issubclass(of, types):  # type: ignore[arg-type]
            return kind
    raise InputError("type", f"no tensor holds a {of.__name__}")


def _inferred(flat: list[Any]) -> str:
    kinds = {kind_of(of) for of in set(map(type, flat))}
    if not kinds:
        raise InputError("type", "values without an element have no type: name it")
    if len(kinds) > 1 and kinds & {"bool", "string"}:
        raise InputError("type", f"elements of different types: {', '.join(sorted(kinds))}")
    return {
        "bool": "DT_BOOL",
        "int": "DT_INT64",
        "float": "DT_FLOAT",
        "complex": "DT_COMPLEX128",
        "string": "DT_STRING",
    }[max(kinds, key=_KINDS.index)]


def _of_strings(flat: list[Any], shape: tuple[int, ...], into: TensorProto) -> None:
    _must_be("DT_STRING", flat, ("string",))
    _shaped("DT_STRING", shape, into)
    try:
        into.string_val.extend([each.encode() if isinstance(each, str) else bytes(each) for each in flat])
    except UnicodeEncodeError as error:
        raise InputError("content", f"a string can't be UTF-8: {error}") from None


def _must_be(name: str, flat: Iterable[Any], kinds: tuple[str, ...]) -> None:
    found = {kind_of(of) for of in set(map(type, flat))} - set(kinds)
    if found:
        raise InputError("type", f"{', '.join(sorted(found))} where {name} takes {' or '.join(kinds)}")


def _encode(name: str, flat: list[Any]) -> bytes:
    """Python's own numbers as the bytes of a type."""
    form = _form(name)
    if name == "DT_BOOL":
        _must_be(name, flat, ("bool",))
    elif name.startswith("DT_FLOAT8") or (form.code in _INTEGERS and form.field != "half_val"):
        _must_be(name, flat, ("int",))
        _in_range(name, form, flat)
    elif form.parts == 2:
        _must_be(name, flat, ("int", "float", "complex"))
        flat = [part for each in map(complex, flat) for part in (each.real, each.imag)]
    else:
        _must_be(name, flat, ("int", "float"))
    try:
        if name == "DT_HALF":
            return struct.pack(f"<{len(flat)}e", *flat)
        if name == "DT_BFLOAT16":
            bits = struct.unpack(f"<{len(flat)}I", struct.pack(f"<{len(flat)}f", *flat))
            made = [_bfloat16(each) for each in bits]
            if any(each & 0x7FFF == 0x7F80 and not math.isinf(of) for each, of in zip(made, flat)):
                raise OverflowError
            return struct.pack(f"<{len(flat)}H", *made)
        return struct.pack(f"<{len(flat)}{form.code}", *flat)
    except (OverflowError, struct.error):
        raise InputError("overflow", f"a number is too large for {name}") from None


def _in_range(name: str, form: _Form, flat: Sequence[int]) -> None:
    bits = 8 * struct.calcsize(f"<{form.code}")
    low = -(1 << (bits - 1)) if form.code.islower() else 0
    high = low + (1 << bits) - 1
    low, high = (low if form.low is None else form.low), (high if form.high is None else form.high)
    if flat and not low <= min(flat) <= max(flat) <= high:
        wrong = next(each for each in flat if not low <= each <= high)
        raise InputError("overflow", f"{wrong} is no {name}: {low} to {high}")


def _bfloat16(bits: int) -> int:
    """The upper half of a float's bits, rounded to the nearest, a tie to the even one."""
    if bits & 0x7FFFFFFF > 0x7F800000:  # not a number
        return bits >> 16 | 0x40
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16


# ---- elements to values


def _listed(tensor: TensorProto, name: str, form: _Form, count: int) -> bytes:
    """What the list of the tensor's type holds, as bytes.

    No elements at all stand for zeros, and a list that is too short goes on with its last element.
    """
    size = struct.calcsize(form.code) * form.parts
    if form is _FLOAT8:
        found: bytes = getattr(tensor, form.field)
    else:
        numbers = getattr(tensor, form.field)
        numpy = _numpy()
        try:
            if numpy:
                whole = numpy.array(numbers, dtype=form.numpy) if len(numbers) else numpy.empty(0, form.numpy)
                found = whole.tobytes()
            else:
                found = struct.pack(f"<{len(numbers)}{form.code}", *numbers)
        except (OverflowError, struct.error):
            raise InputError("content", f"a number that is no {name}") from None
    return found + (found[-size:] or bytes(size)) * (count - len(found) // size)


def _numbers(form: _Form, content: bytes) -> tuple[Any, ...]:
    return struct.unpack(f"<{len(content) // struct.calcsize(form.code)}{form.code}", content)


def _decode(name: str, content: bytes) -> list[Any]:
    numbers = _numbers(_form(name), content)
    if name == "DT_HALF":
        return list(struct.unpack(f"<{len(numbers)}e", content))
    if name == "DT_BFLOAT16":
        wide = struct.pack(f"<{len(numbers)}I", *(each << 16 for each in numbers))
        return list(struct.unpack(f"<{len(numbers)}f", wide))
    if name in ("DT_COMPLEX64", "DT_COMPLEX128"):
        return [complex(real, imaginary) for real, imaginary in zip(numbers[::2], numbers[1::2])]
    return list(numbers)


def _strings(tensor: TensorProto, count: int) -> list[bytes]:
    """The elements of a tensor of strings, from either form."""
    if tensor.tensor_content:
        return _split(tensor.tensor_content, count)
    found = list(tensor.string_val)
    if len(found) > count:
        raise InputError("content", f"{len(found)} strings for {count} elements")
    return found + (found[-1:] or [b""]) * (count - len(found))


def _split(content: bytes, count: int) -> list[bytes]:
    """Strings that a server sends as bytes: the lengths of all as varints, then all of them."""
    lengths, position = [], 0
    for _ in range(count):
        length = shift = 0
        while True:
            if position == len(content) or shift > 28:
                raise InputError("content", "the lengths of the strings are cut off or too large")
            read = content[position]
            length |= (read & 127) << shift
            position, shift = position + 1, shift + 7
            if read < 128:
                break
        lengths.append(length)
    ends = list(itertools.accumulate(lengths, initial=position))
    if ends[-1] != len(content):
        raise InputError("content", f"{len(content) - position} bytes for strings of {ends[-1] - position}")
    return [content[start:stop] for start, stop in zip(ends, ends[1:])]


def _nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """Elements as nested lists of a shape."""
    if not shape:
        return flat[0]
    if not flat:
        return _empty(shape)
    for size in reversed(shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)]
    return flat


def _empty(shape: tuple[int, ...]) -> list[Any]:
    return [_empty(shape[1:]) for _ in range(shape[0])] if len(shape) > 1 else []
