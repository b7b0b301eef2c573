package @package{};

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import @class{tensorflow.TensorProto};

/** Some rows of a batch. */
public final class Part {
  private final Rows rows;
  private final Map<String, TensorProto> inputs;

  private Part(Rows rows, Map<String, TensorProto> inputs) {
    this.rows = rows;
    this.inputs = Collections.unmodifiableMap(inputs);
  }

  /** Their places in the batch. */
  public Rows rows() {
    return rows;
  }

  /** The inputs of these rows, and those that each part has. */
  public Map<String, TensorProto> inputs() {
    return inputs;
  }

  /**
   * Splits inputs into parts of at most so many rows. Scalars and shared inputs are in each part. optional: inputs that
   * are shared too where they don't have the rows of the others.
   */
  public static List<Part> split(
      Map<String, TensorProto> inputs, int rows, Collection<String> shared, Collection<String> optional) {
    if (rows < 1) {
      throw new InputException(InputException.Kind.SETTING, "parts of " + rows + " rows");
    }
    for (String name : shared) {
      if (!inputs.containsKey(name)) {
        throw new InputException(InputException.Kind.NAME, "shared inputs that aren't there: " + name);
      }
    }
    Map<String, Long> sizes = new TreeMap<>();
    Map<String, Long> given = new TreeMap<>();
    for (Map.Entry<String, TensorProto> each : inputs.entrySet()) {
      long[] shape = Inputs.shape(each.getKey(), each.getValue());
      if (shape.length > 0 && !shared.contains(each.getKey())) {
        sizes.put(each.getKey(), shape[0]);
        if (!optional.contains(each.getKey())) {
          given.put(each.getKey(), shape[0]);
        }
      }
    }
    long total = common(given.isEmpty() ? sizes : given);
    if (total <= rows) {
      return Collections.singletonList(new Part(new Rows(0, total), new TreeMap<>(inputs)));
    }
    List<Part> parts = new ArrayList<>();
    for (long start = 0; start < total; start += rows) {
      Rows own = new Rows(start, Math.min(total, start + rows));
      Map<String, TensorProto> made = new TreeMap<>(inputs);
      for (Map.Entry<String, Long> each : sizes.entrySet()) {
        if (each.getValue() == total) {
          made.put(each.getKey(), Tensors.rows(inputs.get(each.getKey()), own));
        }
      }
      parts.add(new Part(own, made));
    }
    return parts;
  }

  /** Puts the outputs of all parts together, in the order of their rows. */
  public static Map<String, TensorProto> join(List<Part> parts, List<Map<String, TensorProto>> outputs) {
    Map<String, TensorProto> made = new TreeMap<>();
    for (String name : outputs.get(0).keySet()) {
      List<TensorProto> pieces = new ArrayList<>();
      for (int number = 0; number < parts.size(); number++) {
        Rows rows = parts.get(number).rows;
        TensorProto piece = outputs.get(number).get(name);
        if (piece == null) {
          throw new ReplyException(rows + " have no output " + name);
        }
        if (parts.size() > 1
            && (piece.getTensorShape().getDimCount() == 0
                || piece.getTensorShape().getDim(0).getSize() != rows.count())) {
          throw new ReplyException(
              "output " + name + " hasn't a row for each row of the inputs: leave it out with outputs(...)");
        }
        pieces.add(piece);
      }
      try {
        made.put(name, Tensors.joined(pieces));
      } catch (InputException unread) {
        throw new ReplyException("output " + name + ": " + unread.getMessage(), unread);
      }
    }
    return made;
  }

  private static long common(Map<String, Long> sizes) {
    if (new HashSet<>(sizes.values()).size() == 1) {
      return sizes.values().iterator().next();
    }
    List<String> all = new ArrayList<>();
    sizes.forEach((name, size) -> all.add(name + " has " + size));
    throw new InputException(
        InputException.Kind.SHAPE,
        "the inputs of a batch have no common number of rows: "
            + (all.isEmpty() ? "all are shared" : String.join(", ", all)));
  }
}
