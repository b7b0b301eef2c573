package @package{};

import java.util.Collections;
import java.util.List;
import java.util.Map;
import @class{tensorflow.TensorProto};

/** Inputs that a signature takes. */
public final class CheckedInputs {
  private final Map<String, TensorProto> tensors;
  private final List<String> filled;

  CheckedInputs(Map<String, TensorProto> tensors, List<String> filled) {
    this.tensors = Collections.unmodifiableMap(tensors);
    this.filled = Collections.unmodifiableList(filled);
  }

  /** All inputs. */
  public Map<String, TensorProto> tensors() {
    return tensors;
  }

  /** Those that weren't given, and that have zeros or the model's default now. */
  public List<String> filled() {
    return filled;
  }
}
