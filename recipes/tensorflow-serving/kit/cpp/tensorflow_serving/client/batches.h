// Batches in parts of some rows: split, and joined in order.
#pragma once

#include "tensors.h"

namespace tensorflow::serving::client {

// How a batch is split.
struct BatchOptions {
  // The most that a part has.
  int rows = 0;
  // The most parts at a time.
  int parallel = 4;
  // Inputs that are sent with each part, as scalars are.
  std::vector<std::string> shared;
};

// The inputs of a batch. Rows are the first dimension of those that are neither scalars nor shared.
class Batch {
 public:
  // optional: inputs that are shared too where they don't have the rows of the others. Throws InputError.
  Batch(Tensors inputs, int rows, const std::vector<std::string>& shared,
        const std::vector<std::string>& optional = {});

  // The rows of each part.
  const std::vector<Rows>& parts() const { return parts_; }
  // The inputs of a part.
  Tensors Part(size_t number) const;

 private:
  Tensors inputs_;
  // The names of those that are split.
  std::vector<std::string> split_;
  std::vector<Rows> parts_;
};

// Puts the outputs of all parts together, in the order of their rows. Throws ReplyError.
Tensors Join(const std::vector<Rows>& parts, std::vector<Tensors> outputs);

}  // namespace
