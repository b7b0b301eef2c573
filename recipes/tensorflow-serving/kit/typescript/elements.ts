// Values as the elements of a tensor: in row-major order, with their shape.

import { dtypeName, formOf, isHeldBy, ownType, type Form, type TypedArray, type TypedArrayClass } from "./dtypes.js";
import { InputError } from "./errors.js";
import { toBFloat16, toHalf } from "./floats.js";

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** One element. A Uint8Array is one where strings are wanted: it holds any bytes. */
export type Element = number | bigint | boolean | string | Complex | Uint8Array;

/** What tensors are made of: one element, a typed array, or arrays in arrays of these, all of one shape. */
export type Value = Element | TypedArray | readonly Value[];

/** The elements of a value in a type: as their numbers, or as strings. */
export interface Elements {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly numbers?: TypedArray;
  readonly strings?: Uint8Array[];
}

interface Gathered {
  readonly shape: readonly number[];
  readonly arrays: TypedArray[];
  readonly loose: readonly Element[];
}

const utf8 = new TextEncoder();

/** The elements of a value. dtype: the type that is wanted, where there is one. Throws InputError. */
export function elementsOf(value: Value, dtype?: string): Elements {
  const wanted = dtype === undefined ? undefined : dtypeName(dtype);
  const { shape, arrays, loose } = gathered(value, wanted === "DT_STRING");
  if (arrays.length > 0) {
    if (loose.length > 0) throw new InputError("type", "typed arrays among other values");
    return ofArrays(arrays, shape, wanted);
  }
  const name = wanted ?? inferred(loose);
  if (name === "DT_STRING") return { dtype: name, shape, strings: loose.map(bytesOf) };
  return { dtype: name, shape, numbers: encoded(name, formOf(name) as Form, loose) };
}

/** What an element is called in errors. Throws InputError for what none is. */
export function kindOf(element: unknown): "number" | "bigint" | "boolean" | "string" | "complex" {
  if (typeof element === "number" || typeof element === "bigint") return typeof element as "number" | "bigint";
  if (typeof element === "boolean") return "boolean";
  if (typeof element === "string" || element instanceof Uint8Array) return "string";
  if (typeof element === "object" && element !== null && "re" in element && "im" in element) return "complex";
  throw new InputError("type", `no tensor holds ${element === null ? "null" : `a value of ${typeof element}`}`);
}

/** Whether a value is a typed array. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** A shape as messages write it. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? "?").join(", ")}]`;
}

/** How many elements a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

function gathered(value: Value, strings: boolean): Gathered {
  if (Array.isArray(value) && !value.some(isNested)) {
    return { shape: [value.length], arrays: [], loose: value as readonly Element[] };
  }
  const arrays: TypedArray[] = [];
  const loose: Element[] = [];
  return { shape: gather(value, strings, "", arrays, loose), arrays, loose };
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && (Array.isArray(value) || ArrayBuffer.isView(value));
}

function gather(
  value: Value, strings: boolean, place: string, arrays: TypedArray[], loose: Element[],
): readonly number[] {
  if (isTypedArray(value) && !(strings && value instanceof Uint8Array)) {
    arrays.push(value);
    return [value.length];
  }
  if (!Array.isArray(value)) {
    loose.push(value as Element);
    return [];
  }
  let first: readonly number[] = [];
  (value as readonly Value[]).forEach((row, number) => {
    const shape = gather(row, strings, `${place}[${number}]`, arrays, loose);
    if (number === 0) first = shape;
    else if (shapeText(shape) !== shapeText(first)) {
      const said = `${place}[0] has the shape ${shapeText(first)}, ${place}[${number}] ${shapeText(shape)}`;
      throw new InputError("ragged", `rows differ: ${said}`);
    }
  });
  return [value.length, ...first];
}

function ofArrays(arrays: TypedArray[], shape: readonly number[], wanted: string | undefined): Elements {
  const array = arrayClass(arrays[0] as TypedArray);
  if (arrays.some((each) => arrayClass(each) !== array)) {
    throw new InputError("type", "typed arrays of different types");
  }
  const dtype = wanted ?? ownType(array);
  const form = formOf(dtype);
  if (form && isHeldBy(dtype, array)) {
    const numbers = arrays.length === 1 ? arrays[0] as TypedArray : concatenated(array, arrays);
    if (form.kind === "int" && form.high < widest(array)) checkRange(dtype, form, numbers);
    return { dtype, shape: form.parts === 2 ? halved(shape) : shape, numbers };
  }
  if (form?.kind === "half" && (array === Float32Array || array === Float64Array)) {
    return { dtype, shape, numbers: encoded(dtype, form, arrays.flatMap((each) => Array.from(each as Float64Array))) };
  }
  throw new InputError("type", `elements of ${ownType(array)} aren't ${dtype}: convert them`);
}

/** A Buffer is a Uint8Array, too. */
function arrayClass(array: TypedArray): TypedArrayClass {
  return (array instanceof Uint8Array ? Uint8Array : array.constructor) as TypedArrayClass;
}

function widest(array: TypedArrayClass): bigint {
  return array.name === "Int8Array" ? 127n : array.name === "Uint8Array" ? 255n : 0n;
}

/** The shape of complex numbers whose parts have this one. */
function halved(shape: readonly number[]): readonly number[] {
  const last = shape.at(-1) ?? 0;
  if (last % 2 !== 0) throw new InputError("shape", `${last} numbers make no complex ones, which have two`);
  return [...shape.slice(0, -1), last / 2];
}

function concatenated(array: TypedArrayClass, arrays: TypedArray[]): TypedArray {
  const made = new array(arrays.reduce((length, each) => length + each.length, 0));
  let place = 0;
  for (const each of arrays) {
    (made as Uint8Array).set(each as Uint8Array, place);
    place += each.length;
  }
  return made;
}

/** The type that elements have by themselves. */
function inferred(elements: readonly Element[]): string {
  const kinds = [...new Set(elements.map(kindOf))].sort();
  if (kinds.length === 0) throw new InputError("type", "values without an element have no type: name it");
  const said = kinds.join(", ");
  if (said === "boolean") return "DT_BOOL";
  if (said === "string") return "DT_STRING";
  if (said === "bigint") return "DT_INT64";
  if (kinds.includes("boolean") || kinds.includes("string")) {
    throw new InputError("type", `elements of different types: ${said}`);
  }
  return kinds.includes("complex") ? "DT_COMPLEX128" : "DT_FLOAT";
}

function bytesOf(element: Element): Uint8Array {
  if (typeof element === "string") return utf8.encode(element);
  if (element instanceof Uint8Array) return element;
  throw new InputError("type", `${kindOf(element)} where DT_STRING takes string`);
}

/** Elements one by one as the numbers of a type. */
function encoded(name: string, form: Form, elements: readonly Element[]): TypedArray {
  const made = new form.array(elements.length * form.parts);
  switch (form.kind) {
    case "bool":
      elements.forEach((each, place) => {
        if (typeof each !== "boolean") throw wrong(name, each, "boolean");
        made[place] = Number(each);
      });
      return made;
    case "int":
    case "bits":
      return encodedIntegers(name, form, elements, made);
    case "half": {
      const [to, largest] = name === "DT_HALF" ? [toHalf, 0x7c00] : [toBFloat16, 0x7f80];
      elements.forEach((each, place) => {
        const number = numberOf(name, each);
        const bits = to(number);
        if ((bits & 0x7fff) === largest && Number.isFinite(number)) throw tooLarge(name);
        made[place] = bits;
      });
      return made;
    }
  }
  if (form.parts === 2) {
    elements.forEach((each, place) => {
      const complex = kindOf(each) === "complex" ? each as Complex : { re: numberOf(name, each), im: 0 };
      setFloat(name, made as Float64Array, 2 * place, complex.re);
      setFloat(name, made as Float64Array, 2 * place + 1, complex.im);
    });
  } else {
    for (let place = 0; place < elements.length; place += 1) {
      setFloat(name, made as Float64Array, place, numberOf(name, elements[place]));
    }
  }
  return made;
}

function encodedIntegers(
  name: string, form: Form, elements: readonly Element[], made: TypedArray,
): TypedArray {
  const wide = made instanceof BigInt64Array || made instanceof BigUint64Array;
  elements.forEach((each, place) => {
    const whole = typeof each === "bigint" || Number.isInteger(each);
    if (!whole) throw wrong(name, each, "whole numbers");
    if ((each as bigint) < form.low || (each as bigint) > form.high) throw outside(name, form, each as bigint);
    if (wide) made[place] = BigInt(each as number);
    else made[place] = Number(each);
  });
  return made;
}

function checkRange(name: string, form: Form, numbers: TypedArray): void {
  for (const each of numbers as Int8Array) if (each < form.low || each > form.high) throw outside(name, form, each);
}

function outside(name: string, form: Form, number: number | bigint): InputError {
  return new InputError("overflow", `${number} is no ${name}: ${form.low} to ${form.high}`);
}

function tooLarge(name: string): InputError {
  return new InputError("overflow", `a number is too large for ${name}`);
}

function wrong(name: string, element: unknown, takes: string): InputError {
  const kind = kindOf(element);
  return new InputError("type", `${kind === "number" ? `${element as number}` : kind} where ${name} takes ${takes}`);
}

function numberOf(name: string, element: unknown): number {
  if (typeof element === "number") return element;
  if (typeof element === "bigint") return Number(element);
  throw wrong(name, element, "numbers");
}

function setFloat(name: string, made: Float32Array | Float64Array, place: number, number: number): void {
  made[place] = number;
  if (!Number.isFinite(made[place] as number) && Number.isFinite(number)) throw tooLarge(name);
}
