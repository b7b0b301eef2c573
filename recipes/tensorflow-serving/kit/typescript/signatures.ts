// What a model takes and gives, and whether values are that.

import { clone, isMessage } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { TensorProtoSchema, type TensorProto } from "@module{tensorflow/core/framework/tensor.proto}";
import type { SignatureDef, TensorInfo } from "@module{tensorflow/core/protobuf/meta_graph.proto}";
import {
  SignatureDefMapSchema, type GetModelMetadataResponse,
} from "@module{tensorflow_serving/apis/get_model_metadata.proto}";
import { dtypeText } from "./dtypes.js";
import { shapeText, type Value } from "./elements.js";
import { InputError, ReplyError } from "./errors.js";
import { nearest } from "./nearest.js";
import { dtypeOf, shapeOf, toTensor, zeros } from "./tensors.js";

/** The signature that is called where none is named. */
export const defaultSignature: string = "serving_default";

// Types of TensorFlow 1's variables: each stands for the one that is 100 lower.
const references = 100;

/** The type and the shape of an input or an output. */
export interface Spec {
  /** As TensorFlow writes it, "DT_FLOAT". */
  readonly dtype: string;
  /** With null for a size that may be any; null where all of it may be. */
  readonly shape: readonly (number | null)[] | null;
}

/** One way to call a model. */
export interface Signature {
  readonly name: string;
  /** Such as "tensorflow/serving/predict". */
  readonly method: string;
  readonly inputs: Readonly<Record<string, Spec>>;
  readonly outputs: Readonly<Record<string, Spec>>;
  /** What inputs are when they aren't given, where the model says so (TensorFlow 2.13 and newer). */
  readonly defaults: Readonly<Record<string, TensorProto>>;
}

/** Values by name: what toTensor takes, or tensors. */
export type Inputs = Readonly<Record<string, Value | TensorProto>>;

/** Tensors by name. */
export type TensorMap = Record<string, TensorProto>;

/** What becomes of inputs that aren't given: the call is refused, or they are zeros, or the model's defaults. */
export type Fill = "error" | "zeros" | "defaults";

/** Inputs that a signature takes. */
export interface Checked {
  readonly inputs: TensorMap;
  /** Inputs that weren't given, and that have zeros or the model's default now. */
  readonly filled: readonly string[];
}

/** All signatures in the server's answer, by name. */
export function readSignatures(reply: GetModelMetadataResponse): ReadonlyMap<string, Signature> {
  const packed = reply.metadata["signature_def"];
  const found = packed && anyUnpack(packed, SignatureDefMapSchema);
  if (!found) throw new ReplyError("the server's metadata holds no signatures");
  return new Map(Object.entries(found.signatureDef).map(([name, signature]) => [name, {
    name,
    method: signature.methodName,
    inputs: specs(signature.inputs),
    outputs: specs(signature.outputs),
    // Older releases have no such field.
    defaults: (signature as SignatureDef & { defaults?: TensorMap }).defaults ?? {},
  }]));
}

/** The signature of a name, or the default one. Throws InputError. */
export function chooseSignature(signatures: ReadonlyMap<string, Signature>, name: string): Signature {
  const wanted = name || defaultSignature;
  const found = signatures.get(wanted);
  if (!found) throw new InputError("name", `the model has no signature ${nearest(wanted, [...signatures.keys()])}`);
  return found;
}

/** Values as tensors, of the types that they have by themselves. */
export function unchecked(inputs: Inputs): Checked {
  const made = Object.entries(inputs).map(([name, value]) => [name, makeInput(name, value)]);
  return { inputs: Object.fromEntries(made) as TensorMap, filled: [] };
}

/** Values as the tensors that a signature takes. Throws InputError, which says what it takes instead. */
export function checkInputs(
  signature: Signature, inputs: Inputs, outputs: readonly string[] = [], fill: Fill = "error",
): Checked {
  if (!["error", "zeros", "defaults"].includes(fill)) {
    throw new InputError("setting", `fill is ${JSON.stringify(fill)}, not error, zeros or defaults`);
  }
  for (const name of outputs) {
    if (!Object.hasOwn(signature.outputs, name)) throw unknown("output", name, signature, signature.outputs);
  }
  const made: TensorMap = {};
  for (const [name, value] of Object.entries(inputs)) {
    const spec = Object.hasOwn(signature.inputs, name) ? signature.inputs[name] : undefined;
    if (!spec) throw unknown("input", name, signature, signature.inputs);
    made[name] = makeInput(name, value, spec);
  }
  const filled = Object.keys(signature.inputs).filter((name) => !Object.hasOwn(inputs, name)).sort();
  const rows = givenRows(signature, made);
  for (const name of filled) made[name] = filling(signature, name, rows, fill);
  return { inputs: made, filled };
}

/** What an input takes, all zeros: so many rows, and one where another size may be any. */
export function makeZeros(name: string, spec: Spec, rows: number): TensorProto {
  if (!spec.shape) throw new InputError("shape", `input ${name} is ${specText(spec)}: give a value`);
  return zeros(spec.dtype, spec.shape.map((size, place) => size ?? (place === 0 ? rows : 1)));
}

/** The tensor of one input or output, of the type that is wanted. */
export function makeInput(name: string, value: Value | TensorProto, spec?: Spec): TensorProto {
  const about = `input ${name}${spec ? `, which is ${specText(spec)}` : ""}`;
  const tensor = isMessage(value, TensorProtoSchema) ? value : located(about, () => {
    return toTensor(value as Value, { dtype: spec?.dtype });
  });
  if (!spec) return tensor;
  const given: Spec = { dtype: dtypeOf(tensor), shape: located(about, () => shapeOf(tensor)) };
  const said = `input ${name} is ${specText(spec)}, not ${specText(given)}`;
  if (given.dtype !== spec.dtype) throw new InputError("type", said);
  if (!fits(given.shape ?? [], spec.shape)) throw new InputError("shape", said);
  return tensor;
}

/** A specification in words. */
export function specText(spec: Spec): string {
  return spec.shape ? `${spec.dtype} ${shapeText(spec.shape)}` : `${spec.dtype} of any shape`;
}

function located<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof InputError ? error.at(place) : error;
  }
}

function specs(infos: Record<string, TensorInfo>): Record<string, Spec> {
  return Object.fromEntries(Object.entries(infos).map(([name, info]) => {
    const number: number = info.dtype;
    const sizes = info.tensorShape?.dim.map((dim) => dim.size < 0n ? null : Number(dim.size));
    return [name, {
      dtype: dtypeText(number > references ? number - references : number),
      shape: info.tensorShape?.unknownRank ? null : sizes ?? null,
    }];
  }));
}

function unknown(what: string, name: string, signature: Signature, known: object): InputError {
  return new InputError("name", `signature ${signature.name} has no ${what} ${nearest(name, Object.keys(known))}`);
}

function fits(given: readonly (number | null)[], wanted: Spec["shape"]): boolean {
  if (!wanted) return true;
  return given.length === wanted.length && wanted.every((size, place) => size === null || size === given[place]);
}

function filling(signature: Signature, name: string, rows: number, fill: Fill): TensorProto {
  const spec = signature.inputs[name] as Spec;
  const given = signature.defaults[name];
  if (fill === "zeros") return makeZeros(name, spec, rows);
  if (fill === "defaults" && given) return clone(TensorProtoSchema, given);
  let said = `input ${name} is missing: ${specText(spec)}`;
  if (fill === "defaults") said += "; the model has no default for it";
  else if (given) said += '; the model has a default for it, which fill: "defaults" sends';
  throw new InputError("missing", said);
}

/** How many rows the given inputs have, where they agree; else one. */
function givenRows(signature: Signature, given: TensorMap): number {
  const found = new Set(Object.entries(given).flatMap(([name, tensor]) => {
    return signature.inputs[name]?.shape?.[0] === null ? shapeOf(tensor).slice(0, 1) : [];
  }));
  const [rows] = found;
  return found.size === 1 && rows !== undefined ? rows : 1;
}
