// Warm-up files: requests that a server sends to a version of a model when it loads it.
//
// The file is a TFRecord of PredictionLog messages; a file of anything else makes the model fail to load.
#pragma once

#include "tensorflow_serving/apis/prediction_log.pb.h"
#include "requests.h"

namespace tensorflow::serving::client {

// Where a server looks for it, below the folder of a version.
inline constexpr char kWarmupFile[] = "assets.extra/tf_serving_warmup_requests";

// Makes a request for Predict from values, of the types that they have by themselves. Throws InputError.
PredictRequest WarmupRequest(const std::string& model, Inputs inputs, const std::string& signature = "");
// The same from values that the signature takes.
PredictRequest WarmupRequest(const std::string& model, Inputs inputs, const Signature& signature);
// Makes a request for Predict of zeros, from what the model takes. Throws InputError.
PredictRequest WarmupZeros(const std::string& model, const Signature& signature, int64_t rows = 1);

// What a record holds: a request for Predict, Classify, Regress or MultiInference.
template <class Request>
PredictionLog LogOf(Request request) {
  PredictionLog log;
  if constexpr (std::is_same_v<Request, PredictRequest>) {
    *log.mutable_predict_log()->mutable_request() = std::move(request);
  } else if constexpr (std::is_same_v<Request, ClassificationRequest>) {
    *log.mutable_classify_log()->mutable_request() = std::move(request);
  } else if constexpr (std::is_same_v<Request, RegressionRequest>) {
    *log.mutable_regress_log()->mutable_request() = std::move(request);
  } else {
    *log.mutable_multi_inference_log()->mutable_request() = std::move(request);
  }
  return log;
}

// Writes the file where a server looks for it, below the folder of a version; its path. Throws InputError.
std::string WriteWarmup(const std::string& version_folder, const std::vector<PredictionLog>& logs);
std::string WriteWarmup(const std::string& version_folder, const std::vector<PredictRequest>& requests);
// Reads a file back: it, or the folder of its version. Throws ReplyError where it is damaged.
std::vector<PredictionLog> ReadWarmup(const std::string& path);

}  // namespace
