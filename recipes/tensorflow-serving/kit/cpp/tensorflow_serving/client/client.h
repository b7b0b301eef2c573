// Calls TensorFlow Serving, on top of the package's messages and stubs.
//
//   Client serving("localhost:8500");
//   Prediction result = serving.Predict("half_plus_two", {{"x", {1.0, 2.0, 5.0}}});
//   std::vector<float> y = result.Output<float>("y");
#pragma once

#include <future>

#include "batches.h"
#include "connection.h"
#include "errors.h"
#include "models.h"
#include "requests.h"
#include "signatures.h"

namespace tensorflow::serving::client {

namespace internal {
class Core;
}  // namespace internal

// A client of model servers, all of which serve the same models. It may be used by several threads.
//
// Methods throw InputError before anything is sent, else CallError, ReplyError or NotReadyError.
class Client {
 public:
  // addresses: "host:port" of each server, between commas. Calls take turns, and one that can't be reached is passed
  // over. Where a name has several addresses in DNS, calls take turns among these too. Nothing is sent yet.
  explicit Client(const std::string& addresses, Settings settings = {});
  // Ends all calls.
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Calls Predict.
  Prediction Predict(const Target& target, Inputs inputs);
  // The same, on a thread of its own. The client has to last until it is ready.
  std::future<Prediction> PredictAsync(Target target, Inputs inputs);
  // Calls Predict for a batch in parts, which take turns among the addresses. Rows are the first dimension of inputs
  // and outputs. The first part that fails ends the others, and its error has its rows. The deadline is for all
  // together.
  Prediction PredictBatches(const Target& target, Inputs inputs, const BatchOptions& batch);

  // Calls Classify; the classes of each example. shared: features that all examples share.
  std::vector<std::vector<Class>> Classify(const Target& target, std::vector<Features> examples,
                                           std::optional<Features> shared = std::nullopt);
  // Calls Regress; the value of each example.
  std::vector<float> Regress(const Target& target, std::vector<Features> examples,
                             std::optional<Features> shared = std::nullopt);
  // Calls MultiInference: for each task, as Classify or Regress gives it.
  std::vector<TaskResult> MultiInference(const Target& target, std::vector<Features> examples,
                                         const std::vector<Task>& tasks,
                                         std::optional<Features> shared = std::nullopt);

  // What the model takes and gives. It is read once for a version.
  client::Signature Signature(const Target& target);
  // What a server says about the versions of a model, the newest first.
  std::vector<VersionStatus> Status(const Target& target);
  // Returns once the model, or the target's version or label of it, is AVAILABLE at every address. A server that can't
  // be reached yet is waited for, too. Throws NotReadyError after the timeout, and at once where the version asked for
  // has failed to load. poll: the time between questions.
  std::vector<VersionStatus> WaitReady(const Target& target, Duration timeout = std::chrono::seconds(60),
                                       Duration poll = std::chrono::milliseconds(500));
  // Makes every server serve these models, and no others: models that aren't in the list are unloaded. It returns when
  // the servers have taken the list and loaded what is new; it has a deadline always. Of options, only deadline,
  // metadata and credentials count.
  void Reload(const ModelsConf& models, Target options = "");

  // Ends all calls; others are cancelled from then on.
  void Close();

 private:
  std::unique_ptr<internal::Core> core_;
};

}  // namespace
