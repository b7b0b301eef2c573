package @package{};

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** Which call an error is about. */
public final class CallSite implements Serializable {
  private static final long serialVersionUID = 1;

  private final String method;
  private final String model;
  private final String version;
  private final String signature;
  private final String address;
  private final transient Rows rows;

  /** Names a call; what isn't known is empty, and rows are null where it isn't about some of them. */
  public CallSite(String method, String model, String version, String signature, String address, Rows rows) {
    this.method = method;
    this.model = model;
    this.version = version;
    this.signature = signature;
    this.address = address;
    this.rows = rows;
  }

  /** The RPC's name. */
  public String method() {
    return method;
  }

  /** The model that was called. */
  public String model() {
    return model;
  }

  /** The version or the label that was asked for; empty where none was. */
  public String version() {
    return version;
  }

  /** The signature that was called; empty where none was named. */
  public String signature() {
    return signature;
  }

  /** The address that was called last. */
  public String address() {
    return address;
  }

  /** The rows of the part that failed, where a batch went in parts; else null. */
  public Rows rows() {
    return rows;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(method);
    if (!model.isEmpty()) {
      text.append(" of model ").append(model);
    }
    List<String> about = new ArrayList<>();
    if (!version.isEmpty()) {
      about.add("version " + version);
    }
    if (!signature.isEmpty()) {
      about.add("signature " + signature);
    }
    if (rows != null) {
      about.add(rows.toString());
    }
    if (!about.isEmpty()) {
      text.append(" (").append(String.join(", ", about)).append(")");
    }
    if (!address.isEmpty()) {
      text.append(" at ").append(address);
    }
    return text.toString();
  }
}
