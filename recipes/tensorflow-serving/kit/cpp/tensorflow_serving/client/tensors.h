// Values to tensors and back, in both forms that tensors have on the wire.
#pragma once

#include "value.h"

namespace tensorflow::serving::client {

// Makes a tensor of a value.
//
// type: DT_INVALID for that of the value. shape: that of the value, where none is given. Throws InputError. Elements
// become another type only where Value says so, or where floats are rounded to half and bfloat16; those of types that
// C++ hasn't are their bits.
TensorProto MakeTensor(Value value, DataType type = DT_INVALID, const std::optional<Shape>& shape = std::nullopt);

// MakeTensor with elements as a list, not as bytes: for servers on big-endian machines.
TensorProto MakeListedTensor(Value value, DataType type = DT_INVALID,
                             const std::optional<Shape>& shape = std::nullopt);

// Makes a tensor of zeros, of false, or of empty strings. Throws InputError.
TensorProto Zeros(DataType type, const Shape& shape);

// Reads the elements of a tensor in either of its forms, in row-major order, as what its type is in C++; halves and
// bfloat16 as float, too, and those of types that C++ hasn't as the integers of their bits. Throws InputError where
// shape and elements don't match.
template <class T>
std::vector<T> Values(const TensorProto& tensor);

// The elements of a tensor, as what its type is in C++.
using Elements =
    std::variant<std::vector<bool>, std::vector<int8_t>, std::vector<uint8_t>, std::vector<int16_t>,
                 std::vector<uint16_t>, std::vector<int32_t>, std::vector<uint32_t>,
                 std::vector<int64_t>, std::vector<uint64_t>, std::vector<Float16>, std::vector<BFloat16>,
                 std::vector<float>, std::vector<double>, std::vector<std::complex<float>>,
                 std::vector<std::complex<double>>, std::vector<std::string>>;
Elements AnyValues(const TensorProto& tensor);

// The shape of a tensor. Throws InputError where it isn't known.
Shape ShapeOf(const TensorProto& tensor);

// A type as TensorFlow writes it, "DT_FLOAT".
std::string TypeName(int type);

// A type by its name, as TensorFlow writes it or as it is commonly called: "DT_FLOAT", "float32". Throws InputError
// where no tensor of this release can be made of it.
DataType ParseType(const std::string& name);

namespace internal {

// How the elements of a type are laid out.
struct Form {
  // Of TensorProto, where a tensor isn't sent as its bytes.
  enum class Field {
    kBool, kInt, kUint32, kInt64, kUint64, kHalf, kFloat, kDouble, kComplex64, kComplex128, kFloat8
  };
  Field field;
  // Of a number there: 'b'ool, 'i'nt, 'u'nsigned, 'f'loat.
  char kind;
  // Bytes of a number.
  size_t size;
  // Numbers that an element has: a complex one has two.
  size_t parts;
  // Bits that count, of an integer.
  int bits;
};

// Does something with a value of what a type is in C++; false where it is nothing there.
template <class Does>
bool Dispatch(DataType type, const Does& does) {
  switch (type) {
    case DT_BOOL: return does(bool()), true;
    case DT_INT8: return does(int8_t()), true;
    case DT_UINT8: return does(uint8_t()), true;
    case DT_INT16: return does(int16_t()), true;
    case DT_UINT16: return does(uint16_t()), true;
    case DT_INT32: return does(int32_t()), true;
    case DT_UINT32: return does(uint32_t()), true;
    case DT_INT64: return does(int64_t()), true;
    case DT_UINT64: return does(uint64_t()), true;
    case DT_HALF: return does(Float16()), true;
    case DT_BFLOAT16: return does(BFloat16()), true;
    case DT_FLOAT: return does(float()), true;
    case DT_DOUBLE: return does(double()), true;
    case DT_COMPLEX64: return does(std::complex<float>()), true;
    case DT_COMPLEX128: return does(std::complex<double>()), true;
    case DT_STRING: return does(std::string()), true;
    default: return false;
  }
}

// Bytes as numbers.
template <class T>
std::vector<T> NumbersOf(std::string_view content) {
  if constexpr (std::is_same_v<T, bool>) {
    return std::vector<bool>(content.begin(), content.end());
  } else {
    std::vector<T> made(content.size() / sizeof(T));
    ReadNumbers(content, made.data(), kNumberSize<T>);
    return made;
  }
}

// Null for types that hold no numbers.
const Form* FormOf(DataType type);
// Converts the elements of a value to a type; to that of its own, for DT_INVALID.
Array Converted(Array array, DataType type);
// A tensor without elements.
TensorProto Shaped(DataType type, const Shape& shape);
int64_t Count(const Shape& shape);
// The elements of a tensor of numbers as bytes, from either form; where they have to be made, held has them.
std::string_view ContentOf(const TensorProto& tensor, std::string* held);
// The same, for somebody who reads them as another type.
std::string_view ContentAs(const TensorProto& tensor, DataType type, std::string* held);
std::vector<std::string> TextsOf(const TensorProto& tensor);

}  // namespace internal

template <class T>
std::vector<T> Values(const TensorProto& tensor) {
  static_assert(internal::kIsNumber<T> || std::is_same_v<T, std::string>, "no tensor holds this type");
  if constexpr (std::is_same_v<T, std::string>) {
    return internal::TextsOf(tensor);
  } else {
    std::string held;
    const std::string_view content = internal::ContentAs(tensor, internal::TypeFor<T>(), &held);
    return internal::NumbersOf<T>(content);
  }
}

}  // namespace
