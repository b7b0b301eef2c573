// Batches: inputs in parts of some rows, and the outputs of all parts put together.

import type { TensorProto } from "@module{tensorflow/core/framework/tensor.proto}";
import { InputError, ReplyError, type Rows } from "./errors.js";
import type { TensorMap } from "./signatures.js";
import { joined, rowsOf, shapeOf } from "./tensors.js";

/** Some rows of a batch. */
export interface Part {
  readonly rows: Rows;
  readonly inputs: TensorMap;
}

/**
 * The inputs of a batch in parts of at most so many rows. Scalars and shared inputs are in each part.
 *
 * optional: inputs that are shared too where they don't have the rows of the others.
 */
export function split(
  inputs: TensorMap, rows: number, shared: readonly string[] = [], optional: readonly string[] = [],
): Part[] {
  if (!(rows >= 1)) throw new InputError("setting", `parts of ${rows} rows`);
  const unknown = shared.filter((name) => !Object.hasOwn(inputs, name));
  if (unknown.length > 0) throw new InputError("name", `shared inputs that aren't there: ${unknown.join(", ")}`);
  const sizes = new Map(Object.entries(inputs).flatMap(([name, tensor]): [string, number][] => {
    const [size] = shapeOf(tensor);
    return size === undefined || shared.includes(name) ? [] : [[name, size]];
  }));
  const given = [...sizes].filter(([name]) => !optional.includes(name));
  const total = commonRows(given.length > 0 ? given : [...sizes]);
  if (total <= rows) return [{ rows: { start: 0, stop: total }, inputs }];
  const parts: Part[] = [];
  for (let start = 0; start < total; start += rows) {
    const part: Rows = { start, stop: Math.min(total, start + rows) };
    parts.push({ rows: part, inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => {
      return [name, sizes.get(name) === total ? rowsOf(tensor, part) : tensor];
    })) });
  }
  return parts;
}

/** The outputs of all parts, put together in the order of their rows. */
export function join(parts: readonly Part[], outputs: readonly TensorMap[]): TensorMap {
  return Object.fromEntries(Object.keys(outputs[0] ?? {}).map((name) => {
    const pieces = parts.map(({ rows }, place): TensorProto => {
      const piece = outputs[place]?.[name];
      if (!piece) throw new ReplyError(`rows ${rows.start} to ${rows.stop - 1} have no output ${name}`);
      const size = piece.tensorShape?.dim[0]?.size;
      if (parts.length > 1 && size !== BigInt(rows.stop - rows.start)) {
        const said = `output ${name} hasn't a row for each row of the inputs`;
        throw new ReplyError(`${said}: leave it out with outputs: [...]`);
      }
      return piece;
    });
    try {
      return [name, joined(pieces)];
    } catch (error) {
      throw error instanceof InputError ? new ReplyError(`output ${name}: ${error.message}`, { cause: error }) : error;
    }
  }));
}

function commonRows(sizes: readonly (readonly [string, number])[]): number {
  const [total, ...others] = new Set(sizes.map(([, size]) => size));
  if (total === undefined || others.length > 0) {
    const said = sizes.map(([name, size]) => `${name} has ${size}`).sort().join(", ") || "all are shared";
    throw new InputError("shape", `the inputs of a batch have no common number of rows: ${said}`);
  }
  return total;
}
