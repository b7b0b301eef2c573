// What an input is given as: a number or a text, a list, lists in lists, or a tensor.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tensorflow/core/framework/tensor.pb.h"
#include "tensorflow/core/framework/types.pb.h"
#include "errors.h"
#include "float16.h"

namespace tensorflow::serving::client {

// The sizes of a tensor, none for a scalar.
using Shape = std::vector<int64_t>;

namespace internal {

template <class T>
constexpr bool kIsCharacter = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> ||
                              std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;
template <class T>
constexpr bool kIsComplex = std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;
// What a tensor of numbers has as elements. float8 and integers of fewer than 8 bits have a byte each.
template <class T>
constexpr bool kIsNumber = (std::is_integral_v<T> && !kIsCharacter<T>) || std::is_same_v<T, float> ||
                           std::is_same_v<T, double> || kIsComplex<T> || std::is_same_v<T, Float16> ||
                           std::is_same_v<T, BFloat16>;
template <class T>
constexpr bool kIsText = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view> ||
                         std::is_same_v<T, const char*>;
template <class T>
constexpr bool kIsElement = kIsNumber<T> || kIsText<T>;

// The type of tensors of a type of C++.
template <class T>
constexpr DataType TypeFor() {
  if constexpr (std::is_same_v<T, bool>) return DT_BOOL;
  if constexpr (std::is_same_v<T, float>) return DT_FLOAT;
  if constexpr (std::is_same_v<T, double>) return DT_DOUBLE;
  if constexpr (std::is_same_v<T, std::complex<float>>) return DT_COMPLEX64;
  if constexpr (std::is_same_v<T, std::complex<double>>) return DT_COMPLEX128;
  if constexpr (std::is_same_v<T, Float16>) return DT_HALF;
  if constexpr (std::is_same_v<T, BFloat16>) return DT_BFLOAT16;
  if constexpr (kIsText<T>) return DT_STRING;
  constexpr DataType kSigned[] = {DT_INT8, DT_INT16, DT_INT32, DT_INT64};
  constexpr DataType kUnsigned[] = {DT_UINT8, DT_UINT16, DT_UINT32, DT_UINT64};
  constexpr int kPlace = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  return std::is_signed_v<T> ? kSigned[kPlace] : kUnsigned[kPlace];
}

// Whether constants are of the type by themselves, so that they may become another.
template <class T>
constexpr bool kIsSoft =
    std::is_same_v<T, int> || std::is_same_v<T, double> || std::is_same_v<T, std::complex<double>>;

// The bytes of a number of an element: a complex one has two.
template <class T>
constexpr size_t kNumberSize = kIsComplex<T> ? sizeof(T) / 2 : sizeof(T);

template <class T>
struct RowsTraits : std::false_type {};
template <class T, class A>
struct RowsTraits<std::vector<T, A>> : std::true_type {
  using Item = T;
};
template <class T, size_t N>
struct RowsTraits<std::array<T, N>> : std::true_type {
  using Item = T;
};
template <class T>
struct RowsTraits<std::initializer_list<T>> : std::true_type {
  using Item = T;
};

// The element at the bottom of lists in lists.
template <class T, bool = RowsTraits<T>::value>
struct Bottom {
  using Type = T;
};
template <class T>
struct Bottom<T, true> : Bottom<typename RowsTraits<T>::Item> {};

template <class T>
constexpr bool kIsRows = RowsTraits<T>::value && kIsElement<typename Bottom<T>::Type>;

// A number whose type isn't that of a tensor yet.
struct Number {
  enum class Kind { kBool, kInt, kFloat, kComplex };
  Kind kind = Kind::kInt;
  // Of a bool too.
  int64_t whole = 0;
  // Instead, where an int is beyond those.
  uint64_t large = 0;
  double real = 0;
  double imaginary = 0;
};

template <class T>
Number ToNumber(T value) {
  Number made;
  if constexpr (std::is_same_v<T, bool>) {
    made.kind = Number::Kind::kBool;
    made.whole = value;
  } else if constexpr (std::is_integral_v<T>) {
    made.whole = static_cast<int64_t>(value);
    if (value > 0 && made.whole < 0) made.large = static_cast<uint64_t>(value);
  } else if constexpr (kIsComplex<T>) {
    made.kind = Number::Kind::kComplex;
    made.real = value.real();
    made.imaginary = value.imag();
  } else {
    made.kind = Number::Kind::kFloat;
    made.real = static_cast<double>(static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(value));
  }
  return made;
}

using Scalar = std::variant<Number, std::string>;

// The elements of a value, in row-major order.
struct Array {
  // DT_INVALID for loose ones.
  DataType type = DT_INVALID;
  // Whether other types may be made of it.
  bool soft = false;
  Shape shape;
  // Of numbers, as tensors have them.
  std::string content;
  std::vector<std::string> texts;
  // Elements of several types.
  std::vector<Scalar> loose;
};

// Appends numbers, each of some bytes, in the order of tensors.
void AppendNumbers(std::string* content, const void* numbers, size_t bytes, size_t size);
// The way back.
void ReadNumbers(std::string_view content, void* numbers, size_t size);
[[noreturn]] void RefuseRagged(const std::string& place, size_t number, const Shape& first, const Shape& other);
std::string ShapeText(const Shape& shape);

// Where in lists a list is.
struct Place {
  const Place* outer = nullptr;
  size_t number = 0;

  std::string ToString() const { return (outer ? outer->ToString() : "") + Text("[", number, "]"); }
};

template <class T>
void AppendOne(Array* into, const T& element) {
  if constexpr (kIsText<T>) {
    into->texts.emplace_back(element);
  } else {
    AppendNumbers(&into->content, &element, sizeof element, kNumberSize<T>);
  }
}

template <class T>
Array Of() {
  Array made;
  made.type = TypeFor<T>();
  made.soft = kIsSoft<T>;
  return made;
}

// Adds the elements of lists in lists; the shape of them.
template <class List>
Shape Gather(const List& list, const Place* place, Array* into) {
  using Item = typename RowsTraits<List>::Item;
  Shape shape{static_cast<int64_t>(list.size())};
  if constexpr (std::is_same_v<Item, bool>) {
    for (bool each : list) AppendOne(into, each);
  } else if constexpr (kIsText<Item>) {
    for (const auto& each : list) AppendOne(into, each);
  } else if constexpr (kIsNumber<Item>) {
    if (list.size() != 0) {
      AppendNumbers(&into->content, &*list.begin(), list.size() * sizeof(Item), kNumberSize<Item>);
    }
  } else {
    Shape first;
    size_t number = 0;
    for (const auto& each : list) {
      const Place inner{place, number};
      Shape found = Gather(each, &inner, into);
      if (number > 0 && found != first) RefuseRagged(place ? place->ToString() : "", number, first, found);
      first = std::move(found);
      ++number;
    }
    shape.insert(shape.end(), first.begin(), first.end());
  }
  return shape;
}

}  // namespace internal

// What an input, an output or a feature is given as.
//
// Elements have the type that their type of C++ has in tensors; but int, double and std::complex<double>, which
// constants are, become any type that can hold them, as do the elements of a vector of values, which may differ.
class Value {
 public:
  template <class T, std::enable_if_t<internal::kIsElement<T>, int> = 0>
  Value(const T& element) : array_(internal::Of<T>()) {
    internal::AppendOne(&array_, element);
  }
  Value(const char* text) : array_(internal::Of<std::string>()) { array_.texts.emplace_back(text); }

  // A list, or lists in lists, of std::vector or std::array.
  template <class List, std::enable_if_t<internal::kIsRows<List>, int> = 0>
  Value(const List& list) : array_(internal::Of<typename internal::Bottom<List>::Type>()) {
    array_.shape = internal::Gather(list, nullptr, &array_);
  }
  template <class T, std::enable_if_t<internal::kIsElement<T>, int> = 0>
  Value(std::initializer_list<T> list) : array_(internal::Of<T>()) {
    array_.shape = internal::Gather(list, nullptr, &array_);
  }
  template <class T, std::enable_if_t<internal::kIsElement<T>, int> = 0>
  Value(std::initializer_list<std::initializer_list<T>> rows) : array_(internal::Of<T>()) {
    array_.shape = internal::Gather(rows, nullptr, &array_);
  }

  // A list of values, each of which may be a list: what isn't known before the program runs.
  Value(const std::vector<Value>& list);

  // A tensor, as it is.
  Value(TensorProto tensor) : tensor_(std::move(tensor)), is_tensor_(true) {}

  // Elements in row-major order, of a shape.
  template <class T>
  static Value Of(const T* elements, Shape shape) {
    static_assert(internal::kIsNumber<T>, "no tensor holds this type");
    Value made(internal::Of<T>());
    size_t count = 1;
    for (const int64_t size : shape) count *= static_cast<size_t>(size < 0 ? 0 : size);
    internal::AppendNumbers(&made.array_.content, elements, count * sizeof(T), internal::kNumberSize<T>);
    made.array_.shape = std::move(shape);
    return made;
  }

  // For the kit's own use.
  bool is_tensor() const { return is_tensor_; }
  TensorProto& tensor() { return tensor_; }
  internal::Array& array() { return array_; }

 private:
  explicit Value(internal::Array array) : array_(std::move(array)) {}

  internal::Array array_;
  TensorProto tensor_;
  bool is_tensor_ = false;
};

// Values by name.
using Inputs = std::map<std::string, Value>;
using Tensors = std::map<std::string, TensorProto>;

}  // namespace
