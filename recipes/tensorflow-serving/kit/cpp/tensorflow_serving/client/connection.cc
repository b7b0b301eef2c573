#include "connection.h"

#include <grpcpp/create_channel.h>

#include <fstream>
#include <limits>
#include <set>

namespace tensorflow::serving::client::internal {
namespace {

using Kind = InputError::Kind;

std::string ReadPem(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) Refuse(Kind::kSetting, path, ": it can't be read");
  return text.str();
}

// Lets calls be tried again that do the same when they are made twice.
std::string ServiceConfig(int attempts) {
  std::string config = R"({"loadBalancingConfig": [{"round_robin": {}}])";
  if (attempts > 1) {
    config += Text(R"(, "methodConfig": [{"name": [{"service": "tensorflow.serving.PredictionService"},)",
                   R"( {"service": "tensorflow.serving.ModelService", "method": "GetModelStatus"}],)",
                   R"( "retryPolicy": {"maxAttempts": )", attempts,
                   R"(, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2,)",
                   R"( "retryableStatusCodes": ["UNAVAILABLE"]}}])");
  }
  return config + "}";
}

grpc::ChannelArguments MakeArguments(const Settings& settings) {
  grpc::ChannelArguments made = settings.arguments;
  const grpc_channel_args given = made.c_channel_args();
  std::set<std::string> names;
  for (size_t number = 0; number < given.num_args; ++number) names.insert(given.args[number].key);
  const auto set = [&](const char* name, auto value) {
    if (names.count(name) != 0) return;
    if constexpr (std::is_integral_v<decltype(value)>) {
      made.SetInt(name, static_cast<int>(value));
    } else {
      made.SetString(name, value);
    }
  };
  set("grpc.service_config", ServiceConfig(settings.attempts));
  set("grpc.enable_retries", settings.attempts > 1 ? 1 : 0);
  // gRPC keeps what it may have to send again, up to a limit, which is 256 KB by itself.
  set("grpc.per_rpc_retry_buffer_size", std::numeric_limits<int>::max());
  set("grpc.max_receive_message_length", settings.max_message_bytes);
  set("grpc.max_send_message_length", settings.max_message_bytes);
  if (settings.keepalive != kNone) {
    set("grpc.keepalive_time_ms", settings.keepalive.count());
    // Which of the two counts depends on gRPC's version.
    set("grpc.keepalive_timeout_ms", settings.keepalive_timeout.count());
    set("grpc.http2.ping_timeout_ms", settings.keepalive_timeout.count());
  }
  if (settings.tls && !settings.tls->server_name.empty()) {
    set("grpc.ssl_target_name_override", settings.tls->server_name);
  }
  return made;
}

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const Settings& settings) {
  std::shared_ptr<grpc::ChannelCredentials> made = settings.transport;
  if (made == nullptr && settings.tls) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ReadPem(settings.tls->ca);
    options.pem_private_key = ReadPem(settings.tls->key);
    options.pem_cert_chain = ReadPem(settings.tls->certificate);
    made = grpc::SslCredentials(options);
  }
  if (made == nullptr) {
    if (settings.credentials != nullptr) RefusePlaintext();
    return grpc::InsecureChannelCredentials();
  }
  return settings.credentials == nullptr ? made : grpc::CompositeChannelCredentials(made, settings.credentials);
}

}  // namespace

std::vector<std::string> SplitAddresses(const std::string& addresses) {
  // These are one address for gRPC, however many hosts they name.
  if (addresses.rfind("ipv4:", 0) == 0 || addresses.rfind("ipv6:", 0) == 0) return {addresses};
  std::vector<std::string> found;
  std::istringstream parts(addresses + ",");
  for (std::string part; std::getline(parts, part, ',');) {
    const size_t first = part.find_first_not_of(' ');
    if (first == std::string::npos) Refuse(Kind::kSetting, "an address is needed: host:port");
    found.push_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
  }
  return found;
}

std::shared_ptr<grpc::ChannelInterface> OpenChannel(const std::string& address, const Settings& settings) {
  const auto credentials = MakeCredentials(settings);
  const grpc::ChannelArguments arguments = MakeArguments(settings);
  if (!settings.interceptors) return grpc::CreateCustomChannel(address, credentials, arguments);
  return grpc::experimental::CreateCustomChannelWithInterceptors(address, credentials, arguments,
                                                                 settings.interceptors());
}

void RefusePlaintext() { Refuse(Kind::kSetting, "call credentials need TLS: anybody could read them"); }

}  // namespace
