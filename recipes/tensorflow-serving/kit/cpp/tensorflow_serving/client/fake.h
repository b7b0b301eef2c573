// A model server for tests, in the same process, whose models are functions.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include "requests.h"

namespace tensorflow::serving::client {

// An example's features by name, those of the context among them.
struct FakeExample {
  std::map<std::string, std::vector<int64_t>> ints;
  std::map<std::string, std::vector<float>> floats;
  std::map<std::string, std::vector<std::string>> texts;
};

// A version of a model. Each may be left out. A function that throws makes the call fail: by an InputError with
// INVALID_ARGUMENT, by a CallError with its status, by anything else with INTERNAL.
struct FakeModel {
  int64_t version = 1;
  // Makes outputs of inputs.
  std::function<Inputs(const Tensors& inputs)> predict;
  // Gives the classes of each example.
  std::function<std::vector<std::vector<Class>>(const std::vector<FakeExample>& examples)> classify;
  // Gives the value of each example.
  std::function<std::vector<float>(const std::vector<FakeExample>& examples)> regress;
  std::string signature = kDefaultSignature;
  // What the signature says; without inputs there is none to tell.
  std::map<std::string, Spec> inputs;
  std::map<std::string, Spec> outputs;
  Inputs defaults;
  std::vector<std::string> labels;
  ModelVersionStatus::State state = ModelVersionStatus::AVAILABLE;
};

// A call that came.
struct FakeCall {
  std::string method;
  std::shared_ptr<const google::protobuf::Message> request;
  std::multimap<std::string, std::string> metadata;
};

// The server. It refuses what a real one refuses: unknown models, versions, labels and signatures, versions that aren't
// available, inputs that are missing or too many.
class FakeServer {
 public:
  // Starts a server without models.
  FakeServer();
  // Ends all calls.
  ~FakeServer();

  // Where it listens, for a Client.
  const std::string& address() const;

  // Serves a version of a model.
  void Serve(const std::string& name, FakeModel model);
  // Changes the state of a version; with a code, why. Throws InputError for one that there isn't.
  void SetState(const std::string& name, int64_t version, ModelVersionStatus::State state,
                grpc::StatusCode code = grpc::StatusCode::OK, const std::string& message = "");
  // Lets calls of a model fail: the next so many, or all of them where times is 0. The code OK ends it.
  void Fail(const std::string& name, grpc::StatusCode code, const std::string& details = "", int times = 0);
  // Lets calls of a model last longer; one that is cancelled ends at once.
  void Slow(const std::string& name, Duration by);
  // All calls that came, in their order.
  std::vector<FakeCall> calls() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace
