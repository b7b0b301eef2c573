// Does what cases.json says by the kit of a package, and prints what comes of it; see ../contract.md.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cmath>
#include <cstdio>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "json.h"
#include "tensorflow_serving/client/batches.h"
#include "tensorflow_serving/client/models.h"
#include "tensorflow_serving/client/records.h"
#include "tensorflow_serving/client/warmup.h"

namespace kit = tensorflow::serving::client;
using tensorflow::DataType;
using tensorflow::TensorProto;

namespace {

bool vectors = false;

// ---- values

std::string Hex(const std::string& bytes) {
  std::string made;
  for (const unsigned char byte : bytes) {
    made += "0123456789abcdef"[byte >> 4];
    made += "0123456789abcdef"[byte & 15];
  }
  return made;
}

std::string Unhex(const std::string& text) {
  std::string made;
  for (std::size_t place = 0; place < text.size(); place += 2) {
    made.push_back(static_cast<char>(std::stoi(text.substr(place, 2), nullptr, 16)));
  }
  return made;
}

std::string Wire(const google::protobuf::Message& message) {
  std::string made;
  google::protobuf::io::StringOutputStream stream(&made);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return Hex(made);
}

double Double(const Json& value) {
  const double number = value.kind_case() == Json::kNumberValue ? value.number_value() : std::stod(value.string_value());
  return std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number;
}

bool IsFloat(const std::string& dtype) {
  return dtype == "DT_FLOAT" || dtype == "DT_DOUBLE" || dtype == "DT_HALF" || dtype == "DT_BFLOAT16";
}

bool IsListed(const Json& value) {
  for (const Json& each : value.list_value().values()) {
    if (each.kind_case() == Json::kListValue) return true;
  }
  return false;
}

kit::Value Whole(const std::string& text) {
  try {
    return std::int64_t{std::stoll(text)};
  } catch (const std::out_of_range&) {
    return std::uint64_t{std::stoull(text)};
  }
}

// An element, or nested lists, of JSON.
kit::Value Native(const std::string& dtype, const Json& value) {
  if (value.kind_case() == Json::kListValue) {
    if (dtype.rfind("DT_COMPLEX", 0) == 0 && value.list_value().values_size() == 2 && !IsListed(value)) {
      return std::complex<double>(Double(value.list_value().values(0)), Double(value.list_value().values(1)));
    }
    std::vector<kit::Value> made;
    for (const Json& each : value.list_value().values()) made.push_back(Native(dtype, each));
    return made;
  }
  if (value.kind_case() == Json::kStructValue) return Unhex(At(value, "hex").string_value());
  if (value.kind_case() == Json::kBoolValue) return value.bool_value();
  if (value.kind_case() == Json::kNumberValue) {
    // JSON's numbers are all alike here: an integer is one without a fraction.
    const double number = value.number_value();
    const bool whole = std::fabs(number) < 0x1p62 && number == std::floor(number) && !(number == 0 && std::signbit(number));
    if (whole) return static_cast<std::int64_t>(number);
    return number;
  }
  const std::string& text = value.string_value();
  if (IsFloat(dtype) && (text == "inf" || text == "-inf" || text == "nan")) return Double(value);
  if (!IsFloat(dtype) && dtype != "DT_STRING" && !dtype.empty()) return Whole(text);
  return text;
}

template <class T>
kit::Value Typed(const Json& values) {
  std::vector<T> made;
  for (const Json& each : values.list_value().values()) {
    if constexpr (std::is_same_v<T, bool>) {
      made.push_back(each.bool_value());
    } else if constexpr (std::is_same_v<T, std::string>) {
      made.push_back(each.kind_case() == Json::kStructValue ? Unhex(At(each, "hex").string_value()) : each.string_value());
    } else if constexpr (kit::internal::kIsComplex<T>) {
      made.emplace_back(Double(each.list_value().values(0)), Double(each.list_value().values(1)));
    } else if constexpr (std::is_integral_v<T>) {
      const bool text = each.kind_case() == Json::kStringValue;
      const std::string whole = text ? each.string_value() : std::to_string(static_cast<std::int64_t>(each.number_value()));
      made.push_back(static_cast<T>(std::is_signed_v<T> ? std::stoll(whole) : std::stoull(whole)));
    } else {
      made.push_back(T(Double(each)));
    }
  }
  return made;
}

// A list as a vector of what elements of the type are in C++.
kit::Value TypedAs(const std::string& dtype, const Json& values) {
  static const std::map<std::string, std::function<kit::Value(const Json&)>> kinds = {
      {"DT_BOOL", Typed<bool>}, {"DT_INT8", Typed<std::int8_t>}, {"DT_INT16", Typed<std::int16_t>},
      {"DT_UINT16", Typed<std::uint16_t>}, {"DT_INT32", Typed<std::int32_t>}, {"DT_UINT32", Typed<std::uint32_t>},
      {"DT_INT64", Typed<std::int64_t>}, {"DT_UINT64", Typed<std::uint64_t>}, {"DT_HALF", Typed<kit::Float16>},
      {"DT_BFLOAT16", Typed<kit::BFloat16>}, {"DT_FLOAT", Typed<float>}, {"DT_DOUBLE", Typed<double>},
      {"DT_COMPLEX64", Typed<std::complex<float>>}, {"DT_COMPLEX128", Typed<std::complex<double>>},
      {"DT_STRING", Typed<std::string>}, {"DT_QINT8", Typed<std::int8_t>}, {"DT_QINT16", Typed<std::int16_t>},
      {"DT_QUINT16", Typed<std::uint16_t>}, {"DT_QINT32", Typed<std::int32_t>}, {"DT_INT4", Typed<std::int8_t>},
      {"DT_INT2", Typed<std::int8_t>}};
  const auto found = kinds.find(dtype);
  return found == kinds.end() ? Typed<std::uint8_t>(values) : found->second(values);
}

// Numbers with a fraction are text, since JSON has no -0; integers, since it has none beyond 2^53.
template <class T>
Json Plain(const T& element) {
  if constexpr (std::is_same_v<T, bool>) {
    return ToJson(element);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return ToJson(Object{{"hex", ToJson(Hex(element))}});
  } else if constexpr (kit::internal::kIsComplex<T>) {
    return List(Plain(element.real()), Plain(element.imag()));
  } else if constexpr (std::is_integral_v<T>) {
    return ToJson(std::to_string(element));
  } else {
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", static_cast<double>(static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(element)));
    return ToJson(text);
  }
}

Json Flat(const TensorProto& tensor) {
  return std::visit(
      [](const auto& found) {
        std::vector<Json> made;
        for (const auto& each : found) {
          made.push_back(Plain(static_cast<typename std::decay_t<decltype(found)>::value_type>(each)));
        }
        return ToJson(made);
      },
      kit::AnyValues(tensor));
}

Json Read(const TensorProto& tensor) {
  const kit::Shape shape = kit::ShapeOf(tensor);
  return List(kit::TypeName(tensor.dtype()), shape, Flat(tensor));
}

kit::Shape ShapeIn(const Json& value) {
  kit::Shape made;
  for (const Json& each : value.list_value().values()) {
    made.push_back(each.kind_case() == Json::kNullValue ? -1 : static_cast<std::int64_t>(each.number_value()));
  }
  return made;
}

std::vector<std::string> TextsIn(const Json& value) {
  std::vector<std::string> made;
  for (const Json& each : value.list_value().values()) made.push_back(each.string_value());
  return made;
}

// ---- sections

Json Tensors(const Json& given) {
  const std::string dtype = At(given, "dtype").string_value();
  const DataType type = kit::ParseType(dtype);
  const kit::Shape shape = ShapeIn(At(given, "shape"));
  std::vector<kit::Value> loose;
  for (const Json& each : At(given, "values").list_value().values()) loose.push_back(Native(dtype, each));
  const kit::Value value = vectors ? TypedAs(dtype, At(given, "values")) : kit::Value(loose);
  const TensorProto content = kit::MakeTensor(value, type, shape);
  const TensorProto listed = kit::MakeListedTensor(value, type, shape);
  return ToJson(Object{{"content", ToJson(Wire(content))},
                       {"listed", ToJson(Wire(listed))},
                       {"read_content", Flat(content)},
                       {"read_listed", Flat(listed)}});
}

Json Reads(const Json& given) {
  TensorProto tensor;
  Check(tensor.ParseFromString(Unhex(At(given, "wire").string_value())), "no tensor");
  return Read(tensor);
}

Json Writes(const Json& given) {
  const std::string dtype = At(given, "dtype").string_value();
  std::optional<kit::Shape> shape;
  if (Has(given, "shape")) shape = ShapeIn(At(given, "shape"));
  return ToJson(Wire(kit::MakeTensor(Native(dtype, At(given, "value")), kit::ParseType(dtype), shape)));
}

kit::Signature SignatureIn(const Json& given) {
  const auto specs = [](const Json& listed) {
    std::map<std::string, kit::Spec> made;
    for (const auto& [name, pair] : listed.struct_value().fields()) {
      const DataType type = kit::ParseType(pair.list_value().values(0).string_value());
      made[name] = {type, ShapeIn(pair.list_value().values(1))};
    }
    return made;
  };
  kit::Signature made{"s", "", specs(At(given, "inputs")), specs(At(given, "outputs")), {}};
  if (!Has(given, "defaults")) return made;
  for (const auto& [name, three] : At(given, "defaults").struct_value().fields()) {
    const auto& parts = three.list_value();
    const DataType type = kit::ParseType(parts.values(0).string_value());
    made.defaults[name] = kit::MakeTensor(Native("", parts.values(2)), type, ShapeIn(parts.values(1)));
  }
  return made;
}

Json Checks(const Json& given) {
  kit::Inputs inputs;
  for (const auto& [name, each] : At(given, "given").struct_value().fields()) {
    if (each.kind_case() != Json::kStructValue) {
      inputs.emplace(name, Native("", each));
    } else {
      const DataType type = kit::ParseType(At(each, "dtype").string_value());
      inputs.emplace(name, kit::MakeTensor(Native("", At(each, "values")), type, ShapeIn(At(each, "shape"))));
    }
  }
  const std::vector<std::string> outputs = Has(given, "outputs") ? TextsIn(At(given, "outputs")) : std::vector<std::string>{};
  const kit::Fill fill = kit::ParseFill(Has(given, "fill") ? At(given, "fill").string_value() : "error");
  const kit::Checked checked = SignatureIn(At(given, "signature")).Check(std::move(inputs), outputs, fill);
  Object sent;
  for (const auto& [name, tensor] : checked.inputs) sent[name] = Read(tensor);
  return ToJson(Object{{"sent", ToJson(sent)}, {"filled", ToJson(checked.filled)}});
}

Json Splits(const Json& given) {
  kit::Tensors inputs;
  for (const auto& [name, each] : At(given, "inputs").struct_value().fields()) {
    const kit::Shape shape = ShapeIn(each);
    std::vector<std::int64_t> values(static_cast<std::size_t>(kit::internal::Count(shape)));
    for (std::size_t place = 0; place < values.size(); ++place) values[place] = static_cast<std::int64_t>(place);
    inputs[name] = kit::MakeTensor(kit::Value::Of(values.data(), shape));
  }
  const int rows = static_cast<int>(At(given, "rows").number_value());
  const kit::Batch batch(inputs, rows, TextsIn(At(given, "shared")));
  std::vector<Json> told;
  std::vector<kit::Tensors> outputs;
  for (std::size_t number = 0; number < batch.parts().size(); ++number) {
    const kit::Tensors part = batch.Part(number);
    const kit::Rows& of = batch.parts()[number];
    Object came;
    for (const auto& [name, tensor] : part) came[name] = ToJson(kit::Values<std::int64_t>(tensor));
    told.push_back(ToJson(Object{{"rows", List(of.start, of.stop)}, {"inputs", ToJson(came)}}));
    // A server that answers with the input that all parts have.
    outputs.push_back({{"x", part.at("x")}});
  }
  const kit::Tensors joined = kit::Join(batch.parts(), outputs);
  return ToJson(Object{{"parts", ToJson(told)}, {"joined", ToJson(kit::Values<std::int64_t>(joined.at("x")))}});
}

kit::Features FeaturesIn(const Json& of) {
  kit::Features made;
  for (const auto& [name, value] : of.struct_value().fields()) {
    const std::string& text = value.string_value();
    const bool whole = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    made.emplace(name, whole ? Whole(text) : Native("", value));
  }
  return made;
}

Json Examples(const Json& given) {
  std::vector<kit::Features> made;
  for (const Json& each : At(given, "examples").list_value().values()) made.push_back(FeaturesIn(each));
  std::optional<kit::Features> shared;
  if (Has(given, "context")) shared = FeaturesIn(At(given, "context"));
  return ToJson(Wire(kit::MakeExamples(made, shared)));
}

Json Statuses(const Json& given) {
  int code = 0;
  while (kit::CodeName(static_cast<grpc::StatusCode>(code)) != At(given, "code").string_value()) ++code;
  const auto told = [](const char* kind, const kit::CallError& error) {
    return ToJson(Object{{"kind", ToJson(kind)},
                         {"code", ToJson(kit::CodeName(error.code()))},
                         {"message", ToJson(error.what())}});
  };
  try {
    const grpc::Status status(static_cast<grpc::StatusCode>(code), "the reason");
    kit::ThrowCallError({"Predict", "m", "3", "s", "host:1", {}}, status);
  } catch (const kit::CallCancelled& error) {
    return told("cancelled", error);
  } catch (const kit::DeadlineExceeded& error) {
    return told("deadline", error);
  } catch (const kit::Unreachable& error) {
    return told("unreachable", error);
  } catch (const kit::CallError& error) {
    return told("call", error);
  }
}

Json Records(const Json& given) {
  std::vector<std::string> records, found;
  for (const std::string& each : TextsIn(At(given, "records"))) records.push_back(Unhex(each));
  for (const std::string& each : kit::ReadRecords(Unhex(At(given, "file").string_value()))) found.push_back(Hex(each));
  return ToJson(Object{{"file", ToJson(Hex(kit::FrameRecords(records)))}, {"records", ToJson(found)}});
}

Json RefusedFiles(const Json& given) { return ToJson(kit::ReadRecords(Unhex(At(given, "file").string_value()))); }

Json Warmups(const Json& given) {
  const auto rows = static_cast<std::int64_t>(At(given, "rows").number_value());
  return ToJson(Wire(kit::WarmupZeros("m", SignatureIn(At(given, "signature")), rows)));
}

kit::Serving ServingIn(const Json& given) {
  kit::Serving made;
  if (Has(given, "base_path")) made.base_path = At(given, "base_path").string_value();
  if (Has(given, "versions")) made.versions = ShapeIn(At(given, "versions"));
  if (Has(given, "latest")) made.latest = static_cast<std::uint32_t>(At(given, "latest").number_value());
  if (Has(given, "every")) made.every = At(given, "every").bool_value();
  if (Has(given, "labels")) {
    made.labels.emplace();
    for (const auto& [label, version] : At(given, "labels").struct_value().fields()) {
      (*made.labels)[label] = static_cast<std::int64_t>(version.number_value());
    }
  }
  return made;
}

Json Models(const Json& given) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("kit-" + std::to_string(std::rand()));
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "models.conf").string();
  std::ofstream(path) << At(given, "conf").string_value();
  struct Removing {
    const std::filesystem::path& folder;
    ~Removing() { std::filesystem::remove_all(folder); }
  } removing{folder};
  kit::ModelsConf conf = kit::ModelsConf::Read(path);
  for (const Json& each : At(given, "edits").list_value().values()) {
    const auto& edit = each.list_value();
    if (edit.values(0).string_value() == "remove") {
      conf.Remove(edit.values(1).string_value());
    } else {
      conf.Serve(edit.values(1).string_value(), ServingIn(edit.values(2)));
    }
  }
  // It is what is read back that counts.
  conf.Write(path);
  return ToJson(Wire(kit::ModelsConf::Read(path).message()));
}

Json Refusal(const std::string& kind, const std::string& message) {
  return ToJson(Object{{"error", ToJson(kind)}, {"message", ToJson(message)}});
}

}  // namespace

int main(int, char** arguments) {
  vectors = std::string(arguments[2]) == "vectors";
  std::srand(static_cast<unsigned>(std::filesystem::file_time_type::clock::now().time_since_epoch().count()));
  const std::map<std::string, std::function<Json(const Json&)>> sections = {
      {"tensors", Tensors}, {"reads", Reads}, {"refused_reads", Reads}, {"writes", Writes},
      {"refused_writes", Writes}, {"checks", Checks}, {"splits", Splits}, {"examples", Examples},
      {"statuses", Statuses}, {"records", Records}, {"refused_files", RefusedFiles}, {"warmups", Warmups},
      {"models", Models}};
  const Json given = ReadJson(arguments[1]);
  Object told;
  for (const auto& [section, cases] : given.struct_value().fields()) {
    Object answers;
    for (const Json& each : cases.list_value().values()) {
      Json& answer = answers[At(each, "name").string_value()];
      try {
        answer = sections.at(section)(each);
      } catch (const kit::InputError& error) {
        answer = Refusal(error.kind_name(), error.what());
      } catch (const kit::ReplyError& error) {
        answer = Refusal("reply", error.what());
      }
    }
    told[section] = ToJson(answers);
  }
  std::cout << JsonText(ToJson(told)) << "\n";
}
