// What a model takes and gives, and whether values are that.
#pragma once

#include "tensorflow_serving/apis/get_model_metadata.pb.h"
#include "tensors.h"

namespace tensorflow::serving::client {

// The signature that is called where none is named.
inline constexpr char kDefaultSignature[] = "serving_default";

// The type and the shape of an input or an output.
struct Spec {
  DataType type = DT_FLOAT;
  // With -1 for a size that may be any; none where the whole may be any, empty for a scalar.
  std::optional<Shape> shape;

  std::string ToString() const;
};

// What becomes of inputs that aren't given.
enum class Fill {
  // The call is refused.
  kError,
  // Zeros are sent: as many rows as the given inputs have, where a size may be any.
  kZeros,
  // The model's own defaults are sent.
  kDefaults,
};

// One by its name: "error", "zeros" or "defaults". Throws InputError.
Fill ParseFill(const std::string& name);

// Values that a signature takes.
struct Checked {
  Tensors inputs;
  // The names of those that weren't given.
  std::vector<std::string> filled;
};

// One way to call a model.
struct Signature {
  std::string name;
  // Such as "tensorflow/serving/predict".
  std::string method;
  std::map<std::string, Spec> inputs;
  std::map<std::string, Spec> outputs;
  // What inputs are when they aren't given, where the model says so (TensorFlow 2.13 and newer).
  Tensors defaults;

  // Makes the tensors that the signature takes. Throws InputError, which says what it takes instead.
  // wanted: names of outputs.
  Checked Check(Inputs values, const std::vector<std::string>& wanted = {}, Fill fill = Fill::kError) const;
};

// Makes tensors of values, of the types that they have by themselves.
Tensors MakeTensors(Inputs values);

// All signatures in a server's answer, by name. Throws ReplyError.
std::map<std::string, Signature> ReadSignatures(const GetModelMetadataResponse& reply);

// The signature of a name, or the default one. Throws InputError.
const Signature& Choose(const std::map<std::string, Signature>& signatures, const std::string& name);

namespace internal {

// The tensor of one input, of the type that is wanted if any is.
TensorProto MakeInput(const std::string& name, Value value, const Spec* spec);
// What an input takes, all zeros: so many rows, and one where another size may be any.
TensorProto MakeZeros(const std::string& name, const Spec& spec, int64_t rows);
// A name that isn't known, and the known one that is nearest to it.
std::string Nearest(const std::string& name, const std::vector<std::string>& known);

template <class Map>
std::vector<std::string> Names(const Map& map) {
  std::vector<std::string> names;
  for (const auto& each : map) names.push_back(each.first);
  return names;
}

std::string Joined(const std::vector<std::string>& texts, const std::string& between);

}  // namespace internal
}  // namespace
