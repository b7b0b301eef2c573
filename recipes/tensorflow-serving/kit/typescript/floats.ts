// Floats of 16 bits, which JavaScript hasn't.

const bits32 = new Uint32Array(1);
const float32 = new Float32Array(bits32.buffer);

/** The number whose bits as a half are these. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return exponent ? sign * (mantissa + 1024) * 2 ** (exponent - 25) : sign * mantissa * 2 ** -24;
}

/** The bits of the nearest half; a tie goes to the even one, and what is too large is infinite. */
export function toHalf(number: number): number {
  if (Number.isNaN(number)) return 0x7e00;
  const sign = number < 0 || Object.is(number, -0) ? 0x8000 : 0;
  const size = Math.abs(number);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  // A logarithm is rounded.
  if (2 ** exponent > size) exponent -= 1;
  if (2 ** (exponent + 1) <= size) exponent += 1;
  // A mantissa that is rounded up to the next power of two carries into the exponent.
  return sign | (((exponent + 15) << 10) + roundToEven(size * 2 ** (10 - exponent)) - 1024);
}

/** The number whose bits as a bfloat16 are these. */
export function fromBFloat16(bits: number): number {
  bits32[0] = bits << 16;
  return float32[0] as number;
}

/** The bits of the nearest bfloat16; a tie goes to the even one, and what is too large is infinite. */
export function toBFloat16(number: number): number {
  float32[0] = number;
  const bits = bits32[0] as number;
  if (Number.isNaN(number)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) / 0x10000) & 0xffff;
}

function roundToEven(number: number): number {
  const whole = Math.floor(number);
  const rest = number - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}
