package @package{};

import io.grpc.CallCredentials;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import @class{tensorflow.serving.ModelSpec};

/** What is called, and how. Each method gives another target, and leaves this one as it is. */
public final class Target implements Cloneable {
  final String model;
  private Long version;
  private String label = "";
  String signature = "";
  Duration deadline;
  private boolean endless;
  Metadata headers = new Metadata();
  CallCredentials credentials;
  List<String> outputs = Collections.emptyList();
  Fill fill = Fill.ERROR;

  private Target(String model) {
    this.model = model;
  }

  /** The newest version of a model, and its default signature. */
  public static Target of(String model) {
    return new Target(model);
  }

  /** One version of the model, instead of the newest. */
  public Target version(long version) {
    Target made = copy();
    made.version = version;
    return made.checked();
  }

  /** What the server's configuration calls a version. */
  public Target label(String label) {
    Target made = copy();
    made.label = label;
    return made.checked();
  }

  /** The signature to call, instead of {@link Signature#DEFAULT}. */
  public Target signature(String signature) {
    Target made = copy();
    made.signature = signature;
    return made;
  }

  /** A deadline for all that the call does, instead of the client's. */
  public Target deadline(Duration deadline) {
    Target made = copy();
    made.deadline = deadline;
    made.endless = false;
    return made;
  }

  /** No deadline, not even the client's. */
  public Target withoutDeadline() {
    Target made = copy();
    made.endless = true;
    return made;
  }

  /** A header to send besides the client's. */
  public Target header(String name, String value) {
    Metadata more = new Metadata();
    more.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return headers(more);
  }

  /** Headers to send besides the client's. */
  public Target headers(Metadata headers) {
    Target made = copy();
    made.headers = new Metadata();
    made.headers.merge(this.headers);
    made.headers.merge(headers);
    return made;
  }

  /** What names the caller in this call, instead of the client's; only with TLS. */
  public Target credentials(CallCredentials credentials) {
    Target made = copy();
    made.credentials = credentials;
    return made;
  }

  /** The outputs that are wanted of Predict, where not all are. */
  public Target outputs(String... outputs) {
    Target made = copy();
    made.outputs = Collections.unmodifiableList(Arrays.asList(outputs.clone()));
    return made;
  }

  /** What becomes of inputs of Predict that aren't given. */
  public Target fill(Fill fill) {
    Target made = copy();
    made.fill = fill;
    return made;
  }

  boolean isEndless() {
    return endless;
  }

  boolean isLabelled() {
    return !label.isEmpty();
  }

  /** Whether it is one version for good. */
  boolean isPinned() {
    return version != null;
  }

  /** What signatures are known by. */
  List<Object> key() {
    return Arrays.asList(model, version, label);
  }

  /** The same for the server. */
  ModelSpec spec() {
    ModelSpec.Builder made = ModelSpec.newBuilder().setName(model).setSignatureName(signature);
    if (version != null) {
      made.getVersionBuilder().setValue(version);
    }
    if (isLabelled()) {
      made.setField(Fields.required(ModelSpec.getDescriptor(), "version_label"), label);
    }
    return made.build();
  }

  /** The same for errors. */
  CallSite site(String method, String address, Rows rows) {
    return new CallSite(method, model, version == null ? label : version.toString(), signature, address, rows);
  }

  private Target checked() {
    if (version != null && isLabelled()) {
      throw new InputException(InputException.Kind.SETTING, "a version and a label: give one of them");
    }
    return this;
  }

  private Target copy() {
    try {
      return (Target) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
