// A model server for tests: in the same process, on a port of its own, with models that are functions.

import { create, fromBinary, isMessage, toBinary, type DescService, type Message } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type * as grpc from "@grpc/grpc-js";
import { TensorProtoSchema } from "@module{tensorflow/core/framework/tensor.proto}";
import { SignatureDefSchema, type SignatureDef } from "@module{tensorflow/core/protobuf/meta_graph.proto}";
import type { ClassificationRequest } from "@module{tensorflow_serving/apis/classification.proto}";
import {
  SignatureDefMapSchema, type GetModelMetadataRequest,
} from "@module{tensorflow_serving/apis/get_model_metadata.proto}";
import {
  ModelVersionStatus_State, type GetModelStatusRequest,
} from "@module{tensorflow_serving/apis/get_model_status.proto}";
import type { MultiInferenceRequest } from "@module{tensorflow_serving/apis/inference.proto}";
import type { Input } from "@module{tensorflow_serving/apis/input.proto}";
import type { ReloadConfigRequest } from "@module{tensorflow_serving/apis/model_management.proto}";
import type { ModelSpec } from "@module{tensorflow_serving/apis/model.proto}";
import { ModelService } from "@module{tensorflow_serving/apis/model_service.proto}";
import type { PredictRequest } from "@module{tensorflow_serving/apis/predict.proto}";
import { PredictionService } from "@module{tensorflow_serving/apis/prediction_service.proto}";
import type { RegressionRequest } from "@module{tensorflow_serving/apis/regression.proto}";
import { library } from "./connection.js";
import { dtypeName } from "./dtypes.js";
import type { Value } from "./elements.js";
import { InputError, codes } from "./errors.js";
import { chosenOf, modelSpec } from "./modelspec.js";
import { Outputs } from "./outputs.js";
import { classifyMethod, type Class } from "./requests.js";
import { defaultSignature, makeInput, type Inputs, type Spec, type TensorMap } from "./signatures.js";
import { shaped, toTensor } from "./tensors.js";

/** An example's features by name, those of the context among them. */
export type FakeExample = Readonly<Record<string, readonly (number | bigint | string)[]>>;

/** A version of a model. */
export interface FakeModel {
  /** 1, where it isn't given. */
  readonly version?: number | bigint | undefined;
  /** Makes outputs of inputs. */
  readonly predict?: ((inputs: Outputs) => Inputs | Promise<Inputs>) | undefined;
  /** Gives the classes of each example. */
  readonly classify?: ((examples: readonly FakeExample[]) => readonly (readonly Class[])[]) | undefined;
  /** Gives the value of each example. */
  readonly regress?: ((examples: readonly FakeExample[]) => readonly number[]) | undefined;
  /** The signature's name: "serving_default". */
  readonly signature?: string | undefined;
  /** What the signature says; without inputs there is none to tell. */
  readonly inputs?: Readonly<Record<string, Spec>> | undefined;
  readonly outputs?: Readonly<Record<string, Spec>> | undefined;
  readonly defaults?: Readonly<Record<string, Value>> | undefined;
  readonly labels?: readonly string[] | undefined;
  /** AVAILABLE, where it isn't given. */
  readonly state?: string | undefined;
}

/** A call that came. */
export interface FakeCall {
  readonly method: string;
  readonly request: Message;
  readonly metadata: grpc.Metadata;
}

interface Version {
  readonly number: bigint;
  readonly model: FakeModel;
  readonly signature: string;
  labels: readonly string[];
  state: string;
  code: number;
  message: string;
}

interface Failure {
  readonly code: number;
  readonly details: string;
  times: number;
}

type Handler = (request: never) => unknown;

/** How a call fails. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
  }
}

/**
 * A model server whose models are given by a test.
 *
 * It refuses what a real one refuses: unknown models, versions, labels and signatures, versions that aren't available,
 * inputs that are missing or too many.
 */
export class FakeServer {
  /** All calls that came, in their order. */
  readonly calls: FakeCall[] = [];
  private readonly models: Map<string, Map<bigint, Version>> = new Map();
  private readonly failures: Map<string, Failure> = new Map();
  private readonly delays: Map<string, number> = new Map();
  private readonly server: grpc.Server;
  private port: number = 0;

  private constructor() {
    this.server = new (library().Server)({
      "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1,
    });
    this.add(PredictionService, {
      Predict: (request) => this.predict(request as PredictRequest),
      Classify: (request) => this.classify(request as ClassificationRequest),
      Regress: (request) => this.regress(request as RegressionRequest),
      MultiInference: (request) => this.multiInference(request as MultiInferenceRequest),
      GetModelMetadata: (request) => this.metadata(request as GetModelMetadataRequest),
    });
    this.add(ModelService, {
      GetModelStatus: (request) => this.statuses(request as GetModelStatusRequest),
      HandleReloadConfigRequest: (request) => this.reload(request as ReloadConfigRequest),
    });
  }

  /** Start a server without models. credentials: plaintext, where they aren't given. */
  static async start(
    options: { port?: number | undefined; credentials?: grpc.ServerCredentials | undefined } = {},
  ): Promise<FakeServer> {
    const made = new FakeServer();
    const credentials = options.credentials ?? library().ServerCredentials.createInsecure();
    made.port = await new Promise<number>((resolve, reject) => {
      made.server.bindAsync(`localhost:${options.port ?? 0}`, credentials, (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
    return made;
  }

  /** Where it is, for a client. */
  get address(): string {
    return `localhost:${this.port}`;
  }

  /** Serve a version of a model. */
  serve(name: string, model: FakeModel): void {
    const number = BigInt(model.version ?? 1);
    const held = this.models.get(name) ?? new Map<bigint, Version>();
    this.models.set(name, held.set(number, {
      number,
      model,
      signature: model.signature ?? defaultSignature,
      labels: model.labels ?? [],
      state: model.state ?? "AVAILABLE",
      code: codes.OK,
      message: "",
    }));
  }

  /** Change the state of a version: START, LOADING, AVAILABLE, UNLOADING or END; with a code, why. */
  setState(name: string, version: number | bigint, state: string, code: number = codes.OK, message: string = ""): void {
    const held = this.models.get(name)?.get(BigInt(version));
    if (!held) throw new InputError("name", `the fake server has no version ${version} of model ${name}`);
    Object.assign(held, { state, code, message });
  }

  /** Let calls of a model fail: all of them, or the next so many. The code 0 ends it. */
  fail(name: string, code: number, details: string = "", times: number = Infinity): void {
    this.failures.delete(name);
    if (code !== codes.OK) this.failures.set(name, { code, details, times });
  }

  /** Let calls of a model last longer; one that is cancelled ends at once. */
  slow(name: string, milliseconds: number): void {
    this.delays.set(name, milliseconds);
  }

  /** End all calls. */
  stop(): void {
    this.server.forceShutdown();
  }

  private add(service: DescService, handlers: Record<string, Handler>): void {
    const methods = service.methods.filter((method) => handlers[method.name]);
    const definition = Object.fromEntries(methods.map((method) => [method.name, {
      path: `/${service.typeName}/${method.name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: Message) => Buffer.from(toBinary(method.input, message)),
      requestDeserialize: (bytes: Buffer) => fromBinary(method.input, new Uint8Array(bytes)),
      responseSerialize: (message: Message) => Buffer.from(toBinary(method.output, message)),
      responseDeserialize: (bytes: Buffer) => fromBinary(method.output, new Uint8Array(bytes)),
    }]));
    this.server.addService(definition, Object.fromEntries(methods.map((method) => [
      method.name,
      (call: grpc.ServerUnaryCall<Message, Message>, callback: grpc.sendUnaryData<Message>) => {
        const answer = async (): Promise<Message> => {
          await this.called(method.name, call);
          const made = await (handlers[method.name] as Handler)(call.request as never);
          return create(method.output, made as Record<string, unknown>);
        };
        answer().then((reply) => callback(null, reply), (error: unknown) => callback(refusalOf(error)));
      },
    ])));
  }

  /** Note a call, and let it be slow or fail as it was told. */
  private async called(method: string, call: grpc.ServerUnaryCall<Message, Message>): Promise<void> {
    const name = modelOf(call.request);
    this.calls.push({ method, request: call.request, metadata: call.metadata });
    const failure = this.failures.get(name);
    if (failure && (failure.times -= 1) <= 0) this.failures.delete(name);
    const delay = this.delays.get(name);
    if (delay) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delay);
        call.on("cancelled", () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    if (failure) throw new Refusal(failure.code, failure.details);
  }

  /** The version that is asked for, if it is available. */
  private find(spec: ModelSpec | undefined): Version {
    const name = spec?.name ?? "";
    const { version, label } = chosenOf(spec);
    const found = [...this.models.get(name)?.values() ?? []].filter((each) => {
      if (each.state !== "AVAILABLE" || (version !== undefined && each.number !== version)) return false;
      return label === undefined || each.labels.includes(label);
    });
    const newest = found.sort((one, other) => (one.number > other.number ? -1 : 1))[0];
    if (newest) return newest;
    if (label !== undefined) {
      throw new Refusal(codes.INVALID_ARGUMENT, `Unrecognized servable version label: ${label}`);
    }
    const said = version === undefined ? `Latest(${name})` : `Specific(${name}, ${version})`;
    throw new Refusal(codes.NOT_FOUND, `Servable not found for request: ${said}`);
  }

  private async predict(request: PredictRequest): Promise<unknown> {
    const version = this.find(request.modelSpec);
    const { model } = version;
    const wanted = request.modelSpec?.signatureName || defaultSignature;
    if (wanted !== version.signature) {
      throw new Refusal(codes.FAILED_PRECONDITION, `Serving signature key "${wanted}" not found.`);
    }
    if (!model.predict) {
      throw new Refusal(codes.UNIMPLEMENTED, `model ${request.modelSpec?.name} has no function for Predict`);
    }
    if (model.inputs) refuseOthers(Object.keys(request.inputs), Object.keys(model.inputs));
    const outputs = await model.predict(new Outputs(request.inputs));
    const named = Object.entries(outputs).filter(([name]) => {
      return request.outputFilter.length === 0 || request.outputFilter.includes(name);
    });
    return {
      modelSpec: effective(request.modelSpec, version),
      outputs: Object.fromEntries(named.map(([name, value]) => [name, makeOutput(name, value, model.outputs?.[name])])),
    };
  }

  private classify(request: ClassificationRequest): unknown {
    const version = this.find(request.modelSpec);
    return { modelSpec: effective(request.modelSpec, version), result: classified(version, request.input) };
  }

  private regress(request: RegressionRequest): unknown {
    const version = this.find(request.modelSpec);
    return { modelSpec: effective(request.modelSpec, version), result: regressed(version, request.input) };
  }

  private multiInference(request: MultiInferenceRequest): unknown {
    return { results: request.tasks.map((task) => {
      const version = this.find(task.modelSpec);
      const result = task.methodName === classifyMethod
        ? { case: "classificationResult", value: classified(version, request.input) }
        : { case: "regressionResult", value: regressed(version, request.input) };
      return { modelSpec: effective(task.modelSpec, version), result };
    }) };
  }

  private metadata(request: GetModelMetadataRequest): unknown {
    const version = this.find(request.modelSpec);
    const { inputs, outputs = {}, defaults = {} } = version.model;
    if (!inputs) throw new Refusal(codes.UNIMPLEMENTED, "the test has given no signature");
    const signature = create(SignatureDefSchema, {
      methodName: "tensorflow/serving/predict", inputs: infos(inputs), outputs: infos(outputs),
    });
    if (Object.keys(defaults).length > 0) setDefaults(signature, defaults, inputs);
    const map = create(SignatureDefMapSchema, { signatureDef: { [version.signature]: signature } });
    return {
      modelSpec: effective(request.modelSpec, version),
      metadata: { signature_def: anyPack(SignatureDefMapSchema, map) },
    };
  }

  private statuses(request: GetModelStatusRequest): unknown {
    const { modelSpec } = request;
    const chosen = chosenOf(modelSpec);
    const wanted = chosen.label === undefined ? chosen.version : this.find(modelSpec).number;
    const found = [...this.models.get(modelSpec?.name ?? "")?.values() ?? []].filter((each) => {
      return wanted === undefined || each.number === wanted;
    });
    if (found.length === 0) {
      throw new Refusal(codes.NOT_FOUND, `Could not find any versions of model ${modelSpec?.name ?? ""}`);
    }
    return { modelVersionStatus: found.map((each) => ({
      version: each.number,
      state: ModelVersionStatus_State[each.state as keyof typeof ModelVersionStatus_State],
      status: { errorCode: each.code, errorMessage: each.message },
    })) };
  }

  /** Serve these models and no others, as far as the test has given them. */
  private reload(request: ReloadConfigRequest): unknown {
    const config = request.config?.config;
    const configs = config?.case === "modelConfigList" ? config.value.config : [];
    if (configs.some((each) => !each.name || !each.basePath)) {
      return { status: { errorCode: codes.INVALID_ARGUMENT, errorMessage: "a model needs a name and a base_path" } };
    }
    for (const [name, versions] of this.models) {
      const model = configs.find((each) => each.name === name);
      const policy = model?.modelVersionPolicy?.policyChoice;
      const chosen = policy?.case === "specific" ? policy.value.versions : [];
      for (const version of versions.values()) {
        const served = model && (chosen.length === 0 || chosen.includes(version.number));
        version.state = served ? "AVAILABLE" : "END";
        // Older releases have no labels.
        const labels = (model as { versionLabels?: Record<string, bigint> } | undefined)?.versionLabels ?? {};
        if (model) version.labels = Object.keys(labels).filter((label) => labels[label] === version.number);
      }
    }
    return {};
  }
}

/** The name of the model that a request is for; of the first one, where it is for several. */
function modelOf(request: Message): string {
  const { modelSpec, tasks } = request as { modelSpec?: ModelSpec; tasks?: { modelSpec?: ModelSpec }[] };
  return modelSpec?.name ?? tasks?.[0]?.modelSpec?.name ?? "";
}

function refusalOf(error: unknown): { code: number; details: string } {
  if (error instanceof Refusal) return { code: error.code, details: error.message };
  if (error instanceof InputError) return { code: codes.INVALID_ARGUMENT, details: error.message };
  // A test's own function.
  return { code: codes.INTERNAL, details: String(error) };
}

function refuseOthers(given: readonly string[], wanted: readonly string[]): void {
  const extra = given.filter((name) => !wanted.includes(name)).sort();
  const missing = wanted.filter((name) => !given.includes(name)).sort();
  if (extra.length + missing.length > 0) {
    const said = `Sent extra: {${extra.join(",")}}. Missing but required: {${missing.join(",")}}.`;
    throw new Refusal(codes.INVALID_ARGUMENT, said);
  }
}

function effective(spec: ModelSpec | undefined, version: Version): ModelSpec {
  return modelSpec(spec?.name ?? "", spec?.signatureName || version.signature, { version: version.number });
}

function makeOutput(name: string, value: Inputs[string], spec: Spec | undefined): TensorMap[string] {
  return makeInput(name, value, spec && { dtype: dtypeName(spec.dtype), shape: null });
}

const otherMethod = "Expected another signature method_name";

function classified(version: Version, input: Input | undefined): unknown {
  if (!version.model.classify) throw new Refusal(codes.INVALID_ARGUMENT, otherMethod);
  return { classifications: version.model.classify(examplesOf(input)).map((classes) => ({ classes: [...classes] })) };
}

function regressed(version: Version, input: Input | undefined): unknown {
  if (!version.model.regress) throw new Refusal(codes.INVALID_ARGUMENT, otherMethod);
  return { regressions: version.model.regress(examplesOf(input)).map((value) => ({ value })) };
}

function examplesOf(input: Input | undefined): FakeExample[] {
  const kind = input?.kind;
  const context = kind?.case === "exampleListWithContext" ? kind.value.context : undefined;
  return (kind?.value?.examples ?? []).map((example) => ({ ...featuresOf(context), ...featuresOf(example) }));
}

type Example = NonNullable<NonNullable<Input["kind"]["value"]>["examples"][number]>;

function featuresOf(example: Example | undefined): FakeExample {
  return Object.fromEntries(Object.entries(example?.features?.feature ?? {}).map(([name, { kind }]) => {
    switch (kind.case) {
      case "bytesList":
        return [name, kind.value.value.map((bytes) => new TextDecoder().decode(bytes))];
      case "int64List":
        return [name, kind.value.value.map(BigInt)];
      default:
        return [name, kind.value?.value ?? []];
    }
  }));
}

function infos(specs: Readonly<Record<string, Spec>>): Record<string, object> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => {
    const { dtype, tensorShape } = shaped(dtypeName(spec.dtype), (spec.shape ?? []).map((size) => size ?? -1));
    if (tensorShape) tensorShape.unknownRank = spec.shape === null;
    return [name, { encoding: { case: "name", value: `${name}:0` }, dtype, tensorShape }];
  }));
}

/** Fill a field that older releases don't have. */
function setDefaults(
  signature: SignatureDef, defaults: Readonly<Record<string, Value>>, inputs: Readonly<Record<string, Spec>>,
): void {
  if (!SignatureDefSchema.fields.some((field) => field.name === "defaults")) {
    throw new InputError("setting", "models of this release have no defaults");
  }
  const made = Object.entries(defaults).map(([name, value]) => {
    return [name, isMessage(value, TensorProtoSchema) ? value : toTensor(value, { dtype: inputs[name]?.dtype })];
  });
  (signature as { defaults?: TensorMap }).defaults = Object.fromEntries(made) as TensorMap;
}
