// JSON as the drivers in C++ read and write it: protobuf's own values.
#ifndef JSON_H_
#define JSON_H_

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

using Json = google::protobuf::Value;

inline void Check(bool right, const std::string& problem) {
  if (right) return;
  std::cerr << problem << "\n";
  std::exit(1);
}

inline Json ToJson(Json value) { return value; }

inline Json ToJson(const std::string& text) {
  Json made;
  made.set_string_value(text);
  return made;
}

inline Json ToJson(const char* text) { return ToJson(std::string(text)); }

template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
Json ToJson(T value) {
  Json made;
  if constexpr (std::is_same_v<T, bool>) {
    made.set_bool_value(value);
  } else {
    made.set_number_value(static_cast<double>(value));
  }
  return made;
}

template <class T>
Json ToJson(const std::vector<T>& list) {
  Json made;
  made.mutable_list_value();
  for (const auto& each : list) *made.mutable_list_value()->add_values() = ToJson(static_cast<T>(each));
  return made;
}

template <class T>
Json ToJson(const std::map<std::string, T>& map) {
  Json made;
  made.mutable_struct_value();
  for (const auto& [name, value] : map) (*made.mutable_struct_value()->mutable_fields())[name] = ToJson(value);
  return made;
}

// A list of things of several types.
template <class... Parts>
Json List(const Parts&... parts) {
  return ToJson(std::vector<Json>{ToJson(parts)...});
}

using Object = std::map<std::string, Json>;

inline bool Has(const Json& object, const std::string& name) {
  return object.struct_value().fields().count(name) != 0;
}

inline const Json& At(const Json& object, const std::string& name) {
  Check(Has(object, name), "there is no " + name);
  return object.struct_value().fields().at(name);
}

inline Json ReadJson(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  Json made;
  Check(google::protobuf::util::JsonStringToMessage(text.str(), &made).ok(), path + " is no JSON");
  return made;
}

inline std::string JsonText(const Json& value) {
  std::string text;
  Check(google::protobuf::util::MessageToJsonString(value, &text).ok(), "JSON can't have that");
  return text;
}

#endif  // JSON_H_
