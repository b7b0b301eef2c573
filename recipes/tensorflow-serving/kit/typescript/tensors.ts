// Tensors from values, and values from tensors. Nothing here talks to a server.

import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema, type TensorProto } from "@module{tensorflow/core/framework/tensor.proto}";
import { dtypeNumber, dtypeText, formOf, type Form, type TypedArray, type TypedArrayClass } from "./dtypes.js";
import { countOf, elementsOf, shapeText, type Complex, type Value } from "./elements.js";
import { InputError, type Rows } from "./errors.js";
import { fromBFloat16, fromHalf } from "./floats.js";

/** How a tensor is made. */
export interface TensorOptions {
  /** The type, as TensorFlow writes it ("DT_FLOAT") or as it is commonly called ("float32"). */
  readonly dtype?: string | undefined;
  /** Other than that of the value; the elements stay. */
  readonly shape?: readonly number[] | undefined;
  /** Send the elements as a list, not as bytes: for servers on big-endian machines. */
  readonly listed?: boolean | undefined;
}

/** The elements of a tensor: numbers, booleans, or the bytes of strings. */
export type Values = TypedArray | boolean[] | Uint8Array[];

/** Arrays in arrays, or one element of a scalar. */
export type Nested = number | bigint | boolean | string | Complex | Nested[];

type Lists = Record<string, unknown>;

// A message has no more bytes; a longer tensor can only be a short list and a wrong shape.
const mostContent = 2 ** 31 - 1;
const stringSize = 16; // what an empty one takes in memory, if not more
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Make a tensor of one element, of a typed array, or of arrays in arrays.
 *
 * A typed array has a type of its own, which `dtype` must be; except that the bits of half, bfloat16 and float8, and
 * integers of a few bits can be those of the array that holds them, that a Float32Array can be pairs of numbers that
 * are complex, and that floats are rounded to half and bfloat16. A tensor of one typed array has that array's memory.
 * Other values take any type that can hold them. By themselves numbers are DT_FLOAT, bigints DT_INT64.
 * Throws InputError.
 */
export function toTensor(value: Value, options: TensorOptions = {}): TensorProto {
  const elements = elementsOf(value, options.dtype);
  const shape = options.shape ?? elements.shape;
  if (options.shape && (shape.some((size) => size < 0) || countOf(shape) !== countOf(elements.shape))) {
    throw new InputError("shape", `${countOf(elements.shape)} elements don't fill the shape ${shapeText(shape)}`);
  }
  const tensor = shaped(elements.dtype, shape);
  if (elements.strings) tensor.stringVal = elements.strings;
  else if (options.listed) setListed(tensor, formOf(elements.dtype) as Form, elements.numbers as TypedArray);
  else tensor.tensorContent = bytesOf(elements.numbers as TypedArray);
  return tensor;
}

/**
 * The elements of a tensor in either of its forms, in row-major order, as one piece of memory: that of the message
 * where it has them as bytes and its place in memory allows it. half and bfloat16 are a Float32Array, complex numbers
 * two numbers each, float8 its bits. Throws InputError where shape and elements don't match.
 */
export function valuesOf(tensor: TensorProto): Values {
  const name = dtypeOf(tensor);
  if (name === "DT_STRING") return stringsOf(tensor);
  const form = numeric(name);
  const numbers = view(contentOf(tensor), form.array);
  if (form.kind === "bool") return Array.from(numbers as Uint8Array, Boolean);
  if (form.kind !== "half") return numbers;
  return Float32Array.from(numbers as Uint16Array, name === "DT_HALF" ? fromHalf : fromBFloat16);
}

/** The elements of a tensor as arrays in arrays, or one element of a scalar. Strings have to be UTF-8. */
export function nestedOf(tensor: TensorProto): Nested {
  const values = valuesOf(tensor);
  let flat: Nested[];
  if (dtypeOf(tensor) === "DT_STRING") flat = textsOf(tensor);
  else if (numeric(dtypeOf(tensor)).parts === 2) flat = pairs(values as Float64Array);
  else flat = Array.from(values as Float64Array);
  return nested(flat, shapeOf(tensor));
}

/** The elements of a tensor of strings as text. Throws InputError for other types, and for what is no UTF-8. */
export function textsOf(tensor: TensorProto): string[] {
  if (dtypeOf(tensor) !== "DT_STRING") throw new InputError("type", `a tensor of ${dtypeOf(tensor)} holds no text`);
  return stringsOf(tensor).map((bytes, place) => {
    try {
      return utf8.decode(bytes);
    } catch (error) {
      throw new InputError("content", `string ${place} is no UTF-8: read its bytes`, { cause: error });
    }
  });
}

/** The elements of a tensor as numbers of JavaScript. Throws InputError for what isn't one, or not exactly. */
export function numbersOf(tensor: TensorProto): number[] {
  const form = numeric(dtypeOf(tensor));
  const values = valuesOf(tensor);
  if (form.kind === "bool" || form.parts === 2) {
    throw new InputError("type", `a tensor of ${dtypeOf(tensor)} holds no plain numbers`);
  }
  return Array.from(values as Float64Array, (each: number | bigint) => {
    if (typeof each === "bigint" && !Number.isSafeInteger(Number(each))) {
      throw new InputError("overflow", `${each} is no number of JavaScript: read its values`);
    }
    return Number(each);
  });
}

/** The type of a tensor as TensorFlow writes it. */
export function dtypeOf(tensor: TensorProto): string {
  return dtypeText(tensor.dtype);
}

/** The shape of a tensor; without an element for a scalar. Throws InputError where it isn't known. */
export function shapeOf(tensor: TensorProto): number[] {
  const shape = tensor.tensorShape?.dim.map((dim) => Number(dim.size)) ?? [];
  if (tensor.tensorShape?.unknownRank || shape.some((size) => size < 0)) {
    throw new InputError("shape", "the shape of the tensor is unknown");
  }
  return shape;
}

/** A tensor of some rows of another: the elements with these places in the first dimension. Nothing is copied. */
export function rowsOf(tensor: TensorProto, rows: Rows): TensorProto {
  const [, ...rest] = shapeOf(tensor);
  const made = shaped(dtypeOf(tensor), [rows.stop - rows.start, ...rest]);
  const row = countOf(rest);
  if (dtypeOf(tensor) === "DT_STRING") {
    made.stringVal = stringsOf(tensor).slice(rows.start * row, rows.stop * row);
  } else {
    const size = row * elementSize(numeric(dtypeOf(tensor)));
    made.tensorContent = contentOf(tensor).subarray(rows.start * size, rows.stop * size);
  }
  return made;
}

/** Tensors put together along their first dimension. Throws InputError where their rows don't match. */
export function joined(tensors: readonly TensorProto[]): TensorProto {
  const first = tensors[0] as TensorProto;
  if (tensors.length === 1) return first;
  const shapes = tensors.map(shapeOf);
  const rows = new Set(tensors.map((tensor, place) => `${dtypeOf(tensor)} ${shapeText(shapes[place]!.slice(1))}`));
  if (rows.size !== 1 || shapes.some((shape) => shape.length === 0)) {
    throw new InputError("shape", "the parts have rows of different shapes or types");
  }
  const total = shapes.reduce((count, shape) => count + (shape[0] as number), 0);
  const made = shaped(dtypeOf(first), [total, ...shapes[0]!.slice(1)]);
  if (dtypeOf(first) === "DT_STRING") made.stringVal = tensors.flatMap(stringsOf);
  else made.tensorContent = concatenated(tensors.map(contentOf));
  return made;
}

/** A tensor of zeros, of false, or of empty strings. */
export function zeros(name: string, shape: readonly number[]): TensorProto {
  const tensor = shaped(name, shape);
  if (name === "DT_STRING") {
    tensor.stringVal = Array.from({ length: sized(shape, stringSize) }, () => new Uint8Array());
  } else {
    const size = elementSize(numeric(name));
    tensor.tensorContent = new Uint8Array(sized(shape, size) * size);
  }
  return tensor;
}

/** A tensor without elements. */
export function shaped(name: string, shape: readonly number[]): TensorProto {
  const dim = shape.map((size) => ({ size: BigInt(size) }));
  // A scalar has a shape too, an empty one.
  return create(TensorProtoSchema, { dtype: dtypeNumber(name), tensorShape: { dim } });
}

/** Pieces of bytes as one. */
export function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const made = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    made.set(piece, place);
    place += piece.length;
  }
  return made;
}

function numeric(name: string): Form {
  const form = formOf(name);
  if (!form) throw new InputError("type", `a tensor of type ${name} holds no numbers`);
  return form;
}

function elementSize(form: Form): number {
  return form.parts * form.array.BYTES_PER_ELEMENT;
}

/** How many elements the shape has, each of some bytes. */
function sized(shape: readonly number[], size: number): number {
  if (countOf(shape.map((each) => Math.max(1, each))) * size > mostContent) {
    throw new InputError("shape", `the shape ${shapeText(shape)} is too large for a message`);
  }
  return countOf(shape);
}

/** The memory of numbers as bytes, in the order of messages. */
function bytesOf(numbers: TypedArray): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return littleEndian ? bytes : swapped(bytes, numbers.BYTES_PER_ELEMENT);
}

/** Bytes of messages as numbers: of the same memory where it begins at a place that such numbers may have. */
function view(content: Uint8Array, array: TypedArrayClass): TypedArray {
  const size = array.BYTES_PER_ELEMENT;
  const ordered = littleEndian ? content : swapped(content, size);
  const placed = ordered.byteOffset % size === 0 ? ordered : ordered.slice();
  return new array(placed.buffer, placed.byteOffset, placed.length / size);
}

/** The bytes of each number turned around. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const made = bytes.slice();
  for (let place = 0; place < made.length; place += size) made.subarray(place, place + size).reverse();
  return made;
}

function setListed(tensor: TensorProto, form: Form, numbers: TypedArray): void {
  // Older releases don't have all lists, nor the types.
  const lists = tensor as unknown as Lists;
  if (form.kind === "bits") lists[form.field] = numbers;
  else if (form.kind === "bool") lists[form.field] = Array.from(numbers as Uint8Array, Boolean);
  else lists[form.field] = Array.from(numbers as Uint8Array);
}

/** The elements of a tensor of numbers as bytes, from either form. */
function contentOf(tensor: TensorProto): Uint8Array {
  const name = dtypeOf(tensor);
  const form = numeric(name);
  const size = elementSize(form);
  const count = sized(shapeOf(tensor), size);
  const found = tensor.tensorContent.length > 0 ? tensor.tensorContent : listed(tensor, name, form, count);
  if (found.length !== count * size) {
    throw new InputError("content", `${found.length} bytes for ${count} elements of ${name}`);
  }
  return found;
}

/**
 * What the list of the tensor's type holds, as bytes. No elements at all stand for zeros, and a list that is too
 * short goes on with its last element.
 */
function listed(tensor: TensorProto, name: string, form: Form, count: number): Uint8Array {
  const list = (tensor as unknown as Lists)[form.field] as ArrayLike<number>;
  const made = new form.array(Math.max(list.length, count * form.parts));
  for (let place = 0; place < list.length; place += 1) {
    const number = list[place] as number;
    made[place] = number;
    if (form.kind !== "float" && made[place] !== Number(number) && (made[place] as unknown) !== number) {
      throw new InputError("content", `a number that is no ${name}`);
    }
  }
  for (let place = list.length; list.length >= form.parts && place < made.length; place += 1) {
    made[place] = made[place - form.parts] as number;
  }
  return bytesOf(made);
}

/** The elements of a tensor of strings, from either form. */
function stringsOf(tensor: TensorProto): Uint8Array[] {
  const count = sized(shapeOf(tensor), stringSize);
  if (tensor.tensorContent.length > 0) return split(tensor.tensorContent, count);
  const found = tensor.stringVal;
  if (found.length > count) throw new InputError("content", `${found.length} strings for ${count} elements`);
  const last = found.at(-1) ?? new Uint8Array();
  return [...found, ...Array.from({ length: count - found.length }, () => last)];
}

/** Strings that a server sends as bytes: the lengths of all as varints, then all of them. */
function split(content: Uint8Array, count: number): Uint8Array[] {
  const lengths: number[] = [];
  let position = 0;
  for (let number = 0; number < count; number += 1) {
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      const read = content[position];
      if (read === undefined || scale > 2 ** 28) {
        throw new InputError("content", "the lengths of the strings are cut off or too large");
      }
      length += (read & 127) * scale;
      position += 1;
      if (read < 128) break;
    }
    lengths.push(length);
  }
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  if (whole !== content.length - position) {
    throw new InputError("content", `${content.length - position} bytes for strings of ${whole}`);
  }
  return lengths.map((length) => content.subarray(position, (position += length)));
}

function pairs(numbers: ArrayLike<number>): Complex[] {
  return Array.from({ length: numbers.length / 2 }, (_, place) => ({
    re: numbers[2 * place] as number, im: numbers[2 * place + 1] as number,
  }));
}

/** Elements as arrays in arrays of a shape. */
function nested(flat: Nested[], shape: readonly number[]): Nested {
  if (shape.length === 0) return flat[0] as Nested;
  if (flat.length === 0) return empty(shape);
  let made = flat;
  for (const size of shape.slice(1).reverse()) {
    made = Array.from({ length: made.length / size }, (_, row) => made.slice(row * size, (row + 1) * size));
  }
  return made;
}

function empty(shape: readonly number[]): Nested[] {
  return shape.length > 1 ? Array.from({ length: shape[0] as number }, () => empty(shape.slice(1))) : [];
}
