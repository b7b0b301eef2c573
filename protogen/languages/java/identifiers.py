"""Java's rules for names: identifiers, packages, Maven coordinates. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from protogen.errors import UsageError

# Reserved words and literals that can't be identifiers. Source: Java Language Specification §3.9.
KEYWORDS = frozenset(
    "_ abstract assert boolean break byte case catch char class const continue default do double else "
    "enum extends false final finally float for goto if implements import instanceof int interface long "
    "native new null package private protected public return short static strictfp super switch "
    "synchronized this throw throws transient true try void volatile while".split()
)
# The public types of java.lang, of any release up to 25: each is imported wherever a name is written. Where a
# name could be a package's as well, it is the type's. Source: Java Language Specification §6.4.2, §7.3.
IMPORTED = frozenset(
    "AbstractMethodError Appendable ArithmeticException ArrayIndexOutOfBoundsException "
    "ArrayStoreException AssertionError AutoCloseable Boolean BootstrapMethodError Byte CharSequence "
    "Character Class ClassCastException ClassCircularityError ClassFormatError ClassLoader "
    "ClassNotFoundException ClassValue CloneNotSupportedException Cloneable Comparable Compiler "
    "Deprecated Double Enum EnumConstantNotPresentException Error Exception "
    "ExceptionInInitializerError Float FunctionalInterface IO IllegalAccessError "
    "IllegalAccessException IllegalArgumentException IllegalCallerException "
    "IllegalMonitorStateException IllegalStateException IllegalThreadStateException "
    "IncompatibleClassChangeError IndexOutOfBoundsException InheritableThreadLocal InstantiationError "
    "InstantiationException Integer InternalError InterruptedException Iterable "
    "LayerInstantiationException LinkageError Long MatchException Math Module ModuleLayer "
    "NegativeArraySizeException NoClassDefFoundError NoSuchFieldError NoSuchFieldException "
    "NoSuchMethodError NoSuchMethodException NullPointerException Number NumberFormatException Object "
    "OutOfMemoryError Override Package Process ProcessBuilder ProcessHandle Readable Record "
    "ReflectiveOperationException Runnable Runtime RuntimeException RuntimePermission SafeVarargs "
    "ScopedValue SecurityException SecurityManager Short StackOverflowError StackTraceElement "
    "StackWalker StrictMath String StringBuffer StringBuilder StringIndexOutOfBoundsException "
    "StringTemplate SuppressWarnings System Thread ThreadDeath ThreadGroup ThreadLocal Throwable "
    "TypeNotPresentException UnknownError UnsatisfiedLinkError UnsupportedClassVersionError "
    "UnsupportedOperationException VerifyError VirtualMachineError Void WrongThreadException".split()
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER = re.compile(r"[^A-Za-z0-9_]")
# Source: the id validation of Maven's DefaultModelValidator, less a dot at either end or twice.
_COORDINATE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Placement:
    """Where one proto's classes stand: in the package, and in its outer class unless `multiple`."""

    package: str
    outer: str
    multiple: bool
    nested: frozenset[str] = frozenset()
    """Those types that stand in the outer class all the same."""

    def message(self, name: str) -> str:
        """The Java class of a message or enum, by its name within the proto's package."""
        return f"{self.package}.{name}" if self.alone(name) else f"{self.package}.{self.outer}.{name}"

    def alone(self, name: str) -> bool:
        """Whether the class of a message or enum, or of the one around it, stands in the package itself."""
        return self.multiple and name.split(".", 1)[0] not in self.nested

    def service(self, name: str) -> str:
        """The Java class that makes stubs of a service."""
        return f"{self.package}.{name}Grpc"


def identifier(name: str) -> str:
    """The name, changed where Java can't take it as an identifier."""
    name = _OTHER.sub("_", name)
    if not name or name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if name in KEYWORDS else name


def package_name(dotted: str) -> str:
    """The package, with every part changed that Java can't take."""
    return ".".join(map(identifier, dotted.split("."))) if dotted else ""


def camel_case(name: str) -> str:
    """A file's stem as protoc makes a class name of it.

    Source: UnderscoresToCamelCase of protobuf's compiler/java/names.cc, with the first letter raised.
    """
    result, raise_next = "", True
    for character in name:
        if character.isascii() and character.isalpha():
            result += character.upper() if raise_next else character
            raise_next = False
        else:
            result += character if character.isascii() and character.isdigit() else ""
            raise_next = True
    return result


def method_name(name: str) -> str:
    """An RPC as a method of a stub. Source: MixedLower of grpc-java's java_generator.cpp."""
    head, *tail = name[1:].split("_")
    mixed = name[0].lower() + head + "".join(part[:1].upper() + part[1:] for part in tail)
    return f"{mixed}_" if mixed in KEYWORDS else mixed


def check_package(package: str) -> str:
    """The package, if Java takes it.

    Raises UsageError.
    """
    parts = package.split(".")
    problem = ""
    if not all(map(_IDENTIFIER.fullmatch, parts)):
        problem = "it is of identifiers (ASCII letters, digits and _, no digit first) with dots between them"
    elif set(parts) & KEYWORDS:
        words = ", ".join(sorted(set(parts) & KEYWORDS))
        problem = f"{words} is a reserved word of Java"
    elif parts[0] in {"java", "javax"}:
        problem = f"the Java runtime keeps {parts[0]} to itself"
    elif parts[0] in IMPORTED:
        problem = f"{parts[0]} is a class that Java imports everywhere"
    if problem:
        raise UsageError(
            f"{package!r} can't be a Java package: {problem}",
            where="--java-package",
            remedy="run again with a prefix such as --java-package com.example.shaded",
        )
    return package


def check_coordinate(flag: str, value: str, example: str) -> str:
    """The Maven group or artifact, if Maven takes it.

    Raises UsageError.
    """
    if not _COORDINATE.fullmatch(value) or len(value) > 200:
        raise UsageError(
            f"{value!r} can't be a Maven id: it is of ASCII letters, digits, - and _, single dots between",
            where=flag,
            remedy=f"run again with {flag} {example}",
        )
    return value
