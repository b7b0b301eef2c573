package @package{};

/** One of the tasks of MultiInference. */
public final class Task {
  static final String CLASSIFY = "tensorflow/serving/classify";
  static final String REGRESS = "tensorflow/serving/regress";

  final String method;
  private final String signature;

  private Task(String method, String signature) {
    this.method = method;
    this.signature = signature;
  }

  /** To classify by a signature. */
  public static Task classify(String signature) {
    return new Task(CLASSIFY, signature);
  }

  /** To regress by a signature. */
  public static Task regress(String signature) {
    return new Task(REGRESS, signature);
  }

  /** The task of a kind, "classify" or "regress". */
  public static Task of(String kind, String signature) {
    switch (kind) {
      case "classify":
        return classify(signature);
      case "regress":
        return regress(signature);
      default:
        throw new InputException(
            InputException.Kind.SETTING, "a task is classify or regress, not " + kind);
    }
  }

  String signature() {
    return signature;
  }
}
