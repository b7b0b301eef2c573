// TFRecord files: records with their lengths and checksums.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tensorflow::serving::client {

// Makes a TFRecord file: of each record its length, the checksum of that, it, and its checksum.
std::string FrameRecords(const std::vector<std::string>& records);

// Parts a TFRecord file. Throws ReplyError where it is damaged, or something else.
std::vector<std::string> ReadRecords(std::string_view content);

}  // namespace
