// Maps that older releases don't have as fields.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace tensorflow::serving::client::internal {

// Does something with each key of a map, and with what holds its value; with none where there is no such field.
template <class Message, class Does>
void ReadMap(const Message& message, const char* field_name, const Does& does) {
  const auto* field = message.GetDescriptor()->FindFieldByName(field_name);
  const int count = field == nullptr ? 0 : message.GetReflection()->FieldSize(message, field);
  for (int number = 0; number < count; ++number) {
    const auto& entry = message.GetReflection()->GetRepeatedMessage(message, field, number);
    const auto* type = entry.GetDescriptor();
    does(entry.GetReflection()->GetString(entry, type->FindFieldByNumber(1)), entry, type->FindFieldByNumber(2));
  }
}

// Adds a key to a map; false where there is no such field.
template <class Message, class Sets>
bool AddToMap(Message* message, const char* field_name, const std::string& key, const Sets& sets) {
  const auto* field = message->GetDescriptor()->FindFieldByName(field_name);
  if (field == nullptr) return false;
  auto* entry = message->GetReflection()->AddMessage(message, field);
  const auto* type = entry->GetDescriptor();
  entry->GetReflection()->SetString(entry, type->FindFieldByNumber(1), key);
  sets(entry, type->FindFieldByNumber(2));
  return true;
}

}  // namespace
