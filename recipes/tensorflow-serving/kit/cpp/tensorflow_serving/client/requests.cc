#include "requests.h"

#include <algorithm>
#include <set>

#include "tensorflow/core/example/example.pb.h"

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
using Kind = InputError::Kind;

template <class T>
void AddNumbers(const std::vector<T>& numbers, Feature* feature) {
  for (const T number : numbers) {
    if constexpr (std::is_integral_v<T>) {
      if (internal::ToNumber(number).large != 0) Refuse(Kind::kOverflow, number, " is no DT_INT64");
      feature->mutable_int64_list()->add_value(static_cast<int64_t>(number));
    } else if constexpr (!internal::kIsComplex<T> && !internal::kIsText<T>) {
      feature->mutable_float_list()->add_value(static_cast<float>(number));
    } else {
      Refuse(Kind::kType, "a feature can't hold ", TypeName(internal::TypeFor<T>()));
    }
  }
}

Feature MakeFeature(Value value) {
  Feature made;
  if (value.is_tensor()) Refuse(Kind::kType, "a feature is a value or a list of values");
  internal::Array array = std::move(value.array());
  if (array.shape.size() > 1) Refuse(Kind::kType, "a feature is a value or a list of values");
  // No values have no type.
  if (array.content.empty() && array.texts.empty() && array.loose.empty()) return made;
  array = internal::Converted(std::move(array), DT_INVALID);
  if (array.type == DT_DOUBLE) array = internal::Converted(std::move(array), DT_FLOAT);
  for (std::string& text : array.texts) made.mutable_bytes_list()->add_value(std::move(text));
  internal::Dispatch(array.type, [&](const auto& of) {
    using T = std::decay_t<decltype(of)>;
    if constexpr (!internal::kIsText<T>) AddNumbers(internal::NumbersOf<T>(array.content), &made);
  });
  return made;
}

Example MakeExample(Features features, const std::string& place) {
  Example made;
  // Not by way of the map alone: an example without features has them nonetheless.
  auto* feature = made.mutable_features()->mutable_feature();
  for (auto& [name, value] : features) {
    try {
      (*feature)[name] = MakeFeature(std::move(value));
    } catch (const InputError& error) {
      throw error.About(place + ", feature " + name);
    }
  }
  return made;
}

}  // namespace

ModelSpec Target::Spec() const {
  if (version && !label.empty()) Refuse(Kind::kSetting, "a version and a label: give one of them");
  ModelSpec spec;
  spec.set_name(model);
  spec.set_signature_name(signature);
  if (version) spec.mutable_version()->set_value(*version);
  // Older releases have no such field.
  const auto* field = spec.GetDescriptor()->FindFieldByName("version_label");
  if (!label.empty() && field != nullptr) spec.GetReflection()->SetString(&spec, field, label);
  return spec;
}

Call Target::About(const std::string& method, const std::string& address, const std::optional<Rows>& rows) const {
  return {method, model, version ? std::to_string(*version) : label, signature, address, rows};
}

const TensorProto& Prediction::Tensor(const std::string& name) const {
  const auto found = outputs.find(name);
  if (found == outputs.end()) {
    throw ReplyError("the reply has no output " + internal::Nearest(name, internal::Names(outputs)));
  }
  return found->second;
}

std::string VersionStatus::ToString() const {
  const std::string text = internal::Text(version, " ", ModelVersionStatus::State_Name(state), " ", CodeName(code));
  return message.empty() ? text : text + " " + message;
}

Input MakeExamples(std::vector<Features> examples, std::optional<Features> shared) {
  Input made;
  auto* list = shared ? made.mutable_example_list_with_context()->mutable_examples()
                      : made.mutable_example_list()->mutable_examples();
  for (Features& features : examples) {
    const std::string place = internal::Text("example ", list->size());
    *list->Add() = MakeExample(std::move(features), place);
  }
  if (shared) *made.mutable_example_list_with_context()->mutable_context() = MakeExample(std::move(*shared), "context");
  return made;
}

namespace internal {

PredictRequest MakePredictRequest(const Target& target, Tensors inputs) {
  PredictRequest request;
  *request.mutable_model_spec() = target.Spec();
  for (auto& [name, tensor] : inputs) (*request.mutable_inputs())[name] = std::move(tensor);
  for (const std::string& name : target.outputs) request.add_output_filter(name);
  return request;
}

Prediction ReadPrediction(Tensors outputs, const std::vector<ModelSpec>& specs, std::vector<std::string> filled) {
  std::set<int64_t> versions;
  for (const ModelSpec& spec : specs) versions.insert(spec.version().value());
  return {std::move(outputs), std::move(filled), specs.at(0).name(), specs.at(0).signature_name(), *versions.rbegin(),
          std::vector<int64_t>(versions.begin(), versions.end())};
}

std::vector<std::vector<Class>> ReadClasses(const ClassificationResult& result) {
  std::vector<std::vector<Class>> found;
  for (const auto& one : result.classifications()) {
    found.emplace_back();
    for (const auto& each : one.classes()) found.back().push_back({each.label(), each.score()});
  }
  return found;
}

std::vector<float> ReadValues(const RegressionResult& result) {
  std::vector<float> found;
  for (const auto& each : result.regressions()) found.push_back(each.value());
  return found;
}

std::vector<VersionStatus> ReadStatuses(const GetModelStatusResponse& reply) {
  std::vector<VersionStatus> found;
  for (const auto& each : reply.model_version_status()) {
    found.push_back({each.version(), each.state(), static_cast<grpc::StatusCode>(each.status().error_code()),
                     each.status().error_message()});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const VersionStatus& one, const VersionStatus& other) { return one.version > other.version; });
  return found;
}

}  // namespace internal
}  // namespace
