// Where the servers are, and how they are called: channels of gRPC, made with settings that suit them.

import { readFileSync } from "node:fs";
import type * as grpc from "@grpc/grpc-js";
import { ClientError, InputError } from "./errors.js";

/** Headers of a call: values are bytes where the name ends in -bin. */
export type Headers = grpc.Metadata | Readonly<Record<string, string | Uint8Array>>;

/** A key or certificates: PEM as bytes, or the path of a file of it. */
export type Pem = Uint8Array | string;

/** What a client needs to speak TLS; mutual TLS with key and certificate. */
export interface TLS {
  /** Who is trusted to vouch for the server; those that Node brings, where it isn't given. */
  readonly ca?: Pem | undefined;
  readonly key?: Pem | undefined;
  /** The client's certificate, and those between it and the authority's. */
  readonly certificate?: Pem | undefined;
  /** The name in the server's certificate, where it isn't that of the address. */
  readonly serverName?: string | undefined;
}

/** How servers are called. */
export interface Settings {
  /** What a client needs to speak TLS, or credentials of your own; plaintext, where it isn't given. */
  readonly tls?: TLS | grpc.ChannelCredentials | undefined;
  /** What names the caller in each call, such as a token; only with TLS. */
  readonly credentials?: grpc.CallCredentials | undefined;
  /** Headers of every call. */
  readonly metadata?: Headers | undefined;
  /** Milliseconds for a call, where it doesn't say another: 30000. Infinity for no limit. */
  readonly deadlineMs?: number | undefined;
  /** The largest message that is sent or taken; any, where it isn't given. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Milliseconds between pings while a call waits: 330000. Servers end connections that ping more often than every
   * 300 s. Infinity for none.
   */
  readonly keepaliveMs?: number | undefined;
  /** How often a call is tried, all in all, while a server is unavailable: 3; after 0.1 s, up to 1 s. At most 5. */
  readonly attempts?: number | undefined;
  readonly interceptors?: readonly grpc.Interceptor[] | undefined;
  /** Further options of gRPC's channels; they win over those above. */
  readonly options?: grpc.ChannelOptions | undefined;
  /** A channel of your own; it stays yours to close, and its settings for TLS, keepalive and attempts hold. */
  readonly channel?: grpc.Channel | undefined;
  /** false: send values without a look at the model's signature. */
  readonly check?: boolean | undefined;
}

// Calls that do the same when they are made twice.
const retried = [
  { service: "tensorflow.serving.PredictionService" },
  { service: "tensorflow.serving.ModelService", method: "GetModelStatus" },
];
// gRPC keeps what it may have to send again, up to a limit, which is 1 MB by itself.
const retryBuffer = 2 ** 31 - 1;
const pingTimeoutMs = 20_000;

// Node looks for a module whenever it is required, which is 30 µs of each call.
let loaded: typeof grpc | undefined;

/** gRPC's own library, which the package doesn't require: who uses the stubs alone may call by another. */
export function library(): typeof grpc {
  try {
    return loaded ??= require("@grpc/grpc-js") as typeof grpc;
  } catch (error) {
    throw new ClientError("calls need gRPC's own library: npm install @grpc/grpc-js", { cause: error });
  }
}

/** Addresses one by one: "host:port", or anything else that gRPC takes, or several between commas. */
export function splitAddresses(addresses: string | readonly string[]): string[] {
  const found = [addresses].flat().flatMap((address) => {
    // These are one address for gRPC, however many hosts they name.
    return /^ipv[46]:/.test(address) ? [address] : address.split(",").map((part) => part.trim());
  });
  if (found.length === 0 || found.includes("")) throw new InputError("setting", "an address is needed: host:port");
  return found;
}

/** What calls go through, for each address. Nothing is sent yet. */
export function openClients(addresses: readonly string[], settings: Settings): grpc.Client[] {
  const { Client } = library();
  const interceptors = [...settings.interceptors ?? []];
  if (settings.channel) {
    const options = { channelOverride: settings.channel, interceptors };
    return [new Client(settings.channel.getTarget(), library().credentials.createInsecure(), options)];
  }
  const credentials = channelCredentials(settings);
  const options = channelOptions(settings);
  return addresses.map((address) => new Client(address, credentials, { ...options, interceptors }));
}

/** The options that a channel is made with. */
export function channelOptions(settings: Settings): grpc.ChannelOptions {
  const { attempts = 3, keepaliveMs = 330_000, maxMessageBytes = -1 } = settings;
  const retryPolicy = {
    maxAttempts: attempts,
    initialBackoff: "0.1s",
    maxBackoff: "1s",
    backoffMultiplier: 2,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  const serviceConfig = {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: attempts > 1 ? [{ name: retried, retryPolicy }] : [],
  };
  const name = settings.tls && "serverName" in settings.tls ? settings.tls.serverName : undefined;
  return {
    "grpc.service_config": JSON.stringify(serviceConfig),
    "grpc.enable_retries": Number(attempts > 1),
    "grpc.retry_buffer_size": retryBuffer,
    "grpc.per_rpc_retry_buffer_size": retryBuffer,
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    ...(Number.isFinite(keepaliveMs) && {
      "grpc.keepalive_time_ms": keepaliveMs,
      "grpc.keepalive_timeout_ms": pingTimeoutMs,
    }),
    ...(name !== undefined && { "grpc.ssl_target_name_override": name, "grpc.default_authority": name }),
    ...settings.options,
  };
}

/** Headers as gRPC takes them. */
export function metadataOf(...headers: (Headers | undefined)[]): grpc.Metadata {
  const { Metadata } = library();
  const made = new Metadata();
  for (const each of headers) {
    if (each instanceof Metadata) made.merge(each);
    else for (const [name, value] of Object.entries(each ?? {})) made.add(name, value as string | Buffer);
  }
  return made;
}

/** The error of credentials that would be sent in plaintext. */
export function plaintext(): InputError {
  return new InputError("setting", "call credentials need TLS: anybody could read them");
}

function channelCredentials(settings: Settings): grpc.ChannelCredentials {
  const { credentials } = library();
  const { tls } = settings;
  if (!tls) {
    if (settings.credentials) throw plaintext();
    return credentials.createInsecure();
  }
  const made = isCredentials(tls) ? tls : credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.certificate));
  return settings.credentials ? credentials.combineChannelCredentials(made, settings.credentials) : made;
}

function isCredentials(tls: TLS | grpc.ChannelCredentials): tls is grpc.ChannelCredentials {
  return "compose" in tls;
}

function pem(given: Pem | undefined): Buffer | null {
  if (given === undefined) return null;
  return typeof given === "string" ? readFileSync(given) : Buffer.from(given);
}
