package @package{};

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import @class{tensorflow.TensorProto};
import @class{tensorflow.serving.ClassificationRequest};
import @class{tensorflow.serving.MultiInferenceRequest};
import @class{tensorflow.serving.PredictRequest};
import @class{tensorflow.serving.PredictionLog};
import @class{tensorflow.serving.RegressionRequest};

/**
 * Warm-up files: requests that a server sends to a version of a model before it is available.
 *
 * <p>The file is a TFRecord of PredictionLog messages; a file of anything else makes the version fail to load.
 */
public final class Warmup {
  /** Where a server looks for the file, below the folder of a version. */
  public static final String FILE = "assets.extra/tf_serving_warmup_requests";

  /** A server reads no more. */
  private static final int MOST_RECORDS = 1000;

  private Warmup() {}

  /** A request for Predict from values, of the types that they have by themselves. signature: its name, or empty. */
  public static PredictRequest request(String model, String signature, Map<String, ?> inputs) {
    return request(model, signature, Inputs.unchecked(inputs));
  }

  /** A request for Predict from values that a signature takes. */
  public static PredictRequest request(String model, Signature signature, Map<String, ?> inputs) {
    return request(model, signature.name(), signature.check(inputs, Collections.emptyList(), Fill.ERROR));
  }

  /** A request for Predict of zeros, made from what a model takes. */
  public static PredictRequest zeros(String model, Signature signature, long rows) {
    Map<String, TensorProto> made = new TreeMap<>();
    signature.inputs().forEach((name, spec) -> made.put(name, Inputs.zeros(name, spec, rows)));
    return request(model, signature.name(), new CheckedInputs(made, Collections.emptyList()));
  }

  private static PredictRequest request(String model, String signature, CheckedInputs inputs) {
    PredictRequest.Builder made = PredictRequest.newBuilder().putAllInputs(inputs.tensors());
    made.getModelSpecBuilder().setName(model).setSignatureName(signature);
    return made.build();
  }

  /**
   * Writes the file where a server looks for it, below the folder of a version, and tells where that is. requests: those
   * of Predict, Classify, Regress and MultiInference, and PredictionLogs.
   */
  public static Path write(Path versionFolder, List<? extends Message> requests) throws IOException {
    if (requests.size() > MOST_RECORDS) {
      throw new InputException(
          InputException.Kind.SETTING, requests.size() + " records: a server reads " + MOST_RECORDS);
    }
    List<ByteString> records = new ArrayList<>();
    for (Message each : requests) {
      records.add(log(each).toByteString());
    }
    Path path = versionFolder.resolve(FILE);
    Files.createDirectories(path.getParent());
    return Files.write(path, Records.frame(records));
  }

  /**
   * Reads a file back: it, or the folder of its version.
   *
   * @throws ReplyException where it is damaged
   */
  public static List<PredictionLog> read(Path path) throws IOException {
    List<PredictionLog> found = new ArrayList<>();
    for (ByteString record : Records.read(Files.readAllBytes(Files.isDirectory(path) ? path.resolve(FILE) : path))) {
      try {
        found.add(PredictionLog.parseFrom(record));
      } catch (InvalidProtocolBufferException other) {
        throw new ReplyException("record " + found.size() + " is no PredictionLog", other);
      }
    }
    return found;
  }

  private static PredictionLog log(Message request) {
    PredictionLog.Builder made = PredictionLog.newBuilder();
    if (request instanceof PredictionLog) {
      return (PredictionLog) request;
    } else if (request instanceof PredictRequest) {
      made.getPredictLogBuilder().setRequest((PredictRequest) request);
    } else if (request instanceof ClassificationRequest) {
      made.getClassifyLogBuilder().setRequest((ClassificationRequest) request);
    } else if (request instanceof RegressionRequest) {
      made.getRegressLogBuilder().setRequest((RegressionRequest) request);
    } else if (request instanceof MultiInferenceRequest) {
      made.getMultiInferenceLogBuilder().setRequest((MultiInferenceRequest) request);
    } else {
      throw new InputException(
          InputException.Kind.TYPE, "no warm-up of a " + request.getDescriptorForType().getName());
    }
    return made.build();
  }
}
