package @package{};

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import @class{tensorflow.TensorProto};

/** Makes the tensors of a call from values, and says which of them a signature doesn't take. */
final class Inputs {
  private Inputs() {}

  /** Tensors of values, of the types that they have by themselves. */
  static CheckedInputs unchecked(Map<String, ?> values) {
    Map<String, TensorProto> made = new TreeMap<>();
    for (Map.Entry<String, ?> each : values.entrySet()) {
      made.put(each.getKey(), tensor(each.getKey(), each.getValue(), null));
    }
    return new CheckedInputs(made, Collections.emptyList());
  }

  /** See {@link Signature#check}. */
  static CheckedInputs checked(
      Signature signature, Map<String, ?> values, Collection<String> outputs, Fill fill) {
    for (String name : outputs) {
      if (!signature.outputs().containsKey(name)) {
        throw unknown(signature, "output", name, signature.outputs().keySet());
      }
    }
    Map<String, TensorProto> made = new TreeMap<>();
    for (Map.Entry<String, ?> each : values.entrySet()) {
      Spec spec = signature.inputs().get(each.getKey());
      if (spec == null) {
        throw unknown(signature, "input", each.getKey(), signature.inputs().keySet());
      }
      made.put(each.getKey(), tensor(each.getKey(), each.getValue(), spec));
    }
    long rows = rows(signature, made);
    List<String> missing = new ArrayList<>();
    for (String name : signature.inputs().keySet()) {
      if (!values.containsKey(name)) {
        missing.add(name);
        made.put(name, filled(signature, name, rows, fill));
      }
    }
    return new CheckedInputs(made, missing);
  }

  /** What an input takes, all zeros: so many rows, and one where another size may be any. */
  static TensorProto zeros(String name, Spec spec, long rows) {
    long[] sizes = spec.shape();
    if (sizes == null) {
      throw new InputException(
          InputException.Kind.SHAPE, "input " + name + " is " + spec + ": give a value");
    }
    for (int axis = 0; axis < sizes.length; axis++) {
      if (sizes[axis] < 0) {
        sizes[axis] = axis == 0 ? rows : 1;
      }
    }
    return Tensors.zeros(spec.dtype(), sizes);
  }

  /** The tensor of one input or output. spec: null for a value's own type and shape. */
  static TensorProto tensor(String name, Object value, Spec spec) {
    TensorProto made;
    try {
      made = value instanceof TensorProto ? (TensorProto) value : Tensors.of(value, spec == null ? null : spec.dtype());
      if (spec == null) {
        return made;
      }
    } catch (InputException refused) {
      throw refused.at("input " + name + (spec == null ? "" : ", which is " + spec));
    }
    Spec own = Spec.of(Tensors.dtype(made), shape(name, made));
    if (!own.dtype().equals(ElementType.named(spec.dtype()).name)) {
      throw new InputException(
          InputException.Kind.TYPE, "input " + name + " is " + spec + ", not " + own);
    }
    if (!spec.takes(own.shape())) {
      throw new InputException(
          InputException.Kind.SHAPE, "input " + name + " is " + spec + ", not " + own);
    }
    return made;
  }

  static long[] shape(String name, TensorProto tensor) {
    try {
      return Tensors.shape(tensor);
    } catch (InputException refused) {
      throw refused.at("input " + name);
    }
  }

  private static TensorProto filled(Signature signature, String name, long rows, Fill fill) {
    Spec spec = signature.inputs().get(name);
    TensorProto fallback = signature.defaults().get(name);
    if (fill == Fill.ZEROS) {
      return zeros(name, spec, rows);
    }
    if (fill == Fill.DEFAULTS && fallback != null) {
      return fallback;
    }
    String message = "input " + name + " is missing: " + spec;
    if (fill == Fill.DEFAULTS) {
      message += "; the model has no default for it";
    } else if (fallback != null) {
      message += "; the model has a default for it, which Fill.DEFAULTS sends";
    }
    throw new InputException(InputException.Kind.MISSING, message);
  }

  /** How many rows the given inputs have, where they agree; else one. */
  private static long rows(Signature signature, Map<String, TensorProto> given) {
    long found = -1;
    for (Map.Entry<String, TensorProto> each : given.entrySet()) {
      if (signature.inputs().get(each.getKey()).hasRows()) {
        long rows = each.getValue().getTensorShape().getDim(0).getSize();
        if (found >= 0 && found != rows) {
          return 1;
        }
        found = rows;
      }
    }
    return found < 0 ? 1 : found;
  }

  private static InputException unknown(
      Signature signature, String what, String name, Collection<String> known) {
    return new InputException(
        InputException.Kind.NAME,
        "signature " + signature.name() + " has no " + what + " " + Names.nearest(name, known));
  }
}
