package @package{};

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;

/** Fields that older releases don't have. */
final class Fields {
  private Fields() {}

  /** A field that is about to be set. */
  static FieldDescriptor required(Descriptor message, String name) {
    FieldDescriptor found = message.findFieldByName(name);
    if (found == null) {
      throw new InputException(
          InputException.Kind.SETTING, message.getName() + " of this release has no " + name);
    }
    return found;
  }
}
