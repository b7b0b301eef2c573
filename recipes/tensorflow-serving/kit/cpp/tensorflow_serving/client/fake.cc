#include "fake.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "tensorflow/core/example/example.pb.h"
#include "tensorflow_serving/apis/model_service.grpc.pb.h"
#include "tensorflow_serving/apis/prediction_service.grpc.pb.h"
#include "models.h"
#include "newer_fields.h"

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

// Does what may throw: what comes of it as a status.
template <class Function>
Status Guarded(const Function& function) {
  try {
    return function();
  } catch (const InputError& error) {
    return {StatusCode::INVALID_ARGUMENT, error.what()};
  } catch (const CallError& error) {
    return error.status();
  } catch (const std::exception& error) {
    return {StatusCode::INTERNAL, error.what()};
  }
}

// Reads a field that older releases don't have.
std::string LabelOf(const ModelSpec& spec) {
  const auto* field = spec.GetDescriptor()->FindFieldByName("version_label");
  return field == nullptr ? "" : spec.GetReflection()->GetString(spec, field);
}

// The labels of a version.
std::vector<std::string> LabelsOf(const ModelConfig& model, int64_t version) {
  std::vector<std::string> found;
  internal::ReadMap(model, "version_labels", [&](const std::string& label, const auto& entry, const auto* value) {
    if (entry.GetReflection()->GetInt64(entry, value) == version) found.push_back(label);
  });
  return found;
}

// The type of the enum differs from release to release.
template <class Holder>
void SetStatus(StatusCode code, const std::string& message, Holder* holder) {
  auto* made = holder->mutable_status();
  made->set_error_code(static_cast<decltype(made->error_code())>(code));
  made->set_error_message(message);
}

void SetSpec(const ModelSpec& asked, const FakeModel& model, ModelSpec* made) {
  made->set_name(asked.name());
  made->set_signature_name(asked.signature_name().empty() ? model.signature : asked.signature_name());
  made->mutable_version()->set_value(model.version);
}

void AddFeatures(const Example& from, FakeExample* into) {
  for (const auto& [name, feature] : from.features().feature()) {
    const auto& ints = feature.int64_list().value();
    const auto& floats = feature.float_list().value();
    const auto& texts = feature.bytes_list().value();
    if (feature.has_int64_list()) into->ints[name].assign(ints.begin(), ints.end());
    if (feature.has_float_list()) into->floats[name].assign(floats.begin(), floats.end());
    if (feature.has_bytes_list()) into->texts[name].assign(texts.begin(), texts.end());
  }
}

std::vector<FakeExample> ExamplesOf(const Input& input) {
  const bool shared = input.has_example_list_with_context();
  const auto& examples = shared ? input.example_list_with_context().examples() : input.example_list().examples();
  std::vector<FakeExample> found;
  for (const Example& each : examples) {
    found.emplace_back();
    AddFeatures(input.example_list_with_context().context(), &found.back());
    AddFeatures(each, &found.back());
  }
  return found;
}

Status OtherMethod() { return {StatusCode::INVALID_ARGUMENT, "Expected another signature method_name"}; }

Status Classified(const FakeModel& model, const Input& input, ClassificationResult* result) {
  if (!model.classify) return OtherMethod();
  for (const std::vector<Class>& classes : model.classify(ExamplesOf(input))) {
    auto* one = result->add_classifications();
    for (const Class& each : classes) {
      auto* made = one->add_classes();
      made->set_label(each.label);
      made->set_score(each.score);
    }
  }
  return Status::OK;
}

Status Regressed(const FakeModel& model, const Input& input, RegressionResult* result) {
  if (!model.regress) return OtherMethod();
  for (const float value : model.regress(ExamplesOf(input))) result->add_regressions()->set_value(value);
  return Status::OK;
}

// Whether the model has a function for a request, and its inputs.
Status Takes(const FakeModel& model, const PredictRequest& request) {
  const ModelSpec& spec = request.model_spec();
  const std::string wanted = spec.signature_name().empty() ? kDefaultSignature : spec.signature_name();
  if (wanted != model.signature) {
    return {StatusCode::FAILED_PRECONDITION, "Serving signature key \"" + wanted + "\" not found."};
  }
  if (!model.predict) return {StatusCode::UNIMPLEMENTED, "model " + spec.name() + " has no function for Predict"};
  std::set<std::string> extra;
  std::vector<std::string> missing;
  for (const auto& each : request.inputs()) {
    if (!model.inputs.empty() && model.inputs.count(each.first) == 0) extra.insert(each.first);
  }
  for (const auto& each : model.inputs) {
    if (request.inputs().count(each.first) == 0) missing.push_back(each.first);
  }
  if (extra.empty() && missing.empty()) return Status::OK;
  const std::string more = internal::Joined({extra.begin(), extra.end()}, ",");
  return {StatusCode::INVALID_ARGUMENT,
          "Sent extra: {" + more + "}. Missing but required: {" + internal::Joined(missing, ",") + "}."};
}

template <class Infos>
void SetInfos(const std::map<std::string, Spec>& specs, Infos* infos) {
  for (const auto& [name, spec] : specs) {
    auto& info = (*infos)[name];
    info.set_name(name + ":0");
    info.set_dtype(spec.type);
    info.mutable_tensor_shape()->set_unknown_rank(!spec.shape);
    for (const int64_t size : spec.shape.value_or(Shape())) {
      info.mutable_tensor_shape()->add_dim()->set_size(size);
    }
  }
}

void SetDefaults(const FakeModel& model, SignatureDef* signature) {
  for (const auto& [name, value] : model.defaults) {
    const auto spec = model.inputs.find(name);
    const TensorProto tensor = internal::MakeInput(name, value, spec == model.inputs.end() ? nullptr : &spec->second);
    const auto set = [&](auto* entry, const auto* value) {
      entry->GetReflection()->MutableMessage(entry, value)->CopyFrom(tensor);
    };
    if (!internal::AddToMap(signature, "defaults", name, set)) {
      internal::Refuse(InputError::Kind::kSetting, "models of this release have no defaults");
    }
  }
}

}  // namespace

class FakeServer::State final : public PredictionService::Service {
 public:
  State() : models_(this) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(std::numeric_limits<int>::max());
    builder.SetMaxSendMessageSize(-1);
    builder.RegisterService(this);
    builder.RegisterService(&models_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) Refuse(InputError::Kind::kSetting, "the fake server can't listen");
    address = internal::Text("127.0.0.1:", port);
  }
  ~State() override { server_->Shutdown(std::chrono::system_clock::now()); }

  Status Predict(ServerContext* context, const PredictRequest* request, PredictResponse* reply) override {
    return Answer(context, "Predict", *request, reply, [&](const FakeModel& model) {
      const Status status = Takes(model, *request);
      if (!status.ok()) return status;
      const auto& filter = request->output_filter();
      for (auto& [name, value] : model.predict({request->inputs().begin(), request->inputs().end()})) {
        if (!filter.empty() && std::find(filter.begin(), filter.end(), name) == filter.end()) continue;
        const auto known = model.outputs.find(name);
        Spec spec;
        if (known != model.outputs.end()) spec.type = known->second.type;
        (*reply->mutable_outputs())[name] =
            internal::MakeInput(name, std::move(value), known == model.outputs.end() ? nullptr : &spec);
      }
      return Status::OK;
    });
  }

  Status Classify(ServerContext* context, const ClassificationRequest* request,
                  ClassificationResponse* reply) override {
    return Answer(context, "Classify", *request, reply, [&](const FakeModel& model) {
      return Classified(model, request->input(), reply->mutable_result());
    });
  }

  Status Regress(ServerContext* context, const RegressionRequest* request, RegressionResponse* reply) override {
    return Answer(context, "Regress", *request, reply, [&](const FakeModel& model) {
      return Regressed(model, request->input(), reply->mutable_result());
    });
  }

  Status MultiInference(ServerContext* context, const MultiInferenceRequest* request,
                        MultiInferenceResponse* reply) override {
    return Guarded([&] {
      const std::string name = request->tasks_size() == 0 ? "" : request->tasks(0).model_spec().name();
      Status status = Note(context, "MultiInference", *request, name);
      for (int number = 0; status.ok() && number < request->tasks_size(); ++number) {
        const auto& task = request->tasks(number);
        FakeModel model;
        status = Find(task.model_spec(), &model);
        if (!status.ok()) break;
        auto* result = reply->add_results();
        SetSpec(task.model_spec(), model, result->mutable_model_spec());
        status = task.method_name() == internal::kClassifyMethod
                     ? Classified(model, request->input(), result->mutable_classification_result())
                     : Regressed(model, request->input(), result->mutable_regression_result());
      }
      return status;
    });
  }

  Status GetModelMetadata(ServerContext* context, const GetModelMetadataRequest* request,
                          GetModelMetadataResponse* reply) override {
    return Answer(context, "GetModelMetadata", *request, reply, [&](const FakeModel& model) -> Status {
      if (model.inputs.empty()) return {StatusCode::UNIMPLEMENTED, "the test has given no signature"};
      SignatureDefMap packed;
      SignatureDef& signature = (*packed.mutable_signature_def())[model.signature];
      signature.set_method_name("tensorflow/serving/predict");
      SetInfos(model.inputs, signature.mutable_inputs());
      SetInfos(model.outputs, signature.mutable_outputs());
      SetDefaults(model, &signature);
      (*reply->mutable_metadata())["signature_def"].PackFrom(packed);
      return Status::OK;
    });
  }

  Status GetModelStatus(ServerContext* context, const GetModelStatusRequest* request, GetModelStatusResponse* reply) {
    const ModelSpec& spec = request->model_spec();
    Status status = Note(context, "GetModelStatus", *request, spec.name());
    std::optional<int64_t> wanted;
    if (spec.has_version()) wanted = spec.version().value();
    if (status.ok() && !LabelOf(spec).empty()) {
      FakeModel model;
      status = Find(spec, &model);
      wanted = model.version;
    }
    if (!status.ok()) return status;
    const std::lock_guard<std::mutex> held(lock);
    for (const auto& [number, version] : models[spec.name()]) {
      if (wanted && *wanted != number) continue;
      auto* made = reply->add_model_version_status();
      made->set_version(number);
      made->set_state(version.model.state);
      SetStatus(version.code, version.message, made);
    }
    if (reply->model_version_status_size() != 0) return Status::OK;
    return {StatusCode::NOT_FOUND, "Could not find any versions of model " + spec.name()};
  }

  Status Reload(ServerContext* context, const ReloadConfigRequest* request, ReloadConfigResponse* reply) {
    const Status status = Note(context, "HandleReloadConfigRequest", *request, "");
    if (!status.ok()) return status;
    const ModelsConf conf(request->config());
    for (const ModelConfig& each : conf.message().model_config_list().config()) {
      if (!each.name().empty() && !each.base_path().empty()) continue;
      SetStatus(StatusCode::INVALID_ARGUMENT, "a model needs a name and a base_path", reply);
      return Status::OK;
    }
    // It serves these models and no others, as far as the test has given them.
    const std::lock_guard<std::mutex> held(lock);
    for (auto& [name, versions] : models) {
      const ModelConfig* model = conf.Find(name);
      for (auto& [number, version] : versions) {
        version.model.state = ModelVersionStatus::END;
        if (model == nullptr) continue;
        const auto& chosen = model->model_version_policy().specific().versions();
        const bool serves = chosen.empty() || std::find(chosen.begin(), chosen.end(), number) != chosen.end();
        if (serves) version.model.state = ModelVersionStatus::AVAILABLE;
        version.model.labels = LabelsOf(*model, number);
      }
    }
    return Status::OK;
  }

  struct Version {
    FakeModel model;
    StatusCode code = StatusCode::OK;
    std::string message;
  };
  struct Failure {
    Status status;
    int times = 0;
  };

  std::string address;
  // Of all that follows.
  mutable std::mutex lock;
  std::vector<FakeCall> calls;
  std::map<std::string, std::map<int64_t, Version>> models;
  std::map<std::string, Failure> failures;
  std::map<std::string, Duration> delays;

 private:
  // The other service of the server.
  class Models final : public ModelService::Service {
   public:
    explicit Models(State* state) : state_(state) {}
    Status GetModelStatus(ServerContext* context, const GetModelStatusRequest* request,
                          GetModelStatusResponse* reply) override {
      return state_->GetModelStatus(context, request, reply);
    }
    Status HandleReloadConfigRequest(ServerContext* context, const ReloadConfigRequest* request,
                                     ReloadConfigResponse* reply) override {
      return state_->Reload(context, request, reply);
    }

   private:
    State* state_;
  };

  // Notes a call, and lets it be slow or fail as it was told.
  template <class Request>
  Status Note(ServerContext* context, const char* method, const Request& request, const std::string& name) {
    FakeCall call{method, std::make_shared<Request>(request), {}};
    for (const auto& [key, value] : context->client_metadata()) {
      call.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    Status status = Status::OK;
    Duration delay(0);
    {
      const std::lock_guard<std::mutex> held(lock);
      calls.push_back(std::move(call));
      if (const auto slow = delays.find(name); slow != delays.end()) delay = slow->second;
      if (const auto failure = failures.find(name); failure != failures.end()) {
        status = failure->second.status;
        if (failure->second.times > 0 && --failure->second.times == 0) failures.erase(failure);
      }
    }
    constexpr Duration kLook(10);
    for (Duration left = delay; left.count() > 0; left -= kLook) {
      if (context->IsCancelled()) return Status::CANCELLED;
      std::this_thread::sleep_for(std::min(left, kLook));
    }
    return status;
  }

  // The version that is asked for, if it is available.
  Status Find(const ModelSpec& spec, FakeModel* model) const {
    const std::string label = LabelOf(spec);
    const std::lock_guard<std::mutex> held(lock);
    const auto versions = models.find(spec.name());
    if (versions != models.end()) {
      // The newest first.
      for (auto each = versions->second.rbegin(); each != versions->second.rend(); ++each) {
        const FakeModel& found = each->second.model;
        if (spec.has_version() && spec.version().value() != found.version) continue;
        const bool labelled = std::find(found.labels.begin(), found.labels.end(), label) != found.labels.end();
        if ((!label.empty() && !labelled) || found.state != ModelVersionStatus::AVAILABLE) continue;
        *model = found;
        return Status::OK;
      }
    }
    if (!label.empty()) return {StatusCode::INVALID_ARGUMENT, "Unrecognized servable version label: " + label};
    const std::string asked = spec.has_version() ? internal::Text("Specific(", spec.name(), ", ", spec.version().value(), ")")
                                                 : "Latest(" + spec.name() + ")";
    return {StatusCode::NOT_FOUND, "Servable not found for request: " + asked};
  }

  // Answers a call for a model by a function.
  template <class Request, class Reply, class Function>
  Status Answer(ServerContext* context, const char* method, const Request& request, Reply* reply,
                const Function& function) {
    return Guarded([&] {
      const ModelSpec& spec = request.model_spec();
      FakeModel model;
      Status status = Note(context, method, request, spec.name());
      if (status.ok()) status = Find(spec, &model);
      if (!status.ok()) return status;
      SetSpec(spec, model, reply->mutable_model_spec());
      return function(model);
    });
  }

  Models models_;
  std::unique_ptr<grpc::Server> server_;
};

FakeServer::FakeServer() : state_(std::make_unique<State>()) {}
FakeServer::~FakeServer() = default;

const std::string& FakeServer::address() const { return state_->address; }

void FakeServer::Serve(const std::string& name, FakeModel model) {
  const std::lock_guard<std::mutex> held(state_->lock);
  const int64_t version = model.version;
  state_->models[name][version] = {std::move(model), StatusCode::OK, ""};
}

void FakeServer::SetState(const std::string& name, int64_t version, ModelVersionStatus::State state,
                          StatusCode code, const std::string& message) {
  const std::lock_guard<std::mutex> held(state_->lock);
  auto& versions = state_->models[name];
  const auto found = versions.find(version);
  if (found == versions.end()) {
    Refuse(InputError::Kind::kName, "the fake server has no version ", version, " of model ", name);
  }
  found->second.model.state = state;
  found->second.code = code;
  found->second.message = message;
}

void FakeServer::Fail(const std::string& name, StatusCode code, const std::string& details, int times) {
  const std::lock_guard<std::mutex> held(state_->lock);
  state_->failures.erase(name);
  if (code != StatusCode::OK) state_->failures[name] = {Status(code, details), times};
}

void FakeServer::Slow(const std::string& name, Duration by) {
  const std::lock_guard<std::mutex> held(state_->lock);
  state_->delays[name] = by;
}

std::vector<FakeCall> FakeServer::calls() const {
  const std::lock_guard<std::mutex> held(state_->lock);
  return state_->calls;
}

}  // namespace
