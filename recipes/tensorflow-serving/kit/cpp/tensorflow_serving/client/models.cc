#include "models.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <system_error>
#include <utility>

#include "newer_fields.h"

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
using Kind = InputError::Kind;

// The first complaint about a text, with its line.
class Complaints : public google::protobuf::io::ErrorCollector {
 public:
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  void RecordError(int line, int column, absl::string_view message) override {
    Note(line, column, std::string(message));
  }
#else
  void AddError(int line, int column, const std::string& message) override { Note(line, column, message); }
#endif
  const std::string& first() const { return first_; }

 private:
  void Note(int line, int column, const std::string& message) {
    if (first_.empty()) first_ = internal::Text(":", line + 1, ":", column + 1, ": ", message);
  }

  std::string first_;
};

// Says which versions are served. Where the message's type is differs from release to release.
void SetPolicy(const Serving& serving, ModelConfig* model) {
  auto* policy = model->mutable_model_version_policy();
  if (serving.every) {
    policy->mutable_all();
  } else if (serving.latest != 0) {
    policy->mutable_latest()->set_num_versions(serving.latest);
  } else {
    policy->mutable_specific()->clear_versions();
    for (const int64_t version : serving.versions) policy->mutable_specific()->add_versions(version);
  }
}

void SetLabels(const std::map<std::string, int64_t>& labels, ModelConfig* model) {
  model->GetReflection()->ClearField(model, model->GetDescriptor()->FindFieldByName("version_labels"));
  for (const auto& label : labels) {
    internal::AddToMap(model, "version_labels", label.first, [&](auto* entry, const auto* value) {
      entry->GetReflection()->SetInt64(entry, value, label.second);
    });
  }
}

}  // namespace

ModelsConf::ModelsConf() { message_.mutable_model_config_list(); }

ModelsConf ModelsConf::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) Refuse(Kind::kSetting, path, ": it can't be read");
  ModelsConf made;
  Complaints complaints;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  if (!parser.ParseFromString(text.str(), &made.message_)) {
    Refuse(Kind::kSetting, path, complaints.first());
  }
  return made;
}

void ModelsConf::Write(const std::string& path) const {
  std::string text;
  google::protobuf::TextFormat::PrintToString(message_, &text);
  const std::filesystem::path target(path);
  const std::string name = internal::Text(".", target.filename().string(), "-", std::random_device{}());
  const std::filesystem::path written = target.parent_path() / name;
  std::error_code failed;
  {
    std::ofstream file(written, std::ios::binary);
    file << text;
    file.close();
    if (!file) failed = std::make_error_code(std::errc::io_error);
  }
  const auto old = std::filesystem::status(target);
  if (!failed && std::filesystem::exists(old)) std::filesystem::permissions(written, old.permissions(), failed);
  if (!failed) std::filesystem::rename(written, target, failed);
  if (failed) {
    std::error_code ignored;
    std::filesystem::remove(written, ignored);
    Refuse(Kind::kSetting, path, ": it can't be written: ", failed.message());
  }
}

std::vector<std::string> ModelsConf::names() const {
  std::vector<std::string> found;
  for (const ModelConfig& each : message_.model_config_list().config()) found.push_back(each.name());
  return found;
}

void ModelsConf::Serve(const std::string& name, const Serving& serving) {
  const int policies = (serving.versions.empty() ? 0 : 1) + (serving.latest != 0 ? 1 : 0) + (serving.every ? 1 : 0);
  if (policies > 1) Refuse(Kind::kSetting, "versions, latest and every: give one of them");
  if (serving.labels && ModelConfig::descriptor()->FindFieldByName("version_labels") == nullptr) {
    Refuse(Kind::kSetting, "servers of this release have no labels");
  }
  ModelConfig* found = nullptr;
  for (ModelConfig& each : *message_.mutable_model_config_list()->mutable_config()) {
    if (each.name() == name) found = &each;
  }
  if (found == nullptr) {
    if (serving.base_path.empty()) {
      Refuse(Kind::kMissing, "model ", name, " is new: it needs a base_path");
    }
    found = message_.mutable_model_config_list()->add_config();
    found->set_name(name);
    found->set_model_platform("tensorflow");
  }
  if (!serving.base_path.empty()) found->set_base_path(serving.base_path);
  if (!serving.platform.empty()) found->set_model_platform(serving.platform);
  if (policies == 1) SetPolicy(serving, found);
  if (serving.labels) SetLabels(*serving.labels, found);
}

void ModelsConf::Remove(const std::string& name) {
  auto* list = message_.mutable_model_config_list()->mutable_config();
  std::string names;
  for (int number = 0; number < list->size(); ++number) {
    if (list->Get(number).name() == name) {
      list->DeleteSubrange(number, 1);
      return;
    }
    names += (names.empty() ? "" : ", ") + list->Get(number).name();
  }
  Refuse(Kind::kName, "the list has no model ", name, ": it has ", names.empty() ? "none" : names);
}

const ModelConfig* ModelsConf::Find(const std::string& name) const {
  for (const ModelConfig& each : message_.model_config_list().config()) {
    if (each.name() == name) return &each;
  }
  return nullptr;
}

}  // namespace
