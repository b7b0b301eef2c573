// What a client knows and does, for its own use: whose turn it is among the addresses, and which calls run.
#pragma once

#include <grpcpp/client_context.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <tuple>

#include "tensorflow_serving/apis/model_service.grpc.pb.h"
#include "tensorflow_serving/apis/prediction_service.grpc.pb.h"
#include "connection.h"
#include "requests.h"

namespace tensorflow::serving::client::internal {

// Calls that run at the same time, and end together.
class Running {
 public:
  // While a call lasts.
  class Watch {
   public:
    Watch(Running* running, grpc::ClientContext* context) : running_(running), context_(context) {
      const std::lock_guard<std::mutex> lock(running_->lock_);
      running_->contexts_.insert(context_);
      if (running_->stopped_) context_->TryCancel();
    }
    ~Watch() {
      const std::lock_guard<std::mutex> lock(running_->lock_);
      running_->contexts_.erase(context_);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Running* running_;
    grpc::ClientContext* context_;
  };

  void Stop() {
    const std::lock_guard<std::mutex> lock(lock_);
    stopped_ = true;
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
    changed_.notify_all();
  }
  // Whether they were stopped meanwhile.
  bool Sleep(std::chrono::system_clock::duration time) {
    std::unique_lock<std::mutex> lock(lock_);
    return changed_.wait_for(lock, time, [this] { return stopped_; });
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::set<grpc::ClientContext*> contexts_;
};

struct Server {
  std::string address;
  std::unique_ptr<PredictionService::Stub> predictions;
  std::unique_ptr<ModelService::Stub> models;
};

// The end of all that a call does; none where it has no deadline.
using Until = std::optional<std::chrono::system_clock::time_point>;

// One step of what a client's method does.
struct Step {
  const Target& target;
  const char* method;
  Until until;
  std::optional<Rows> rows = std::nullopt;
  // The other parts of a batch.
  Running* group = nullptr;
};

// What is known about a model's signatures.
struct Known {
  // The version that they are of.
  int64_t version = 0;
  // None where the server doesn't tell.
  std::optional<std::map<std::string, Signature>> signatures;
};

class Core {
 public:
  Core(const std::string& addresses, Settings settings);

  Running& running() { return running_; }
  const std::vector<Server>& servers() const { return servers_; }

  // The end of a call that begins now.
  Until Begin(const Target& target) const;
  // The inputs as tensors, checked where the signature is known.
  Checked Check(const Target& target, Inputs inputs, const Until& until);
  // What is known about a model's signatures; asked for once.
  Known Read(const Target& target, const Until& until);
  // Forgets the signatures of another version than the one that answers now.
  void Answered(const Target& target, const ModelSpec& spec);
  // Waits for one server.
  std::vector<VersionStatus> WaitReady(const Server& server, const Target& target, const Until& until, Duration poll);
  // Where a reload has none.
  Duration ReloadDeadline(const Target& target) const;

  // One call of one server. Throws CallError.
  template <class Stub, class Request, class Reply>
  Reply Once(const Server& server, Stub* stub,
             grpc::Status (Stub::*call)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
             const Step& step) {
    grpc::ClientContext context;
    Prepare(step, &context);
    const Running::Watch watch(&running_, &context);
    std::optional<Running::Watch> together;
    if (step.group != nullptr) together.emplace(step.group, &context);
    Reply reply;
    const grpc::Status status = (stub->*call)(&context, request, &reply);
    if (!status.ok()) Fail(server, step, context, status);
    return reply;
  }

  // A call of the server whose turn it is, and of the others while they can't be reached. Throws CallError.
  template <class Stub, class Request, class Reply>
  Reply Send(std::unique_ptr<Stub> Server::*stub,
             grpc::Status (Stub::*call)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
             const Step& step) {
    const size_t first = turns_.fetch_add(1);
    for (size_t number = 0;; ++number) {
      const Server& server = servers_[(first + number) % servers_.size()];
      try {
        return Once(server, (server.*stub).get(), call, request, step);
      } catch (const Unreachable&) {
        if (number + 1 == servers_.size()) throw;
      }
    }
  }

 private:
  using Key = std::tuple<std::string, std::optional<int64_t>, std::string>;

  static Key KeyOf(const Target& target) { return {target.model, target.version, target.label}; }

  void Prepare(const Step& step, grpc::ClientContext* context) const;
  [[noreturn]] static void Fail(const Server& server, const Step& step, const grpc::ClientContext& context,
                                const grpc::Status& status);
  std::optional<Known> LookUp(const Target& target);
  void Forget(const Target& target);

  Settings settings_;
  std::vector<Server> servers_;
  Running running_;
  std::atomic<size_t> turns_{0};
  std::mutex lock_;
  std::map<Key, Known> known_;
};

// Does several things, at most so many at a time. The first error ends the others.
void Together(size_t total, size_t parallel, Running* group, const std::function<void(size_t)>& each);

}  // namespace
