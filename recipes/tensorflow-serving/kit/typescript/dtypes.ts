// The types of tensors: what they are called, and how their elements are held.

import { DataType } from "@module{tensorflow/core/framework/types.proto}";
import { InputError } from "./errors.js";

/** Elements of numbers, as JavaScript holds them in one piece of memory. */
export type TypedArray =
  | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array
  | Float32Array | Float64Array;

/** The class of such elements. */
export interface TypedArrayClass {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

/** How elements of a type are held. */
export interface Form {
  /** The list of TensorProto, where a tensor isn't sent as its bytes. */
  readonly field: string;
  /** What holds its bytes. Those of half, bfloat16 and float8 are their bits. */
  readonly array: TypedArrayClass;
  readonly kind: "bool" | "int" | "float" | "half" | "bits";
  /** Numbers that an element has: a complex one has two. */
  readonly parts: 1 | 2;
  /** The lowest and the highest, of integers. */
  readonly low: bigint;
  readonly high: bigint;
}

function form(field: string, array: TypedArrayClass, kind: Form["kind"], parts: 1 | 2 = 1): Form {
  return { field, array, kind, parts, low: 0n, high: 255n };
}

function int(field: string, array: TypedArrayClass, bits: bigint): Form {
  const signed = array.name.startsWith("Int") || array.name.startsWith("BigInt");
  const high = 1n << (signed ? bits - 1n : bits);
  return { field, array, kind: "int", parts: 1, low: signed ? -high : 0n, high: high - 1n };
}

const float8: Form = form("float8Val", Uint8Array, "bits");
// Elements of fewer than 8 bits have a byte each.
const forms: Readonly<Record<string, Form>> = {
  DT_BOOL: form("boolVal", Uint8Array, "bool"),
  DT_INT8: int("intVal", Int8Array, 8n),
  DT_UINT8: int("intVal", Uint8Array, 8n),
  DT_INT16: int("intVal", Int16Array, 16n),
  DT_UINT16: int("intVal", Uint16Array, 16n),
  DT_INT32: int("intVal", Int32Array, 32n),
  DT_UINT32: int("uint32Val", Uint32Array, 32n),
  DT_INT64: int("int64Val", BigInt64Array, 64n),
  DT_UINT64: int("uint64Val", BigUint64Array, 64n),
  DT_HALF: form("halfVal", Uint16Array, "half"),
  DT_BFLOAT16: form("halfVal", Uint16Array, "half"),
  DT_FLOAT: form("floatVal", Float32Array, "float"),
  DT_DOUBLE: form("doubleVal", Float64Array, "float"),
  DT_COMPLEX64: form("scomplexVal", Float32Array, "float", 2),
  DT_COMPLEX128: form("dcomplexVal", Float64Array, "float", 2),
  DT_QINT8: int("intVal", Int8Array, 8n),
  DT_QUINT8: int("intVal", Uint8Array, 8n),
  DT_QINT16: int("intVal", Int16Array, 16n),
  DT_QUINT16: int("intVal", Uint16Array, 16n),
  DT_QINT32: int("intVal", Int32Array, 32n),
  DT_INT4: int("intVal", Int8Array, 4n),
  DT_UINT4: int("intVal", Uint8Array, 4n),
  DT_INT2: int("intVal", Int8Array, 2n),
  DT_UINT2: int("intVal", Uint8Array, 2n),
};
const aliases: Readonly<Record<string, string>> = {
  FLOAT16: "HALF", FLOAT32: "FLOAT", FLOAT64: "DOUBLE", STR: "STRING", BYTES: "STRING",
};
// Of a message that this package was generated with: its own names, without the prefix in front of the enum's.
const names: ReadonlyMap<number, string> = new Map(
  Object.entries(DataType).flatMap(([name, number]) => typeof number === "number" ? [[number, name]] : []),
);
const numbers: ReadonlyMap<string, number> = new Map([...names].map(([number, name]) => [name, number]));

/** How elements of a type are held; undefined for a type that isn't of numbers. */
export function formOf(name: string): Form | undefined {
  return forms[name] ?? (name.startsWith("DT_FLOAT8") && !name.endsWith("_REF") ? float8 : undefined);
}

/** A type as TensorFlow writes it, DT_FLOAT for "float32". Throws InputError for one that this release hasn't. */
export function dtypeName(dtype: string): string {
  const plain = dtype.toUpperCase().replace(/^DT_/, "");
  const name = `DT_${aliases[plain] ?? plain}`;
  if (numbers.has(name) && (name === "DT_STRING" || formOf(name))) return name;
  throw new InputError("type", `no tensor of this release can be made of type ${dtype}`);
}

/** The number of a type, as messages have it. */
export function dtypeNumber(name: string): DataType {
  return numbers.get(name) as DataType;
}

/** A type as TensorFlow writes it, from its number. */
export function dtypeText(number: number): string {
  return names.get(number) ?? String(number);
}

/** Whether an array of that class holds elements of the type as they are. */
export function isHeldBy(name: string, array: TypedArrayClass): boolean {
  return name !== "DT_BOOL" && formOf(name)?.array === array;
}

/** The type that a typed array has by itself. */
export function ownType(array: TypedArrayClass): string {
  const sizes: Record<string, string> = { Float32Array: "DT_FLOAT", Float64Array: "DT_DOUBLE" };
  const bits = 8 * array.BYTES_PER_ELEMENT;
  return sizes[array.name] ?? `DT_${/^(Big)?U/.test(array.name) ? "UINT" : "INT"}${bits}`;
}
