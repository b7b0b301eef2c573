#include "signatures.h"

#include <algorithm>
#include <set>

#include "newer_fields.h"

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
using Kind = InputError::Kind;

// Types of TensorFlow 1's variables: each stands for the one that is 100 lower.
constexpr int kReferences = 100;

template <class Infos>
std::map<std::string, Spec> ReadSpecs(const Infos& infos) {
  std::map<std::string, Spec> found;
  for (const auto& [name, info] : infos) {
    const int number = info.dtype();
    Spec& spec = found[name];
    spec.type = static_cast<DataType>(number > kReferences ? number - kReferences : number);
    if (!info.has_tensor_shape() || info.tensor_shape().unknown_rank()) continue;
    spec.shape.emplace();
    for (const auto& dim : info.tensor_shape().dim()) spec.shape->push_back(std::max<int64_t>(dim.size(), -1));
  }
  return found;
}

Tensors ReadDefaults(const SignatureDef& signature) {
  Tensors found;
  internal::ReadMap(signature, "defaults", [&](const std::string& name, const auto& entry, const auto* value) {
    found[name].CopyFrom(entry.GetReflection()->GetMessage(entry, value));
  });
  return found;
}

bool Fits(const Shape& given, const std::optional<Shape>& wanted) {
  if (!wanted) return true;
  if (given.size() != wanted->size()) return false;
  for (size_t axis = 0; axis < given.size(); ++axis) {
    if ((*wanted)[axis] >= 0 && (*wanted)[axis] != given[axis]) return false;
  }
  return true;
}

// How many rows the given inputs have, where they agree; else one.
int64_t RowsOf(const Signature& signature, const Tensors& given) {
  std::set<int64_t> found;
  for (const auto& [name, tensor] : given) {
    const std::optional<Shape>& shape = signature.inputs.at(name).shape;
    if (shape && !shape->empty() && shape->front() < 0) found.insert(tensor.tensor_shape().dim(0).size());
  }
  return found.size() == 1 ? *found.begin() : 1;
}

TensorProto Filled(const Signature& signature, const std::string& name, int64_t rows, Fill fill) {
  const Spec& spec = signature.inputs.at(name);
  const auto fallback = signature.defaults.find(name);
  const bool has_default = fallback != signature.defaults.end();
  if (fill == Fill::kZeros) return internal::MakeZeros(name, spec, rows);
  if (fill == Fill::kDefaults && has_default) return fallback->second;
  const char* more = fill == Fill::kDefaults ? "; the model has no default for it"
                     : has_default           ? "; the model has a default for it, which Fill::kDefaults sends"
                                             : "";
  Refuse(Kind::kMissing, "input ", name, " is missing: ", spec.ToString(), more);
}

// How many letters have to be put in, left out or changed to make one name of the other.
size_t Distance(const std::string& one, const std::string& other) {
  std::vector<size_t> last(other.size() + 1);
  for (size_t place = 0; place < last.size(); ++place) last[place] = place;
  for (size_t i = 0; i < one.size(); ++i) {
    std::vector<size_t> row{i + 1};
    for (size_t j = 0; j < other.size(); ++j) {
      const size_t changed = last[j] + (one[i] == other[j] ? 0 : 1);
      row.push_back(std::min({changed, last[j + 1] + 1, row[j] + 1}));
    }
    last = std::move(row);
  }
  return last.back();
}

}  // namespace

namespace internal {

TensorProto MakeInput(const std::string& name, Value value, const Spec* spec) {
  const auto make = [&]() -> TensorProto {
    if (value.is_tensor()) return std::move(value.tensor());
    try {
      return MakeTensor(std::move(value), spec == nullptr ? DT_INVALID : spec->type);
    } catch (const InputError& error) {
      throw error.About("input " + name + (spec == nullptr ? "" : ", which is " + spec->ToString()));
    }
  };
  TensorProto tensor = make();
  if (spec == nullptr) return tensor;
  Spec own{tensor.dtype(), {}};
  try {
    own.shape = ShapeOf(tensor);
  } catch (const InputError& error) {
    throw error.About("input " + name);
  }
  const Kind kind = own.type != spec->type ? Kind::kType : Kind::kShape;
  if (own.type != spec->type || !Fits(*own.shape, spec->shape)) {
    Refuse(kind, "input ", name, " is ", spec->ToString(), ", not ", own.ToString());
  }
  return tensor;
}

TensorProto MakeZeros(const std::string& name, const Spec& spec, int64_t rows) {
  if (!spec.shape) Refuse(Kind::kShape, "input ", name, " is ", spec.ToString(), ": give a value");
  Shape sizes = *spec.shape;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] < 0) sizes[axis] = axis == 0 ? rows : 1;
  }
  return Zeros(spec.type, sizes);
}

std::string Nearest(const std::string& name, const std::vector<std::string>& known) {
  size_t least = name.size() / 2 + 1;
  std::string best;
  for (const std::string& each : known) {
    const size_t found = Distance(name, each);
    if (found < least) {
      least = found;
      best = each;
    }
  }
  if (!best.empty()) return name + ": did you mean " + best + "?";
  return name + (known.empty() ? ": it has none" : ": it has " + Joined(known, ", "));
}

std::string Joined(const std::vector<std::string>& texts, const std::string& between) {
  std::string text;
  for (const std::string& each : texts) text += (&each == texts.data() ? "" : between) + each;
  return text;
}

}  // namespace internal

std::string Spec::ToString() const {
  return TypeName(type) + (shape ? " " + internal::ShapeText(*shape) : " of any shape");
}

Fill ParseFill(const std::string& name) {
  if (name == "error") return Fill::kError;
  if (name == "zeros") return Fill::kZeros;
  if (name == "defaults") return Fill::kDefaults;
  Refuse(Kind::kSetting, "fill is ", name, ", not error, zeros or defaults");
}

Checked Signature::Check(Inputs values, const std::vector<std::string>& wanted, Fill fill) const {
  for (const std::string& each : wanted) {
    if (outputs.count(each) == 0) {
      const std::string nearest = internal::Nearest(each, internal::Names(outputs));
      Refuse(Kind::kName, "signature ", name, " has no output ", nearest);
    }
  }
  Checked made;
  for (auto& [input, value] : values) {
    const auto spec = inputs.find(input);
    if (spec == inputs.end()) {
      const std::string nearest = internal::Nearest(input, internal::Names(inputs));
      Refuse(Kind::kName, "signature ", name, " has no input ", nearest);
    }
    made.inputs[input] = internal::MakeInput(input, std::move(value), &spec->second);
  }
  const int64_t rows = RowsOf(*this, made.inputs);
  for (const auto& each : inputs) {
    if (values.count(each.first) != 0) continue;
    made.inputs[each.first] = Filled(*this, each.first, rows, fill);
    made.filled.push_back(each.first);
  }
  return made;
}

Tensors MakeTensors(Inputs values) {
  Tensors made;
  for (auto& [name, value] : values) made[name] = internal::MakeInput(name, std::move(value), nullptr);
  return made;
}

std::map<std::string, Signature> ReadSignatures(const GetModelMetadataResponse& reply) {
  const auto held = reply.metadata().find("signature_def");
  SignatureDefMap packed;
  if (held == reply.metadata().end() || !held->second.UnpackTo(&packed)) {
    throw ReplyError("the server's metadata holds no signatures");
  }
  std::map<std::string, Signature> found;
  for (const auto& [name, signature] : packed.signature_def()) {
    found[name] = {name, signature.method_name(), ReadSpecs(signature.inputs()), ReadSpecs(signature.outputs()),
                   ReadDefaults(signature)};
  }
  return found;
}

const Signature& Choose(const std::map<std::string, Signature>& signatures, const std::string& name) {
  const std::string wanted = name.empty() ? kDefaultSignature : name;
  const auto found = signatures.find(wanted);
  if (found == signatures.end()) {
    Refuse(Kind::kName, "the model has no signature ", internal::Nearest(wanted, internal::Names(signatures)));
  }
  return found->second;
}

}  // namespace
