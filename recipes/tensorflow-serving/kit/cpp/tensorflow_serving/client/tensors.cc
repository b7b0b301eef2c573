#include "tensors.h"

#include <google/protobuf/reflection.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace tensorflow::serving::client {
namespace internal {
namespace {

using Kind = InputError::Kind;
using Field = Form::Field;

// A message has no more bytes.
constexpr int64_t kMostBytes = std::numeric_limits<int32_t>::max();
// What an empty string takes in memory, if not more.
constexpr size_t kTextSize = 16;

bool StartsWith(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

bool EndsWith(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// The type of a list that can hold the elements of another type as they are.
DataType Stored(DataType type) {
  if (type == DT_BFLOAT16) return DT_UINT16;
  const Form* form = FormOf(type);
  if (form == nullptr) return type;
  const std::string name = TypeName(type);
  const bool narrow = form->bits != 0 && form->bits < 8;
  if (!narrow && !StartsWith(name, "DT_Q") && !StartsWith(name, "DT_FLOAT8")) return type;
  const bool is_unsigned = form->kind == 'u';
  if (form->size == 1) return is_unsigned ? DT_UINT8 : DT_INT8;
  if (form->size == 2) return is_unsigned ? DT_UINT16 : DT_INT16;
  return DT_INT32;
}

// How many elements the shape has, each of some bytes.
size_t Sized(const Shape& shape, size_t size) {
  int64_t left = kMostBytes / static_cast<int64_t>(size);
  for (const int64_t each : shape) {
    if (each > 1) left /= each;
  }
  if (left == 0) Refuse(Kind::kShape, "the shape ", ShapeText(shape), " is too large for a message");
  return static_cast<size_t>(Count(shape));
}

bool SameCount(const Shape& wanted, const Shape& own) {
  for (const int64_t size : wanted) {
    if (size < 0) return false;
  }
  Sized(wanted, 1);
  return Count(wanted) == Count(own);
}

// ---- values to elements

const char* KindOf(const Scalar& element) {
  const Number* number = std::get_if<Number>(&element);
  if (number == nullptr) return "string";
  switch (number->kind) {
    case Number::Kind::kBool: return "bool";
    case Number::Kind::kInt: return "int";
    case Number::Kind::kFloat: return "float";
    default: return "complex";
  }
}

// The type that loose elements have by themselves.
DataType Inferred(const std::vector<Scalar>& elements) {
  std::set<std::string> kinds;
  for (const Scalar& element : elements) kinds.insert(KindOf(element));
  if (kinds.empty()) Refuse(Kind::kType, "values without an element have no type: name it");
  if (kinds.size() > 1 && (kinds.count("bool") != 0 || kinds.count("string") != 0)) {
    std::string text;
    for (const std::string& kind : kinds) text += (text.empty() ? "" : ", ") + kind;
    Refuse(Kind::kType, "elements of different types: ", text);
  }
  if (kinds.count("bool") != 0) return DT_BOOL;
  if (kinds.count("string") != 0) return DT_STRING;
  if (kinds.count("complex") != 0) return DT_COMPLEX128;
  return kinds.count("float") != 0 ? DT_DOUBLE : DT_INT64;
}

[[noreturn]] void RefuseOverflow(DataType type) {
  Refuse(Kind::kOverflow, "a number is too large for ", TypeName(type));
}

bool IsTooLarge(double number, double made) { return std::isinf(made) && !std::isinf(number); }

double RealOf(const Number& number) {
  if (number.kind == Number::Kind::kFloat || number.kind == Number::Kind::kComplex) return number.real;
  return number.large != 0 ? static_cast<double>(number.large) : static_cast<double>(number.whole);
}

// Whether an integer type can hold a number.
bool Fits(const Number& number, const Form& form, int bits) {
  if (number.large != 0) return form.kind == 'u' && bits == 64;
  if (form.kind == 'u') {
    return number.whole >= 0 && (bits == 64 || static_cast<uint64_t>(number.whole) >> bits == 0);
  }
  const int64_t most = std::numeric_limits<int64_t>::max() >> (64 - bits);
  return -most - 1 <= number.whole && number.whole <= most;
}

std::string Bounds(const Form& form) {
  if (form.kind == 'u') return Text("0 to ", std::numeric_limits<uint64_t>::max() >> (64 - form.bits));
  const int64_t most = std::numeric_limits<int64_t>::max() >> (64 - form.bits);
  return Text(-most - 1, " to ", most);
}

// The lowest bytes of a number.
void AppendWhole(uint64_t bits, size_t size, std::string* content) {
  for (size_t byte = 0; byte < size; ++byte) content->push_back(static_cast<char>(bits >> (8 * byte) & 0xff));
}

// The bits of a float that has been checked already.
void AppendFloat(double number, size_t size, DataType type, std::string* content) {
  if (size == sizeof(double)) return AppendNumbers(content, &number, sizeof number, sizeof number);
  const float narrow = static_cast<float>(number);
  if (IsTooLarge(number, narrow)) RefuseOverflow(type);
  AppendNumbers(content, &narrow, sizeof narrow, sizeof narrow);
}

// Adds a number in the form of a type.
void AppendNumber(const Number& number, DataType type, const Form& form, std::string* content) {
  if (form.kind == 'b') {
    content->push_back(number.whole != 0 ? 1 : 0);
  } else if (type == DT_HALF || type == DT_BFLOAT16) {
    const double real = RealOf(number);
    const Float16 half(type == DT_HALF ? real : 0);
    const BFloat16 brief(type == DT_HALF ? 0 : static_cast<float>(real));
    if (IsTooLarge(real, static_cast<float>(half)) || IsTooLarge(real, static_cast<float>(brief))) {
      RefuseOverflow(type);
    }
    AppendWhole(type == DT_HALF ? half.bits : brief.bits, 2, content);
  } else if (form.kind == 'f') {
    AppendFloat(RealOf(number), form.size, type, content);
    if (form.parts == 2) AppendFloat(number.imaginary, form.size, type, content);
  } else {
    if (!Fits(number, form, form.bits)) {
      const std::string text = number.large != 0 ? std::to_string(number.large) : std::to_string(number.whole);
      Refuse(Kind::kOverflow, text, " is no ", TypeName(type), ": ", Bounds(form));
    }
    AppendWhole(number.large != 0 ? number.large : static_cast<uint64_t>(number.whole), form.size, content);
  }
}

// Which numbers a type is made of.
bool Takes(DataType type, const Form& form, Number::Kind kind) {
  switch (kind) {
    case Number::Kind::kBool: return form.kind == 'b';
    case Number::Kind::kInt: return form.kind != 'b';
    case Number::Kind::kFloat: return form.kind == 'f' || type == DT_HALF || type == DT_BFLOAT16;
    default: return form.parts == 2;
  }
}

[[noreturn]] void RefuseKind(const Scalar& element, DataType type) {
  const Form* form = FormOf(type);
  std::string takes = "string";
  if (form != nullptr) {
    takes = form->kind == 'b' ? "bool" : "int";
    if (Takes(type, *form, Number::Kind::kFloat)) takes += " or float";
    if (form->parts == 2) takes += " or complex";
  }
  Refuse(Kind::kType, KindOf(element), " where ", TypeName(type), " takes ", takes);
}

// Makes loose elements those of a type.
Array Encoded(Array array, DataType type) {
  const std::vector<Scalar> elements = std::move(array.loose);
  const Form* form = FormOf(type);
  array.loose.clear();
  array.type = type;
  if (form != nullptr) array.content.reserve(elements.size() * form->size * form->parts);
  for (const Scalar& element : elements) {
    const Number* number = std::get_if<Number>(&element);
    if ((number == nullptr) != (form == nullptr)) RefuseKind(element, type);
    if (number == nullptr) {
      array.texts.push_back(std::get<std::string>(element));
    } else {
      if (!Takes(type, *form, number->kind)) RefuseKind(element, type);
      AppendNumber(*number, type, *form, &array.content);
    }
  }
  return array;
}

// Makes elements of a type of C++ those of another.
template <class T>
void Recast(DataType type, const Form& form, Array* array) {
  std::string content;
  content.reserve(array->content.size() / sizeof(T) * form.size * form.parts);
  for (const T& element : NumbersOf<T>(array->content)) {
    const Number number = ToNumber(element);
    if (!Takes(type, form, number.kind)) RefuseKind(number, type);
    AppendNumber(number, type, form, &content);
  }
  array->content = std::move(content);
  array->type = type;
}

// Doubles as floats, which is what constants are for most models.
Array Narrowed(Array array) {
  const std::vector<double> wide = NumbersOf<double>(array.content);
  const std::vector<float> narrow(wide.begin(), wide.end());
  for (size_t place = 0; place < wide.size(); ++place) {
    if (IsTooLarge(wide[place], narrow[place])) RefuseOverflow(DT_FLOAT);
  }
  array.content.clear();
  AppendNumbers(&array.content, narrow.data(), narrow.size() * sizeof(float), sizeof(float));
  array.type = DT_FLOAT;
  return array;
}

// ---- elements to values

const google::protobuf::FieldDescriptor* FieldOf(const TensorProto& tensor, const char* name) {
  return tensor.GetDescriptor()->FindFieldByName(name);
}

template <class List>
void AppendList(const List& list, std::string* content) {
  using Item = std::remove_cv_t<std::remove_reference_t<decltype(*list.data())>>;
  AppendNumbers(content, list.data(), static_cast<size_t>(list.size()) * sizeof(Item), sizeof(Item));
}

template <class Numbers>
void AppendInts(const Numbers& numbers, DataType type, const Form& form, std::string* content) {
  for (const int32_t number : numbers) {
    if (!Fits(ToNumber(number), form, static_cast<int>(8 * form.size))) {
      Refuse(Kind::kContent, "a number that is no ", TypeName(type));
    }
    AppendWhole(static_cast<uint64_t>(number), form.size, content);
  }
}

// A field that the oldest releases don't have, nor the type.
template <class T>
void AppendNewer(const TensorProto& tensor, const char* name, std::string* content) {
  for (const T number : tensor.GetReflection()->GetRepeatedFieldRef<T>(tensor, FieldOf(tensor, name))) {
    AppendNumbers(content, &number, sizeof number, sizeof number);
  }
}

// What the list of a tensor's type holds, as bytes. No elements at all stand for zeros, and a list that is too short
// goes on with its last element.
std::string Listed(const TensorProto& tensor, const Form& form, size_t total) {
  const size_t size = form.size * form.parts;
  std::string content;
  content.reserve(total * size);
  switch (form.field) {
    case Field::kBool: AppendList(tensor.bool_val(), &content); break;
    case Field::kInt64: AppendList(tensor.int64_val(), &content); break;
    case Field::kFloat: AppendList(tensor.float_val(), &content); break;
    case Field::kDouble: AppendList(tensor.double_val(), &content); break;
    case Field::kComplex64: AppendList(tensor.scomplex_val(), &content); break;
    case Field::kComplex128: AppendList(tensor.dcomplex_val(), &content); break;
    case Field::kInt: AppendInts(tensor.int_val(), tensor.dtype(), form, &content); break;
    case Field::kHalf: AppendInts(tensor.half_val(), tensor.dtype(), form, &content); break;
    case Field::kFloat8: content = tensor.GetReflection()->GetString(tensor, FieldOf(tensor, "float8_val")); break;
    case Field::kUint32: AppendNewer<uint32_t>(tensor, "uint32_val", &content); break;
    case Field::kUint64: AppendNewer<uint64_t>(tensor, "uint64_val", &content); break;
  }
  const size_t given = content.size();
  if (given < size) content.resize(total * size, '\0');
  while (content.size() < total * size) content.append(content, given - size, size);
  return content;
}

template <class T, class List>
void FillList(const std::string& content, List* list) {
  const std::vector<T> numbers = NumbersOf<T>(content);
  list->Add(numbers.begin(), numbers.end());
}

template <class List>
void FillInts(const std::string& content, const Form& form, List* list) {
  const bool is_signed = form.kind == 'i';
  if (form.size == 4) {
    FillList<int32_t>(content, list);
  } else if (form.size == 2) {
    is_signed ? FillList<int16_t>(content, list) : FillList<uint16_t>(content, list);
  } else {
    is_signed ? FillList<int8_t>(content, list) : FillList<uint8_t>(content, list);
  }
}

template <class T>
void FillNewer(const std::string& content, const char* name, TensorProto* tensor) {
  auto list = tensor->GetReflection()->GetMutableRepeatedFieldRef<T>(tensor, FieldOf(*tensor, name));
  for (const T number : NumbersOf<T>(content)) list.Add(number);
}

// Gives a tensor its elements as a list.
void SetListed(const std::string& content, const Form& form, TensorProto* tensor) {
  switch (form.field) {
    case Field::kBool: FillList<uint8_t>(content, tensor->mutable_bool_val()); break;
    case Field::kInt64: FillList<int64_t>(content, tensor->mutable_int64_val()); break;
    case Field::kFloat: FillList<float>(content, tensor->mutable_float_val()); break;
    case Field::kDouble: FillList<double>(content, tensor->mutable_double_val()); break;
    case Field::kComplex64: FillList<float>(content, tensor->mutable_scomplex_val()); break;
    case Field::kComplex128: FillList<double>(content, tensor->mutable_dcomplex_val()); break;
    case Field::kInt: FillInts(content, form, tensor->mutable_int_val()); break;
    case Field::kHalf: FillInts(content, form, tensor->mutable_half_val()); break;
    case Field::kFloat8:
      tensor->GetReflection()->SetString(tensor, FieldOf(*tensor, "float8_val"), content);
      break;
    case Field::kUint32: FillNewer<uint32_t>(content, "uint32_val", tensor); break;
    case Field::kUint64: FillNewer<uint64_t>(content, "uint64_val", tensor); break;
  }
}

// Strings that a server sends as bytes: the lengths of all as varints, then all of them.
std::vector<std::string> Split(const std::string& content, size_t total) {
  const auto refuse = [] { Refuse(Kind::kContent, "the lengths of the strings are cut off or too large"); };
  if (total > content.size()) refuse();
  std::vector<size_t> lengths;
  lengths.reserve(total);
  size_t position = 0, whole = 0;
  while (lengths.size() < total) {
    uint64_t length = 0;
    for (int shift = 0;; shift += 7) {
      if (position == content.size() || shift > 28) refuse();
      const unsigned char byte = static_cast<unsigned char>(content[position++]);
      length |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    lengths.push_back(length);
    whole += length;
  }
  if (whole != content.size() - position) {
    Refuse(Kind::kContent, content.size() - position, " bytes for strings of ", whole);
  }
  std::vector<std::string> made;
  made.reserve(total);
  for (const size_t length : lengths) {
    made.push_back(content.substr(position, length));
    position += length;
  }
  return made;
}

TensorProto Make(Value value, DataType type, const std::optional<Shape>& shape, bool listed) {
  if (value.is_tensor()) Refuse(Kind::kType, "the value is a tensor already");
  if (type != DT_INVALID && type != DT_STRING && FormOf(type) == nullptr) {
    Refuse(Kind::kType, "no tensor can be made of type ", TypeName(type));
  }
  Array array = Converted(std::move(value.array()), type);
  if (shape && !SameCount(*shape, array.shape)) {
    Refuse(Kind::kShape, Count(array.shape), " elements don't fill the shape ", ShapeText(*shape));
  }
  TensorProto tensor = Shaped(array.type, shape ? *shape : array.shape);
  if (array.type == DT_STRING) {
    for (std::string& text : array.texts) tensor.add_string_val(std::move(text));
  } else if (listed) {
    SetListed(array.content, *FormOf(array.type), &tensor);
  } else {
    tensor.set_tensor_content(std::move(array.content));
  }
  return tensor;
}

}  // namespace

const Form* FormOf(DataType type) {
  // Elements of fewer than 8 bits have a byte each. Those of half, bfloat16 and float8 are their bits.
  static const std::map<std::string, Form> kForms = {
      {"DT_BOOL", {Field::kBool, 'b', 1, 1, 8}},
      {"DT_INT8", {Field::kInt, 'i', 1, 1, 8}},
      {"DT_UINT8", {Field::kInt, 'u', 1, 1, 8}},
      {"DT_INT16", {Field::kInt, 'i', 2, 1, 16}},
      {"DT_UINT16", {Field::kInt, 'u', 2, 1, 16}},
      {"DT_INT32", {Field::kInt, 'i', 4, 1, 32}},
      {"DT_UINT32", {Field::kUint32, 'u', 4, 1, 32}},
      {"DT_INT64", {Field::kInt64, 'i', 8, 1, 64}},
      {"DT_UINT64", {Field::kUint64, 'u', 8, 1, 64}},
      {"DT_HALF", {Field::kHalf, 'u', 2, 1, 16}},
      {"DT_BFLOAT16", {Field::kHalf, 'u', 2, 1, 16}},
      {"DT_FLOAT", {Field::kFloat, 'f', 4, 1, 0}},
      {"DT_DOUBLE", {Field::kDouble, 'f', 8, 1, 0}},
      {"DT_COMPLEX64", {Field::kComplex64, 'f', 4, 2, 0}},
      {"DT_COMPLEX128", {Field::kComplex128, 'f', 8, 2, 0}},
      {"DT_QINT8", {Field::kInt, 'i', 1, 1, 8}},
      {"DT_QUINT8", {Field::kInt, 'u', 1, 1, 8}},
      {"DT_QINT16", {Field::kInt, 'i', 2, 1, 16}},
      {"DT_QUINT16", {Field::kInt, 'u', 2, 1, 16}},
      {"DT_QINT32", {Field::kInt, 'i', 4, 1, 32}},
      {"DT_INT4", {Field::kInt, 'i', 1, 1, 4}},
      {"DT_UINT4", {Field::kInt, 'u', 1, 1, 4}},
      {"DT_INT2", {Field::kInt, 'i', 1, 1, 2}},
      {"DT_UINT2", {Field::kInt, 'u', 1, 1, 2}},
  };
  static constexpr Form kFloat8 = {Field::kFloat8, 'u', 1, 1, 8};
  const std::string name = TypeName(type);
  const auto found = kForms.find(name);
  if (found != kForms.end()) return &found->second;
  return StartsWith(name, "DT_FLOAT8") && !EndsWith(name, "_REF") ? &kFloat8 : nullptr;
}

Array Converted(Array array, DataType type) {
  if (array.type == DT_INVALID) {
    return Encoded(std::move(array), type == DT_INVALID ? Inferred(array.loose) : type);
  }
  if (type == DT_INVALID || type == array.type) return array;
  const Form* form = FormOf(type);
  const bool narrow = form != nullptr && form->bits != 0 && form->bits < 8;
  const bool holds = array.type == Stored(type) || (array.type == DT_UINT16 && type == DT_HALF);
  if (holds && !narrow) {
    array.type = type;
    return array;
  }
  if (array.type == DT_DOUBLE && type == DT_FLOAT) return Narrowed(std::move(array));
  if (form == nullptr && array.soft) RefuseKind(ToNumber(0), type);
  const bool rounds = array.type == DT_FLOAT && (type == DT_HALF || type == DT_BFLOAT16);
  if (form != nullptr && (array.soft || holds || rounds)) {
    Dispatch(array.type, [&](const auto& of) {
      using T = std::decay_t<decltype(of)>;
      if constexpr (!kIsText<T>) Recast<T>(type, *form, &array);
    });
    return array;
  }
  Refuse(Kind::kType, "elements of ", TypeName(array.type), " aren't ", TypeName(type), ": convert them");
}

TensorProto Shaped(DataType type, const Shape& shape) {
  TensorProto tensor;
  tensor.set_dtype(type);
  // A scalar has a shape too, an empty one.
  auto* made = tensor.mutable_tensor_shape();
  for (const int64_t size : shape) made->add_dim()->set_size(size);
  return tensor;
}

int64_t Count(const Shape& shape) {
  int64_t total = 1;
  for (const int64_t size : shape) total *= size;
  return total;
}

std::string_view ContentOf(const TensorProto& tensor, std::string* held) {
  const Form* form = FormOf(tensor.dtype());
  if (form == nullptr) Refuse(Kind::kType, "a tensor of type ", TypeName(tensor.dtype()), " holds no numbers");
  const size_t size = form->size * form->parts;
  const size_t total = Sized(ShapeOf(tensor), size);
  std::string_view content = tensor.tensor_content();
  if (content.empty()) {
    *held = Listed(tensor, *form, total);
    content = *held;
  }
  if (content.size() != total * size) {
    Refuse(Kind::kContent, content.size(), " bytes for ", total, " elements of ", TypeName(tensor.dtype()));
  }
  return content;
}

std::string_view ContentAs(const TensorProto& tensor, DataType type, std::string* held) {
  const DataType own = tensor.dtype();
  const bool is_half = own == DT_HALF || own == DT_BFLOAT16;
  const bool widens = type == DT_FLOAT && is_half;
  if (type != own && type != Stored(own) && !widens && !(type == DT_UINT16 && is_half)) {
    Refuse(Kind::kType, "a tensor of type ", TypeName(own), " can't be read as ", TypeName(type));
  }
  std::string_view content = ContentOf(tensor, held);
  if (!widens) return content;
  std::vector<float> wide;
  wide.reserve(content.size() / 2);
  for (const uint16_t bits : NumbersOf<uint16_t>(content)) {
    wide.push_back(own == DT_HALF ? static_cast<float>(Float16::FromBits(bits))
                                  : static_cast<float>(BFloat16::FromBits(bits)));
  }
  held->clear();
  AppendNumbers(held, wide.data(), wide.size() * sizeof(float), sizeof(float));
  return *held;
}

std::vector<std::string> TextsOf(const TensorProto& tensor) {
  if (tensor.dtype() != DT_STRING) {
    Refuse(Kind::kType, "a tensor of type ", TypeName(tensor.dtype()), " can't be read as DT_STRING");
  }
  const size_t total = Sized(ShapeOf(tensor), kTextSize);
  if (!tensor.tensor_content().empty()) return Split(tensor.tensor_content(), total);
  std::vector<std::string> made(tensor.string_val().begin(), tensor.string_val().end());
  if (made.size() > total) Refuse(Kind::kContent, made.size(), " strings for ", total, " elements");
  const std::string last = made.empty() ? "" : made.back();
  made.resize(total, last);
  return made;
}

}  // namespace internal

TensorProto MakeTensor(Value value, DataType type, const std::optional<Shape>& shape) {
  return internal::Make(std::move(value), type, shape, false);
}

TensorProto MakeListedTensor(Value value, DataType type, const std::optional<Shape>& shape) {
  return internal::Make(std::move(value), type, shape, true);
}

TensorProto Zeros(DataType type, const Shape& shape) {
  TensorProto tensor = internal::Shaped(type, shape);
  if (type == DT_STRING) {
    for (size_t left = internal::Sized(shape, internal::kTextSize); left > 0; --left) tensor.add_string_val();
    return tensor;
  }
  const internal::Form* form = internal::FormOf(type);
  if (form == nullptr) {
    internal::Refuse(InputError::Kind::kType, "a tensor of type ", TypeName(type), " holds no numbers");
  }
  const size_t size = form->size * form->parts;
  tensor.set_tensor_content(std::string(internal::Sized(shape, size) * size, '\0'));
  return tensor;
}

Elements AnyValues(const TensorProto& tensor) {
  Elements found;
  const DataType type = tensor.dtype() == DT_BFLOAT16 ? DT_BFLOAT16 : internal::Stored(tensor.dtype());
  const bool known =
      internal::Dispatch(type, [&](const auto& of) { found = Values<std::decay_t<decltype(of)>>(tensor); });
  if (!known) {
    internal::Refuse(InputError::Kind::kType, "a tensor of type ", TypeName(tensor.dtype()), " holds no numbers");
  }
  return found;
}

Shape ShapeOf(const TensorProto& tensor) {
  Shape shape;
  bool known = !tensor.tensor_shape().unknown_rank();
  for (const auto& dim : tensor.tensor_shape().dim()) {
    known = known && dim.size() >= 0;
    shape.push_back(dim.size());
  }
  if (!known) internal::Refuse(InputError::Kind::kShape, "the shape of the tensor is unknown");
  return shape;
}

std::string TypeName(int type) {
  const auto* found = DataType_descriptor()->FindValueByNumber(type);
  return found == nullptr ? std::to_string(type) : std::string(found->name());
}

DataType ParseType(const std::string& name) {
  static const std::map<std::string, std::string> kAliases = {
      {"FLOAT16", "HALF"}, {"FLOAT32", "FLOAT"}, {"FLOAT64", "DOUBLE"}, {"STR", "STRING"}, {"BYTES", "STRING"}};
  std::string upper = name;
  for (char& letter : upper) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  if (internal::StartsWith(upper, "DT_")) upper.erase(0, 3);
  const auto alias = kAliases.find(upper);
  const auto* found = DataType_descriptor()->FindValueByName("DT_" + (alias == kAliases.end() ? upper : alias->second));
  const DataType type = found == nullptr ? DT_INVALID : static_cast<DataType>(found->number());
  if (type != DT_STRING && internal::FormOf(type) == nullptr) {
    internal::Refuse(InputError::Kind::kType, "no tensor of this release can be made of type ", name);
  }
  return type;
}

}  // namespace
