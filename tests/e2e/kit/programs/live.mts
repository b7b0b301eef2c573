// Calls servers by the kit of a package, and prints what came of it by scenario; see ../contract.md.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as dial, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { create, equals } from "@bufbuild/protobuf";
import { Channel, InterceptingCall, Metadata, credentials, status, type CallCredentials } from "@grpc/grpc-js";
import {
  CallCancelled, CallError, Client, DeadlineExceeded, FakeServer, InputError, ModelsConf, NotReady, ReplyError,
  Unreachable, dtypeOf, nestedOf, readWarmup, toTensor, warmupFromSignature, warmupRequest, writeWarmup,
  type BatchOptions, type Class, type Inputs, type Outputs, type Prediction, type PredictOptions, type Settings,
  type Spec, type VersionStatus,
} from "tensorflow-serving-client/client";
import { DataType } from "tensorflow-serving-client/tensorflow/core/framework/types_pb.js";
import {
  PredictRequestSchema, type PredictRequest,
} from "tensorflow-serving-client/tensorflow_serving/apis/predict_pb.js";
import { ModelConfigSchema } from "tensorflow-serving-client/tensorflow_serving/config/model_server_config_pb.js";

type Told = Record<string, unknown>;
type Places = Record<string, string> & Record<
  "first" | "second" | "tls" | "mutual" | "pythie" | "certificates" | "folder", string
>;

// Servers count for each run by itself.
const run = `${process.pid} ${Date.now()}`;
const x = { x: Float32Array.of(1.5) };

/** A client whose calls are counted for this run. */
function open(addresses: string | string[], settings: Settings = {}): Client {
  return new Client(addresses, { ...settings, metadata: { "x-run": run, ...settings.metadata } });
}

async function using<T>(
  addresses: string | string[], settings: Settings, work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = open(addresses, settings);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** What an output is, as JSON has it. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "bigint" ? Number(value) : value;
}

function plainAll(found: Outputs): Told {
  return Object.fromEntries(found.names.map((name) => [name, plain(found.nested(name))]));
}

/** How something fails. */
async function failure(call: () => unknown): Promise<unknown[]> {
  try {
    return ["none", plain(await call())];
  } catch (error) {
    if (error instanceof CallError) {
      const kinds = new Map<unknown, string>([
        [CallCancelled, "cancelled"], [DeadlineExceeded, "deadline"], [Unreachable, "unreachable"],
      ]);
      return [kinds.get(error.constructor) ?? "call", error.status, error.details];
    }
    if (error instanceof InputError) return ["input", error.kind];
    if (error instanceof NotReady) return ["not ready", error.message];
    if (error instanceof ReplyError) return ["reply", error.message];
    throw error;
  }
}

async function shortly(call: () => unknown): Promise<unknown[]> {
  return (await failure(call)).slice(0, 2);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "localhost", () => resolve((server.address() as AddressInfo).port));
  });
}

async function closedPort(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `localhost:${port}`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function token(name: string): CallCredentials {
  return credentials.createFromMetadataGenerator((_, done) => {
    const made = new Metadata();
    made.set("x-request-id", name);
    done(null, made);
  });
}

async function version(addresses: string | string[], settings: Settings = {}): Promise<number> {
  return await using(addresses, { ...settings, check: false }, async (client) => {
    return Number((await client.predict("echo", x)).version);
  });
}

async function seen(address: string, settings: Settings, options: PredictOptions): Promise<unknown> {
  return await using(address, { ...settings, check: false }, async (client) => {
    return (await client.predict("metadata", {}, options)).nested("seen");
  });
}

async function connect(places: Places): Promise<Told> {
  const told: Told = {};
  const { first, second, certificates } = places;
  const trusted = { ca: join(certificates, "ca.pem") };
  const mine = { key: join(certificates, "client.key"), certificate: readFileSync(join(certificates, "client.pem")) };
  const gone = await closedPort();
  told["plain"] = await version(first);
  told["one_is_gone"] = [await version([gone, first]), await version(`${first},${gone}`)];
  told["gone"] = await shortly(() => version(gone));
  told["tls"] = await version(places.tls, { tls: trusted });
  told["mutual_tls"] = await version(places.mutual, { tls: { ...trusted, ...mine } });
  told["tls_without_certificate"] = await shortly(() => version(places.mutual, { tls: trusted }));
  const numbered = places.tls.replace("localhost", "127.0.0.1");
  told["tls_name"] = await version(numbered, { tls: { ...trusted, serverName: "localhost" } });

  told["metadata"] = await seen(first, { metadata: { "x-request-id": "r-1" } }, {});
  const header = new Metadata();
  header.set("x-request-id", "r-2");
  told["call_metadata"] = await seen(first, {}, { metadata: header });
  told["credentials"] = await seen(places.tls, { tls: trusted, credentials: token("r-3") }, {});
  told["call_credentials"] = await seen(places.tls, { tls: trusted }, { credentials: token("r-4") });
  told["plaintext_credentials"] = await failure(() => version(first, { credentials: token("t") }));
  await using(first, { check: false }, async (client) => {
    told["credentials_in_plaintext"] = await failure(() => client.predict("echo", x, { credentials: token("t") }));
    // The servers read the list of an int64.
    const size = { size: toTensor(16 << 20, { dtype: "int64", listed: true }) };
    const zeros = await client.predict("zeros", size);
    const back = await client.predict("echo", zeros.tensors);
    told["large"] = [zeros, back].map((came) => came.tensor("zeros").tensorContent.length);
    told["limit"] = await using(first, { check: false, maxMessageBytes: 1 << 20 }, async (limited) => {
      return await shortly(() => limited.predict("zeros", size));
    });
    told["call_deadline"] = await shortly(() => client.predict("slow", x, { deadlineMs: 300 }));
    const flaky = async (name: string, inputs: Inputs): Promise<unknown> => {
      const options = { metadata: { "x-request-id": name } };
      return plain((await client.predict("flaky", inputs, options)).nested("count"));
    };
    told["retries"] = await flaky("small", x);
    told["retries_of_large"] = await flaky("large", { x: new Float32Array(1 << 18) });
    told["retries_end"] = await failure(() => client.predict("down", x));
  });
  told["deadline"] = await using(first, { check: false, deadlineMs: 300 }, async (client) => {
    return await shortly(() => client.predict("slow", x));
  });
  told["no_retries"] = await using(first, { check: false, attempts: 1 }, async (client) => {
    return await failure(() => client.predict("flaky", x));
  });
  told["keepalive"] = await keptAlive(first);
  told["turns"] = (await wheres([first, second])).sort();
  const both = [first, second].map((place) => place.replace("localhost", "127.0.0.1"));
  told["turns_behind_a_name"] = [...new Set(await wheres([`ipv4:${both.join(",")}`]))].sort();
  told["interceptors"] = await intercepted(first);
  told["channel"] = await givenChannel(first);
  told["closed"] = await closedWhileCalling(first);
  return told;
}

/** What becomes of a call whose server is there no more, though nobody has closed the connection. */
async function keptAlive(address: string): Promise<unknown> {
  let silent = false;
  const sockets: { destroy(): void }[] = [];
  const server = createServer((near) => {
    const far = dial(Number(address.split(":")[1]), "localhost");
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.push(from);
      from.on("error", () => undefined);
      from.on("data", (data) => silent || to.write(data));
    }
  });
  const place = `localhost:${await listen(server)}`;
  const settings = { check: false, attempts: 1, keepaliveMs: 500, options: { "grpc.keepalive_timeout_ms": 500 } };
  try {
    return await using(place, settings, async (client) => {
      await client.predict("echo", x);
      silent = true;
      return await shortly(() => client.predict("slow", x, { deadlineMs: 20_000 }));
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function wheres(addresses: string[]): Promise<unknown[]> {
  return await using(addresses, { check: false }, async (client) => {
    const where = async (): Promise<unknown> => (await client.predict("where", {})).texts("where")[0];
    // A channel begins with the first that it has connected to.
    await where();
    if (addresses.length === 1) await pause(200);
    return [await where(), await where(), await where(), await where()];
  });
}

async function intercepted(address: string): Promise<string[]> {
  const found: string[] = [];
  await version(address, { interceptors: [(options, next) => {
    found.push(options.method_definition.path);
    return new InterceptingCall(next(options));
  }] });
  return found;
}

async function givenChannel(address: string): Promise<number[]> {
  const channel = new Channel(address, credentials.createInsecure(), {});
  // The first client leaves it open.
  const found = [await version([], { channel }), await version([], { channel })];
  channel.close();
  return found;
}

async function closedWhileCalling(address: string): Promise<unknown[]> {
  const controller = new AbortController();
  const aborted = await using(address, { check: false }, async (client) => {
    setTimeout(() => controller.abort(new Error("no more")), 300);
    return await shortly(() => client.predict("slow", x, { signal: controller.signal }));
  });
  const client = open(address, { check: false });
  setTimeout(() => client.close(), 300);
  const closed = await shortly(() => client.predict("slow", x));
  const after = await shortly(() => client.predict("echo", x));
  if (String(aborted) !== String(closed) || String(after) !== String(closed)) return [aborted, closed, after];
  return closed;
}

async function predict(places: Places): Promise<Told> {
  const told: Told = {};
  await using(places.first, {}, async (client) => {
    const options = { outputs: ["b"], signature: "serving_default" };
    const came = await client.predict("echo", { a: 1, b: 2 }, options);
    told["outputs"] = [plainAll(came), Number(came.version), came.signature, came.model];
    const spec = async (of: PredictOptions): Promise<unknown> => (await client.predict("spec", {}, of)).texts("spec");
    told["version"] = await spec({ version: 3, signature: "s" });
    told["label"] = await spec({ label: "stable" });
    told["version_and_label"] = await failure(() => spec({ version: 3, label: "stable" }));
    const forms: Told = {};
    for (const model of ["as_content", "as_values"]) forms[model] = plainAll(await client.predict(model, typed()));
    told["forms"] = forms;
    told["not_found"] = await notFound(client);
    const examples = [{ labels: ["cat", "dog"], x: [0.25, 0.75] }, { labels: "fox", x: 1.5 }];
    told["classify"] = classes(await client.classify("c", examples));
    const values = [{ x: Float32Array.of(0.25, 0.75) }, { x: 1.5 }];
    told["regress"] = await client.regress("r", values, { context: { labels: "cat" } });
    const found = await client.multiInference("m", examples, [
      { kind: "classify", signature: "a" }, { kind: "regress", signature: "b" },
    ]);
    told["multi_inference"] = results(found);
    const wrong = { kind: "guess" as "regress", signature: "a" };
    told["unknown_task"] = await failure(() => client.multiInference("m", examples, [wrong]));
  });
  told["pythie"] = await using(places.pythie, {}, async (client) => {
    const size = [1n, 2n, 3n].map((each) => [each]);
    return plainAll(await client.predict("prices", { size, colour: [["red"], ["red"], ["blue"]] }));
  });
  return told;
}

function classes(found: readonly (readonly Class[])[]): unknown {
  return found.map((one) => one.map(({ label, score }) => [label, score]));
}

function results(found: readonly (Class[][] | number[])[]): unknown {
  return found.map((each) => each.some(Array.isArray) ? classes(each as Class[][]) : each);
}

/** A tensor of each type that the servers know. */
function typed(): Inputs {
  return {
    DT_FLOAT: [Float32Array.of(1.5, -2.25), Float32Array.of(0, 1e10)],
    DT_DOUBLE: toTensor([[1.5, -2.25], [0, 1e300]], { dtype: "float64" }),
    DT_INT32: [Int32Array.of(1, -2), Int32Array.of(0, 2147483647)],
    DT_INT64: [[1n, -2n], [0n, 2n ** 53n - 1n]],
    DT_BOOL: [[true, false], [false, true]],
    DT_HALF: toTensor([[1.5, -2.25], [0, 65504]], { dtype: "float16" }),
    DT_STRING: [["a", ""], ["ü", "long enough"]],
  };
}

async function notFound(client: Client): Promise<unknown> {
  try {
    return await client.predict("missing", x, { version: 3, signature: "s" });
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const detail = error.metadata?.get("x-detail")[0];
    return [error.status, error.details, detail, error.message, error.code === status.NOT_FOUND];
  }
}

async function signatures(places: Places): Promise<Told> {
  const told: Told = {};
  const [row, k] = [[[1, 2]], 3];
  const asked = async (client: Client, what: string): Promise<number> => {
    return (await client.predict("asked", {}, { signature: what })).numbers("count")[0]!;
  };
  await using(places.first, {}, async (client) => {
    const before = [await asked(client, "signed metadata"), await asked(client, "signed predict")];
    const found = await client.signature("signed");
    const specs = Object.entries(found.inputs).map(([name, { dtype, shape }]) => [name, [dtype, shape]]);
    told["signature"] = [found.method, Object.fromEntries(specs)];
    const came = await client.predict("signed", { x: row, k });
    told["types_from_signature"] = Object.fromEntries(came.names.map((name) => {
      return [name, [came.tensor(name).dtype, plain(came.nested(name))]];
    }));
    told["refused"] = [
      await failure(() => client.predict("signed", { x: row, kk: k })),
      await failure(() => client.predict("signed", { x: [1, 2], k })),
      await failure(() => client.predict("signed", { x: row })),
    ];
    const filled = await client.predict("signed", { x: row }, { fill: "zeros" });
    told["filled"] = [plain(filled.nested("k")), filled.filled];
    // One question for signatures for each time that something is refused: the version may be new.
    told["asked"] = [
      await asked(client, "signed metadata") - before[0]!, await asked(client, "signed predict") - before[1]!,
    ];
    told["unsigned_fill"] = await failure(() => client.predict("echo", {}, { fill: "zeros" }));
  });
  await using(places.first, {}, async (client) => {
    let before = await asked(client, "signed metadata");
    for (const version of [7, 7n, 7]) await client.predict("signed", { x: row, k }, { version });
    told["asked_for_a_version"] = await asked(client, "signed metadata") - before;
    before = await asked(client, "changing metadata");
    let came: Prediction | undefined;
    for (let number = 0; number < 4; number += 1) came = await client.predict("changing", { x: row, k });
    told["changed"] = [Number(came?.version), await asked(client, "changing metadata") - before];
  });
  await using(places.first, { check: false }, async (client) => {
    const before = await asked(client, "signed metadata");
    const came = await client.predict("signed", { x: BigInt64Array.of(1n, 2n) });
    told["unchecked"] = [came.tensor("x").dtype as DataType, await asked(client, "signed metadata") - before];
  });
  return told;
}

async function batches(places: Places): Promise<Told> {
  const told: Told = {};
  const rows = Array.from({ length: 17 }, (_, row) => [BigInt(2 * row), BigInt(2 * row + 1)]);
  const text = rows.map((_, row) => `t${row}`);
  const counting = (size: number): BigInt64Array => BigInt64Array.from({ length: size }, (_, place) => BigInt(place));
  await using(places.first, { check: false }, async (client) => {
    const counted = async (): Promise<unknown> => plain((await client.predict("told", {})).nested("told"));
    const batch = async (model: string, inputs: Inputs, options: BatchOptions): Promise<Prediction> => {
      return await client.predictBatches(model, inputs, options);
    };
    await counted();
    const options = { rows: 3, parallel: 3, outputs: ["x", "text"] };
    const came = await batch("together", { x: rows, text, scalar: 5n }, options);
    const same = (name: string, wanted: unknown): boolean => {
      return JSON.stringify(plain(came.nested(name))) === JSON.stringify(plain(wanted));
    };
    told["joined"] = [same("x", rows), same("text", text), came.names.sort()];
    told["parts"] = await counted();
    const began = performance.now();
    told["failed"] = await batch("failing", { x: counting(9) }, { rows: 1, parallel: 3 }).catch((error: unknown) => {
      if (!(error instanceof CallError)) throw error;
      const { start, stop } = error.call.rows!;
      return [error.status, error.details, [start, stop], error.message.includes("rows 1 to 1")];
    });
    told["failed_soon"] = performance.now() - began < 10_000;
    await counted();
    const both = { x: rows, k: 1n };
    const scalar = await failure(() => batch("echo", both, { rows: 5, parallel: 3 }));
    // How outputs are left out is the language's own.
    told["scalar_output"] = [scalar[0], String(scalar[1]).replace("outputs: [...]", "outputs=[...]")];
    told["one_part"] = (await batch("echo", both, { rows: 17 })).names.sort();
    told["no_parts"] = await failure(() => batch("echo", { x: rows }, { rows: 5, parallel: 0 }));
    told["deadline"] = await shortly(() => batch("slow", { x: rows }, { rows: 5, parallel: 2, deadlineMs: 400 }));
  });
  await using([places.second, places.first], { check: false, attempts: 1 }, async (client) => {
    const moved = await client.predictBatches("half_down", { x: counting(10) }, { rows: 2, parallel: 2 });
    told["moved"] = moved.numbers("x");
    const over = await client.predictBatches("where", { x: counting(8) }, { rows: 1, parallel: 2 });
    told["over_addresses"] = over.texts("where").sort();
  });
  return told;
}

function states(found: readonly VersionStatus[]): unknown {
  return found.map(({ version, state, code, message }) => [Number(version), state, code, message]);
}

async function models(places: Places): Promise<Told> {
  const told: Told = {};
  await using(places.first, {}, async (client) => {
    told["status"] = states(await client.status("half"));
    told["soon"] = states(await client.waitReady("soon", { timeoutMs: 20_000, pollMs: 50 }));
    told["never"] = await failure(() => client.waitReady("never", { timeoutMs: 500, pollMs: 100 }));
    told["missing"] = await failure(() => client.waitReady("missing", { timeoutMs: 300, pollMs: 100 }));
    const began = performance.now();
    told["broken"] = await failure(() => client.waitReady("broken", { version: 3, timeoutMs: 30_000 }));
    told["broken_at_once"] = performance.now() - began < 10_000;
    const served = async (): Promise<string[]> => {
      return (await client.status("reloaded")).map((each) => each.message).sort();
    };
    const conf = new ModelsConf();
    conf.serve("a", { basePath: "/models/a", versions: [1, 2], labels: { stable: 1 } });
    conf.serve("b", { basePath: "/models/b" });
    await client.reload(conf);
    const reloaded = [await served()];
    conf.remove("a");
    const folder = mkdtempSync(join(tmpdir(), "kit-"));
    conf.write(join(folder, "models.conf"));
    await client.reload(join(folder, "models.conf"));
    rmSync(folder, { recursive: true });
    told["reload"] = [...reloaded, await served()];
    const unnamed = new ModelsConf();
    unnamed.serve("c", { basePath: "/models/c" });
    const { config } = unnamed.message;
    if (config.case === "modelConfigList") config.value.config = [create(ModelConfigSchema, { basePath: "/models/c" })];
    told["reload_refused"] = await failure(() => client.reload(unnamed));
    const hanging = new ModelsConf();
    hanging.serve("h", { basePath: "/hangs" });
    told["reload_deadline"] = await shortly(() => client.reload(hanging, { deadlineMs: 300 }));
    told["reload_without_deadline"] = await failure(() => client.reload(conf, { deadlineMs: Infinity }));
  });
  const gone = await closedPort();
  told["nobody"] = await using(gone, {}, async (client) => {
    const [kind, said] = await failure(() => client.waitReady("half", { timeoutMs: 3000, pollMs: 100 }));
    return [kind, String(said).includes(gone) && String(said).includes("UNAVAILABLE")];
  });
  told["half_there"] = await using([places.first, gone], {}, async (client) => {
    return (await failure(() => client.waitReady("half", { timeoutMs: 300, pollMs: 100 })))[0];
  });
  return told;
}

/** Writes the file below the folder that is given. */
async function warmup(places: Places): Promise<Told> {
  const folder = join(places.folder, process.argv[3]!);
  const signature = await using(places.first, {}, async (client) => await client.signature("signed"));
  const requests: PredictRequest[] = [
    warmupRequest("signed", { x: [[1, 2]], k: 3 }, signature),
    warmupRequest("plain", x),
    warmupFromSignature("signed", signature, 2),
  ];
  const path = writeWarmup(folder, requests);
  return {
    path: relative(folder, path),
    read: readWarmup(folder).map(({ logType }, number) => {
      const request = logType.case === "predictLog" ? logType.value.request : undefined;
      return request !== undefined && equals(PredictRequestSchema, request, requests[number]!);
    }),
    refused: await failure(() => warmupRequest("signed", { x: [[1, 2]] }, signature)),
  };
}

function halfPlusTwo(inputs: Outputs): Inputs {
  return { y: inputs.numbers("x").map((each) => each / 2 + 2) };
}

async function fake(): Promise<Told> {
  const told: Told = {};
  const floats: Spec = { dtype: "float32", shape: [null] };
  const half = { predict: halfPlusTwo, inputs: { x: floats }, outputs: { y: floats } };
  const server = await FakeServer.start();
  await using(server.address, {}, async (client) => {
    server.serve("half", half);
    server.serve("half", { ...half, version: 2, labels: ["new"] });
    const one = { x: [1] };
    const version = async (of: PredictOptions = {}): Promise<number> => {
      return Number((await client.predict("half", one, of)).version);
    };
    const came = await client.predict("half", { x: [1, 2, 5] });
    told["predict"] = [came.numbers("y"), Number(came.version)];
    told["version"] = [await version({ version: 1 }), await version({ label: "new" })];
    told["refused"] = [
      await shortly(() => client.predict("none", one)),
      await shortly(() => version({ version: 3 })),
      await shortly(() => version({ label: "old" })),
    ];
    server.serve("raw", { predict: async (inputs) => halfPlusTwo(inputs) });
    told["unsigned"] = (await client.predict("raw", one)).numbers("y");
    told["wrong_function"] = await shortly(() => client.predict("raw", { z: [1] }));
    server.fail("half", status.RESOURCE_EXHAUSTED, "full", 1);
    told["fails_once"] = [await failure(() => version()), await version()];
    server.slow("half", 5000);
    told["slow"] = await shortly(() => version({ deadlineMs: 300 }));
    server.slow("half", 0);
    server.setState("half", 2, "LOADING");
    const short = async (): Promise<unknown> => {
      return (await client.status("half")).map(({ version, state }) => [Number(version), state]);
    };
    told["states"] = await short();
    told["older"] = await version();
    server.serve("sorter", {
      classify: (examples) => examples.map((each) => {
        return [{ label: each["s"]!.length > 1 ? "long" : "short", score: 1 }];
      }),
      regress: (examples) => examples.map((each) => each["s"]!.length),
    });
    const given = [{ s: ["a", "b"] }, { s: "c" }];
    told["infer"] = [
      classes(await client.classify("sorter", given)),
      await client.regress("sorter", given),
      results(await client.multiInference("sorter", given, [
        { kind: "regress", signature: "r" }, { kind: "classify", signature: "c" },
      ])),
    ];
    const conf = new ModelsConf();
    conf.serve("half", { basePath: "/models/half", versions: [1] });
    await client.reload(conf);
    told["reload"] = [await short(), await shortly(() => client.predict("raw", one))];
    const { modelSpec, inputs } = server.calls[1]!.request as PredictRequest;
    if (dtypeOf(inputs["x"]!) !== "DT_FLOAT" || String(nestedOf(inputs["x"]!)) !== "1,2,5") throw new Error("no x");
    told["calls"] = [server.calls[0]!.method, server.calls[1]!.method, modelSpec?.name];
  });
  server.stop();
  return told;
}

const parts: Record<string, (places: Places) => Promise<Told>> = {
  connect, predict, signatures, batches, models, warmup, fake,
};

async function main(): Promise<void> {
  const given = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Places;
  const told: Told = {};
  const asked = process.argv.slice(4);
  for (const name of asked.length > 0 ? asked : Object.keys(parts)) told[name] = await parts[name]!(given);
  // Where a server is differs from run to run.
  console.log(JSON.stringify(told).replaceAll(given.first, "the first"));
}

void main();
