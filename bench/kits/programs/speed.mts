// How fast the kit in TypeScript is, beside what there is without it: `speed.mjs ECHO ROWS PAIRS LARGEST`; see
// speed.py.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client as Channel, Metadata, credentials } from "@grpc/grpc-js";
import { DataType, PredictionService, type PredictResponse } from "tensorflow-serving-client";
import { Client, toTensor, valuesOf } from "tensorflow-serving-client/client";

const KB = 1 << 10, MB = 1 << 20;

type Sides = Record<string, () => unknown>;
type Found = Record<string, number[]>;

/** Seconds of so many calls of each side, one by one; the first half is for the compiler. */
async function inTurns(calls: number, sides: Sides): Promise<Found> {
  const found: Found = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let number = -calls; number < calls; number++) {
    for (const [name, side] of Object.entries(sides)) {
      const start = performance.now();
      const made = side();
      if (made instanceof Promise) await made;
      if (number >= 0) found[name]?.push((performance.now() - start) / 1000);
    }
  }
  return found;
}

function tell(title: string, sides: Found): void {
  console.log(JSON.stringify({ case: title, sides }));
}

function numbers(size: number): Float32Array {
  return Float32Array.from({ length: size / 4 }, Math.random);
}

async function tensors(pairs: number, largest: number): Promise<void> {
  for (const size of [1, largest]) {
    const values = numbers(size * MB);
    const tensor = toTensor(values);
    const calls = pairs * (size === 1 ? 100 : 3);
    const memcpy = (): unknown => values.slice();
    tell(`encode ${size} MB`, await inTurns(calls, { kit: () => toTensor(values), memcpy }));
    tell(`decode ${size} MB`, await inTurns(calls, { kit: () => valuesOf(tensor), memcpy }));
  }
}

/** What everybody writes without a kit. */
async function byStub(channel: Channel, values: Float32Array): Promise<Float32Array> {
  const { input, output } = PredictionService.method.predict;
  const request = create(input, {
    modelSpec: { name: "echo" },
    inputs: {
      x: {
        dtype: DataType.DT_FLOAT,
        tensorShape: { dim: [{ size: BigInt(values.length) }] },
        tensorContent: new Uint8Array(values.buffer),
      },
    },
  });
  const reply = await new Promise<PredictResponse>((resolve, reject) => {
    channel.makeUnaryRequest(
      "/tensorflow.serving.PredictionService/Predict",
      (message: typeof request) => Buffer.from(toBinary(input, message)),
      (bytes: Buffer) => fromBinary(output, new Uint8Array(bytes)),
      request, new Metadata(), { deadline: Date.now() + 30_000 },
      (error, reply) => (reply ? resolve(reply) : reject(error)),
    );
  });
  // Floats begin at a multiple of four, which the bytes in a message needn't.
  return new Float32Array(reply.outputs["x"]!.tensorContent.slice().buffer);
}

async function calls(address: string, pairs: number): Promise<void> {
  const client = new Client(address);
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const channel = new Channel(address, credentials.createInsecure(), unlimited);
  for (const [title, size, number] of [["1 KB", KB, 100], ["8 MB", 8 * MB, 3]] as const) {
    const values = numbers(size);
    const kit = async (): Promise<unknown> => (await client.predict("echo", { x: values })).values("x");
    const sides = { kit, stub: () => byStub(channel, values) };
    tell(`Predict of ${title}`, await inTurns(pairs * number, sides));
  }
  channel.close();
  client.close();
}

async function batches(address: string, pairs: number): Promise<void> {
  const client = new Client(address);
  const x = numbers(700 * 4);
  const found = await inTurns(pairs, {
    kit: () => client.predictBatches("rows", { x }, { rows: 175, parallel: 4 }),
    one: () => client.predict("rows", { x }),
  });
  const { kit = [], one = [] } = found;
  tell("700 rows in 4 parts", { kit, "a quarter of one": one.map((seconds) => seconds / 4) });
  client.close();
}

const [echo = "", rows = "", pairs, largest] = process.argv.slice(2);
await tensors(Number(pairs), Number(largest));
await calls(echo, Number(pairs));
await batches(rows, Number(pairs));
