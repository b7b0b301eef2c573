#include "errors.h"

#include <iterator>
#include <utility>

namespace tensorflow::serving::client {

const char* InputError::kind_name() const {
  static constexpr const char* kNames[] = {"ragged",  "overflow", "type",    "shape",
                                           "content", "name",     "missing", "setting"};
  return kNames[static_cast<int>(kind_)];
}

std::string Call::ToString() const {
  std::string about;
  const auto add = [&about](const std::string& text) { about += (about.empty() ? "" : ", ") + text; };
  if (!version.empty()) add("version " + version);
  if (!signature.empty()) add("signature " + signature);
  if (rows) add(internal::Text("rows ", rows->start, " to ", rows->stop - 1));
  std::string text = method;
  if (!model.empty()) text += " of model " + model;
  if (!about.empty()) text += " (" + about + ")";
  if (!address.empty()) text += " at " + address;
  return text;
}

CallError::CallError(Call call, grpc::Status status, Trailer trailer)
    : Error(call.ToString() + ": " + CodeName(status.error_code()) + ": " + status.error_message()),
      call_(std::move(call)),
      status_(std::move(status)),
      trailer_(std::move(trailer)) {}

void ThrowCallError(Call call, grpc::Status status, Trailer trailer) {
  switch (status.error_code()) {
    case grpc::StatusCode::CANCELLED:
      throw CallCancelled(std::move(call), std::move(status), std::move(trailer));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      throw DeadlineExceeded(std::move(call), std::move(status), std::move(trailer));
    case grpc::StatusCode::UNAVAILABLE:
      throw Unreachable(std::move(call), std::move(status), std::move(trailer));
    default:
      throw CallError(std::move(call), std::move(status), std::move(trailer));
  }
}

std::string CodeName(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {
      "OK",           "CANCELLED",         "UNKNOWN",           "INVALID_ARGUMENT",    "DEADLINE_EXCEEDED",
      "NOT_FOUND",    "ALREADY_EXISTS",    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",  "FAILED_PRECONDITION",
      "ABORTED",      "OUT_OF_RANGE",      "UNIMPLEMENTED",     "INTERNAL",            "UNAVAILABLE",
      "DATA_LOSS",    "UNAUTHENTICATED"};
  const int number = code;
  return number >= 0 && number < static_cast<int>(std::size(kNames)) ? kNames[number] : std::to_string(number);
}

}  // namespace
