// What calls take and give: native values instead of messages.
#pragma once

#include <grpcpp/security/credentials.h>

#include "tensorflow_serving/apis/get_model_status.pb.h"
#include "tensorflow_serving/apis/inference.pb.h"
#include "tensorflow_serving/apis/input.pb.h"
#include "tensorflow_serving/apis/predict.pb.h"
#include "connection.h"
#include "signatures.h"

namespace tensorflow::serving::client {

// What is called, and how. All but the model may be left out.
struct Target {
  Target(std::string model) : model(std::move(model)) {}
  Target(const char* model) : Target(std::string(model)) {}

  std::string model;
  // One of the model's; the newest one where neither this nor a label is given.
  std::optional<int64_t> version;
  // What the server's configuration calls a version.
  std::string label;
  // The one to call: kDefaultSignature.
  std::string signature;
  // For all that the call does; the client's where it isn't given, or kNone.
  std::optional<Duration> deadline;
  // To send besides the client's.
  Metadata metadata;
  // What names the caller in this call, besides the client's; only with TLS.
  std::shared_ptr<grpc::CallCredentials> credentials;
  // Those that are wanted of Predict, where not all are.
  std::vector<std::string> outputs;
  // What becomes of inputs of Predict that aren't given.
  Fill fill = Fill::kError;

  // The same for the server.
  ModelSpec Spec() const;
  // The same for errors.
  Call About(const std::string& method, const std::string& address, const std::optional<Rows>& rows = {}) const;
};

// The outputs of a model.
struct Prediction {
  // Tensors as the server sent them.
  Tensors outputs;
  // Inputs that weren't given, and that the client filled.
  std::vector<std::string> filled;
  // Those that answered.
  std::string model;
  std::string signature;
  // The one that answered; the newest, where parts met a change of versions; 0 where it isn't told.
  int64_t version = 0;
  // All that answered, the oldest first.
  std::vector<int64_t> versions;

  // Reads the elements of an output in row-major order, as Values does. Throws ReplyError.
  template <class T>
  std::vector<T> Output(const std::string& name) const {
    try {
      return Values<T>(Tensor(name));
    } catch (const InputError& error) {
      throw ReplyError("output " + name + ": " + error.what());
    }
  }
  // An output's tensor. Throws ReplyError.
  const TensorProto& Tensor(const std::string& name) const;
};

// One example: values by name, each a number, a text, or a list of these.
using Features = std::map<std::string, Value>;

// One class that an example may belong to.
struct Class {
  std::string label;
  float score = 0;
};

// One of those of MultiInference.
struct Task {
  enum class Kind { kClassify, kRegress };
  Kind kind = Kind::kClassify;
  // The one to call.
  std::string signature;
};

// What a task gives, by its kind.
struct TaskResult {
  // Of each example.
  std::vector<std::vector<Class>> classes;
  std::vector<float> values;
};

// What the server says about a version of a model.
struct VersionStatus {
  int64_t version = 0;
  // Only AVAILABLE is served.
  ModelVersionStatus::State state = ModelVersionStatus::UNKNOWN;
  // OK, or why it isn't served.
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string message;

  std::string ToString() const;
};

// Examples, and what all of them share, as Classify, Regress and MultiInference take them. Throws InputError.
Input MakeExamples(std::vector<Features> examples, std::optional<Features> shared = std::nullopt);

namespace internal {

inline constexpr char kClassifyMethod[] = "tensorflow/serving/classify";
inline constexpr char kRegressMethod[] = "tensorflow/serving/regress";

PredictRequest MakePredictRequest(const Target& target, Tensors inputs);
Prediction ReadPrediction(Tensors outputs, const std::vector<ModelSpec>& specs, std::vector<std::string> filled);
std::vector<std::vector<Class>> ReadClasses(const ClassificationResult& result);
std::vector<float> ReadValues(const RegressionResult& result);
// What is said about each version, the newest first.
std::vector<VersionStatus> ReadStatuses(const GetModelStatusResponse& reply);

}  // namespace internal
}  // namespace
