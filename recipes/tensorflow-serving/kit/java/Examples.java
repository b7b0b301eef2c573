package @package{};

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import @class{tensorflow.Example};
import @class{tensorflow.Feature};
import @class{tensorflow.TensorProto};
import @class{tensorflow.serving.ClassificationResult};
import @class{tensorflow.serving.Classifications};
import @class{tensorflow.serving.InferenceResult};
import @class{tensorflow.serving.Input};
import @class{tensorflow.serving.MultiInferenceResponse};
import @class{tensorflow.serving.RegressionResult};

/** What Classify, Regress and MultiInference take and give: examples, which are features by name. */
public final class Examples {
  private Examples() {}

  /** Examples, and what all of them share (null for nothing), as servers take them. */
  public static Input input(List<? extends Map<String, ?>> examples, Map<String, ?> shared) {
    List<Example> made = new ArrayList<>();
    for (Map<String, ?> each : examples) {
      made.add(example(each, "example " + made.size()));
    }
    Input.Builder input = Input.newBuilder();
    if (shared == null) {
      input.getExampleListBuilder().addAllExamples(made);
    } else {
      input
          .getExampleListWithContextBuilder()
          .addAllExamples(made)
          .setContext(example(shared, "context"));
    }
    return input.build();
  }

  private static Example example(Map<String, ?> features, String place) {
    Example.Builder made = Example.newBuilder();
    // Also without a feature, there are some.
    made.getFeaturesBuilder();
    for (Map.Entry<String, ?> each : new TreeMap<>(features).entrySet()) {
      try {
        made.getFeaturesBuilder().putFeature(each.getKey(), feature(each.getValue()));
      } catch (InputException refused) {
        throw refused.at(place + ", feature " + each.getKey());
      }
    }
    return made.build();
  }

  private static Feature feature(Object value) {
    Feature.Builder made = Feature.newBuilder();
    if (value instanceof List && ((List<?>) value).isEmpty()) {
      // No values have no type.
      return made.build();
    }
    TensorProto tensor = Tensors.of(value instanceof byte[] ? ByteString.copyFrom((byte[]) value) : value);
    ElementType type = ElementType.of(tensor);
    if (Tensors.shape(tensor).length > 1) {
      throw new InputException(
          InputException.Kind.TYPE, "a feature is a value or a list of values");
    }
    for (Object each : Tensors.elements(tensor)) {
      if (type == ElementType.STRING) {
        made.getBytesListBuilder().addValue((ByteString) each);
      } else if (type == ElementType.BOOL) {
        made.getInt64ListBuilder().addValue((Boolean) each ? 1 : 0);
      } else if (each instanceof BigInteger || type.isComplex()) {
        throw new InputException(InputException.Kind.TYPE, "a feature can't hold " + type);
      } else if (type.isInteger()) {
        made.getInt64ListBuilder().addValue(((Number) each).longValue());
      } else {
        double number = ((Number) each).doubleValue();
        if (Double.isInfinite((float) number) && !Double.isInfinite(number)) {
          throw new InputException(InputException.Kind.OVERFLOW, "a number is too large for DT_FLOAT");
        }
        made.getFloatListBuilder().addValue((float) number);
      }
    }
    return made.build();
  }

  static List<List<ClassScore>> classes(ClassificationResult result) {
    List<List<ClassScore>> found = new ArrayList<>();
    for (Classifications one : result.getClassificationsList()) {
      List<ClassScore> classes = new ArrayList<>();
      one.getClassesList().forEach(each -> classes.add(new ClassScore(each.getLabel(), each.getScore())));
      found.add(classes);
    }
    return found;
  }

  static float[] values(RegressionResult result) {
    float[] found = new float[result.getRegressionsCount()];
    for (int number = 0; number < found.length; number++) {
      found[number] = result.getRegressions(number).getValue();
    }
    return found;
  }

  static List<TaskResult> results(MultiInferenceResponse reply) {
    List<TaskResult> found = new ArrayList<>();
    for (InferenceResult each : reply.getResultsList()) {
      found.add(
          each.hasClassificationResult()
              ? new TaskResult(classes(each.getClassificationResult()), null)
              : new TaskResult(null, values(each.getRegressionResult())));
    }
    return found;
  }
}
