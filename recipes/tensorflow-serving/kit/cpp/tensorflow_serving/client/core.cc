#include "core.h"

#include <algorithm>
#include <exception>
#include <thread>

namespace tensorflow::serving::client::internal {
namespace {

using Clock = std::chrono::system_clock;

// How long one question for readiness may take: a server that hangs is asked again.
constexpr std::chrono::seconds kStatusTime(10);
constexpr std::chrono::seconds kReloadTime(60);

Until After(Duration deadline) {
  if (deadline == kNone) return std::nullopt;
  return Clock::now() + deadline;
}

// Whether a model may become ready though a question for it failed.
bool WaitsFor(grpc::StatusCode code, const Target& target) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::NOT_FOUND:
      return true;
    case grpc::StatusCode::INVALID_ARGUMENT:
      // That is how a server answers for a label that no version has yet.
      return !target.label.empty();
    default:
      return false;
  }
}

}  // namespace

Core::Core(const std::string& addresses, Settings settings) : settings_(std::move(settings)) {
  const auto add = [this](const std::string& address, const std::shared_ptr<grpc::ChannelInterface>& channel) {
    servers_.push_back({address, PredictionService::NewStub(channel), ModelService::NewStub(channel)});
  };
  if (settings_.channel != nullptr) {
    if (settings_.interceptors) {
      Refuse(InputError::Kind::kSetting, "a channel of your own has its interceptors already");
    }
    add(addresses.empty() ? "the given channel" : addresses, settings_.channel);
    return;
  }
  for (const std::string& address : SplitAddresses(addresses)) add(address, OpenChannel(address, settings_));
}

Until Core::Begin(const Target& target) const {
  target.Spec();
  const bool secure = settings_.tls || settings_.transport != nullptr || settings_.channel != nullptr;
  if (target.credentials != nullptr && !secure) RefusePlaintext();
  return After(target.deadline.value_or(settings_.deadline));
}

Checked Core::Check(const Target& target, Inputs inputs, const Until& until) {
  const bool strict = target.fill != Fill::kError;
  if (!settings_.check && !strict) return {MakeTensors(std::move(inputs)), {}};
  while (true) {
    const bool old = LookUp(target).has_value();
    const Known found = Read(target, until);
    if (!found.signatures) {
      if (strict) Refuse(InputError::Kind::kSetting, "the server tells no signatures: nothing can be filled");
      return {MakeTensors(std::move(inputs)), {}};
    }
    // What is known may be of a version that isn't served any more.
    const bool again = old && !target.version;
    try {
      const Signature& signature = Choose(*found.signatures, target.signature);
      return signature.Check(again ? inputs : std::move(inputs), target.outputs, target.fill);
    } catch (const InputError&) {
      if (!again) throw;
      Forget(target);
    }
  }
}

Known Core::Read(const Target& target, const Until& until) {
  if (const std::optional<Known> found = LookUp(target)) return *found;
  Target asked = target;
  asked.signature.clear();
  GetModelMetadataRequest request;
  *request.mutable_model_spec() = asked.Spec();
  request.add_metadata_field("signature_def");
  Known found;
  try {
    const auto reply = Send(&Server::predictions, &PredictionService::Stub::GetModelMetadata, request,
                            {asked, "GetModelMetadata", until});
    found = {reply.model_spec().version().value(), ReadSignatures(reply)};
  } catch (const CallError& error) {
    if (error.code() != grpc::StatusCode::UNIMPLEMENTED) throw;
  }
  const std::lock_guard<std::mutex> lock(lock_);
  known_[KeyOf(target)] = found;
  return found;
}

void Core::Answered(const Target& target, const ModelSpec& spec) {
  const int64_t version = spec.version().value();
  const std::lock_guard<std::mutex> lock(lock_);
  const auto found = known_.find(KeyOf(target));
  if (found == known_.end() || !found->second.signatures) return;
  if (version != 0 && version != found->second.version) known_.erase(found);
}

std::optional<Known> Core::LookUp(const Target& target) {
  const std::lock_guard<std::mutex> lock(lock_);
  const auto found = known_.find(KeyOf(target));
  return found == known_.end() ? std::nullopt : std::optional<Known>(found->second);
}

void Core::Forget(const Target& target) {
  const std::lock_guard<std::mutex> lock(lock_);
  known_.erase(KeyOf(target));
}

std::vector<VersionStatus> Core::WaitReady(const Server& server, const Target& target, const Until& until,
                                           Duration poll) {
  GetModelStatusRequest request;
  *request.mutable_model_spec() = target.Spec();
  std::string last;
  while (true) {
    Until soon = Clock::now() + kStatusTime;
    if (until) soon = std::min(*soon, *until);
    try {
      const auto reply = Once(server, server.models.get(), &ModelService::Stub::GetModelStatus, request,
                              {target, "GetModelStatus", soon});
      std::vector<VersionStatus> ready;
      std::vector<std::string> lines;
      bool ended = false;
      for (const VersionStatus& each : ReadStatuses(reply)) {
        if (each.state == ModelVersionStatus::AVAILABLE) ready.push_back(each);
        ended = ended || (each.state == ModelVersionStatus::END && each.code != grpc::StatusCode::OK);
        lines.push_back(each.ToString());
      }
      if (!ready.empty()) return ready;
      const std::string about = target.About("GetModelStatus", server.address).ToString();
      last = about + ": " + (lines.empty() ? "no version" : Joined(lines, "; "));
      if (ended && target.version) throw NotReadyError(last);
    } catch (const CallError& error) {
      if (!WaitsFor(error.code(), target)) throw;
      // What was known last says more than that there was no time to ask again.
      if (last.empty() || error.code() != grpc::StatusCode::DEADLINE_EXCEEDED) last = error.what();
    }
    if (until && *until - Clock::now() <= poll) throw NotReadyError(last);
    if (running_.Sleep(poll)) {
      ThrowCallError(target.About("GetModelStatus", server.address),
                     grpc::Status(grpc::StatusCode::CANCELLED, "the client is closed"));
    }
  }
}

Duration Core::ReloadDeadline(const Target& target) const {
  if (target.deadline && *target.deadline == kNone) {
    Refuse(InputError::Kind::kSetting, "a reload needs a deadline: a path that is wrong makes it hang");
  }
  if (!target.deadline && settings_.deadline == kNone) return kReloadTime;
  return target.deadline.value_or(settings_.deadline);
}

void Core::Prepare(const Step& step, grpc::ClientContext* context) const {
  if (step.until) context->set_deadline(*step.until);
  for (const auto& [name, value] : settings_.metadata) context->AddMetadata(name, value);
  for (const auto& [name, value] : step.target.metadata) context->AddMetadata(name, value);
  auto credentials = step.target.credentials;
  if (settings_.channel != nullptr && settings_.credentials != nullptr) {
    credentials = credentials == nullptr ? settings_.credentials
                                         : grpc::CompositeCallCredentials(settings_.credentials, credentials);
  }
  if (credentials != nullptr) context->set_credentials(credentials);
}

void Core::Fail(const Server& server, const Step& step, const grpc::ClientContext& context,
                const grpc::Status& status) {
  Trailer trailer;
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    trailer.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  ThrowCallError(step.target.About(step.method, server.address, step.rows), status, std::move(trailer));
}

void Together(size_t total, size_t parallel, Running* group, const std::function<void(size_t)>& each) {
  if (total == 1) return each(0);
  std::atomic<size_t> next{0};
  std::mutex lock;
  std::exception_ptr failed;
  const auto work = [&] {
    for (size_t number = next++; number < total; number = next++) {
      try {
        each(number);
      } catch (...) {
        {
          const std::lock_guard<std::mutex> held(lock);
          if (!failed) failed = std::current_exception();
        }
        next = total;
        group->Stop();
      }
    }
  };
  // This thread works, too: without others it is slower, but right.
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < std::min(parallel, total)) others.emplace_back(work);
  } catch (const std::system_error&) {
    // There is no room for more.
  }
  work();
  for (std::thread& other : others) other.join();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace
