// Files of records, as TensorFlow writes them: TFRecord.

import { ReplyError } from "./errors.js";
import { concatenated } from "./tensors.js";

const head = 12;
const foot = 4;

/** A file of records: of each its length, the checksum of that, the record, and its checksum. */
export function frameRecords(records: readonly Uint8Array[]): Uint8Array {
  return concatenated(records.flatMap((record) => {
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(record.length), true);
    return [length, checksumBytes(length), record, checksumBytes(record)];
  }));
}

/** The records of a file. Throws ReplyError where it is damaged, or something else. */
export function readRecords(content: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  let position = 0;
  while (position < content.length) {
    const whole = position + head <= content.length;
    if (!whole || maskedChecksum(content.subarray(position, position + 8)) !== view.getUint32(position + 8, true)) {
      const said = records.length > 0 ? `is damaged at record ${records.length}` : "isn't a TFRecord file";
      throw new ReplyError(`the file ${said}: the length at byte ${position} has another checksum`);
    }
    const start = position + head;
    const stop = start + Number(view.getBigUint64(position, true));
    const record = content.subarray(start, stop);
    if (stop + foot > content.length || maskedChecksum(record) !== view.getUint32(stop, true)) {
      throw new ReplyError(`the file is damaged at record ${records.length}: cut off, or another checksum`);
    }
    records.push(record);
    position = stop + foot;
  }
  return records;
}

// The remainder of every byte by the Castagnoli polynomial, lowest bit first.
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0);
  return rest;
});

/** A checksum of bytes that hold checksums is weak, so the format turns it and adds a constant. */
function maskedChecksum(content: Uint8Array): number {
  let checksum = 0xffffffff;
  for (const byte of content) checksum = (checksum >>> 8) ^ (table[(checksum ^ byte) & 0xff] as number);
  checksum = ~checksum;
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

function checksumBytes(content: Uint8Array): Uint8Array {
  const made = new Uint8Array(4);
  new DataView(made.buffer).setUint32(0, maskedChecksum(content), true);
  return made;
}
