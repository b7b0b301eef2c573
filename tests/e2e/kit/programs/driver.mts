// Does what cases.json says by the kit of a package, and prints what comes of it; see ../contract.md.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathJoin } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import {
  CallCancelled, DeadlineExceeded, InputError, ModelsConf, ReplyError, Unreachable, dtypeOf, shapeOf, toTensor,
  valuesOf, warmupFromSignature, type Features, type FeatureValue, type Fill, type Serving, type Signature, type Spec,
  type Value,
} from "tensorflow-serving-client/client";
import { join, split } from "tensorflow-serving-client/client/batches.js";
import { callError } from "tensorflow-serving-client/client/errors.js";
import { makeInput } from "tensorflow-serving-client/client/features.js";
import { frameRecords, readRecords } from "tensorflow-serving-client/client/records.js";
import { checkInputs } from "tensorflow-serving-client/client/signatures.js";
import { TensorProtoSchema, type TensorProto } from "tensorflow-serving-client/tensorflow/core/framework/tensor_pb.js";
import { InputSchema } from "tensorflow-serving-client/tensorflow_serving/apis/input_pb.js";
import { PredictRequestSchema } from "tensorflow-serving-client/tensorflow_serving/apis/predict_pb.js";
import { ModelServerConfigSchema } from "tensorflow-serving-client/tensorflow_serving/config/model_server_config_pb.js";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

interface SignatureCase {
  inputs: Record<string, [string, (number | null)[]]>;
  outputs: Record<string, [string, (number | null)[]]>;
  defaults?: Record<string, [string, number[], Json[]]>;
}

/** What the sections' cases have. */
interface Case {
  name: string;
  dtype: string;
  shape: number[];
  values: Json[];
  value: Json;
  wire: string;
  signature: SignatureCase;
  given: Record<string, Json>;
  outputs?: string[];
  fill?: Fill;
  rows: number;
  inputs: Record<string, number[]>;
  shared: string[];
  examples: Record<string, Json>[];
  context?: Record<string, Json>;
  code: keyof typeof status;
  records: string[];
  file: string;
  conf: string;
  edits: ["serve" | "remove", string, Serving & { base_path?: string }][];
}

const [, , file = "", form] = process.argv;
const numbers = ["DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16", "DT_COMPLEX64", "DT_COMPLEX128"];

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** An element or arrays in arrays of JSON as the kit takes them. */
function native(dtype: string, value: Json): Value {
  if (Array.isArray(value)) {
    const [re, im] = value;
    const complex = dtype.startsWith("DT_COMPLEX") && value.length === 2 && !value.some(Array.isArray);
    if (complex) return { re: Number(native("DT_DOUBLE", re!)), im: Number(native("DT_DOUBLE", im!)) };
    return value.map((each) => native(dtype, each));
  }
  if (typeof value === "object" && value) return unhex(String(value["hex"]));
  if (typeof value === "string" && dtype !== "DT_STRING") {
    if (!numbers.includes(dtype)) return BigInt(value);
    const words: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
    return words[value] ?? value;
  }
  return value as Value;
}

/** Flat elements as a typed array, where it is such that are asked for. */
function formed(dtype: string, values: Json[]): Value {
  const made = values.map((each) => native(dtype, each));
  if (form !== "arrays" || dtype === "DT_STRING" || dtype === "DT_BOOL") return made;
  const plain = made as number[];
  const pairs = (made as { re: number; im: number }[]).flatMap(({ re, im }) => [re, im]);
  const whole = (): bigint[] => plain.map(BigInt);
  switch (dtype) {
    case "DT_HALF": case "DT_BFLOAT16": case "DT_FLOAT": return Float32Array.from(plain);
    case "DT_DOUBLE": return Float64Array.from(plain);
    case "DT_COMPLEX64": return Float32Array.from(pairs);
    case "DT_COMPLEX128": return Float64Array.from(pairs);
    case "DT_INT64": return BigInt64Array.from(whole());
    case "DT_UINT64": return BigUint64Array.from(whole());
    case "DT_INT32": case "DT_QINT32": return Int32Array.from(plain, Number);
    case "DT_UINT32": return Uint32Array.from(plain, Number);
    case "DT_INT16": case "DT_QINT16": return Int16Array.from(plain, Number);
    case "DT_UINT16": case "DT_QUINT16": return Uint16Array.from(plain, Number);
    case "DT_INT8": case "DT_QINT8": case "DT_INT4": case "DT_INT2": return Int8Array.from(plain, Number);
    default: return Uint8Array.from(plain, Number);
  }
}

/** The elements of a tensor as JSON has them. */
function flat(tensor: TensorProto): Json[] {
  const found = Array.from(valuesOf(tensor) as ArrayLike<number | bigint | boolean | Uint8Array>, plain);
  if (!dtypeOf(tensor).startsWith("DT_COMPLEX")) return found;
  return Array.from({ length: found.length / 2 }, (_, place) => found.slice(2 * place, 2 * place + 2));
}

function plain(value: number | bigint | boolean | Uint8Array): Json {
  if (value instanceof Uint8Array) return { hex: hex(value) };
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Number.isNaN(value)) return "nan";
  if (Object.is(value, -0)) return "-0.0";
  return Number.isFinite(value) ? value : value > 0 ? "inf" : "-inf";
}

function written(tensor: TensorProto): string {
  return hex(toBinary(TensorProtoSchema, tensor));
}

function tensors({ dtype, shape, values }: Case): Json {
  const value = formed(dtype, values);
  const made = toTensor(value, { dtype, shape });
  const listed = toTensor(value, { dtype, shape, listed: true });
  return { content: written(made), listed: written(listed), read_content: flat(made), read_listed: flat(listed) };
}

function reads({ wire }: Case): Json {
  const tensor = fromBinary(TensorProtoSchema, unhex(wire));
  return [dtypeOf(tensor), shapeOf(tensor), flat(tensor)];
}

function writes({ dtype, value, shape }: Case): Json {
  return written(toTensor(native(dtype, value), { dtype, shape }));
}

function signatureOf(given: SignatureCase): Signature {
  const specs = (listed: SignatureCase["inputs"]): Record<string, Spec> => {
    return Object.fromEntries(Object.entries(listed).map(([name, [dtype, shape]]) => [name, { dtype, shape }]));
  };
  const defaults = Object.entries(given.defaults ?? {}).map(([name, [dtype, shape, value]]) => {
    return [name, toTensor(native(dtype, value), { dtype, shape })];
  });
  return {
    name: "s", method: "", inputs: specs(given.inputs), outputs: specs(given.outputs),
    defaults: Object.fromEntries(defaults),
  };
}

function checks(of: Case): Json {
  const inputs = Object.entries(of.given).map(([name, value]) => {
    if (Array.isArray(value) || typeof value !== "object") return [name, value];
    const { dtype, shape, values } = value as unknown as Case;
    return [name, toTensor(values.map((each) => native(dtype, each)), { dtype, shape })];
  });
  const found = checkInputs(signatureOf(of.signature), Object.fromEntries(inputs), of.outputs, of.fill);
  const sent = Object.entries(found.inputs).map(([name, tensor]): [string, Json] => {
    return [name, [dtypeOf(tensor), shapeOf(tensor), flat(tensor)]];
  });
  return { sent: Object.fromEntries(sent), filled: [...found.filled].sort() };
}

function splits({ inputs, rows, shared }: Case): Json {
  const made = Object.entries(inputs).map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, toTensor(BigInt64Array.from({ length: count }, (_, place) => BigInt(place)), { shape })];
  });
  const parts = split(Object.fromEntries(made), rows, shared);
  // A server that answers with the input that all parts have.
  const joined = join(parts, parts.map((part) => ({ x: part.inputs["x"]! })));
  return {
    parts: parts.map(({ rows: { start, stop }, inputs }) => ({
      rows: [start, stop],
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, flat(tensor)])),
    })),
    joined: flat(joined["x"]!),
  };
}

function features(given: Record<string, Json>): Features {
  const one = (value: Json): FeatureValue => {
    if (typeof value === "string" && /^\d+$/.test(value)) return BigInt(value);
    return Number.isSafeInteger(value) ? BigInt(value as number) : value as FeatureValue;
  };
  return Object.fromEntries(Object.entries(given).map(([name, value]) => {
    return [name, Array.isArray(value) ? value.map(one) : one(value)];
  }));
}

function examples(of: Case): Json {
  return hex(toBinary(InputSchema, makeInput(of.examples.map(features), of.context && features(of.context))));
}

function statuses({ code }: Case): Json {
  const about = { method: "Predict", model: "m", version: "3", signature: "s", address: "host:1" };
  const error = callError(about, status[code], "the reason");
  const kinds = new Map<unknown, string>([
    [CallCancelled, "cancelled"], [DeadlineExceeded, "deadline"], [Unreachable, "unreachable"],
  ]);
  return { kind: kinds.get(error.constructor) ?? "call", code: error.status, message: error.message };
}

function records(of: Case): Json {
  return { file: hex(frameRecords(of.records.map(unhex))), records: readRecords(unhex(of.file)).map(hex) };
}

function warmups({ signature, rows }: Case): Json {
  return hex(toBinary(PredictRequestSchema, warmupFromSignature("m", signatureOf(signature), rows)));
}

function models({ conf, edits }: Case): Json {
  const folder = mkdtempSync(pathJoin(tmpdir(), "kit-"));
  try {
    const path = pathJoin(folder, "models.conf");
    writeFileSync(path, conf);
    const read = ModelsConf.read(path);
    for (const [action, name, { base_path: basePath, ...settings }] of edits) {
      if (action === "remove") read.remove(name);
      else read.serve(name, { ...settings, basePath });
    }
    // It is what is read back that counts.
    read.write(path);
    return hex(toBinary(ModelServerConfigSchema, create(ModelServerConfigSchema, ModelsConf.read(path).message)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sections: Record<string, (of: Case) => Json> = {
  tensors, reads, refused_reads: reads, writes, refused_writes: writes, checks, splits, examples, statuses, records,
  refused_files: (of) => readRecords(unhex(of.file)).length, warmups, models,
};

function told(section: string, of: Case): Json {
  try {
    return sections[section]!(of);
  } catch (error) {
    if (error instanceof InputError) return { error: error.kind, message: error.message };
    if (error instanceof ReplyError) return { error: "reply", message: error.message };
    throw error;
  }
}

const given = JSON.parse(readFileSync(file, "utf8")) as Record<string, Case[]>;
console.log(JSON.stringify(Object.fromEntries(Object.entries(given).map(([section, cases]) => {
  return [section, Object.fromEntries(cases.map((each) => [each.name, told(section, each)]))];
}))));
