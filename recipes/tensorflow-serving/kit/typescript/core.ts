// How calls are made: by their deadline, in turns among the addresses, with what is known about models.

import {
  fromBinary, toBinary, type DescMessage, type DescMethodUnary, type MessageShape,
} from "@bufbuild/protobuf";
import type { Client as Caller, ClientUnaryCall, ServiceError } from "@grpc/grpc-js";
import { GetModelMetadataRequestSchema } from "@module{tensorflow_serving/apis/get_model_metadata.proto}";
import { GetModelStatusRequestSchema } from "@module{tensorflow_serving/apis/get_model_status.proto}";
import type { ModelSpec } from "@module{tensorflow_serving/apis/model.proto}";
import { ModelService } from "@module{tensorflow_serving/apis/model_service.proto}";
import { PredictionService } from "@module{tensorflow_serving/apis/prediction_service.proto}";
import { create } from "@bufbuild/protobuf";
import { metadataOf, openClients, plaintext, type Settings } from "./connection.js";
import {
  CallError, DeadlineExceeded, InputError, NotReady, Unreachable, callError, callText, codes, type Rows,
} from "./errors.js";
import { chosenOf } from "./modelspec.js";
import {
  readStatuses, statusText, targetCall, targetSpec, type CallOptions, type PredictOptions, type Target,
  type VersionStatus,
} from "./requests.js";
import {
  checkInputs, chooseSignature, readSignatures, unchecked, type Checked, type Inputs, type Signature,
} from "./signatures.js";

// How long one question for readiness may take: a server that hangs is asked again.
const statusMs = 10_000;
const closed = "the client is closed";

/** The time of one call of the user's, and what ends it. */
export interface Running {
  /** When it ends, by the clock of `now`. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** One call of one server. */
interface Once {
  readonly running: Running;
  readonly target: Target;
  readonly rows?: Rows | undefined;
  readonly timeoutMs?: number | undefined;
}

/** What is known about a model's signatures. */
interface Known {
  /** The version that they are of. */
  readonly version: bigint;
  /** Undefined where the server doesn't tell. */
  readonly signatures: ReadonlyMap<string, Signature> | undefined;
}

/** The state of a client: what it knows about models, and whose turn it is among the addresses. */
export class Core {
  readonly addresses: readonly string[];
  readonly deadlineMs: number;
  private readonly callers: readonly Caller[];
  private readonly settings: Settings;
  private readonly known: Map<string, Known> = new Map();
  private readonly running: Set<AbortController> = new Set();
  private turn: number = 0;
  private isClosed: boolean = false;

  constructor(addresses: readonly string[], settings: Settings) {
    this.addresses = addresses;
    this.settings = settings;
    this.deadlineMs = settings.deadlineMs ?? 30_000;
    this.callers = openClients(addresses, settings);
  }

  /** Do something until its deadline, until the user's signal, or until the client is closed. */
  async run<T>(options: CallOptions, work: (running: Running) => Promise<T>, deadlineMs?: number): Promise<T> {
    if (options.credentials && !this.settings.tls && !this.settings.channel) throw plaintext();
    const until = now() + (deadlineMs ?? options.deadlineMs ?? this.deadlineMs);
    const controller = linked(options.signal);
    this.running.add(controller);
    if (this.isClosed) controller.abort(new Error(closed));
    try {
      return await work({ until, signal: controller.signal });
    } finally {
      this.running.delete(controller);
      release(controller);
    }
  }

  /** End all calls, and close the channels that this client opened. */
  close(): void {
    this.isClosed = true;
    for (const controller of this.running) controller.abort(new Error(closed));
    if (!this.settings.channel) for (const caller of this.callers) caller.close();
  }

  /** A call at the address whose turn it is, and at the others while they can't be reached. */
  async send<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>, message: MessageShape<I>, once: Once,
  ): Promise<MessageShape<O>> {
    const first = this.turn++;
    for (let number = 0; ; number += 1) {
      try {
        return await this.call((first + number) % this.callers.length, method, message, once);
      } catch (error) {
        if (!(error instanceof Unreachable) || number + 1 === this.callers.length) throw error;
      }
    }
  }

  /** A call at one address. */
  call<I extends DescMessage, O extends DescMessage>(
    place: number, method: DescMethodUnary<I, O>, message: MessageShape<I>, once: Once,
  ): Promise<MessageShape<O>> {
    const { running: { until, signal }, target, rows, timeoutMs = Infinity } = once;
    const about = targetCall(target, method.name, this.addresses[place] as string, rows);
    const left = Math.min(Math.max(0, until - now()), timeoutMs);
    const options = {
      deadline: Date.now() + left,
      ...(target.credentials && { credentials: target.credentials }),
    };
    return new Promise((resolve, reject) => {
      let call: ClientUnaryCall | undefined;
      const cancel = (): void => call?.cancel();
      const failed = (error: unknown): void => {
        const { code = codes.UNKNOWN, details, metadata } = error as Partial<ServiceError>;
        const cause = signal.aborted ? signal.reason as unknown : error;
        reject(callError(about, code, details ?? String(error), metadata, { cause }));
      };
      if (signal.aborted) {
        failed({ code: codes.CANCELLED, details: signal.reason instanceof Error ? signal.reason.message : "cancelled" });
        return;
      }
      signal.addEventListener("abort", cancel);
      call = (this.callers[place] as Caller).makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (request: MessageShape<I>) => asBuffer(toBinary(method.input, request)),
        // Not a Buffer: what is read of it is part of the message, and other code may tell the two apart.
        (reply: Buffer) => fromBinary(method.output, new Uint8Array(reply.buffer, reply.byteOffset, reply.length)),
        message,
        metadataOf(this.settings.metadata, target.metadata),
        options,
        (error, reply) => {
          signal.removeEventListener("abort", cancel);
          if (error) failed(error);
          else resolve(reply as MessageShape<O>);
        },
      );
    });
  }

  /** The inputs as tensors, checked where the signature is known. */
  async checked(target: Target & PredictOptions, inputs: Inputs, running: Running): Promise<Checked> {
    const { outputs, fill = "error" } = target;
    if (this.settings.check === false && fill === "error") return unchecked(inputs);
    for (;;) {
      const fresh = !this.known.has(keyOf(target));
      const { signatures } = await this.read(target, running);
      if (!signatures) {
        if (fill === "error") return unchecked(inputs);
        throw new InputError("setting", `the server tells no signatures: fill ${JSON.stringify(fill)} can't be done`);
      }
      try {
        return checkInputs(chooseSignature(signatures, target.signature ?? ""), inputs, outputs, fill);
      } catch (error) {
        // What is known may be of a version that isn't served any more.
        if (!(error instanceof InputError) || fresh || target.version !== undefined) throw error;
        this.known.delete(keyOf(target));
      }
    }
  }

  /** What is known about a model's signatures; asked for once. */
  async read(target: Target, running: Running): Promise<Known> {
    const found = this.known.get(keyOf(target));
    if (found) return found;
    const asked = { ...target, signature: "" };
    const request = create(GetModelMetadataRequestSchema, {
      modelSpec: targetSpec(asked), metadataField: ["signature_def"],
    });
    let known: Known = { version: 0n, signatures: undefined };
    try {
      const reply = await this.send(PredictionService.method.getModelMetadata, request, { running, target: asked });
      known = { version: chosenOf(reply.modelSpec).version ?? 0n, signatures: readSignatures(reply) };
    } catch (error) {
      if (!(error instanceof CallError) || error.code !== codes.UNIMPLEMENTED) throw error;
    }
    this.known.set(keyOf(target), known);
    return known;
  }

  /** Forget the signatures of another version than the one that answers now. */
  answered(target: Target, spec: ModelSpec | undefined): void {
    const known = this.known.get(keyOf(target));
    const { version } = chosenOf(spec);
    if (known?.signatures && version && version !== known.version) this.known.delete(keyOf(target));
  }

  /** Return once a version is available at an address. */
  async waitReadyAt(place: number, target: Target, running: Running, pollMs: number): Promise<VersionStatus[]> {
    const request = create(GetModelStatusRequestSchema, { modelSpec: targetSpec(target) });
    let said = "";
    for (;;) {
      try {
        const reply = await this.call(place, ModelService.method.getModelStatus, request, {
          running, target, timeoutMs: statusMs,
        });
        const found = readStatuses(reply);
        const ready = found.filter((each) => each.state === "AVAILABLE");
        if (ready.length > 0) return ready;
        const about = callText(targetCall(target, "GetModelStatus", this.addresses[place] as string));
        said = `${about}: ${found.map(statusText).join("; ") || "no version"}`;
        if (target.version !== undefined && found.some((each) => each.state === "END" && each.code !== "OK")) {
          throw new NotReady(said);
        }
      } catch (error) {
        if (!(error instanceof CallError) || !waitsFor(error, target)) throw error;
        // What was known last says more than that there was no time to ask again.
        said = said && error instanceof DeadlineExceeded ? said : error.message;
      }
      if (running.until - now() <= pollMs) throw new NotReady(said);
      await pause(pollMs, running.signal);
    }
  }
}

/** Several things at a time, at most so many; their results in order. The first error ends the others. */
export async function together<T, R>(
  parts: readonly T[], parallel: number, running: Running, work: (part: T, running: Running) => Promise<R>,
): Promise<R[]> {
  const controller = linked(running.signal);
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < parts.length && !controller.signal.aborted) {
      const place = next++;
      results[place] = await work(parts[place] as T, { ...running, signal: controller.signal });
    }
  };
  try {
    const workers = Array.from({ length: Math.min(parallel, parts.length) }, worker);
    await Promise.all(workers).catch(async (error: unknown) => {
      controller.abort(new Error("another part failed"));
      await Promise.allSettled(workers);
      throw error;
    });
    return results;
  } finally {
    release(controller);
  }
}

/** Milliseconds by a clock that nobody sets. */
function now(): number {
  return performance.now();
}

/** Whether a model may become ready though a question for it failed. */
function waitsFor(error: CallError, target: Target): boolean {
  if (error instanceof Unreachable || error instanceof DeadlineExceeded || error.code === codes.NOT_FOUND) return true;
  // That is how a server answers for a label that no version has yet.
  return target.label !== undefined && error.code === codes.INVALID_ARGUMENT;
}

function keyOf(target: Target): string {
  return JSON.stringify([target.model, target.version?.toString(), target.label]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const links: WeakMap<AbortController, () => void> = new WeakMap();

/** A controller that is aborted with a signal, until it is released. */
function linked(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  links.set(controller, () => signal?.removeEventListener("abort", abort));
  return controller;
}

function release(controller: AbortController): void {
  links.get(controller)?.();
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
