package @package{};

/** Floating-point numbers of 16 bits, which Java hasn't: to bits and back. */
final class Halves {
  private Halves() {}

  /** The bits of the nearest half; a tie goes to the even one. */
  static short toHalf(double number) {
    int sign = Double.doubleToRawLongBits(number) < 0 ? 0x8000 : 0;
    double size = Math.abs(number);
    if (Double.isNaN(size)) {
      return (short) (sign | 0x7e00);
    }
    if (size < 0x1p-14) {
      return (short) (sign | (int) Math.rint(size * 0x1p24));
    }
    if (size >= 65520) {
      return (short) (sign | 0x7c00);
    }
    int exponent = Math.getExponent(size);
    int mantissa = (int) Math.rint(Math.scalb(size, 10 - exponent)) - 1024;
    // A mantissa that rounds up to the next power of two adds one to the exponent.
    return (short) (sign + ((exponent + 15) << 10) + mantissa);
  }

  static float fromHalf(short bits) {
    float sign = bits < 0 ? -1 : 1;
    int exponent = bits >> 10 & 31;
    int mantissa = bits & 1023;
    if (exponent == 31) {
      return mantissa != 0 ? Float.NaN : sign * Float.POSITIVE_INFINITY;
    }
    return sign * (exponent == 0 ? Math.scalb((float) mantissa, -24) : Math.scalb(mantissa + 1024f, exponent - 25));
  }

  /** The bits of the nearest bfloat16; a tie goes to the even one. */
  static short toBfloat16(float number) {
    int bits = Float.floatToRawIntBits(number);
    if (Float.isNaN(number)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
