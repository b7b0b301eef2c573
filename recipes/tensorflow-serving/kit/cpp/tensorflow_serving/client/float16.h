// Floats of 16 bits, which C++17 has no types for.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace tensorflow::serving::client {

// The bits of a half.
struct Float16 {
  uint16_t bits = 0;

  Float16() = default;
  // The nearest one; a tie goes to the even one.
  explicit Float16(double number) {
    const uint16_t sign = std::signbit(number) ? 0x8000 : 0;
    number = std::fabs(number);
    if (std::isnan(number)) {
      bits = sign | 0x7e00;
    } else if (number < 0x1p-14) {
      bits = static_cast<uint16_t>(sign | static_cast<int>(std::nearbyint(number * 0x1p24)));
    } else if (number >= 65520) {
      bits = sign | 0x7c00;
    } else {
      int exponent = 0;
      const double fraction = std::frexp(number, &exponent);
      const int mantissa = static_cast<int>(std::nearbyint(fraction * 2048)) - 1024;
      bits = static_cast<uint16_t>(sign + ((exponent + 14) << 10) + mantissa);
    }
  }

  static Float16 FromBits(uint16_t bits) {
    Float16 made;
    made.bits = bits;
    return made;
  }

  // The same number.
  explicit operator float() const {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double number = std::ldexp(mantissa + 1024, exponent - 25);
    if (exponent == 31) {
      number = mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    } else if (exponent == 0) {
      number = std::ldexp(mantissa, -24);
    }
    return static_cast<float>(std::copysign(number, (bits & 0x8000) != 0 ? -1 : 1));
  }
};

// The bits of a bfloat16.
struct BFloat16 {
  uint16_t bits = 0;

  BFloat16() = default;
  // The nearest one; a tie goes to the even one.
  explicit BFloat16(float number) {
    uint32_t whole = 0;
    std::memcpy(&whole, &number, sizeof whole);
    const uint32_t rounded = std::isnan(number) ? (whole >> 16 | 0x40) : (whole + 0x7fff + (whole >> 16 & 1)) >> 16;
    bits = static_cast<uint16_t>(rounded);
  }

  static BFloat16 FromBits(uint16_t bits) {
    BFloat16 made;
    made.bits = bits;
    return made;
  }

  // The same number.
  explicit operator float() const {
    const uint32_t whole = static_cast<uint32_t>(bits) << 16;
    float number = 0;
    std::memcpy(&number, &whole, sizeof number);
    return number;
  }
};

}  // namespace
