// What can go wrong: with values before they are sent, with calls, and with what comes back.

import type { Metadata } from "@grpc/grpc-js";

/** Everything that this package throws for a reason of its own. */
export class ClientError extends Error {
  override name: string = "ClientError";
}

/** One word for programs about what is wrong with values or settings. */
export type InputErrorKind =
  | "ragged" | "overflow" | "type" | "shape" | "content" | "name" | "missing" | "setting";

/** Values that make no tensor, or that the model's signature doesn't take; nothing was sent. */
export class InputError extends ClientError {
  override name: string = "InputError";
  readonly kind: InputErrorKind;

  constructor(kind: InputErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** The same error with its place before the message. */
  at(place: string): InputError {
    return new InputError(this.kind, `${place}: ${this.message}`, { cause: this });
  }
}

/** A reply or a file that can't be read. */
export class ReplyError extends ClientError {
  override name: string = "ReplyError";
}

/** A model that isn't available after all the time given, or that can't become so. */
export class NotReady extends ClientError {
  override name: string = "NotReady";
}

/** Some rows of a batch: from start on, without stop. */
export interface Rows {
  readonly start: number;
  readonly stop: number;
}

/** Which call an error is about. */
export interface Call {
  readonly method: string;
  readonly model: string;
  /** The version or the label that was asked for; empty where none was. */
  readonly version: string;
  /** The signature that was called; empty where none was named. */
  readonly signature: string;
  /** The address that was called last. */
  readonly address: string;
  /** The rows of the part that failed, where a batch went in parts. */
  readonly rows?: Rows | undefined;
}

/** A call that failed, with the status that gRPC gives it: code, details and metadata as a ServiceError has them. */
export class CallError extends ClientError {
  override name: string = "CallError";
  readonly call: Call;
  /** The status, as `status` of @grpc/grpc-js has it. */
  readonly code: number;
  /** What the server or gRPC says about it. */
  readonly details: string;
  /** What the server sent at the end of the call. */
  readonly metadata: Metadata | undefined;

  constructor(call: Call, code: number, details: string, metadata?: Metadata, options?: ErrorOptions) {
    super(`${callText(call)}: ${codeName(code)}: ${details}`, options);
    this.call = call;
    this.code = code;
    this.details = details;
    this.metadata = metadata;
  }

  /** The status's name, such as NOT_FOUND. */
  get status(): string {
    return codeName(this.code);
  }
}

/** A call that was cancelled: by this side (a closed client too) or by the server. */
export class CallCancelled extends CallError {
  override name: string = "CallCancelled";
}

/** A call that had no answer before its deadline. The server may have done the work. */
export class DeadlineExceeded extends CallError {
  override name: string = "DeadlineExceeded";
}

/** A server that can't be reached, or that takes no calls now; after all attempts. */
export class Unreachable extends CallError {
  override name: string = "Unreachable";
}

const codeNames: readonly string[] = [
  "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
  "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
];

/** The numbers of the statuses that this package has to know; as @grpc/grpc-js has them. */
export const codes = {
  OK: 0, CANCELLED: 1, UNKNOWN: 2, INVALID_ARGUMENT: 3, DEADLINE_EXCEEDED: 4, NOT_FOUND: 5, FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12, INTERNAL: 13, UNAVAILABLE: 14,
} as const;

/** A status's code as servers write it, such as NOT_FOUND. */
export function codeName(code: number): string {
  return codeNames[code] ?? String(code);
}

/** The error of a call, of the class that its status has. */
export function callError(
  call: Call, code: number, details: string, metadata?: Metadata, options?: ErrorOptions,
): CallError {
  const kinds: Record<number, typeof CallError> = {
    [codes.CANCELLED]: CallCancelled, [codes.DEADLINE_EXCEEDED]: DeadlineExceeded, [codes.UNAVAILABLE]: Unreachable,
  };
  return new (kinds[code] ?? CallError)(call, code, details, metadata, options);
}

/** A call in words. */
export function callText(call: Call): string {
  const about = [
    call.version && `version ${call.version}`,
    call.signature && `signature ${call.signature}`,
    call.rows && `rows ${call.rows.start} to ${call.rows.stop - 1}`,
  ].filter(Boolean);
  return [
    call.method,
    call.model && `of model ${call.model}`,
    about.length && `(${about.join(", ")})`,
    call.address && `at ${call.address}`,
  ].filter(Boolean).join(" ");
}
