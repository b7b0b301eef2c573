// Calls servers by the kit of a package, and prints what came of it by scenario; see ../contract.md.
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/create_channel.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "json.h"
#include "tensorflow_serving/client/client.h"
#include "tensorflow_serving/client/fake.h"
#include "tensorflow_serving/client/warmup.h"

namespace kit = tensorflow::serving::client;
using kit::Client;
using kit::Inputs;
using kit::Settings;
using kit::Target;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tensorflow::TensorProto;
using tensorflow::serving::ModelVersionStatus;

namespace {

// Servers count for each run by itself.
const std::string run = std::to_string(getpid()) + "-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
bool futures = false;
Json places;

std::string Place(const std::string& name) { return At(places, name).string_value(); }

Inputs X() { return {{"x", {1.5}}}; }

// A client whose calls are counted for this run.
Client Open(const std::string& addresses, Settings settings = {}) {
  settings.metadata.emplace_back("x-run", run);
  return Client(addresses, std::move(settings));
}

Client Unchecked(const std::string& addresses, Settings settings = {}) {
  settings.check = false;
  return Open(addresses, std::move(settings));
}

kit::Prediction Predict(Client& from, const Target& target, Inputs inputs) {
  return futures ? from.PredictAsync(target, std::move(inputs)).get() : from.Predict(target, std::move(inputs));
}

template <class T>
Json Element(const T& element) {
  if constexpr (std::is_same_v<T, kit::Float16> || std::is_same_v<T, kit::BFloat16>) {
    return ToJson(static_cast<float>(element));
  } else if constexpr (kit::internal::kIsComplex<T>) {
    return List(element.real(), element.imag());
  } else {
    return ToJson(element);
  }
}

// A tensor as JSON has it.
Json Plain(const TensorProto& tensor) {
  std::vector<Json> flat = std::visit(
      [](const auto& found) {
        std::vector<Json> made;
        for (const auto& each : found) {
          made.push_back(Element(static_cast<typename std::decay_t<decltype(found)>::value_type>(each)));
        }
        return made;
      },
      kit::AnyValues(tensor));
  const kit::Shape shape = kit::ShapeOf(tensor);
  if (shape.empty()) return flat.at(0);
  for (std::size_t axis = shape.size() - 1; axis > 0; --axis) {
    const auto size = static_cast<std::ptrdiff_t>(shape[axis]);
    std::vector<Json> rows;
    for (auto start = flat.begin(); start != flat.end(); start += size) {
      rows.push_back(ToJson(std::vector<Json>(start, start + size)));
    }
    flat = std::move(rows);
  }
  return ToJson(flat);
}

Json PlainAll(const kit::Prediction& found) {
  Object made;
  for (const auto& [name, tensor] : found.outputs) made[name] = Plain(tensor);
  return ToJson(made);
}

// How something fails.
std::vector<std::string> Failure(const std::function<void()>& call) {
  const auto told = [](const char* kind, const kit::CallError& error) {
    return std::vector<std::string>{kind, kit::CodeName(error.code()), error.details()};
  };
  try {
    call();
    return {"none"};
  } catch (const kit::CallCancelled& error) {
    return told("cancelled", error);
  } catch (const kit::DeadlineExceeded& error) {
    return told("deadline", error);
  } catch (const kit::Unreachable& error) {
    return told("unreachable", error);
  } catch (const kit::CallError& error) {
    return told("call", error);
  } catch (const kit::InputError& error) {
    return {"input", error.kind_name()};
  } catch (const kit::NotReadyError& error) {
    return {"not ready", error.what()};
  } catch (const kit::ReplyError& error) {
    return {"reply", error.what()};
  }
}

std::vector<std::string> Shortly(std::vector<std::string> failure) {
  failure.resize(std::min<std::size_t>(failure.size(), 2));
  return failure;
}

Json Failed(const std::function<void()>& call) { return ToJson(Failure(call)); }
Json FailedShortly(const std::function<void()>& call) { return ToJson(Shortly(Failure(call))); }

Json Predicted(Client& from, const Target& target, Inputs inputs, const std::string& output) {
  return Plain(Predict(from, target, std::move(inputs)).Tensor(output));
}

Target Named(const std::string& model, const std::function<void(Target&)>& change) {
  Target made(model);
  change(made);
  return made;
}

std::string Replaced(std::string text, const std::string& old, const std::string& with) {
  for (std::size_t place = 0; (place = text.find(old, place)) != std::string::npos; place += with.size()) {
    text.replace(place, old.size(), with);
  }
  return text;
}

// A socket that listens on this machine, and its port.
std::pair<int, std::string> Listening() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  Check(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(listener, 8) == 0 &&
            getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
        "no socket");
  return {listener, std::to_string(ntohs(address.sin_port))};
}

std::string ClosedPort() {
  const auto [listener, port] = Listening();
  close(listener);
  return "localhost:" + port;
}

// ---- connect

// Credentials of a call.
std::shared_ptr<grpc::CallCredentials> Token(const std::string& token) {
  class Plugin : public grpc::MetadataCredentialsPlugin {
   public:
    explicit Plugin(std::string token) : token_(std::move(token)) {}
    grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                             std::multimap<grpc::string, grpc::string>* metadata) override {
      metadata->emplace("x-request-id", token_);
      return grpc::Status::OK;
    }

   private:
    std::string token_;
  };
  return grpc::MetadataCredentialsFromPlugin(std::make_unique<Plugin>(token));
}

std::int64_t Version(const std::string& addresses, Settings settings = {}) {
  Client made = Unchecked(addresses, std::move(settings));
  return Predict(made, "echo", X()).version;
}

Json Seen(const std::string& address, Settings settings, const std::function<void(Target&)>& change) {
  Client made = Unchecked(address, std::move(settings));
  return Predicted(made, Named("metadata", change), {}, "seen");
}

std::vector<std::string> Wheres(const std::string& addresses, bool one) {
  Client made = Unchecked(addresses);
  // A channel begins with the first that it has connected to.
  Predict(made, "where", {});
  if (one) std::this_thread::sleep_for(milliseconds(200));
  std::vector<std::string> found;
  for (int number = 0; number < 4; ++number) {
    found.push_back(Predict(made, "where", {}).Output<std::string>("where").at(0));
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What becomes of a call whose server is there no more, though nobody has closed the connection.
Json KeptAlive(const std::string& address) {
  std::atomic<bool> silent{false}, ended{false};
  const auto [listener, port] = Listening();
  std::thread forwarding([&silent, &ended, address, listener = listener] {
    const int near = accept(listener, nullptr, nullptr);
    const int far = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    Check(connect(far, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0, "no server");
    std::vector<char> buffer(1 << 16);
    while (!ended) {
      pollfd both[] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
      if (poll(both, 2, 50) <= 0) continue;
      for (int side = 0; side < 2; ++side) {
        if (both[side].revents == 0) continue;
        const ssize_t size = read(both[side].fd, buffer.data(), buffer.size());
        if (size <= 0) ended = true;
        if (size > 0 && !silent) {
          Check(write(both[1 - side].fd, buffer.data(), static_cast<std::size_t>(size)) == size, "no connection");
        }
      }
    }
    close(near);
    close(far);
  });
  Settings settings;
  settings.attempts = 1;
  settings.keepalive = settings.keepalive_timeout = milliseconds(500);
  Json told;
  {
    Client pinging = Unchecked("127.0.0.1:" + port, settings);
    Predict(pinging, "echo", X());
    silent = true;
    told = FailedShortly([&] { Predict(pinging, Named("slow", [](Target& slow) { slow.deadline = seconds(20); }), X()); });
  }
  ended = true;
  forwarding.join();
  close(listener);
  return told;
}

// Notes the methods of calls.
class Noting : public grpc::experimental::Interceptor {
 public:
  Noting(const char* method, std::vector<std::string>* seen) : method_(method), seen_(seen) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      seen_->push_back(method_);
    }
    methods->Proceed();
  }

 private:
  const char* method_;
  std::vector<std::string>* seen_;
};

class NotingFactory : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit NotingFactory(std::vector<std::string>* seen) : seen_(seen) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo* info) override {
    return new Noting(info->method(), seen_);
  }

 private:
  std::vector<std::string>* seen_;
};

std::vector<std::string> Intercepted(const std::string& address) {
  std::vector<std::string> seen;
  Settings settings;
  settings.interceptors = [&seen] {
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> made;
    made.push_back(std::make_unique<NotingFactory>(&seen));
    return made;
  };
  Version(address, settings);
  return seen;
}

Json GivenChannel(const std::string& address) {
  Settings settings;
  settings.channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  // The first client leaves it open.
  const std::int64_t first = Version("", settings), second = Version("", settings);
  settings.interceptors = [] { return std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>(); };
  Check(Shortly(Failure([&] { Version("", settings); })) == std::vector<std::string>{"input", "setting"},
        "interceptors of a given channel aren't refused");
  return List(first, second);
}

Object Connect() {
  Object told;
  const std::string keys = Place("certificates"), first = Place("first"), gone = ClosedPort();
  Settings trusted;
  trusted.tls = kit::TLS{keys + "/ca.pem", "", "", ""};
  Settings mutual = trusted, named = trusted, owned = trusted;
  mutual.tls->key = keys + "/client.key";
  mutual.tls->certificate = keys + "/client.pem";
  named.tls->server_name = "localhost";
  told["plain"] = ToJson(Version(first));
  told["one_is_gone"] = List(Version(gone + "," + first), Version(first + ", " + gone));
  told["gone"] = FailedShortly([&] { Version(gone); });
  told["tls"] = ToJson(Version(Place("tls"), trusted));
  told["mutual_tls"] = ToJson(Version(Place("mutual"), mutual));
  told["tls_without_certificate"] = FailedShortly([&] { Version(Place("mutual"), trusted); });
  told["tls_name"] = ToJson(Version(Replaced(Place("tls"), "localhost", "127.0.0.1"), named));

  const auto unchanged = [](Target&) {};
  Settings headed;
  headed.metadata = {{"x-request-id", "r-1"}};
  told["metadata"] = Seen(first, headed, unchanged);
  told["call_metadata"] = Seen(first, {}, [](Target& target) { target.metadata = {{"x-request-id", "r-2"}}; });
  owned.credentials = Token("r-3");
  told["credentials"] = Seen(Place("tls"), owned, unchanged);
  told["call_credentials"] = Seen(Place("tls"), trusted, [](Target& target) { target.credentials = Token("r-4"); });
  Settings readable;
  readable.credentials = Token("t");
  told["plaintext_credentials"] = Failed([&] { Version(first, readable); });

  Client plainly = Unchecked(first);
  told["credentials_in_plaintext"] = Failed([&] {
    Predict(plainly, Named("echo", [](Target& target) { target.credentials = Token("t"); }), X());
  });
  // The servers read the list of an int64.
  const Inputs size{{"size", kit::MakeListedTensor(std::int64_t{16 << 20})}};
  const kit::Prediction zeros = Predict(plainly, "zeros", size);
  const kit::Prediction back = Predict(plainly, "echo", {{"zeros", zeros.Tensor("zeros")}});
  told["large"] = List(zeros.Tensor("zeros").tensor_content().size(), back.Tensor("zeros").tensor_content().size());
  Settings small;
  small.max_message_bytes = 1 << 20;
  Client limited = Unchecked(first, small);
  told["limit"] = FailedShortly([&] { Predict(limited, "zeros", size); });

  Settings hasty;
  hasty.deadline = milliseconds(300);
  Client soon = Unchecked(first, hasty);
  told["deadline"] = FailedShortly([&] { Predict(soon, "slow", X()); });
  told["call_deadline"] = FailedShortly([&] {
    Predict(plainly, Named("slow", [](Target& slow) { slow.deadline = milliseconds(300); }), X());
  });
  const auto flaky = [&](const char* name, Inputs inputs) {
    const Target target = Named("flaky", [&](Target& made) { made.metadata = {{"x-request-id", name}}; });
    return Predicted(plainly, target, std::move(inputs), "count");
  };
  told["retries"] = flaky("small", X());
  told["retries_of_large"] = flaky("large", {{"x", std::vector<float>(1 << 18)}});
  told["retries_end"] = Failed([&] { Predict(plainly, "down", X()); });
  Settings once;
  once.attempts = 1;
  Client trying = Unchecked(first, once);
  told["no_retries"] = Failed([&] { Predict(trying, "flaky", X()); });
  told["keepalive"] = KeptAlive(first);

  told["turns"] = ToJson(Wheres(first + "," + Place("second"), false));
  const std::string numbers = Replaced(first + "," + Place("second"), "localhost", "127.0.0.1");
  const std::vector<std::string> turns = Wheres("ipv4:" + numbers, true);
  const std::set<std::string> behind(turns.begin(), turns.end());
  told["turns_behind_a_name"] = ToJson(std::vector<std::string>(behind.begin(), behind.end()));
  told["interceptors"] = ToJson(Intercepted(first));
  told["channel"] = GivenChannel(first);
  Client closing = Unchecked(first);
  std::thread closer([&closing] {
    std::this_thread::sleep_for(milliseconds(300));
    closing.Close();
  });
  told["closed"] = FailedShortly([&] { Predict(closing, "slow", X()); });
  closer.join();
  return told;
}

// ---- predict

Json Classes(const std::vector<std::vector<kit::Class>>& found) {
  std::vector<Json> made;
  for (const auto& one : found) {
    std::vector<Json> row;
    for (const kit::Class& each : one) row.push_back(List(each.label, each.score));
    made.push_back(ToJson(row));
  }
  return ToJson(made);
}

Json Results(const std::vector<kit::TaskResult>& found) {
  std::vector<Json> made;
  for (const kit::TaskResult& each : found) {
    made.push_back(each.classes.empty() ? ToJson(each.values) : Classes(each.classes));
  }
  return ToJson(made);
}

// A tensor of each type that the servers know.
Inputs TypedInputs() {
  const std::int64_t most = (std::int64_t{1} << 53) - 1;
  return {{"DT_FLOAT", {{1.5f, -2.25f}, {0.0f, 1e10f}}},
          {"DT_DOUBLE", {{1.5, -2.25}, {0.0, 1e300}}},
          {"DT_INT32", std::array<std::array<std::int32_t, 2>, 2>{{{1, -2}, {0, 2147483647}}}},
          {"DT_INT64", {{std::int64_t{1}, std::int64_t{-2}}, {std::int64_t{0}, most}}},
          {"DT_BOOL", std::vector<std::vector<bool>>{{true, false}, {false, true}}},
          {"DT_HALF", kit::MakeTensor({{1.5f, -2.25f}, {0.0f, 65504.0f}}, tensorflow::DT_HALF)},
          {"DT_STRING", {{"a", ""}, {"\u00fc", "long enough"}}}};
}

Object PredictPart() {
  Object told;
  Client first = Unchecked(Place("first")), checked = Open(Place("first"));
  kit::Prediction came = Predict(first, Named("echo", [](Target& echo) {
                                   echo.outputs = {"b"};
                                   echo.signature = "serving_default";
                                 }), {{"a", 1}, {"b", 2}});
  told["outputs"] = List(PlainAll(came), came.version, came.signature, came.model);
  told["version"] = Predicted(first, Named("spec", [](Target& spec) {
                                spec.version = 3;
                                spec.signature = "s";
                              }), {}, "spec");
  told["label"] = Predicted(first, Named("spec", [](Target& spec) { spec.label = "stable"; }), {}, "spec");
  told["version_and_label"] = Failed([&] {
    Predict(first, Named("spec", [](Target& spec) {
              spec.version = 1;
              spec.label = "stable";
            }), {});
  });
  told["forms"] = ToJson(Object{{"as_content", PlainAll(Predict(first, "as_content", TypedInputs()))},
                                {"as_values", PlainAll(Predict(first, "as_values", TypedInputs()))}});
  try {
    Predict(first, Named("missing", [](Target& missing) {
              missing.version = 3;
              missing.signature = "s";
            }), X());
  } catch (const kit::CallError& error) {
    const auto detail = error.trailer().find("x-detail");
    const kit::Call& call = error.call();
    const bool same = call.model == "missing" && call.version == "3" && call.signature == "s";
    told["not_found"] = List(kit::CodeName(error.code()), error.details(), detail->second, error.what(), same);
  }

  const std::vector<kit::Features> examples = {{{"labels", {"cat", "dog"}}, {"x", {0.25, 0.75}}},
                                               {{"labels", "fox"}, {"x", 1.5}}};
  told["classify"] = Classes(checked.Classify("c", examples));
  told["regress"] = ToJson(checked.Regress("r", {{{"x", {0.25, 0.75}}}, {{"x", 1.5}}}, kit::Features{{"labels", "cat"}}));
  using Kind = kit::Task::Kind;
  told["multi_inference"] = Results(checked.MultiInference("m", examples, {{Kind::kClassify, "a"}, {Kind::kRegress, "b"}}));
  told["unknown_task"] = Failed([&] { checked.MultiInference("m", examples, {{static_cast<Kind>(2), "a"}}); });

  Client pythie = Open(Place("pythie"));
  told["pythie"] = PlainAll(Predict(pythie, "prices", {{"size", {{1}, {2}, {3}}}, {"colour", {{"red"}, {"red"}, {"blue"}}}}));
  return told;
}

// ---- signatures

std::int64_t Asked(Client& from, const std::string& what) {
  return Predict(from, Named("asked", [&](Target& asked) { asked.signature = what; }), {}).Output<std::int64_t>("count").at(0);
}

Inputs Row() { return {{"x", {{1, 2}}}}; }
Inputs RowAndThree() { return {{"x", {{1, 2}}}, {"k", 3}}; }

Object Signatures() {
  Object told;
  Client first = Open(Place("first"));
  const std::int64_t metadata = Asked(first, "signed metadata"), predict = Asked(first, "signed predict");
  const kit::Signature found = first.Signature("signed");
  Object specs;
  for (const auto& [name, spec] : found.inputs) {
    std::vector<Json> shape;
    for (const std::int64_t size : *spec.shape) {
      shape.push_back(ToJson(size));
      if (size < 0) shape.back().set_null_value(google::protobuf::NULL_VALUE);
    }
    specs[name] = List(kit::TypeName(spec.type), shape);
  }
  told["signature"] = List(found.method, ToJson(specs));
  kit::Prediction came = Predict(first, "signed", RowAndThree());
  Object types;
  for (const auto& [name, tensor] : came.outputs) types[name] = List(static_cast<int>(tensor.dtype()), Plain(tensor));
  told["types_from_signature"] = ToJson(types);
  told["refused"] = List(Failed([&] { Predict(first, "signed", {{"x", {{1, 2}}}, {"kk", 3}}); }),
                         Failed([&] { Predict(first, "signed", {{"x", {1, 2}}, {"k", 3}}); }),
                         Failed([&] { Predict(first, "signed", Row()); }));
  came = Predict(first, Named("signed", [](Target& target) { target.fill = kit::Fill::kZeros; }), Row());
  told["filled"] = List(Plain(came.Tensor("k")), came.filled);
  // One question for signatures for each time that something is refused: the version may be new.
  told["asked"] = List(Asked(first, "signed metadata") - metadata, Asked(first, "signed predict") - predict);
  told["unsigned_fill"] = Failed([&] {
    Predict(first, Named("echo", [](Target& target) { target.fill = kit::Fill::kZeros; }), {});
  });

  Client second = Open(Place("first"));
  std::int64_t before = Asked(second, "signed metadata");
  for (int number = 0; number < 3; ++number) {
    Predict(second, Named("signed", [](Target& target) { target.version = 7; }), RowAndThree());
  }
  told["asked_for_a_version"] = ToJson(Asked(second, "signed metadata") - before);
  before = Asked(second, "changing metadata");
  for (int number = 0; number < 4; ++number) came = Predict(second, "changing", RowAndThree());
  told["changed"] = List(came.version, Asked(second, "changing metadata") - before);

  Client third = Unchecked(Place("first"));
  before = Asked(third, "signed metadata");
  came = Predict(third, "signed", {{"x", {{std::int64_t{1}, std::int64_t{2}}}}});
  told["unchecked"] = List(static_cast<int>(came.Tensor("x").dtype()), Asked(third, "signed metadata") - before);
  return told;
}

// ---- batches

std::vector<int> Counting(int size) {
  std::vector<int> made;
  for (int number = 0; number < size; ++number) made.push_back(number);
  return made;
}

kit::BatchOptions Parts(int rows, int parallel = 4) { return {rows, parallel, {}}; }

Object Batches() {
  Object told;
  std::vector<std::vector<int>> rows;
  std::vector<std::string> texts;
  for (int number = 0; number < 17; ++number) {
    rows.push_back({2 * number, 2 * number + 1});
    texts.push_back("t" + std::to_string(number));
  }
  Client first = Unchecked(Place("first"));
  const auto counted = [&] { return Predicted(first, "told", {}, "told"); };
  counted();
  kit::Prediction came = first.PredictBatches(Named("together", [](Target& target) { target.outputs = {"x", "text"}; }),
                                              {{"x", rows}, {"text", texts}, {"scalar", 5}}, Parts(3, 3));
  const auto same = [](const Json& one, const Json& other) { return JsonText(one) == JsonText(other); };
  told["joined"] = List(same(Plain(came.Tensor("x")), ToJson(rows)), same(Plain(came.Tensor("text")), ToJson(texts)),
                        kit::internal::Names(came.outputs));
  told["parts"] = counted();
  const auto began = std::chrono::steady_clock::now();
  try {
    first.PredictBatches("failing", {{"x", Counting(9)}}, Parts(1, 3));
  } catch (const kit::CallError& error) {
    const kit::Rows& of = *error.call().rows;
    told["failed"] = List(kit::CodeName(error.code()), error.details(), List(of.start, of.stop),
                          std::string(error.what()).find("rows 1 to 1") != std::string::npos);
  }
  told["failed_soon"] = ToJson(std::chrono::steady_clock::now() - began < seconds(10));
  counted();
  const Inputs both{{"x", rows}, {"k", 1}};
  std::vector<std::string> failure = Failure([&] { first.PredictBatches("echo", both, Parts(5, 3)); });
  // How outputs are left out is the language's own.
  failure.at(1) = Replaced(failure.at(1), "with outputs", "with outputs=[...]");
  told["scalar_output"] = ToJson(failure);
  told["one_part"] = ToJson(kit::internal::Names(first.PredictBatches("echo", both, Parts(17)).outputs));
  told["no_parts"] = Failed([&] { first.PredictBatches("echo", {{"x", rows}}, Parts(5, 0)); });
  told["deadline"] = FailedShortly([&] {
    const Target slow = Named("slow", [](Target& target) { target.deadline = milliseconds(400); });
    first.PredictBatches(slow, {{"x", rows}}, Parts(5, 2));
  });

  Settings once;
  once.attempts = 1;
  Client two = Unchecked(Place("second") + "," + Place("first"), once);
  told["moved"] = Plain(two.PredictBatches("half_down", {{"x", Counting(10)}}, Parts(2, 2)).Tensor("x"));
  auto over = two.PredictBatches("where", {{"x", Counting(8)}}, Parts(1, 2)).Output<std::string>("where");
  std::sort(over.begin(), over.end());
  told["over_addresses"] = ToJson(over);
  return told;
}

// ---- models

Json States(const std::vector<kit::VersionStatus>& found) {
  std::vector<Json> made;
  for (const kit::VersionStatus& each : found) {
    made.push_back(List(each.version, ModelVersionStatus::State_Name(each.state), kit::CodeName(each.code), each.message));
  }
  return ToJson(made);
}

Object Models() {
  Object told;
  Client first = Open(Place("first"));
  const auto wait = [](Client& from, const Target& target, kit::Duration timeout) {
    return from.WaitReady(target, timeout, milliseconds(50));
  };
  told["status"] = States(first.Status("half"));
  told["soon"] = States(wait(first, "soon", seconds(20)));
  told["never"] = Failed([&] { wait(first, "never", milliseconds(500)); });
  told["missing"] = Failed([&] { wait(first, "missing", milliseconds(300)); });
  const auto began = std::chrono::steady_clock::now();
  told["broken"] = Failed([&] { wait(first, Named("broken", [](Target& broken) { broken.version = 3; }), seconds(30)); });
  told["broken_at_once"] = ToJson(std::chrono::steady_clock::now() - began < seconds(10));

  const auto served = [&] {
    std::vector<std::string> found;
    for (const kit::VersionStatus& each : first.Status("reloaded")) found.push_back(each.message);
    std::sort(found.begin(), found.end());
    return found;
  };
  kit::ModelsConf conf;
  kit::Serving a, b, hangs;
  a.base_path = "/models/a";
  a.versions = {1, 2};
  a.labels = {{"stable", 1}};
  b.base_path = "/models/b";
  hangs.base_path = "/hangs";
  conf.Serve("a", a);
  conf.Serve("b", b);
  first.Reload(conf);
  const std::vector<std::string> before = served();
  conf.Remove("a");
  const std::string path = Place("folder") + "/models-" + run + ".conf";
  conf.Write(path);
  first.Reload(kit::ModelsConf::Read(path));
  told["reload"] = List(before, served());
  kit::ModelsConf unnamed, hanging;
  unnamed.mutable_message()->mutable_model_config_list()->add_config()->set_base_path("/models/c");
  told["reload_refused"] = Failed([&] { first.Reload(unnamed); });
  hanging.Serve("h", hangs);
  told["reload_deadline"] = FailedShortly([&] {
    first.Reload(hanging, Named("", [](Target& options) { options.deadline = milliseconds(300); }));
  });
  told["reload_without_deadline"] = Failed([&] {
    first.Reload(conf, Named("", [](Target& options) { options.deadline = kit::kNone; }));
  });

  const std::string gone = ClosedPort();
  Client nobody = Open(gone), half = Open(Place("first") + "," + gone);
  const std::vector<std::string> came = Failure([&] { wait(nobody, "half", seconds(3)); });
  const std::string& text = came.at(1);
  told["nobody"] = List(came[0], text.find(gone) != std::string::npos && text.find("UNAVAILABLE") != std::string::npos);
  told["half_there"] = ToJson(Failure([&] { wait(half, "half", milliseconds(300)); }).at(0));
  return told;
}

// ---- warmup

Object Warmup() {
  const std::string folder = Place("folder") + "/" + (futures ? "futures" : "calls");
  Client first = Open(Place("first"));
  const kit::Signature signature = first.Signature("signed");
  const std::vector<tensorflow::serving::PredictRequest> requests = {
      kit::WarmupRequest("signed", RowAndThree(), signature), kit::WarmupRequest("plain", X()),
      kit::WarmupZeros("signed", signature, 2)};
  const std::string path = kit::WriteWarmup(folder, requests);
  std::vector<bool> same;
  for (const auto& log : kit::ReadWarmup(folder)) {
    same.push_back(google::protobuf::util::MessageDifferencer::Equals(log.predict_log().request(), requests[same.size()]));
  }
  return {{"path", ToJson(std::filesystem::relative(path, folder).generic_string())},
          {"read", ToJson(same)},
          {"refused", Failed([&] { kit::WarmupRequest("signed", Row(), signature); })}};
}

// ---- fake

// A model's function.
Inputs HalfPlusTwo(const kit::Tensors& given) {
  const TensorProto& x = given.at("x");
  std::vector<double> made;
  if (x.dtype() == tensorflow::DT_DOUBLE) {
    for (const double each : kit::Values<double>(x)) made.push_back(each / 2 + 2);
  } else {
    for (const float each : kit::Values<float>(x)) made.push_back(each / 2 + 2);
  }
  return {{"y", made}};
}

Object Fake() {
  Object told;
  kit::FakeModel half;
  half.predict = HalfPlusTwo;
  half.inputs = {{"x", {tensorflow::DT_FLOAT, kit::Shape{-1}}}};
  half.outputs = {{"y", {tensorflow::DT_FLOAT, kit::Shape{-1}}}};
  kit::FakeServer server;
  server.Serve("half", half);
  half.version = 2;
  half.labels = {"new"};
  server.Serve("half", half);
  Client calling = Open(server.address());
  const auto call = [&](const Target& target) { return Predict(calling, target, {{"x", {1}}}); };
  const kit::Prediction came = Predict(calling, "half", {{"x", {1, 2, 5}}});
  told["predict"] = List(Plain(came.Tensor("y")), came.version);
  told["version"] = List(call(Named("half", [](Target& target) { target.version = 1; })).version,
                         call(Named("half", [](Target& target) { target.label = "new"; })).version);
  told["refused"] = List(FailedShortly([&] { call("none"); }),
                         FailedShortly([&] { call(Named("half", [](Target& target) { target.version = 3; })); }),
                         FailedShortly([&] { call(Named("half", [](Target& target) { target.label = "old"; })); }));
  kit::FakeModel raw;
  raw.predict = HalfPlusTwo;
  server.Serve("raw", raw);
  told["unsigned"] = Predicted(calling, "raw", {{"x", {1.0}}}, "y");
  told["wrong_function"] = FailedShortly([&] { Predict(calling, "raw", {{"z", {1.0}}}); });
  server.Fail("half", grpc::StatusCode::RESOURCE_EXHAUSTED, "full", 1);
  const Json full = Failed([&] { call("half"); });
  told["fails_once"] = List(full, call("half").version);
  server.Slow("half", seconds(5));
  told["slow"] = FailedShortly([&] { call(Named("half", [](Target& target) { target.deadline = milliseconds(300); })); });
  server.Slow("half", milliseconds(0));
  server.SetState("half", 2, ModelVersionStatus::LOADING);
  const auto states = [&] {
    std::vector<Json> made;
    for (const kit::VersionStatus& each : calling.Status("half")) {
      made.push_back(List(each.version, ModelVersionStatus::State_Name(each.state)));
    }
    return made;
  };
  told["states"] = ToJson(states());
  told["older"] = ToJson(call("half").version);
  kit::FakeModel sorter;
  sorter.classify = [](const std::vector<kit::FakeExample>& examples) {
    std::vector<std::vector<kit::Class>> found;
    for (const auto& each : examples) found.push_back({{each.texts.at("s").size() > 1 ? "long" : "short", 1}});
    return found;
  };
  sorter.regress = [](const std::vector<kit::FakeExample>& examples) {
    std::vector<float> found;
    for (const auto& each : examples) found.push_back(static_cast<float>(each.texts.at("s").size()));
    return found;
  };
  server.Serve("sorter", sorter);
  const std::vector<kit::Features> two = {{{"s", {"a", "b"}}}, {{"s", "c"}}};
  using Kind = kit::Task::Kind;
  told["infer"] = List(Classes(calling.Classify("sorter", two)), calling.Regress("sorter", two),
                       Results(calling.MultiInference("sorter", two, {{Kind::kRegress, "r"}, {Kind::kClassify, "c"}})));
  kit::ModelsConf conf;
  kit::Serving first;
  first.base_path = "/models/half";
  first.versions = {1};
  conf.Serve("half", first);
  calling.Reload(conf);
  told["reload"] = List(states(), FailedShortly([&] { Predict(calling, "raw", {{"x", {1.0}}}); }));
  const std::vector<kit::FakeCall> calls = server.calls();
  const auto& request = dynamic_cast<const tensorflow::serving::PredictRequest&>(*calls.at(1).request);
  told["calls"] = List(calls[0].method, calls[1].method, request.model_spec().name());
  return told;
}

}  // namespace

int main(int count, char** arguments) {
  places = ReadJson(arguments[1]);
  futures = std::string(arguments[2]) == "futures";
  const std::map<std::string, std::function<Object()>> parts = {
      {"connect", Connect}, {"predict", PredictPart}, {"signatures", Signatures}, {"batches", Batches},
      {"models", Models}, {"warmup", Warmup}, {"fake", Fake}};
  const std::set<std::string> wanted(arguments + 3, arguments + count);
  Object told;
  for (const auto& [name, part] : parts) {
    if (wanted.empty() || wanted.count(name) != 0) told[name] = ToJson(part());
  }
  // Where a server is differs from run to run.
  std::cout << Replaced(JsonText(ToJson(told)), Place("first"), "the first") << "\n";
}
