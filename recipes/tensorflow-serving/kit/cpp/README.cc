#include <iostream>
#include "tensorflow_serving/client/client.h"

int main() {
  namespace client = tensorflow::serving::client;
  client::Client serving("localhost:8500");
  serving.WaitReady("half_plus_two");
  client::Prediction result = serving.Predict("half_plus_two", {{"x", {1.0, 2.0, 5.0}}});
  for (float y : result.Output<float>("y")) std::cout << y << " ";
  std::cout << "by version " << result.version << "\n";
}
