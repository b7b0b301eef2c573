// Tensors by name, read in the ways that programs want them.

import type { TensorProto } from "@module{tensorflow/core/framework/tensor.proto}";
import { InputError, ReplyError } from "./errors.js";
import { nearest } from "./nearest.js";
import { nestedOf, numbersOf, shapeOf, textsOf, valuesOf, type Nested, type Values } from "./tensors.js";

/** Tensors by name. Each method throws ReplyError for a name that isn't there, and for what can't be read so. */
export class Outputs {
  /** The tensors as they were sent. */
  readonly tensors: Readonly<Record<string, TensorProto>>;

  constructor(tensors: Readonly<Record<string, TensorProto>>) {
    this.tensors = tensors;
  }

  get names(): string[] {
    return Object.keys(this.tensors);
  }

  tensor(name: string): TensorProto {
    const found = Object.hasOwn(this.tensors, name) ? this.tensors[name] : undefined;
    if (!found) throw new ReplyError(`there is no ${nearest(name, this.names)}`);
    return found;
  }

  /** Without an element for a scalar. */
  shape(name: string): number[] {
    return this.read(name, shapeOf);
  }

  /** The elements in row-major order: a typed array, booleans, or the bytes of strings; see valuesOf. */
  values(name: string): Values {
    return this.read(name, valuesOf);
  }

  /** The elements in row-major order, as numbers of JavaScript. */
  numbers(name: string): number[] {
    return this.read(name, numbersOf);
  }

  /** The strings in row-major order, as text. */
  texts(name: string): string[] {
    return this.read(name, textsOf);
  }

  /** The elements as arrays in arrays, or one element of a scalar. */
  nested(name: string): Nested {
    return this.read(name, nestedOf);
  }

  private read<T>(name: string, how: (tensor: TensorProto) => T): T {
    const tensor = this.tensor(name);
    try {
      return how(tensor);
    } catch (error) {
      throw error instanceof InputError ? new ReplyError(`${name}: ${error.message}`, { cause: error }) : error;
    }
  }
}
