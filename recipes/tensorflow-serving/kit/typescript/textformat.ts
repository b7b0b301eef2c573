// Messages in text format, which the runtime of TypeScript's messages doesn't know.

import { ScalarType, toBinary, type DescEnum, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";

/** The message of a name, for what is inside an Any. */
export type Messages = (typeName: string) => DescMessage | undefined;

const mostDepth = 100;
const blank = /(?:\s+|#[^\n]*)+/y;
const token = new RegExp([
  "[A-Za-z_]\\w*",
  "0[xX][0-9a-fA-F]+|(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?[fF]?",
  '"(?:[^"\\\\\\n]|\\\\.)*"|\'(?:[^\'\\\\\\n]|\\\\.)*\'',
  "[{}<>\\[\\]:;,/.-]",
].join("|"), "y");
const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const utf8 = new TextEncoder();

/** Read a message. Throws SyntaxError, which begins with the line. */
export function parseText(desc: DescMessage, text: string, messages: Messages): ReflectMessage {
  const reader = new Reader(text);
  const message = reflect(desc);
  parseFields(reader, message, "", messages, 0);
  return message;
}

/** Write a message, its fields in the order of their numbers. */
export function printText(message: ReflectMessage, indent: string = ""): string {
  return [...message.sortedFields].filter((field) => message.isSet(field)).map((field) => {
    return printField(message, field, indent);
  }).join("");
}

class Reader {
  /** The next token; empty at the end. */
  next: string = "";
  private place = 0;
  private start = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.take();
  }

  take(): string {
    const taken = this.next;
    blank.lastIndex = this.place;
    if (blank.test(this.text)) this.place = blank.lastIndex;
    this.start = this.place;
    token.lastIndex = this.place;
    this.next = token.exec(this.text)?.[0] ?? "";
    if (!this.next && this.place < this.text.length) throw this.error(`what is ${this.text[this.place]}?`);
    this.place += this.next.length;
    return taken;
  }

  takes(wanted: string): boolean {
    if (this.next !== wanted) return false;
    this.take();
    return true;
  }

  must(wanted: string): void {
    if (!this.takes(wanted)) throw this.error(`${wanted} is expected, not ${this.next || "the end"}`);
  }

  error(message: string): SyntaxError {
    return new SyntaxError(`${this.text.slice(0, this.start).split("\n").length}: ${message}`);
  }
}

function parseFields(
  reader: Reader, message: ReflectMessage, end: string, messages: Messages, depth: number,
): void {
  if (depth > mostDepth) throw reader.error("too many messages in messages");
  while (reader.next !== end) {
    if (reader.takes("[")) parseAny(reader, message, messages, depth);
    else parseField(reader, message, messages, depth);
    if (!reader.takes(",")) reader.takes(";");
  }
  reader.take();
}

function parseField(reader: Reader, message: ReflectMessage, messages: Messages, depth: number): void {
  const field = message.fields.find((each) => each.name === reader.next);
  if (!field) throw reader.error(`${message.desc.typeName} has no field ${reader.next || "at the end"}`);
  const single = field.fieldKind !== "list" && field.fieldKind !== "map";
  if (single && message.isSet(field)) throw reader.error(`${field.name} is there twice`);
  reader.take();
  const colon = reader.takes(":");
  const inside = field.message !== undefined || field.fieldKind === "map";
  if (!colon && !inside) throw reader.error(`: is expected after ${field.name}`);
  if (single || !reader.takes("[")) {
    parseValue(reader, message, field, messages, depth);
    return;
  }
  while (!reader.takes("]")) {
    parseValue(reader, message, field, messages, depth);
    if (reader.next !== "]") reader.must(",");
  }
}

function parseValue(
  reader: Reader, message: ReflectMessage, field: DescField, messages: Messages, depth: number,
): void {
  switch (field.fieldKind) {
    case "map": {
      const [key, value] = parseEntry(reader, field, messages, depth);
      message.get(field).set(key as string, value);
      return;
    }
    case "list":
      message.get(field).add(parseElement(reader, field, messages, depth));
      return;
    default:
      message.set(field, parseElement(reader, field, messages, depth));
  }
}

type Typed = { readonly message?: DescMessage | undefined; readonly enum?: DescEnum | undefined } & {
  readonly scalar?: ScalarType | undefined;
};

function parseElement(reader: Reader, of: Typed, messages: Messages, depth: number): unknown {
  if (of.message) {
    const made = reflect(of.message);
    parseFields(reader, made, opened(reader), messages, depth + 1);
    return made;
  }
  if (of.enum) {
    const found = of.enum.values.find((each) => each.name === reader.next || String(each.number) === reader.next);
    if (!found) throw reader.error(`${of.enum.typeName} has no ${reader.next}`);
    reader.take();
    return found.number;
  }
  return parseScalar(reader, of.scalar as ScalarType);
}

function parseEntry(
  reader: Reader, field: DescField & { fieldKind: "map" }, messages: Messages, depth: number,
): [unknown, unknown] {
  const end = opened(reader);
  let key: unknown = field.mapKey === ScalarType.STRING ? "" : 0;
  let value: unknown = field.message ? reflect(field.message) : field.scalar === ScalarType.STRING ? "" : 0;
  while (!reader.takes(end)) {
    const name = reader.take();
    reader.takes(":");
    if (name === "key") key = parseScalar(reader, field.mapKey);
    else if (name === "value") value = parseElement(reader, field, messages, depth);
    else throw reader.error(`an entry has key and value, not ${name}`);
    if (!reader.takes(",")) reader.takes(";");
  }
  return [key, value];
}

function opened(reader: Reader): string {
  if (reader.takes("<")) return ">";
  reader.must("{");
  return "}";
}

/** `[type.googleapis.com/NAME] { … }`, in an Any. */
function parseAny(reader: Reader, message: ReflectMessage, messages: Messages, depth: number): void {
  let url = "";
  while (!reader.takes("]")) url += reader.take() || "]";
  const desc = messages(url.slice(url.lastIndexOf("/") + 1));
  const [type, value] = ["type_url", "value"].map((name) => message.fields.find((each) => each.name === name));
  if (!desc || !type || !value) throw reader.error(`there is no message ${url}`);
  reader.takes(":");
  const made = reflect(desc);
  parseFields(reader, made, opened(reader), messages, depth + 1);
  message.set(type, url);
  message.set(value, toBinary(desc, made.message));
}

function parseScalar(reader: Reader, type: ScalarType): unknown {
  const before = reader.error("");
  const wrong = (): SyntaxError => new SyntaxError(`${before.message}no ${ScalarType[type]?.toLowerCase()}`);
  if (type === ScalarType.STRING || type === ScalarType.BYTES) {
    if (!/^["']/.test(reader.next)) throw wrong();
    const bytes: number[] = [];
    while (/^["']/.test(reader.next)) bytes.push(...unescaped(reader.take().slice(1, -1)));
    const made = Uint8Array.from(bytes);
    return type === ScalarType.BYTES ? made : new TextDecoder().decode(made);
  }
  if (type === ScalarType.BOOL) {
    const found = ({ true: true, True: true, t: true, 1: true, false: false, False: false, f: false, 0: false } as
      Record<string, boolean>)[reader.next];
    if (found === undefined) throw wrong();
    reader.take();
    return found;
  }
  const sign = reader.takes("-") ? "-" : "";
  const text = reader.take();
  if (type === ScalarType.FLOAT || type === ScalarType.DOUBLE) {
    const word = /^(?:inf|infinity)f?$/i.test(text) ? Infinity : /^nan$/i.test(text) ? NaN : Number(text.replace(/f$/i, ""));
    if (text === "" || (Number.isNaN(word) && !/^nan$/i.test(text))) throw wrong();
    return sign ? -word : word;
  }
  if (!/^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(text)) throw wrong();
  const whole = BigInt(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text) * (sign ? -1n : 1n);
  const wide = [ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64];
  return wide.includes(type) ? whole : Number(whole);
}

function unescaped(text: string): Uint8Array {
  const bytes: number[] = [];
  const part = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]+/gs;
  for (const [plain, octal, hex, short, long, letter] of text.matchAll(part)) {
    if (octal) bytes.push(parseInt(octal, 8) & 255);
    else if (hex) bytes.push(parseInt(hex, 16));
    else if (short ?? long) bytes.push(...utf8.encode(String.fromCodePoint(parseInt((short ?? long) as string, 16))));
    else if (letter) bytes.push(...(escapes[letter] ? [escapes[letter]] : utf8.encode(letter)) as Iterable<number>);
    else bytes.push(...utf8.encode(plain));
  }
  return Uint8Array.from(bytes);
}

function printField(message: ReflectMessage, field: DescField, indent: string): string {
  const one = (value: unknown): string => printElement(field.name, field, value, indent);
  switch (field.fieldKind) {
    case "list":
      return [...message.get(field)].map(one).join("");
    case "map":
      return [...message.get(field)].map(([key, value]) => {
        const inner = `${indent}  `;
        const entry = printElement("key", { scalar: field.mapKey }, key, inner) + printElement("value", field, value, inner);
        return `${indent}${field.name} {\n${entry}${indent}}\n`;
      }).join("");
    default:
      return one(message.get(field));
  }
}

function printElement(name: string, of: Typed, value: unknown, indent: string): string {
  if (of.message) {
    return `${indent}${name} {\n${printText(value as ReflectMessage, `${indent}  `)}${indent}}\n`;
  }
  if (of.enum) return `${indent}${name}: ${of.enum.value[value as number]?.name ?? value}\n`;
  if (typeof value === "string" || value instanceof Uint8Array) return `${indent}${name}: "${escaped(value)}"\n`;
  const words: Record<string, string> = { Infinity: "inf", "-Infinity": "-inf", NaN: "nan" };
  return `${indent}${name}: ${words[String(value)] ?? String(value)}\n`;
}

function escaped(value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : String.fromCharCode(...value);
  const from = typeof value === "string" ? /[\x00-\x1f\x7f"\\]/g : /[^\x20-\x7e]|["\\]/g;
  return text.replace(from, (letter) => {
    if (letter === "\n") return "\\n";
    return /["\\]/.test(letter) ? `\\${letter}` : `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`;
  });
}
