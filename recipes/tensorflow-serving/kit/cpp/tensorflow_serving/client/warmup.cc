#include "warmup.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <filesystem>
#include <fstream>

#include "records.h"

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
// A server reads no more.
constexpr size_t kMostRecords = 1000;

// Maps in the order of their keys, so that the same requests are the same file.
std::string Serialized(const PredictionLog& log) {
  std::string record;
  google::protobuf::io::StringOutputStream stream(&record);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  log.SerializeToCodedStream(&coded);
  coded.Trim();
  return record;
}

PredictRequest Request(const std::string& model, const std::string& signature, Tensors inputs) {
  Target target(model);
  target.signature = signature;
  return internal::MakePredictRequest(target, std::move(inputs));
}

}  // namespace

PredictRequest WarmupRequest(const std::string& model, Inputs inputs, const std::string& signature) {
  return Request(model, signature, MakeTensors(std::move(inputs)));
}

PredictRequest WarmupRequest(const std::string& model, Inputs inputs, const Signature& signature) {
  return Request(model, signature.name, signature.Check(std::move(inputs)).inputs);
}

PredictRequest WarmupZeros(const std::string& model, const Signature& signature, int64_t rows) {
  Tensors made;
  for (const auto& [name, spec] : signature.inputs) made[name] = internal::MakeZeros(name, spec, rows);
  return Request(model, signature.name, std::move(made));
}

std::string WriteWarmup(const std::string& version_folder, const std::vector<PredictionLog>& logs) {
  using Kind = InputError::Kind;
  if (logs.size() > kMostRecords) {
    Refuse(Kind::kSetting, logs.size(), " records: a server reads ", kMostRecords);
  }
  std::vector<std::string> records;
  records.reserve(logs.size());
  for (const PredictionLog& log : logs) records.push_back(Serialized(log));
  const std::filesystem::path path = std::filesystem::path(version_folder) / kWarmupFile;
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  std::ofstream file(path, std::ios::binary);
  file << FrameRecords(records);
  file.close();
  if (!file) Refuse(Kind::kSetting, path.string(), ": it can't be written");
  return path.string();
}

std::string WriteWarmup(const std::string& version_folder, const std::vector<PredictRequest>& requests) {
  std::vector<PredictionLog> logs;
  logs.reserve(requests.size());
  for (const PredictRequest& request : requests) logs.push_back(LogOf(request));
  return WriteWarmup(version_folder, logs);
}

std::vector<PredictionLog> ReadWarmup(const std::string& path) {
  std::filesystem::path found(path);
  if (std::filesystem::is_directory(found)) found /= kWarmupFile;
  std::ifstream file(found, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw ReplyError(found.string() + ": it can't be read");
  std::vector<PredictionLog> logs;
  for (const std::string& record : ReadRecords(content.str())) {
    logs.emplace_back();
    if (!logs.back().ParseFromString(record)) {
      throw ReplyError(internal::Text("record ", logs.size() - 1, " is no PredictionLog"));
    }
  }
  return logs;
}

}  // namespace
