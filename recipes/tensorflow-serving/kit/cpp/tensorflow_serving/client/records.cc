#include "records.h"

#include <array>
#include <cstddef>

#include "errors.h"

namespace tensorflow::serving::client {
namespace {

constexpr size_t kHead = 12, kFoot = 4, kLength = 8;

// The remainder of every byte by the Castagnoli polynomial, lowest bit first.
constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ ((rest & 1) != 0 ? 0x82f63b78u : 0);
    table[byte] = rest;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

// The checksum of TFRecord files: a checksum of bytes that hold checksums is weak, so the format turns it and adds a
// constant.
uint32_t MaskedChecksum(std::string_view content) {
  uint32_t checksum = 0xffffffff;
  for (const char byte : content) {
    checksum = checksum >> 8 ^ kTable[(checksum ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  checksum = ~checksum;
  return (checksum >> 15 | checksum << 17) + 0xa282ead8u;
}

std::string Little(uint64_t number, size_t bytes) {
  std::string made;
  for (size_t byte = 0; byte < bytes; ++byte) made.push_back(static_cast<char>(number >> (8 * byte) & 0xff));
  return made;
}

uint64_t FromLittle(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t byte = bytes.size(); byte > 0; --byte) {
    number = number << 8 | static_cast<unsigned char>(bytes[byte - 1]);
  }
  return number;
}

}  // namespace

std::string FrameRecords(const std::vector<std::string>& records) {
  std::string made;
  for (const std::string& record : records) {
    const std::string length = Little(record.size(), kLength);
    made += length + Little(MaskedChecksum(length), kFoot);
    made += record;
    made += Little(MaskedChecksum(record), kFoot);
  }
  return made;
}

std::vector<std::string> ReadRecords(std::string_view content) {
  std::vector<std::string> found;
  for (size_t position = 0; position < content.size();) {
    std::string_view rest = content.substr(position);
    if (rest.size() < kHead || MaskedChecksum(rest.substr(0, kLength)) != FromLittle(rest.substr(kLength, kFoot))) {
      const std::string problem =
          found.empty() ? "isn't a TFRecord file" : internal::Text("is damaged at record ", found.size());
      throw ReplyError(
          internal::Text("the file ", problem, ": the length at byte ", position, " has another checksum"));
    }
    const uint64_t length = FromLittle(rest.substr(0, kLength));
    rest.remove_prefix(kHead);
    if (rest.size() < kFoot || rest.size() - kFoot < length ||
        MaskedChecksum(rest.substr(0, length)) != FromLittle(rest.substr(length, kFoot))) {
      throw ReplyError(
          internal::Text("the file is damaged at record ", found.size(), ": cut off, or another checksum"));
    }
    found.emplace_back(rest.substr(0, length));
    position += kHead + static_cast<size_t>(length) + kFoot;
  }
  return found;
}

}  // namespace
