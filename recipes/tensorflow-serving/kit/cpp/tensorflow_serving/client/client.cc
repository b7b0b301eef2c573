#include "client.h"

#include "core.h"

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
using internal::Server;
using Predictions = PredictionService::Stub;
using Models = ModelService::Stub;

Tensors TakeOutputs(PredictResponse* reply) {
  Tensors outputs;
  for (auto& [name, tensor] : *reply->mutable_outputs()) outputs[name] = std::move(tensor);
  return outputs;
}

const char* MethodOf(Task::Kind kind) {
  switch (kind) {
    case Task::Kind::kClassify:
      return internal::kClassifyMethod;
    case Task::Kind::kRegress:
      return internal::kRegressMethod;
  }
  Refuse(InputError::Kind::kSetting, "a task is kClassify or kRegress");
}

}  // namespace

Client::Client(const std::string& addresses, Settings settings)
    : core_(std::make_unique<internal::Core>(addresses, std::move(settings))) {}

Client::~Client() {
  if (core_ != nullptr) Close();
}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::Close() { core_->running().Stop(); }

Prediction Client::Predict(const Target& target, Inputs inputs) {
  const internal::Until until = core_->Begin(target);
  Checked checked = core_->Check(target, std::move(inputs), until);
  const PredictRequest request = internal::MakePredictRequest(target, std::move(checked.inputs));
  PredictResponse reply =
      core_->Send(&Server::predictions, &Predictions::Predict, request, {target, "Predict", until});
  core_->Answered(target, reply.model_spec());
  return internal::ReadPrediction(TakeOutputs(&reply), {reply.model_spec()}, std::move(checked.filled));
}

std::future<Prediction> Client::PredictAsync(Target target, Inputs inputs) {
  return std::async(std::launch::async, [this, target = std::move(target), inputs = std::move(inputs)]() mutable {
    return Predict(target, std::move(inputs));
  });
}

Prediction Client::PredictBatches(const Target& target, Inputs inputs, const BatchOptions& options) {
  if (options.parallel < 1) {
    Refuse(InputError::Kind::kSetting, options.parallel, " calls at a time");
  }
  const internal::Until until = core_->Begin(target);
  Checked checked = core_->Check(target, std::move(inputs), until);
  const Batch batch(std::move(checked.inputs), options.rows, options.shared, checked.filled);
  std::vector<Tensors> outputs(batch.parts().size());
  std::vector<ModelSpec> specs(batch.parts().size());
  internal::Running group;
  internal::Together(outputs.size(), static_cast<size_t>(options.parallel), &group, [&](size_t number) {
    const PredictRequest request = internal::MakePredictRequest(target, batch.Part(number));
    PredictResponse reply = core_->Send(&Server::predictions, &Predictions::Predict, request,
                                        {target, "Predict", until, batch.parts()[number], &group});
    specs[number] = reply.model_spec();
    outputs[number] = TakeOutputs(&reply);
  });
  for (const ModelSpec& spec : specs) core_->Answered(target, spec);
  return internal::ReadPrediction(Join(batch.parts(), std::move(outputs)), specs, std::move(checked.filled));
}

std::vector<std::vector<Class>> Client::Classify(const Target& target, std::vector<Features> examples,
                                                 std::optional<Features> shared) {
  const internal::Until until = core_->Begin(target);
  ClassificationRequest request;
  *request.mutable_model_spec() = target.Spec();
  *request.mutable_input() = MakeExamples(std::move(examples), std::move(shared));
  const auto reply = core_->Send(&Server::predictions, &Predictions::Classify, request, {target, "Classify", until});
  return internal::ReadClasses(reply.result());
}

std::vector<float> Client::Regress(const Target& target, std::vector<Features> examples,
                                   std::optional<Features> shared) {
  const internal::Until until = core_->Begin(target);
  RegressionRequest request;
  *request.mutable_model_spec() = target.Spec();
  *request.mutable_input() = MakeExamples(std::move(examples), std::move(shared));
  const auto reply = core_->Send(&Server::predictions, &Predictions::Regress, request, {target, "Regress", until});
  return internal::ReadValues(reply.result());
}

std::vector<TaskResult> Client::MultiInference(const Target& target, std::vector<Features> examples,
                                               const std::vector<Task>& tasks, std::optional<Features> shared) {
  const internal::Until until = core_->Begin(target);
  MultiInferenceRequest request;
  *request.mutable_input() = MakeExamples(std::move(examples), std::move(shared));
  for (const Task& task : tasks) {
    Target of = target;
    of.signature = task.signature;
    auto* made = request.add_tasks();
    *made->mutable_model_spec() = of.Spec();
    made->set_method_name(MethodOf(task.kind));
  }
  const auto reply =
      core_->Send(&Server::predictions, &Predictions::MultiInference, request, {target, "MultiInference", until});
  std::vector<TaskResult> found;
  for (const auto& result : reply.results()) {
    found.push_back({internal::ReadClasses(result.classification_result()),
                     internal::ReadValues(result.regression_result())});
  }
  return found;
}

client::Signature Client::Signature(const Target& target) {
  const internal::Known known = core_->Read(target, core_->Begin(target));
  if (!known.signatures) Refuse(InputError::Kind::kSetting, "the server tells no signatures");
  return Choose(*known.signatures, target.signature);
}

std::vector<VersionStatus> Client::Status(const Target& target) {
  const internal::Until until = core_->Begin(target);
  GetModelStatusRequest request;
  *request.mutable_model_spec() = target.Spec();
  return internal::ReadStatuses(
      core_->Send(&Server::models, &Models::GetModelStatus, request, {target, "GetModelStatus", until}));
}

std::vector<VersionStatus> Client::WaitReady(const Target& target, Duration timeout, Duration poll) {
  Target waiting = target;
  waiting.deadline = timeout;
  const internal::Until until = core_->Begin(waiting);
  std::vector<VersionStatus> ready;
  for (const Server& server : core_->servers()) ready = core_->WaitReady(server, waiting, until, poll);
  return ready;
}

void Client::Reload(const ModelsConf& models, Target options) {
  Target target("");
  target.deadline = core_->ReloadDeadline(options);
  target.metadata = std::move(options.metadata);
  target.credentials = std::move(options.credentials);
  const internal::Until until = core_->Begin(target);
  const char* method = "HandleReloadConfigRequest";
  ReloadConfigRequest request;
  *request.mutable_config() = models.message();
  for (const Server& server : core_->servers()) {
    const auto reply =
        core_->Once(server, server.models.get(), &Models::HandleReloadConfigRequest, request, {target, method, until});
    const auto code = static_cast<grpc::StatusCode>(reply.status().error_code());
    if (code != grpc::StatusCode::OK) {
      ThrowCallError(target.About(method, server.address), grpc::Status(code, reply.status().error_message()));
    }
  }
}

}  // namespace
