package @package{};

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import @class{tensorflow.TensorProto};
import @class{tensorflow.serving.ModelSpec};

/** The outputs of a model, and who gave them. */
public final class Prediction {
  private final Map<String, TensorProto> outputs;
  private final List<String> filled;
  private final String model;
  private final String signature;
  private final SortedSet<Long> versions = new TreeSet<>();

  Prediction(Map<String, TensorProto> outputs, List<ModelSpec> specs, List<String> filled) {
    this.outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
    this.filled = filled;
    this.model = specs.get(0).getName();
    this.signature = specs.get(0).getSignatureName();
    for (ModelSpec spec : specs) {
      versions.add(spec.getVersion().getValue());
    }
  }

  /** The outputs as the server sent them; {@link Tensors} reads them. */
  public Map<String, TensorProto> outputs() {
    return outputs;
  }

  /** An output as the server sent it. */
  public TensorProto output(String name) {
    TensorProto found = outputs.get(name);
    if (found == null) {
      throw new ReplyException("the reply has no output " + Names.nearest(name, outputs.keySet()));
    }
    return found;
  }

  /** The elements of an output, see {@link Tensors#floats}. */
  public float[] floats(String name) {
    return read(name, Tensors::floats);
  }

  /** The elements of an output, see {@link Tensors#doubles}. */
  public double[] doubles(String name) {
    return read(name, Tensors::doubles);
  }

  /** The elements of an output, see {@link Tensors#ints}. */
  public int[] ints(String name) {
    return read(name, Tensors::ints);
  }

  /** The elements of an output, see {@link Tensors#longs}. */
  public long[] longs(String name) {
    return read(name, Tensors::longs);
  }

  /** The elements of an output, see {@link Tensors#booleans}. */
  public boolean[] booleans(String name) {
    return read(name, Tensors::booleans);
  }

  /** The elements of an output, see {@link Tensors#strings}. */
  public String[] strings(String name) {
    return read(name, Tensors::strings);
  }

  /** An output as an array of its shape, such as {@code float[][]}, see {@link Tensors#array}. */
  public Object array(String name) {
    return read(name, Tensors::array);
  }

  /** The shape of an output. */
  public long[] shape(String name) {
    return read(name, Tensors::shape);
  }

  /** Inputs that weren't given, and that the client filled. */
  public List<String> filled() {
    return filled;
  }

  /** The model that answered. */
  public String model() {
    return model;
  }

  /** The signature that answered. */
  public String signature() {
    return signature;
  }

  /** The version that answered; the newest, where parts met a change of versions; 0 where it isn't told. */
  public long version() {
    return versions.last();
  }

  /** All versions that answered, the oldest first. */
  public SortedSet<Long> versions() {
    return Collections.unmodifiableSortedSet(versions);
  }

  private <T> T read(String name, Function<TensorProto, T> how) {
    TensorProto found = output(name);
    try {
      return how.apply(found);
    } catch (InputException unread) {
      throw new ReplyException("output " + name + ": " + unread.getMessage(), unread);
    }
  }
}
