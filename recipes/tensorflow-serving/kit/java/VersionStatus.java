package @package{};

import io.grpc.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import @class{tensorflow.serving.GetModelStatusResponse};
import @class{tensorflow.serving.ModelVersionStatus};

/** What a server says about a version of a model. */
public final class VersionStatus {
  private final long version;
  private final String state;
  private final Status status;

  private VersionStatus(long version, String state, Status status) {
    this.version = version;
    this.state = state;
    this.status = status;
  }

  /** The version. */
  public long version() {
    return version;
  }

  /** START, LOADING, AVAILABLE, UNLOADING or END. */
  public String state() {
    return state;
  }

  /** OK, or why it isn't served. */
  public Status status() {
    return status;
  }

  /** Whether it is served. */
  public boolean isAvailable() {
    return state.equals("AVAILABLE");
  }

  /** Whether it has failed. */
  boolean isBroken() {
    return state.equals("END") && !status.isOk();
  }

  @Override
  public String toString() {
    String reason = status.getDescription();
    return version + " " + state + " " + status.getCode() + (reason == null ? "" : " " + reason);
  }

  /** What is said about each version, the newest first. */
  static List<VersionStatus> read(GetModelStatusResponse reply) {
    List<VersionStatus> found = new ArrayList<>();
    for (ModelVersionStatus each : reply.getModelVersionStatusList()) {
      Status status = Status.fromCodeValue(each.getStatus().getErrorCodeValue());
      String reason = each.getStatus().getErrorMessage();
      found.add(
          new VersionStatus(
              each.getVersion(),
              each.getState().name(),
              reason.isEmpty() ? status : status.withDescription(reason)));
    }
    found.sort(Comparator.comparingLong(VersionStatus::version).reversed());
    return found;
  }
}
