// How fast the kit in C++ is, beside what there is without it: `speed ECHO ROWS PAIRS LARGEST`; see speed.py.
#include <any>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "tensorflow_serving/apis/prediction_service.grpc.pb.h"
#include "tensorflow_serving/client/client.h"
#include "tensorflow_serving/client/tensors.h"

namespace {

namespace serving = tensorflow::serving;
namespace kit = tensorflow::serving::client;

constexpr int kKb = 1 << 10, kMb = 1 << 20;

using Sides = std::vector<std::pair<std::string, std::function<std::any()>>>;
using Found = std::map<std::string, std::vector<double>>;

// Seconds of so many calls of each side, one by one. What a call makes is freed when it was measured.
Found InTurns(int calls, const Sides& sides) {
  Found found;
  for (int number = 0; number <= calls; ++number) {
    for (const auto& [name, call] : sides) {
      const auto start = std::chrono::steady_clock::now();
      const std::any made = call();
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      // The first time is for what is made once.
      if (number > 0) found[name].push_back(passed.count());
    }
  }
  return found;
}

void Tell(const std::string& title, const Found& found) {
  std::cout << "{\"case\": \"" << title << "\", \"sides\": {";
  const char* between = "";
  for (const auto& [name, all] : found) {
    std::cout << between << "\"" << name << "\": [";
    for (size_t place = 0; place < all.size(); ++place) std::cout << (place ? ", " : "") << all[place];
    std::cout << "]";
    between = ", ";
  }
  std::cout << "}}" << std::endl;
}

std::vector<float> Numbers(int size) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> any(0, 1);
  std::vector<float> made(size / 4);
  for (float& each : made) each = any(random);
  return made;
}

std::string Copied(const std::vector<float>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

void Tensors(int pairs, int largest) {
  for (const int size : {1, largest}) {
    const std::vector<float> values = Numbers(size * kMb);
    const tensorflow::TensorProto tensor = kit::MakeTensor(values);
    const int calls = pairs * (size == 1 ? 100 : 3);
    const Sides::value_type memcpy{"memcpy", [&] { return Copied(values); }};
    const std::string title = " " + std::to_string(size) + " MB";
    Tell("encode" + title, InTurns(calls, {{"kit", [&] { return kit::MakeTensor(values); }}, memcpy}));
    Tell("decode" + title, InTurns(calls, {{"kit", [&] { return kit::Values<float>(tensor); }}, memcpy}));
  }
}

// What everybody writes without a kit.
std::vector<float> ByStub(serving::PredictionService::Stub& stub, const std::vector<float>& values) {
  serving::PredictRequest request;
  request.mutable_model_spec()->set_name("echo");
  tensorflow::TensorProto& x = (*request.mutable_inputs())["x"];
  x.set_dtype(tensorflow::DT_FLOAT);
  x.mutable_tensor_shape()->add_dim()->set_size(static_cast<int64_t>(values.size()));
  x.set_tensor_content(Copied(values));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  serving::PredictResponse reply;
  const grpc::Status status = stub.Predict(&context, request, &reply);
  if (!status.ok()) {
    std::cerr << status.error_message() << "\n";
    std::exit(1);
  }
  const std::string& content = reply.outputs().at("x").tensor_content();
  std::vector<float> read(content.size() / sizeof(float));
  std::memcpy(read.data(), content.data(), content.size());
  return read;
}

void Calls(const std::string& address, int pairs) {
  kit::Client client(address);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto stub = serving::PredictionService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  for (const int size : {kKb, 8 * kMb}) {
    const std::vector<float> values = Numbers(size);
    const Sides sides = {
        {"kit", [&] { return client.Predict("echo", {{"x", values}}).Output<float>("x"); }},
        {"stub", [&] { return ByStub(*stub, values); }},
    };
    const bool small = size == kKb;
    Tell(small ? "Predict of 1 KB" : "Predict of 8 MB", InTurns(pairs * (small ? 100 : 3), sides));
  }
}

void Batches(const std::string& address, int pairs) {
  kit::Client client(address);
  const std::vector<float> rows = Numbers(700 * 4);
  kit::BatchOptions parts;
  parts.rows = 175;
  parts.parallel = 4;
  const std::string one = "a quarter of one";
  Found found = InTurns(pairs, {
      {"kit", [&] { return client.PredictBatches("rows", {{"x", rows}}, parts); }},
      {one, [&] { return client.Predict("rows", {{"x", rows}}); }},
  });
  for (double& seconds : found[one]) seconds /= 4;
  Tell("700 rows in 4 parts", found);
}

}  // namespace

int main(int, char** arguments) {
  const int pairs = std::atoi(arguments[3]);
  Tensors(pairs, std::atoi(arguments[4]));
  Calls(arguments[1], pairs);
  Batches(arguments[2], pairs);
}
