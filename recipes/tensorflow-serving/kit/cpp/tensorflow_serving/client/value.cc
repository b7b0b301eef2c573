#include "value.h"

#include <algorithm>

#include "tensors.h"

namespace tensorflow::serving::client {
namespace internal {
namespace {

bool IsLittleEndian() {
  const uint16_t one = 1;
  unsigned char first = 0;
  std::memcpy(&first, &one, 1);
  return first == 1;
}

void Turn(char* numbers, size_t bytes, size_t size) {
  if (size == 1 || IsLittleEndian()) return;
  for (size_t start = 0; start < bytes; start += size) std::reverse(numbers + start, numbers + start + size);
}

// The elements of an array one by one.
void Loosened(const Array& array, std::vector<Scalar>* into) {
  into->insert(into->end(), array.loose.begin(), array.loose.end());
  into->insert(into->end(), array.texts.begin(), array.texts.end());
  Dispatch(array.type, [&](const auto& of) {
    using T = std::decay_t<decltype(of)>;
    if constexpr (!kIsText<T>) {
      for (const T& each : NumbersOf<T>(array.content)) into->emplace_back(ToNumber(each));
    }
  });
}

}  // namespace

void AppendNumbers(std::string* content, const void* numbers, size_t bytes, size_t size) {
  const size_t start = content->size();
  content->append(static_cast<const char*>(numbers), bytes);
  Turn(&(*content)[0] + start, bytes, size);
}

void ReadNumbers(std::string_view content, void* numbers, size_t size) {
  if (content.empty()) return;
  std::memcpy(numbers, content.data(), content.size());
  Turn(static_cast<char*>(numbers), content.size(), size);
}

void RefuseRagged(const std::string& place, size_t number, const Shape& first, const Shape& other) {
  Refuse(InputError::Kind::kRagged, "rows differ: ", place, "[0] has the shape ", ShapeText(first), ", ", place, "[",
         number, "] ", ShapeText(other));
}

std::string ShapeText(const Shape& shape) {
  std::string text;
  for (const int64_t size : shape) {
    text += (text.empty() ? "" : ", ") + (size < 0 ? std::string("?") : std::to_string(size));
  }
  return "[" + text + "]";
}

}  // namespace internal

Value::Value(const std::vector<Value>& list) {
  array_.shape = {static_cast<int64_t>(list.size())};
  Shape first;
  for (size_t number = 0; number < list.size(); ++number) {
    const internal::Array& found = list[number].array_;
    if (list[number].is_tensor_) internal::Refuse(InputError::Kind::kType, "a tensor among values");
    if (number > 0 && found.shape != first) internal::RefuseRagged("", number, first, found.shape);
    first = found.shape;
    internal::Loosened(found, &array_.loose);
  }
  array_.shape.insert(array_.shape.end(), first.begin(), first.end());
}

}  // namespace
