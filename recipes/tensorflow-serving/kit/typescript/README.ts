import { Client } from "@package{}/client";

const client = new Client("localhost:8500");
await client.waitReady("half_plus_two", { timeoutMs: 60_000 });
const result = await client.predict("half_plus_two", { x: [1, 2, 5] });
console.log(result.numbers("y"), `by version ${result.version}`);
client.close();
