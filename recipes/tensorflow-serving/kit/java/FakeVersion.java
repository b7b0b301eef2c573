package @package{};

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import @class{tensorflow.serving.ModelSpec};

/** A version that a fake server has, and what has become of it. */
final class FakeVersion {
  final FakeModel model;
  String state;
  Status status = Status.OK;
  List<String> labels;

  FakeVersion(FakeModel model) {
    this.model = model;
    this.state = model.state;
    this.labels = model.labels;
  }

  /** Reads a field that older releases don't have. */
  static String label(ModelSpec spec) {
    FieldDescriptor field = ModelSpec.getDescriptor().findFieldByName("version_label");
    return field == null ? "" : (String) spec.getField(field);
  }

  /** What a reply says about who has answered. */
  ModelSpec effective(ModelSpec asked) {
    String signature = asked.getSignatureName();
    ModelSpec.Builder made =
        ModelSpec.newBuilder()
            .setName(asked.getName())
            .setSignatureName(signature.isEmpty() ? model.signature : signature);
    made.getVersionBuilder().setValue(model.version);
    return made.build();
  }

  /** How a call ends whose test's own function has failed. */
  static StatusRuntimeException failure(Exception failure) {
    if (failure instanceof StatusRuntimeException) {
      return (StatusRuntimeException) failure;
    }
    Status status = failure instanceof InputException ? Status.INVALID_ARGUMENT : Status.INTERNAL;
    String said = failure instanceof InputException ? failure.getMessage() : failure.toString();
    return status.withDescription(said).withCause(failure).asRuntimeException();
  }
}
