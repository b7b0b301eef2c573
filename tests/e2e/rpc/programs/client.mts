// The TypeScript client of ../contract.md: the generated package over one of two transports, which is the first argument.
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import {
  create, fromBinary, toBinary,
  type DescMessage, type DescMethodUnary, type MessageInitShape, type MessageShape,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code as ConnectCode, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createGrpcTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import {
  Code, DataType, ExampleSchema, ModelService, ModelVersionStatus_State, PredictionService, SessionService,
  SignatureDefMapSchema, TensorProtoSchema, type ClassificationResult, type RegressionResult, type TensorInfo,
  type TensorProto,
} from "tensorflow-serving-client";
import { InputSchema } from "tensorflow-serving-client/tensorflow_serving/apis/input_pb.js";

type Options = { timeoutMs?: number; signal?: AbortSignal; headers?: Record<string, string> };
type Told = { header: (name: string) => unknown; trailer: (name: string) => unknown };
type Call = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>, request: MessageInitShape<I>, options?: Options,
) => Promise<{ reply: MessageShape<O> } & Told>;
type Failure = { code: string; details: string; detail: unknown };
type Settings = { tls?: { certificates: string; known: boolean }; limit?: number; gzip?: boolean };

interface Transport {
  open(place: string, settings?: Settings): Call;
  failure(error: unknown): Failure;
}

const places: Record<string, string> = JSON.parse(readFileSync(process.argv[3]!, "utf8"));
const place = (name: string): string => places[name]!;

function pem(folder: string, known: boolean): { ca: Buffer; key?: Buffer; cert?: Buffer } {
  const read = (name: string) => readFileSync(`${folder}/${name}`);
  return { ca: read("ca.pem"), ...(known ? { key: read("client.key"), cert: read("client.pem") } : {}) };
}

const byConnect: Transport = {
  open(at, { tls, limit, gzip } = {}) {
    const transport = createGrpcTransport({
      baseUrl: `${tls ? "https" : "http"}://${at}`,
      ...(tls ? { nodeOptions: pem(tls.certificates, tls.known) } : {}),
      ...(limit ? { readMaxBytes: limit } : {}),
      ...(gzip ? { sendCompression: compressionGzip } : {}),
    });
    return async (method, request, options = {}) => {
      const client = createClient(method.parent, transport) as unknown as Record<string, Function>;
      let header = new Headers(), trailer = new Headers();
      const reply = await client[method.localName]!(request, {
        ...options,
        onHeader: (given: Headers) => (header = given),
        onTrailer: (given: Headers) => (trailer = given),
      });
      return { reply, header: (name) => header.get(name), trailer: (name) => trailer.get(name) };
    };
  },
  failure(error) {
    const { code, rawMessage, metadata } = ConnectError.from(error);
    const name = ConnectCode[code]!.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
    return {
      code: name === "CANCELED" ? "CANCELLED" : name, details: rawMessage, detail: metadata.get("x-detail"),
    };
  },
};

const byGrpc: Transport = {
  open(at, { tls, limit, gzip } = {}) {
    const { ca, key = null, cert = null } = tls ? pem(tls.certificates, tls.known) : {};
    const client = new grpc.Client(
      at,
      ca ? grpc.credentials.createSsl(ca, key, cert) : grpc.credentials.createInsecure(),
      {
        "grpc.max_receive_message_length": limit ?? 256 * 1024 * 1024,
        ...(gzip ? { "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip } : {}),
      },
    );
    return (method, request, { timeoutMs, signal, headers = {} } = {}) =>
      new Promise((resolve, reject) => {
        const metadata = new grpc.Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        let header = new grpc.Metadata(), answer: MessageShape<typeof method.output> | undefined;
        const call = client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: MessageShape<typeof method.input>) => Buffer.from(toBinary(method.input, message)),
          // What a Buffer calls slice() makes no copy.
          (bytes: Buffer) => fromBinary(method.output, new Uint8Array(bytes)),
          create(method.input, request),
          metadata,
          timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
          (error, reply) => {
            if (error) reject(error);
            answer = reply;
          },
        );
        call.on("metadata", (given) => (header = given));
        call.on("status", ({ metadata: trailer }) => {
          const told = { header: (name: string) => header.get(name)[0], trailer: (name: string) => trailer.get(name)[0] };
          if (answer) resolve({ reply: answer, ...told });
        });
        signal?.addEventListener("abort", () => call.cancel());
      });
  },
  failure(error) {
    const { code, details, metadata } = error as grpc.ServiceError;
    return { code: grpc.status[code], details, detail: metadata.get("x-detail")[0] };
  },
};

const transport = process.argv[2] === "connect" ? byConnect : byGrpc;
const { predict: Predict } = PredictionService.method;
const call = transport.open(place("plain"));

// Half precision by its bits: a sign, five of exponent, ten of fraction.
function halfToNumber(bits: number): number {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

// For values that half precision has exactly.
function numberToHalf(value: number): number {
  for (let bits = 0; bits < 1 << 16; bits++)
    if (((bits >> 10) & 31) !== 31 && halfToNumber(bits) === value) return bits;
  throw new Error("not a half");
}

const numbers: Record<string, number[]> = {
  DT_FLOAT: [1.5, -2.25, 0, 1e10, 3, -0.5],
  DT_DOUBLE: [1.5, -2.25, 0, 1e300, 3, -0.5],
  DT_INT32: [1, -2, 0, 2147483647, -2147483648, 5],
  DT_INT64: [1, -2, 0, 9007199254740991, -9007199254740991, 5],
  DT_BOOL: [1, 0, 0, 1, 1, 0],
  DT_HALF: [1.5, -2.25, 0, 65504, 0.000030517578125, -0.5],
};
const words = ["a", "", "ü", "long enough", "x", "y"];

function content(dtype: DataType, values: number[]): Uint8Array {
  const arrays = {
    [DataType.DT_FLOAT]: () => new Float32Array(values),
    [DataType.DT_DOUBLE]: () => new Float64Array(values),
    [DataType.DT_INT32]: () => new Int32Array(values),
    [DataType.DT_INT64]: () => new BigInt64Array(values.map(BigInt)),
    [DataType.DT_BOOL]: () => new Uint8Array(values),
    [DataType.DT_HALF]: () => new Uint16Array(values.map(numberToHalf)),
  } as Partial<Record<DataType, () => ArrayBufferView>>;
  return new Uint8Array(arrays[dtype]!().buffer);
}

function tensor(dtype: DataType, shape: number[], values: number[] | string[], packed = false): TensorProto {
  const made = create(TensorProtoSchema, {
    dtype, tensorShape: { dim: shape.map((size) => ({ size: BigInt(size) })) },
  });
  if (dtype === DataType.DT_STRING) made.stringVal = values.map((value) => new TextEncoder().encode(String(value)));
  else {
    const typed = values as number[];
    if (packed) made.tensorContent = content(dtype, typed);
    else if (dtype === DataType.DT_FLOAT) made.floatVal = typed;
    else if (dtype === DataType.DT_DOUBLE) made.doubleVal = typed;
    else if (dtype === DataType.DT_INT32) made.intVal = typed;
    else if (dtype === DataType.DT_INT64) made.int64Val = typed.map(BigInt);
    else if (dtype === DataType.DT_BOOL) made.boolVal = typed.map(Boolean);
    else made.halfVal = typed.map(numberToHalf);
  }
  return made;
}

function read(from: TensorProto | undefined): unknown[] {
  if (!from) throw new Error("no tensor");
  const { dtype, tensorContent } = from, bytes = tensorContent.slice().buffer, packed = tensorContent.length > 0;
  const values = {
    [DataType.DT_FLOAT]: () => (packed ? [...new Float32Array(bytes)] : from.floatVal),
    [DataType.DT_DOUBLE]: () => (packed ? [...new Float64Array(bytes)] : from.doubleVal),
    [DataType.DT_INT32]: () => (packed ? [...new Int32Array(bytes)] : from.intVal),
    [DataType.DT_INT64]: () => (packed ? [...new BigInt64Array(bytes)] : from.int64Val).map(Number),
    [DataType.DT_BOOL]: () => (packed ? [...new Uint8Array(bytes)].map(Boolean) : from.boolVal),
    [DataType.DT_HALF]: () => (packed ? [...new Uint16Array(bytes)] : from.halfVal).map(halfToNumber),
    [DataType.DT_STRING]: () => from.stringVal.map((value) => new TextDecoder().decode(value)),
  } as Partial<Record<DataType, () => unknown[]>>;
  return [DataType[dtype], from.tensorShape?.dim.map((dim) => Number(dim.size)), values[dtype]!()];
}

const request = (name: string, inputs: Record<string, TensorProto> = {}) => ({ modelSpec: { name }, inputs });

const zeros = (size: number) => ({
  ...request("echo", {
    x: create(TensorProtoSchema, {
      dtype: DataType.DT_UINT8, tensorShape: { dim: [{ size: BigInt(size) }] }, tensorContent: new Uint8Array(size),
    }),
  }),
});

function version(reply: MessageShape<typeof Predict.output>): number {
  const choice = reply.modelSpec?.versionChoice;
  // A wrapper in a oneof stays a message.
  return choice?.case === "version" ? Number(choice.value.value) : 0;
}

async function codeOf(told: Promise<unknown>): Promise<unknown> {
  try {
    return await told;
  } catch (error) {
    return transport.failure(error).code;
  }
}

function example(labels: string[], x: number[]): MessageShape<typeof ExampleSchema> {
  const listed = labels.map((label) => new TextEncoder().encode(label));
  return create(ExampleSchema, {
    features: {
      feature: {
        ...(labels.length ? { labels: { kind: { case: "bytesList", value: { value: listed } } } } : {}),
        ...(x.length ? { x: { kind: { case: "floatList", value: { value: x } } } } : {}),
      },
    },
  });
}

const two = create(InputSchema, {
  kind: {
    case: "exampleList",
    value: { examples: [example(["cat", "dog"], [0.25, 0.75]), example(["fox"], [1.5])] },
  },
});
const classes = (result: ClassificationResult | undefined) =>
  result?.classifications.map((each) => each.classes.map(({ label, score }) => [label, score]));
const regressions = (result: RegressionResult | undefined) => result?.regressions.map(({ value }) => value);
const described = (tensors: Record<string, TensorInfo>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, tensorShape }]) => [
      name, [DataType[dtype], tensorShape?.dim.map((dim) => Number(dim.size))],
    ]),
  );

async function gone(): Promise<number> {
  return version((await call(Predict, request("gone"), { timeoutMs: 25_000 })).reply);
}

const scenarios: Record<string, () => Promise<unknown>> = {
  async types() {
    const told: Record<string, unknown> = {};
    for (const [name, values] of [...Object.entries(numbers), ["DT_STRING", words] as const])
      for (const form of name === "DT_STRING" ? ["val"] : ["content", "val"])
        for (const model of ["echo", "as_content", "as_values"]) {
          const x = tensor(DataType[name as keyof typeof DataType], [3, 2], values as number[], form === "content");
          told[`${name}/${form}/${model}`] = read((await call(Predict, request(model, { x }))).reply.outputs["x"]);
        }
    return told;
  },
  async spec() {
    const inputs = { a: tensor(DataType.DT_FLOAT, [], [1]), b: tensor(DataType.DT_FLOAT, [], [2]) };
    const modelSpec = { name: "echo", signatureName: "serving_default" };
    const { reply } = await call(Predict, { modelSpec, inputs, outputFilter: ["b"] });
    return { outputs: Object.keys(reply.outputs), version: version(reply), signature: reply.modelSpec?.signatureName };
  },
  async classify() {
    const { reply } = await call(PredictionService.method.classify, { modelSpec: { name: "half" }, input: two });
    return classes(reply.result);
  },
  async regress() {
    const examples = [example([], [0.25, 0.75]), example([], [1.5])];
    const value = { context: example(["cat"], []), examples };
    const input = { kind: { case: "exampleListWithContext" as const, value } };
    const { reply } = await call(PredictionService.method.regress, { modelSpec: { name: "half" }, input });
    return regressions(reply.result);
  },
  async multi_inference() {
    const tasks = ["classify", "regress"].map((name) => ({
      modelSpec: { name: "half" }, methodName: `tensorflow/serving/${name}`,
    }));
    const { results } = (await call(PredictionService.method.multiInference, { tasks, input: two })).reply;
    const told: Record<string, unknown> = {};
    for (const { result } of results)
      if (result.case === "classificationResult") told["classify"] = classes(result.value);
      else if (result.case === "regressionResult") told["regress"] = regressions(result.value);
    return told;
  },
  async metadata() {
    const asked = { modelSpec: { name: "half" }, metadataField: ["signature_def"] };
    const packed = (await call(PredictionService.method.getModelMetadata, asked)).reply.metadata["signature_def"];
    const { signatureDef } = anyUnpack(packed!, SignatureDefMapSchema)!;
    return Object.fromEntries(
      Object.entries(signatureDef).map(([name, { methodName, inputs, outputs }]) => [
        name, { method: methodName, inputs: described(inputs), outputs: described(outputs) },
      ]),
    );
  },
  async status() {
    const { reply } = await call(ModelService.method.getModelStatus, { modelSpec: { name: "half" } });
    return reply.modelVersionStatus.map(({ version, state, status }) => [
      Number(version), ModelVersionStatus_State[state], Code[status!.errorCode], status!.errorMessage,
    ]);
  },
  async reload() {
    const told: unknown[] = [];
    for (const name of ["m", ""]) {
      const versions = { case: "specific" as const, value: { versions: [1n, 2n] } };
      const model = {
        name, basePath: "/models/m", modelPlatform: "tensorflow", modelVersionPolicy: { policyChoice: versions },
      };
      const config = { config: { case: "modelConfigList" as const, value: { config: [model] } } };
      const { reply } = await call(ModelService.method.handleReloadConfigRequest, { config });
      told.push([Code[reply.status?.errorCode ?? Code.OK], reply.status?.errorMessage ?? ""]);
    }
    return told;
  },
  async session() {
    const feed = ["a", "b"].map((name, at) => ({ name, tensor: tensor(DataType.DT_INT64, [1], [at + 1]) }));
    const { reply } = await call(SessionService.method.sessionRun, { feed, fetch: ["b"] });
    return reply.tensor.map((each) => [each.name, read(each.tensor)]);
  },
  async error() {
    try {
      await call(Predict, request("missing"));
    } catch (error) {
      const { code, details, detail } = transport.failure(error);
      return [code, details, detail];
    }
    throw new Error("no error");
  },
  async deadline() {
    return [await codeOf(call(Predict, request("slow"), { timeoutMs: 300 })), await gone()];
  },
  async cancel() {
    const slow = new AbortController();
    const code = codeOf(call(Predict, request("slow"), { signal: slow.signal }));
    await setTimeout(300);
    slow.abort();
    return [await code, await gone()];
  },
  async call_metadata() {
    const headers = { "x-request-id": "r-1" };
    const { reply, header, trailer } = await call(Predict, request("metadata"), { headers });
    return {
      initial: header("x-initial"), trailing: trailer("x-trailing"),
      seen: (read(reply.outputs["seen"])[2] as string[])[0],
    };
  },
  async gzip() {
    const compressing = transport.open(place("gzip"), { gzip: true });
    await compressing(Predict, { ...zeros(4_000_000), outputFilter: ["none"] });
    return "sent";
  },
  async tls() {
    const certificates = place("certificates");
    const told: unknown[] = [];
    for (const known of [true, false]) {
      const secure = transport.open(place("tls"), { tls: { certificates, known } });
      told.push(await codeOf(secure(Predict, request("echo")).then(({ reply }) => version(reply))));
    }
    return told;
  },
  async large() {
    const size = 64 * 1024 * 1024, large = transport.open(place("large"));
    const back = async (to: Call) =>
      (await to(Predict, zeros(size))).reply.outputs["x"]?.tensorContent.length;
    const limited = transport.open(place("large"), { limit: 4 * 1024 * 1024 });
    const asked = request("zeros", { size: tensor(DataType.DT_INT64, [1], [size]) });
    return [await back(large), await codeOf(back(call)), await codeOf(limited(Predict, asked))];
  },
  async parallel() {
    const told = Array.from({ length: 64 }, async (_, at) => {
      const x = tensor(DataType.DT_INT64, [1], [at]);
      const { reply } = await call(Predict, request("together", { x }), { timeoutMs: 60_000 });
      return (read(reply.outputs["x"])[2] as number[])[0]!;
    });
    return (await Promise.all(told)).reduce((sum, each) => sum + each, 0);
  },
  async pythie() {
    const inputs = {
      size: tensor(DataType.DT_INT64, [3, 1], [1, 2, 3], true),
      colour: tensor(DataType.DT_STRING, [3, 1], ["red", "red", "blue"]),
    };
    const { reply } = await transport.open(place("pythie"))(Predict, request("prices", inputs));
    return read(reply.outputs["predictions"]);
  },
};

// Seconds that each call took, in any order, and all of them together.
async function load(calls: number, sideBySide: number): Promise<unknown> {
  const x = tensor(DataType.DT_FLOAT, [1000], Array.from({ length: 1000 }, () => 0.5), true);
  const each: number[] = [];
  const one = async () => {
    const began = performance.now();
    await call(Predict, request("echo", { x }));
    each.push((performance.now() - began) / 1000);
  };
  await one();
  each.length = 0;
  const began = performance.now();
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  return { all: (performance.now() - began) / 1000, each };
}

const [calls, sideBySide] = process.argv.slice(4).map(Number);
let told: unknown = {};
if (calls && sideBySide) told = await load(calls, sideBySide);
else
  for (const [name, scenario] of Object.entries(scenarios))
    told = { ...(told as Record<string, unknown>), [name]: await scenario() };
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit());
