// How calls fail: exceptions, all of which are Error.
#pragma once

#include <grpcpp/support/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tensorflow::serving::client {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Values that make no tensor, or that the model's signature doesn't take. Nothing was sent.
class InputError : public Error {
 public:
  enum class Kind { kRagged, kOverflow, kType, kShape, kContent, kName, kMissing, kSetting };

  InputError(Kind kind, const std::string& message) : Error(message), kind_(kind) {}

  Kind kind() const { return kind_; }
  // The kind as one word: "ragged", "overflow" and so on.
  const char* kind_name() const;
  // The same, with its place in front of the message.
  InputError About(const std::string& place) const { return {kind_, place + ": " + what()}; }

 private:
  Kind kind_;
};

// A reply or a file that can't be read.
class ReplyError : public Error {
 public:
  using Error::Error;
};

// A model that isn't available after all the time given, or that can't become so.
class NotReadyError : public Error {
 public:
  using Error::Error;
};

// Some rows of a batch: from start on, without stop.
struct Rows {
  int64_t start = 0;
  int64_t stop = 0;
};

// Which call an error is about.
struct Call {
  std::string method;
  std::string model;
  // The version or the label that was asked for; empty where none was.
  std::string version;
  // The one that was called; empty where none was named.
  std::string signature;
  // The one that was called last.
  std::string address;
  // Those of the part that failed, where a batch went in parts.
  std::optional<Rows> rows;

  std::string ToString() const;
};

using Trailer = std::multimap<std::string, std::string>;

// A call that failed, with the status that gRPC gives it.
class CallError : public Error {
 public:
  CallError(Call call, grpc::Status status, Trailer trailer = {});

  const Call& call() const { return call_; }
  const grpc::Status& status() const { return status_; }
  grpc::StatusCode code() const { return status_.error_code(); }
  // What the server or gRPC says about it.
  std::string details() const { return status_.error_message(); }
  // What the server sent at the end of the call.
  const Trailer& trailer() const { return trailer_; }

 private:
  Call call_;
  grpc::Status status_;
  Trailer trailer_;
};

// A call that was cancelled: by this side (a closed client too) or by the server.
class CallCancelled : public CallError {
 public:
  using CallError::CallError;
};

// A call that had no answer before its deadline. The server may have done the work.
class DeadlineExceeded : public CallError {
 public:
  using CallError::CallError;
};

// A server that can't be reached, or that takes no calls now; after all attempts.
class Unreachable : public CallError {
 public:
  using CallError::CallError;
};

// Throws the error of a call by its status.
[[noreturn]] void ThrowCallError(Call call, grpc::Status status, Trailer trailer = {});

// A status's code as servers write it, such as NOT_FOUND.
std::string CodeName(grpc::StatusCode code);

namespace internal {

// All of them one after the other, as a stream writes them.
template <class... Parts>
std::string Text(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <class... Parts>
[[noreturn]] void Refuse(InputError::Kind kind, const Parts&... parts) {
  throw InputError(kind, Text(parts...));
}

}  // namespace internal
}  // namespace
