// The C++ client of ../contract.md: the generated library and gRPC. Answers are protobuf's own JSON values.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tensorflow_serving/apis/model_service.grpc.pb.h"
#include "tensorflow_serving/apis/prediction_service.grpc.pb.h"
#include "tensorflow_serving/apis/session_service.grpc.pb.h"

namespace pb = google::protobuf;
namespace tf = tensorflow;
namespace serving = tensorflow::serving;
using Inputs = std::map<std::string, tf::TensorProto>;

static pb::Value number(double value) {
  pb::Value told;
  told.set_number_value(value);
  return told;
}

static pb::Value text(const std::string& value) {
  pb::Value told;
  told.set_string_value(value);
  return told;
}

static pb::Value list(const std::vector<pb::Value>& values) {
  pb::Value told;
  told.mutable_list_value();
  for (const auto& each : values) *told.mutable_list_value()->add_values() = each;
  return told;
}

static pb::Value object(const std::map<std::string, pb::Value>& fields) {
  pb::Value told;
  told.mutable_struct_value();
  for (const auto& each : fields) (*told.mutable_struct_value()->mutable_fields())[each.first] = each.second;
  return told;
}

static void must(const grpc::Status& status) {
  if (status.ok()) return;
  std::cerr << status.error_code() << ": " << status.error_message() << "\n";
  std::exit(1);
}

static pb::Value code_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND: return text("NOT_FOUND");
    case grpc::StatusCode::DEADLINE_EXCEEDED: return text("DEADLINE_EXCEEDED");
    case grpc::StatusCode::CANCELLED: return text("CANCELLED");
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return text("RESOURCE_EXHAUSTED");
    case grpc::StatusCode::UNAVAILABLE: return text("UNAVAILABLE");
    default: return number(status.error_code());
  }
}

// Half precision, by its bits: a sign, five of exponent, ten of fraction.
static double half_to_double(uint16_t bits) {
  double sign = bits >> 15 ? -1 : 1;
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

// For values that half precision has exactly.
static uint16_t double_to_half(double value) {
  for (int bits = 0; bits < 1 << 16; ++bits)
    if ((bits >> 10 & 31) != 31 && half_to_double(uint16_t(bits)) == value) return uint16_t(bits);
  std::abort();
}

static tf::TensorProto tensor(tf::DataType dtype, const std::vector<int64_t>& shape) {
  tf::TensorProto made;
  made.set_dtype(dtype);
  made.mutable_tensor_shape();
  for (int64_t size : shape) made.mutable_tensor_shape()->add_dim()->set_size(size);
  return made;
}

// Sent in the field of the type, whose adder is given, or as bytes.
template <typename T, typename Stored, typename Field>
static tf::TensorProto fill(tf::DataType dtype, const std::vector<int64_t>& shape, const std::vector<T>& values,
                            bool content, Field add) {
  tf::TensorProto made = tensor(dtype, shape);
  for (T each : values) {
    Stored stored = Stored(each);
    if (content)
      made.mutable_tensor_content()->append(reinterpret_cast<const char*>(&stored), sizeof stored);
    else
      (made.*add)(stored);
  }
  return made;
}

static tf::TensorProto floats(const std::vector<int64_t>& shape, const std::vector<float>& values, bool content) {
  return fill<float, float>(tf::DT_FLOAT, shape, values, content, &tf::TensorProto::add_float_val);
}

static tf::TensorProto int64s(const std::vector<int64_t>& shape, const std::vector<int64_t>& values, bool content) {
  return fill<int64_t, int64_t>(tf::DT_INT64, shape, values, content, &tf::TensorProto::add_int64_val);
}

static tf::TensorProto strings(const std::vector<int64_t>& shape, const std::vector<std::string>& values) {
  tf::TensorProto made = tensor(tf::DT_STRING, shape);
  for (const auto& each : values) made.add_string_val(each);
  return made;
}

template <typename T, typename Field>
static std::vector<T> stored(const tf::TensorProto& read, const Field& values) {
  std::vector<T> found(values.begin(), values.end());
  const std::string& content = read.tensor_content();
  if (!content.empty()) {
    found.resize(content.size() / sizeof(T));
    std::memcpy(found.data(), content.data(), found.size() * sizeof(T));
  }
  return found;
}

template <typename T>
static std::vector<pb::Value> numbers(const std::vector<T>& values) {
  std::vector<pb::Value> told;
  for (T each : values) told.push_back(number(double(each)));
  return told;
}

static pb::Value sizes(const tf::TensorShapeProto& shape) {
  std::vector<pb::Value> told;
  for (const auto& dim : shape.dim()) told.push_back(number(double(dim.size())));
  return list(told);
}

static pb::Value tell(const tf::TensorProto& read) {
  std::vector<pb::Value> values;
  switch (read.dtype()) {
    case tf::DT_FLOAT: values = numbers(stored<float>(read, read.float_val())); break;
    case tf::DT_DOUBLE: values = numbers(stored<double>(read, read.double_val())); break;
    case tf::DT_INT32: values = numbers(stored<int32_t>(read, read.int_val())); break;
    case tf::DT_INT64: values = numbers(stored<int64_t>(read, read.int64_val())); break;
    case tf::DT_HALF:
      for (uint16_t bits : stored<uint16_t>(read, read.half_val())) values.push_back(number(half_to_double(bits)));
      break;
    case tf::DT_BOOL:
      for (uint8_t bit : stored<uint8_t>(read, read.bool_val())) {
        values.emplace_back();
        values.back().set_bool_value(bit != 0);
      }
      break;
    case tf::DT_STRING:
      for (const auto& each : read.string_val()) values.push_back(text(each));
      break;
    default: std::abort();
  }
  return list({text(tf::DataType_Name(read.dtype())), sizes(read.tensor_shape()), list(values)});
}

static serving::PredictRequest predict(const std::string& model, const Inputs& inputs = {}) {
  serving::PredictRequest request;
  request.mutable_model_spec()->set_name(model);
  for (const auto& each : inputs) (*request.mutable_inputs())[each.first] = each.second;
  return request;
}

// The name that an enum's value has in a message.
static pb::Value named(const pb::Message& message, const std::string& field) {
  const auto* declared = message.GetDescriptor()->FindFieldByName(field);
  return text(message.GetReflection()->GetEnum(message, declared)->name());
}

using Prediction = serving::PredictionService::Stub;

static std::unique_ptr<Prediction> dial(const std::string& at, bool raised = false) {
  grpc::ChannelArguments arguments;
  if (raised) {
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetMaxSendMessageSize(-1);
  }
  return serving::PredictionService::NewStub(
      grpc::CreateCustomChannel(at, grpc::InsecureChannelCredentials(), arguments));
}

static serving::PredictResponse answered(Prediction& stub, const serving::PredictRequest& request) {
  grpc::ClientContext context;
  serving::PredictResponse reply;
  must(stub.Predict(&context, request, &reply));
  return reply;
}

static std::string at(const pb::Struct& places, const std::string& name) {
  return places.fields().at(name).string_value();
}

static pb::Value types(Prediction& stub) {
  const std::vector<int64_t> shape = {3, 2};
  std::map<std::string, pb::Value> told;
  for (bool content : {true, false}) {
    Inputs table;
    table["DT_FLOAT"] = floats(shape, {1.5f, -2.25f, 0, 1e10f, 3, -0.5f}, content);
    table["DT_DOUBLE"] = fill<double, double>(tf::DT_DOUBLE, shape, {1.5, -2.25, 0, 1e300, 3, -0.5}, content,
                                              &tf::TensorProto::add_double_val);
    const int32_t most = std::numeric_limits<int32_t>::max(), least = std::numeric_limits<int32_t>::min();
    table["DT_INT32"] = fill<int32_t, int32_t>(tf::DT_INT32, shape, {1, -2, 0, most, least, 5}, content,
                                               &tf::TensorProto::add_int_val);
    table["DT_INT64"] = int64s(shape, {1, -2, 0, 9007199254740991, -9007199254740991, 5}, content);
    table["DT_BOOL"] = fill<int, bool>(tf::DT_BOOL, shape, {1, 0, 0, 1, 1, 0}, content,
                                       &tf::TensorProto::add_bool_val);
    std::vector<uint16_t> halves;
    for (double each : {1.5, -2.25, 0.0, 65504.0, 0.000030517578125, -0.5}) halves.push_back(double_to_half(each));
    table["DT_HALF"] = fill<uint16_t, uint16_t>(tf::DT_HALF, shape, halves, content, &tf::TensorProto::add_half_val);
    if (!content) table["DT_STRING"] = strings(shape, {"a", "", "ü", "long enough", "x", "y"});
    for (const auto& each : table)
      for (const char* model : {"echo", "as_content", "as_values"})
        told[each.first + (content ? "/content/" : "/val/") + model] =
            tell(answered(stub, predict(model, {{"x", each.second}})).outputs().at("x"));
  }
  return object(told);
}

static pb::Value spec(Prediction& stub) {
  auto request = predict("echo", {{"a", floats({}, {1}, false)}, {"b", floats({}, {2}, false)}});
  request.mutable_model_spec()->set_signature_name("serving_default");
  request.add_output_filter("b");
  auto reply = answered(stub, request);
  std::vector<pb::Value> names;
  for (const auto& each : reply.outputs()) names.push_back(text(each.first));
  return object({{"outputs", list(names)},
                 {"version", number(double(reply.model_spec().version().value()))},
                 {"signature", text(reply.model_spec().signature_name())}});
}

static void label(tf::Example* example, const std::vector<std::string>& names) {
  auto& feature = (*example->mutable_features()->mutable_feature())["labels"];
  for (const auto& each : names) feature.mutable_bytes_list()->add_value(each);
}

static void fill_x(tf::Example* example, const std::vector<float>& values) {
  auto& feature = (*example->mutable_features()->mutable_feature())["x"];
  for (float each : values) feature.mutable_float_list()->add_value(each);
}

static serving::Input examples() {
  serving::Input input;
  auto* first = input.mutable_example_list()->add_examples();
  label(first, {"cat", "dog"});
  fill_x(first, {0.25f, 0.75f});
  auto* second = input.mutable_example_list()->add_examples();
  label(second, {"fox"});
  fill_x(second, {1.5f});
  return input;
}

static pb::Value classes(const serving::ClassificationResult& result) {
  std::vector<pb::Value> told;
  for (const auto& every : result.classifications()) {
    std::vector<pb::Value> row;
    for (const auto& each : every.classes()) row.push_back(list({text(each.label()), number(double(each.score()))}));
    told.push_back(list(row));
  }
  return list(told);
}

static pb::Value regressions(const serving::RegressionResult& result) {
  std::vector<pb::Value> told;
  for (const auto& each : result.regressions()) told.push_back(number(double(each.value())));
  return list(told);
}

static pb::Value classify(Prediction& stub) {
  grpc::ClientContext context;
  serving::ClassificationRequest request;
  serving::ClassificationResponse reply;
  request.mutable_model_spec()->set_name("half");
  *request.mutable_input() = examples();
  must(stub.Classify(&context, request, &reply));
  return classes(reply.result());
}

static pb::Value regress(Prediction& stub) {
  grpc::ClientContext context;
  serving::RegressionRequest request;
  serving::RegressionResponse reply;
  request.mutable_model_spec()->set_name("half");
  auto* listed = request.mutable_input()->mutable_example_list_with_context();
  label(listed->mutable_context(), {"cat"});
  fill_x(listed->add_examples(), {0.25f, 0.75f});
  fill_x(listed->add_examples(), {1.5f});
  must(stub.Regress(&context, request, &reply));
  return regressions(reply.result());
}

static pb::Value multi_inference(Prediction& stub) {
  grpc::ClientContext context;
  serving::MultiInferenceRequest request;
  serving::MultiInferenceResponse reply;
  *request.mutable_input() = examples();
  for (const char* method : {"tensorflow/serving/classify", "tensorflow/serving/regress"}) {
    auto* task = request.add_tasks();
    task->mutable_model_spec()->set_name("half");
    task->set_method_name(method);
  }
  must(stub.MultiInference(&context, request, &reply));
  return object({{"classify", classes(reply.results(0).classification_result())},
                 {"regress", regressions(reply.results(1).regression_result())}});
}

static pb::Value described(const pb::Map<std::string, tf::TensorInfo>& tensors) {
  std::map<std::string, pb::Value> told;
  for (const auto& each : tensors)
    told[each.first] = list({text(tf::DataType_Name(each.second.dtype())), sizes(each.second.tensor_shape())});
  return object(told);
}

static pb::Value metadata(Prediction& stub) {
  grpc::ClientContext context;
  serving::GetModelMetadataRequest request;
  serving::GetModelMetadataResponse reply;
  request.mutable_model_spec()->set_name("half");
  request.add_metadata_field("signature_def");
  must(stub.GetModelMetadata(&context, request, &reply));
  serving::SignatureDefMap signatures;
  if (!reply.metadata().at("signature_def").UnpackTo(&signatures)) std::abort();
  std::map<std::string, pb::Value> told;
  for (const auto& each : signatures.signature_def())
    told[each.first] = object({{"method", text(each.second.method_name())},
                               {"inputs", described(each.second.inputs())},
                               {"outputs", described(each.second.outputs())}});
  return object(told);
}

static pb::Value status(serving::ModelService::Stub& models) {
  grpc::ClientContext context;
  serving::GetModelStatusRequest request;
  serving::GetModelStatusResponse reply;
  request.mutable_model_spec()->set_name("half");
  must(models.GetModelStatus(&context, request, &reply));
  std::vector<pb::Value> told;
  for (const auto& each : reply.model_version_status())
    told.push_back(list({number(double(each.version())), named(each, "state"), named(each.status(), "error_code"),
                         text(each.status().error_message())}));
  return list(told);
}

static pb::Value reload(serving::ModelService::Stub& models) {
  std::vector<pb::Value> told;
  for (const char* name : {"m", ""}) {
    grpc::ClientContext context;
    serving::ReloadConfigRequest request;
    serving::ReloadConfigResponse reply;
    auto* model = request.mutable_config()->mutable_model_config_list()->add_config();
    model->set_name(name);
    model->set_base_path("/models/m");
    model->set_model_platform("tensorflow");
    for (int version : {1, 2}) model->mutable_model_version_policy()->mutable_specific()->add_versions(version);
    must(models.HandleReloadConfigRequest(&context, request, &reply));
    told.push_back(list({named(reply.status(), "error_code"), text(reply.status().error_message())}));
  }
  return list(told);
}

static pb::Value session(serving::SessionService::Stub& sessions) {
  grpc::ClientContext context;
  serving::SessionRunRequest request;
  serving::SessionRunResponse reply;
  request.add_fetch("b");
  int64_t value = 0;
  for (const char* name : {"a", "b"}) {
    auto* fed = request.add_feed();
    fed->set_name(name);
    *fed->mutable_tensor() = int64s({1}, {++value}, false);
  }
  must(sessions.SessionRun(&context, request, &reply));
  std::vector<pb::Value> told;
  for (const auto& each : reply.tensor()) told.push_back(list({text(each.name()), tell(each.tensor())}));
  return list(told);
}

static pb::Value first(const std::multimap<grpc::string_ref, grpc::string_ref>& found, const char* key) {
  auto each = found.find(key);
  return each == found.end() ? pb::Value() : text(std::string(each->second.data(), each->second.size()));
}

static pb::Value error(Prediction& stub) {
  grpc::ClientContext context;
  serving::PredictResponse reply;
  grpc::Status ended = stub.Predict(&context, predict("missing"), &reply);
  return list({code_of(ended), text(ended.error_message()), first(context.GetServerTrailingMetadata(), "x-detail")});
}

// How a call of `slow` ended, and the version in the reply of `gone`.
static pb::Value cut_short(Prediction& stub, grpc::ClientContext* slow) {
  grpc::ClientContext gone;
  serving::PredictResponse reply;
  grpc::Status ended = stub.Predict(slow, predict("slow"), &reply);
  gone.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(25));
  must(stub.Predict(&gone, predict("gone"), &reply));
  return list({code_of(ended), number(double(reply.model_spec().version().value()))});
}

static pb::Value deadline(Prediction& stub) {
  grpc::ClientContext slow;
  slow.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  return cut_short(stub, &slow);
}

static pb::Value cancel(Prediction& stub) {
  grpc::ClientContext slow;
  std::thread cancelling([&slow] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    slow.TryCancel();
  });
  pb::Value told = cut_short(stub, &slow);
  cancelling.join();
  return told;
}

static pb::Value call_metadata(Prediction& stub) {
  grpc::ClientContext context;
  serving::PredictResponse reply;
  context.AddMetadata("x-request-id", "r-1");
  must(stub.Predict(&context, predict("metadata"), &reply));
  return object({{"initial", first(context.GetServerInitialMetadata(), "x-initial")},
                 {"trailing", first(context.GetServerTrailingMetadata(), "x-trailing")},
                 {"seen", text(reply.outputs().at("seen").string_val(0))}});
}

static serving::PredictRequest zeros(int64_t size) {
  auto x = tensor(tf::DT_UINT8, {size});
  x.mutable_tensor_content()->resize(size_t(size));
  return predict("echo", {{"x", x}});
}

static pb::Value gzip(const pb::Struct& places) {
  grpc::ClientContext context;
  serving::PredictResponse reply;
  auto request = zeros(4000000);
  request.add_output_filter("none");
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  must(dial(at(places, "gzip"))->Predict(&context, request, &reply));
  return text("sent");
}

static std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream read;
  read << file.rdbuf();
  return read.str();
}

static pb::Value tls(const pb::Struct& places) {
  std::vector<pb::Value> told;
  for (bool own : {true, false}) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = content(at(places, "certificates") + "/ca.pem");
    if (own) {
      options.pem_private_key = content(at(places, "certificates") + "/client.key");
      options.pem_cert_chain = content(at(places, "certificates") + "/client.pem");
    }
    auto stub = serving::PredictionService::NewStub(grpc::CreateChannel(at(places, "tls"), grpc::SslCredentials(options)));
    grpc::ClientContext context;
    serving::PredictResponse reply;
    grpc::Status ended = stub->Predict(&context, predict("echo"), &reply);
    told.push_back(ended.ok() ? number(double(reply.model_spec().version().value())) : code_of(ended));
  }
  return list(told);
}

static pb::Value large(const pb::Struct& places) {
  const int64_t size = 64 << 20;
  auto call = [&](const std::string& place, const serving::PredictRequest& request, bool raised) {
    grpc::ClientContext context;
    serving::PredictResponse reply;
    grpc::Status ended = dial(place, raised)->Predict(&context, request, &reply);
    return ended.ok() ? number(double(reply.outputs().at("x").tensor_content().size())) : code_of(ended);
  };
  auto wanted = predict("zeros", {{"size", int64s({1}, {size}, false)}});
  return list({call(at(places, "large"), zeros(size), true), call(at(places, "plain"), zeros(size), true),
               call(at(places, "large"), wanted, false)});
}

static pb::Value parallel(Prediction& stub) {
  std::atomic<int64_t> sum(0);
  std::vector<std::thread> calls;
  for (int64_t i = 0; i < 64; ++i)
    calls.emplace_back([&stub, &sum, i] {
      sum += answered(stub, predict("together", {{"x", int64s({1}, {i}, false)}})).outputs().at("x").int64_val(0);
    });
  for (auto& each : calls) each.join();
  return number(double(sum));
}

static pb::Value pythie(const pb::Struct& places) {
  auto stub = dial(at(places, "pythie"));
  auto request = predict("prices", {{"size", int64s({3, 1}, {1, 2, 3}, true)},
                                    {"colour", strings({3, 1}, {"red", "red", "blue"})}});
  return tell(answered(*stub, request).outputs().at("predictions"));
}

// Seconds that each call took, in any order, and all of them together.
static pb::Value load(Prediction& stub, int calls, int side_by_side) {
  using Clock = std::chrono::steady_clock;
  auto since = [](Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); };
  auto request = predict("echo", {{"x", floats({1000}, std::vector<float>(1000, 0.5f), true)}});
  answered(stub, request);
  std::vector<double> each(static_cast<size_t>(calls));
  std::atomic<int> next(0);
  std::vector<std::thread> threads;
  auto began = Clock::now();
  for (int i = 0; i < side_by_side; ++i)
    threads.emplace_back([&] {
      for (int number = next++; number < calls; number = next++) {
        auto start = Clock::now();
        answered(stub, request);
        each[size_t(number)] = since(start);
      }
    });
  for (auto& thread : threads) thread.join();
  return object({{"all", number(since(began))}, {"each", list(numbers(each))}});
}

int main(int count, char** arguments) {
  pb::Struct places;
  if (!pb::util::JsonStringToMessage(content(arguments[1]), &places).ok()) return 2;
  auto channel = grpc::CreateChannel(at(places, "plain"), grpc::InsecureChannelCredentials());
  auto stub = serving::PredictionService::NewStub(channel);
  auto models = serving::ModelService::NewStub(channel);
  auto sessions = serving::SessionService::NewStub(channel);
  pb::Value told;
  if (count > 2) {
    told = load(*stub, std::atoi(arguments[2]), std::atoi(arguments[3]));
  } else {
    told = object({{"types", types(*stub)},
                   {"spec", spec(*stub)},
                   {"classify", classify(*stub)},
                   {"regress", regress(*stub)},
                   {"multi_inference", multi_inference(*stub)},
                   {"metadata", metadata(*stub)},
                   {"status", status(*models)},
                   {"reload", reload(*models)},
                   {"session", session(*sessions)},
                   {"error", error(*stub)},
                   {"deadline", deadline(*stub)},
                   {"cancel", cancel(*stub)},
                   {"call_metadata", call_metadata(*stub)},
                   {"gzip", gzip(places)},
                   {"tls", tls(places)},
                   {"large", large(places)},
                   {"parallel", parallel(*stub)},
                   {"pythie", pythie(places)}});
  }
  std::string printed;
  if (!pb::util::MessageToJsonString(told, &printed).ok()) return 2;
  std::cout << printed << "\n";
}
