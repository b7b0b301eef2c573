// Where the servers are, and how they are called: channels of gRPC, made with settings that suit them.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "errors.h"

namespace tensorflow::serving::client {

// Headers of a call: names in lower case.
using Metadata = std::vector<std::pair<std::string, std::string>>;

using Duration = std::chrono::milliseconds;
// A deadline that there isn't, and no keepalive.
inline constexpr Duration kNone = Duration::max();

// What a client needs to speak TLS; mutual TLS with key and certificate. All are paths of files of PEM.
struct TLS {
  // Who is trusted to vouch for the server; those that gRPC brings, where it isn't given.
  std::string ca;
  // The client's.
  std::string key;
  // The client's, and those between it and the authority's.
  std::string certificate;
  // The name in the server's certificate, where it isn't that of the address.
  std::string server_name;
};

// How servers are called. Each may be left out.
struct Settings {
  // None for plaintext.
  std::optional<TLS> tls;
  // Credentials of your own, instead of tls.
  std::shared_ptr<grpc::ChannelCredentials> transport;
  // What names the caller in each call, such as a token; only with TLS.
  std::shared_ptr<grpc::CallCredentials> credentials;
  // Headers of every call.
  Metadata metadata;
  // For a call, where it doesn't say another; or kNone.
  Duration deadline = std::chrono::seconds(30);
  // The largest message that is sent or taken; -1 for any.
  int max_message_bytes = -1;
  // The time between pings while a call waits, or kNone. Servers end connections that ping more often than every 300 s.
  Duration keepalive = std::chrono::seconds(330);
  // How long an answer to a ping may take.
  Duration keepalive_timeout = std::chrono::seconds(20);
  // How often a call is tried, all in all, while a server is unavailable: after 0.1 s, up to 1 s. gRPC takes no more
  // than 5.
  int attempts = 3;
  // Makes the interceptors that see every call, for each channel anew.
  std::function<std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>()> interceptors;
  // Further ones of gRPC's channels; they win over those above.
  grpc::ChannelArguments arguments;
  // A channel of your own instead of addresses; its settings for TLS, message sizes, keepalive, attempts and
  // interceptors hold.
  std::shared_ptr<grpc::ChannelInterface> channel;
  // Whether the model's signature is looked at before anything is sent.
  bool check = true;
};

namespace internal {

// Addresses one by one. Throws InputError where there is none.
std::vector<std::string> SplitAddresses(const std::string& addresses);
// A channel that connects when it is first used. Throws InputError.
std::shared_ptr<grpc::ChannelInterface> OpenChannel(const std::string& address, const Settings& settings);
[[noreturn]] void RefusePlaintext();

}  // namespace internal
}  // namespace
