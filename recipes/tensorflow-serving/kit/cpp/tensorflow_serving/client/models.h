// The list of models that a server serves.
#pragma once

#include <vector>

#include "errors.h"
#include "tensorflow_serving/config/model_server_config.pb.h"

namespace tensorflow::serving::client {

// What is said about a model; what isn't given stays as it is.
struct Serving {
  // The folder that has a folder for each version.
  std::string base_path;
  // "tensorflow" where it isn't given.
  std::string platform;
  // These versions, the newest so many, or all: one of them. A server serves the newest version where none is given.
  std::vector<int64_t> versions;
  uint32_t latest = 0;
  bool every = false;
  // Names of versions; a server takes one only for a version that is available already.
  std::optional<std::map<std::string, int64_t>> labels;
};

// A models.conf, to read, to change and to write. What isn't changed stays as it was. A server is sent the whole list
// (Client::Reload): it can't be asked for the one it has.
class ModelsConf {
 public:
  // A list without models.
  ModelsConf();
  explicit ModelsConf(ModelServerConfig message) : message_(std::move(message)) {}

  // Reads text format, as --model_config_file is written in. Throws InputError, with file and line.
  static ModelsConf Read(const std::string& path);
  // Writes text format; the file is the old one or the new one at any time. Throws InputError.
  void Write(const std::string& path) const;

  // The list as the server takes it.
  const ModelServerConfig& message() const { return message_; }
  ModelServerConfig* mutable_message() { return &message_; }
  // The models in the list.
  std::vector<std::string> names() const;

  // Adds a model, or changes what is given of one that is there. Throws InputError.
  void Serve(const std::string& name, const Serving& serving);
  // Takes a model out of the list. A server unloads it. Throws InputError for one that isn't there.
  void Remove(const std::string& name);

  // Null where the list has no such model.
  const ModelConfig* Find(const std::string& name) const;

 private:
  ModelServerConfig message_;
};

}  // namespace
