#include "batches.h"

#include <algorithm>

namespace tensorflow::serving::client {
namespace {

using internal::Refuse;
using Kind = InputError::Kind;

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int64_t CommonRows(const std::map<std::string, int64_t>& sizes) {
  std::string text;
  bool same = !sizes.empty();
  for (const auto& [name, size] : sizes) {
    text += internal::Text(text.empty() ? "" : ", ", name, " has ", size);
    same = same && size == sizes.begin()->second;
  }
  if (!same) {
    Refuse(Kind::kShape, "the inputs of a batch have no common number of rows: ",
                     text.empty() ? "all are shared" : text);
  }
  return sizes.begin()->second;
}

// Elements as bytes, so that rows can be taken from them.
void ToContent(TensorProto* tensor) {
  std::string held;
  const std::string_view content = internal::ContentOf(*tensor, &held);
  if (!tensor->tensor_content().empty() || content.empty()) return;
  TensorProto made = internal::Shaped(tensor->dtype(), ShapeOf(*tensor));
  made.set_tensor_content(std::move(held));
  *tensor = std::move(made);
}

// A tensor of some rows of another, which has its elements as bytes or as all of its strings.
TensorProto RowsOf(const TensorProto& tensor, const Rows& rows) {
  Shape shape = ShapeOf(tensor);
  const int64_t row = internal::Count(Shape(shape.begin() + 1, shape.end()));
  shape[0] = rows.stop - rows.start;
  TensorProto made = internal::Shaped(tensor.dtype(), shape);
  if (tensor.dtype() == DT_STRING) {
    for (int64_t place = rows.start * row; place < rows.stop * row; ++place) {
      made.add_string_val(tensor.string_val(static_cast<int>(place)));
    }
    return made;
  }
  const internal::Form& form = *internal::FormOf(tensor.dtype());
  const size_t size = static_cast<size_t>(row) * form.size * form.parts;
  made.set_tensor_content(tensor.tensor_content().substr(static_cast<size_t>(rows.start) * size,
                                                         static_cast<size_t>(rows.stop - rows.start) * size));
  return made;
}

// Puts tensors together along their first dimension.
TensorProto Joined(std::vector<TensorProto> pieces) {
  if (pieces.size() == 1) return std::move(pieces.front());
  const DataType type = pieces.front().dtype();
  Shape whole = ShapeOf(pieces.front());
  int64_t rows = 0;
  std::string content;
  TensorProto texts;
  for (const TensorProto& piece : pieces) {
    const Shape shape = ShapeOf(piece);
    if (shape.empty() || piece.dtype() != type || !std::equal(shape.begin() + 1, shape.end(), whole.begin() + 1, whole.end())) {
      Refuse(Kind::kShape, "the parts have rows of different shapes or types");
    }
    rows += shape[0];
    std::string held;
    if (type == DT_STRING) {
      for (std::string& text : internal::TextsOf(piece)) texts.add_string_val(std::move(text));
    } else {
      content += internal::ContentOf(piece, &held);
    }
  }
  whole[0] = rows;
  TensorProto made = internal::Shaped(type, whole);
  if (type == DT_STRING) {
    *made.mutable_string_val() = std::move(*texts.mutable_string_val());
  } else {
    made.set_tensor_content(std::move(content));
  }
  return made;
}

}  // namespace

Batch::Batch(Tensors inputs, int rows, const std::vector<std::string>& shared,
             const std::vector<std::string>& optional)
    : inputs_(std::move(inputs)) {
  if (rows < 1) Refuse(Kind::kSetting, "parts of ", rows, " rows");
  for (const std::string& name : shared) {
    if (inputs_.count(name) == 0) Refuse(Kind::kName, "shared inputs that aren't there: ", name);
  }
  std::map<std::string, int64_t> sizes, given;
  for (auto& [name, tensor] : inputs_) {
    Shape shape;
    try {
      shape = ShapeOf(tensor);
    } catch (const InputError& error) {
      throw error.About("input " + name);
    }
    if (shape.empty() || Contains(shared, name)) continue;
    sizes[name] = shape[0];
    if (!Contains(optional, name)) given[name] = shape[0];
  }
  const int64_t total = CommonRows(given.empty() ? sizes : given);
  for (int64_t start = 0; start < total || start == 0; start += rows) {
    parts_.push_back({start, std::min(start + rows, total)});
  }
  if (parts_.size() == 1) return;
  for (const auto& [name, size] : sizes) {
    if (size != total) continue;
    split_.push_back(name);
    TensorProto& tensor = inputs_[name];
    try {
      if (tensor.dtype() != DT_STRING) {
        ToContent(&tensor);
      } else if (std::vector<std::string> texts = internal::TextsOf(tensor);
                 texts.size() != static_cast<size_t>(tensor.string_val_size())) {
        tensor.clear_string_val();
        tensor.clear_tensor_content();
        for (std::string& text : texts) tensor.add_string_val(std::move(text));
      }
    } catch (const InputError& error) {
      throw error.About("input " + name);
    }
  }
}

Tensors Batch::Part(size_t number) const {
  Tensors made;
  for (const auto& [name, tensor] : inputs_) {
    made[name] = Contains(split_, name) ? RowsOf(tensor, parts_[number]) : tensor;
  }
  return made;
}

Tensors Join(const std::vector<Rows>& parts, std::vector<Tensors> outputs) {
  Tensors made;
  for (const auto& each : outputs.at(0)) {
    const std::string& name = each.first;
    std::vector<TensorProto> pieces;
    for (size_t number = 0; number < parts.size(); ++number) {
      const Rows& rows = parts[number];
      const auto piece = outputs.at(number).find(name);
      if (piece == outputs[number].end()) {
        throw ReplyError(internal::Text("rows ", rows.start, " to ", rows.stop - 1, " have no output ", name));
      }
      const auto& shape = piece->second.tensor_shape();
      if (parts.size() > 1 && (shape.dim_size() == 0 || shape.dim(0).size() != rows.stop - rows.start)) {
        throw ReplyError("output " + name + " hasn't a row for each row of the inputs: leave it out with outputs");
      }
      pieces.push_back(std::move(piece->second));
    }
    try {
      made[name] = Joined(std::move(pieces));
    } catch (const InputError& error) {
      throw ReplyError("output " + name + ": " + error.what());
    }
  }
  return made;
}

}  // namespace
