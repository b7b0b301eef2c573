package @package{};

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import @class{tensorflow.TensorProto};

/**
 * A version of a model of a {@link FakeServer}. Each method gives another, and leaves this one as it is. Without inputs,
 * it has no signature to tell.
 */
public final class FakeModel implements Cloneable {
  /** What a model does: outputs by name, as {@link Tensors} takes them, from inputs by name. */
  public interface Predict {
    /** Makes outputs of inputs. */
    Map<String, ?> apply(Map<String, TensorProto> inputs) throws Exception;
  }

  /** What a classifier or a regressor does with examples: features by name, those of the context among them. */
  public interface Infer<T> {
    /** The result of each example. */
    List<T> apply(List<Map<String, List<?>>> examples) throws Exception;
  }

  Predict predict;
  Infer<List<ClassScore>> classify;
  Infer<Float> regress;
  long version = 1;
  String signature = Signature.DEFAULT;
  Map<String, Spec> inputs = Collections.emptyMap();
  Map<String, Spec> outputs = Collections.emptyMap();
  Map<String, Object> defaults = Collections.emptyMap();
  List<String> labels = Collections.emptyList();
  String state = "AVAILABLE";

  /** A model that does nothing. */
  public FakeModel() {}

  /** A model that predicts. */
  public static FakeModel of(Predict predict) {
    return new FakeModel().predict(predict);
  }

  /** Answers Predict. */
  public FakeModel predict(Predict predict) {
    FakeModel made = copy();
    made.predict = predict;
    return made;
  }

  /** Answers Classify. */
  public FakeModel classify(Infer<List<ClassScore>> classify) {
    FakeModel made = copy();
    made.classify = classify;
    return made;
  }

  /** Answers Regress. */
  public FakeModel regress(Infer<Float> regress) {
    FakeModel made = copy();
    made.regress = regress;
    return made;
  }

  /** The version: 1 where it isn't given. */
  public FakeModel version(long version) {
    FakeModel made = copy();
    made.version = version;
    return made;
  }

  /** The signature's name: {@link Signature#DEFAULT} where it isn't given. */
  public FakeModel signature(String signature) {
    FakeModel made = copy();
    made.signature = signature;
    return made;
  }

  /** One more input of its signature. */
  public FakeModel input(String name, Spec spec) {
    FakeModel made = copy();
    made.inputs = with(inputs, name, spec);
    return made;
  }

  /** One more output of its signature. */
  public FakeModel output(String name, Spec spec) {
    FakeModel made = copy();
    made.outputs = with(outputs, name, spec);
    return made;
  }

  /** What an input is when it isn't given. */
  public FakeModel fallback(String name, Object value) {
    FakeModel made = copy();
    made.defaults = with(defaults, name, value);
    return made;
  }

  /** The version's labels. */
  public FakeModel labels(String... labels) {
    FakeModel made = copy();
    made.labels = new ArrayList<>(Arrays.asList(labels));
    return made;
  }

  /** The version's state: AVAILABLE where it isn't given. */
  public FakeModel state(String state) {
    FakeModel made = copy();
    made.state = state;
    return made;
  }

  private static <T> Map<String, T> with(Map<String, T> known, String name, T value) {
    Map<String, T> made = new TreeMap<>(known);
    made.put(name, value);
    return made;
  }

  private FakeModel copy() {
    try {
      return (FakeModel) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
