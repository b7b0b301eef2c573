// Requests from values, and values from replies. Nothing here talks to a server.

import { create } from "@bufbuild/protobuf";
import type { CallCredentials } from "@grpc/grpc-js";
import type { ClassificationResult } from "@module{tensorflow_serving/apis/classification.proto}";
import {
  ModelVersionStatus_State, type GetModelStatusResponse,
} from "@module{tensorflow_serving/apis/get_model_status.proto}";
import {
  MultiInferenceRequestSchema, type MultiInferenceRequest, type MultiInferenceResponse,
} from "@module{tensorflow_serving/apis/inference.proto}";
import type { ModelSpec } from "@module{tensorflow_serving/apis/model.proto}";
import { PredictRequestSchema, type PredictRequest } from "@module{tensorflow_serving/apis/predict.proto}";
import type { RegressionResult } from "@module{tensorflow_serving/apis/regression.proto}";
import type { Headers } from "./connection.js";
import { InputError, codeName, type Call, type Rows } from "./errors.js";
import { makeInput, type Features } from "./features.js";
import { chosenOf, modelSpec } from "./modelspec.js";
import { Outputs } from "./outputs.js";
import type { Fill, TensorMap } from "./signatures.js";

/** What each call takes besides its values. */
export interface CallOptions {
  /** The version of the model; the newest one where neither this nor a label is given. */
  readonly version?: number | bigint | undefined;
  /** The label that the server's configuration gives a version. */
  readonly label?: string | undefined;
  /** The signature; "serving_default" where it isn't given. */
  readonly signature?: string | undefined;
  /** Milliseconds for all that the call does, or Infinity; the client's where it isn't given. */
  readonly deadlineMs?: number | undefined;
  /** Headers to send besides the client's. */
  readonly metadata?: Headers | undefined;
  /** What names the caller in this call, besides the client's; only with TLS. */
  readonly credentials?: CallCredentials | undefined;
  /** Ends the call when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What Predict takes besides. */
export interface PredictOptions extends CallOptions {
  /** The outputs that are wanted, where not all are. */
  readonly outputs?: readonly string[] | undefined;
  /** What becomes of inputs that aren't given; the result names those that were filled. */
  readonly fill?: Fill | undefined;
}

/** What a call goes to, and how. */
export interface Target extends CallOptions {
  readonly model: string;
}

/** A target as servers are told of it. */
export function targetSpec(target: Target): ModelSpec {
  return modelSpec(target.model, target.signature ?? "", target);
}

/** A target as errors tell of it. */
export function targetCall(target: Target, method: string, address: string, rows?: Rows): Call {
  const version = String(target.version ?? target.label ?? "");
  return { method, model: target.model, version, signature: target.signature ?? "", address, rows };
}

/** The outputs of a model. */
export class Prediction extends Outputs {
  /** Inputs that weren't given, and that the client filled. */
  readonly filled: readonly string[];
  readonly model: string;
  readonly signature: string;
  /** The version that answered, the newest of several; 0 where it isn't told. */
  readonly version: bigint;
  /** All versions that answered, the oldest first: several, where parts met a change of versions. */
  readonly versions: readonly bigint[];

  constructor(tensors: TensorMap, specs: readonly (ModelSpec | undefined)[], filled: readonly string[]) {
    super(tensors);
    const versions = new Set(specs.map((spec) => chosenOf(spec).version ?? 0n));
    this.versions = [...versions].sort((one, other) => (one < other ? -1 : 1));
    this.version = this.versions.at(-1) ?? 0n;
    this.filled = filled;
    this.model = specs[0]?.name ?? "";
    this.signature = specs[0]?.signatureName ?? "";
  }
}

/** One class that an example may belong to. */
export interface Class {
  readonly label: string;
  readonly score: number;
}

/** A task of MultiInference. */
export interface Task {
  readonly kind: "classify" | "regress";
  /** The signature to call. */
  readonly signature: string;
}

/** What the server says about a version of a model. */
export interface VersionStatus {
  readonly version: bigint;
  /** START, LOADING, AVAILABLE, UNLOADING or END; only AVAILABLE is served. */
  readonly state: string;
  /** OK, or why it isn't served, as a status of gRPC. */
  readonly code: string;
  readonly message: string;
}

/** A request for Predict. */
export function predictRequest(
  target: Target, inputs: TensorMap, outputs: readonly string[] | undefined = [],
): PredictRequest {
  return create(PredictRequestSchema, { modelSpec: targetSpec(target), inputs, outputFilter: [...outputs] });
}

export const classifyMethod: string = "tensorflow/serving/classify";
export const regressMethod: string = "tensorflow/serving/regress";

/** A request for MultiInference. */
export function multiInferenceRequest(
  target: Target, examples: readonly Features[], tasks: readonly Task[], context?: Features,
): MultiInferenceRequest {
  const methods: Record<string, string> = { classify: classifyMethod, regress: regressMethod };
  return create(MultiInferenceRequestSchema, {
    input: makeInput(examples, context),
    tasks: tasks.map(({ kind, signature }) => {
      const methodName = methods[kind];
      if (!methodName) throw new InputError("setting", `a task is classify or regress, not ${JSON.stringify(kind)}`);
      return { modelSpec: targetSpec({ ...target, signature }), methodName };
    }),
  });
}

/** The classes of each example, as the model orders them. */
export function readClasses(result: ClassificationResult | undefined): Class[][] {
  return (result?.classifications ?? []).map((one) => one.classes.map(({ label, score }) => ({ label, score })));
}

/** The value of each example. */
export function readValues(result: RegressionResult | undefined): number[] {
  return (result?.regressions ?? []).map((each) => each.value);
}

/** What each task gives. */
export function readResults(reply: MultiInferenceResponse): (Class[][] | number[])[] {
  return reply.results.map(({ result }) => {
    return result.case === "classificationResult" ? readClasses(result.value) : readValues(result.value);
  });
}

/** What is said about each version, the newest first. */
export function readStatuses(reply: GetModelStatusResponse): VersionStatus[] {
  return reply.modelVersionStatus.map((each) => ({
    version: each.version,
    state: ModelVersionStatus_State[each.state] ?? String(each.state),
    code: codeName(each.status?.errorCode ?? 0),
    message: each.status?.errorMessage ?? "",
  })).sort((one, other) => (one.version > other.version ? -1 : 1));
}

/** A version's status in words. */
export function statusText(status: VersionStatus): string {
  return `${status.version} ${status.state} ${status.code} ${status.message}`.trim();
}
