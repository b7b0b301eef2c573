// Warm-up files: requests that a server sends to a version of a model when it loads it.

import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { create, fromBinary, isMessage, toBinary } from "@bufbuild/protobuf";
import {
  ClassificationRequestSchema, type ClassificationRequest,
} from "@module{tensorflow_serving/apis/classification.proto}";
import { MultiInferenceRequestSchema, type MultiInferenceRequest } from "@module{tensorflow_serving/apis/inference.proto}";
import { PredictRequestSchema, type PredictRequest } from "@module{tensorflow_serving/apis/predict.proto}";
import { PredictionLogSchema, type PredictionLog } from "@module{tensorflow_serving/apis/prediction_log.proto}";
import { RegressionRequestSchema, type RegressionRequest } from "@module{tensorflow_serving/apis/regression.proto}";
import { InputError, ReplyError } from "./errors.js";
import { frameRecords, readRecords } from "./records.js";
import { predictRequest } from "./requests.js";
import { checkInputs, makeZeros, unchecked, type Inputs, type Signature } from "./signatures.js";

/** What a record can be made of. */
export type Logged =
  | PredictionLog | PredictRequest | ClassificationRequest | RegressionRequest | MultiInferenceRequest;

/** Where a server looks, below the folder of a version; a file of anything else makes the model fail to load. */
export const warmupFile: string = join("assets.extra", "tf_serving_warmup_requests");

// A server reads no more.
const mostRecords = 1000;

/** A request for Predict from values; checked where the signature is given, not only its name. */
export function warmupRequest(model: string, inputs: Inputs, signature: Signature | string = ""): PredictRequest {
  if (typeof signature === "string") return predictRequest({ model, signature }, unchecked(inputs).inputs);
  return predictRequest({ model, signature: signature.name }, checkInputs(signature, inputs).inputs);
}

/** A request for Predict of zeros, made from what the model takes. */
export function warmupFromSignature(model: string, signature: Signature, rows: number = 1): PredictRequest {
  const zeros = Object.entries(signature.inputs).map(([name, spec]) => [name, makeZeros(name, spec, rows)]);
  return predictRequest({ model, signature: signature.name }, Object.fromEntries(zeros));
}

/** Write the file where a server looks for it, below the folder of a version; its path. */
export function writeWarmup(versionFolder: string, requests: readonly Logged[]): string {
  if (requests.length > mostRecords) {
    throw new InputError("setting", `${requests.length} records: a server reads ${mostRecords}`);
  }
  const records = requests.map((request) => toBinary(PredictionLogSchema, logOf(request)));
  const path = join(versionFolder, warmupFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, frameRecords(records));
  return path;
}

/** Read a file back: it, or the folder of its version. Throws ReplyError where it is damaged. */
export function readWarmup(path: string): PredictionLog[] {
  const file = statSync(path).isDirectory() ? join(path, warmupFile) : path;
  return readRecords(new Uint8Array(readFileSync(file))).map((record, number) => {
    try {
      return fromBinary(PredictionLogSchema, record);
    } catch (error) {
      throw new ReplyError(`record ${number} is no PredictionLog`, { cause: error });
    }
  });
}

function logOf(request: Logged): PredictionLog {
  if (isMessage(request, PredictionLogSchema)) return request;
  if (isMessage(request, PredictRequestSchema)) {
    return create(PredictionLogSchema, { logType: { case: "predictLog", value: { request } } });
  }
  if (isMessage(request, ClassificationRequestSchema)) {
    return create(PredictionLogSchema, { logType: { case: "classifyLog", value: { request } } });
  }
  if (isMessage(request, RegressionRequestSchema)) {
    return create(PredictionLogSchema, { logType: { case: "regressLog", value: { request } } });
  }
  if (isMessage(request, MultiInferenceRequestSchema)) {
    return create(PredictionLogSchema, { logType: { case: "multiInferenceLog", value: { request } } });
  }
  throw new InputError("type", "no warm-up of such a message");
}
