package @package{};

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import @class{tensorflow.Example};
import @class{tensorflow.Feature};
import @class{tensorflow.SignatureDef};
import @class{tensorflow.TensorInfo};
import @class{tensorflow.TensorProto};
import @class{tensorflow.serving.ClassificationRequest};
import @class{tensorflow.serving.ClassificationResponse};
import @class{tensorflow.serving.ClassificationResult};
import @class{tensorflow.serving.GetModelMetadataRequest};
import @class{tensorflow.serving.GetModelMetadataResponse};
import @class{tensorflow.serving.InferenceTask};
import @class{tensorflow.serving.Input};
import @class{tensorflow.serving.ModelSpec};
import @class{tensorflow.serving.MultiInferenceRequest};
import @class{tensorflow.serving.MultiInferenceResponse};
import @class{tensorflow.serving.PredictRequest};
import @class{tensorflow.serving.PredictResponse};
import @class{tensorflow.serving.PredictionService};
import @class{tensorflow.serving.RegressionRequest};
import @class{tensorflow.serving.RegressionResponse};
import @class{tensorflow.serving.RegressionResult};
import @class{tensorflow.serving.SignatureDefMap};

/** The service that makes predictions of a fake server. */
final class FakePredictions extends PredictionServiceGrpc.PredictionServiceImplBase {
  private final FakeServer server;

  FakePredictions(FakeServer server) {
    this.server = server;
  }

  /** Answers a call, or lets it fail as the work for it does. */
  static <R> void answer(StreamObserver<R> observer, Callable<R> work) {
    try {
      observer.onNext(work.call());
      observer.onCompleted();
    } catch (Exception failure) {
      observer.onError(FakeVersion.failure(failure));
    }
  }

  @Override
  public void predict(PredictRequest request, StreamObserver<PredictResponse> observer) {
    answer(observer, () -> predict(request));
  }

  private PredictResponse predict(PredictRequest request) throws Exception {
    ModelSpec spec = request.getModelSpec();
    server.called("Predict", request, spec.getName());
    FakeVersion found = server.find(spec);
    FakeModel model = found.model;
    String signature = spec.getSignatureName().isEmpty() ? Signature.DEFAULT : spec.getSignatureName();
    if (!signature.equals(model.signature)) {
      throw refused(Status.FAILED_PRECONDITION, "Serving signature key \"" + signature + "\" not found.");
    }
    checkNames(model, request);
    if (model.predict == null) {
      throw refused(Status.UNIMPLEMENTED, "model " + spec.getName() + " has no function for Predict");
    }
    PredictResponse.Builder made = PredictResponse.newBuilder().setModelSpec(found.effective(spec));
    for (Map.Entry<String, ?> each : model.predict.apply(request.getInputsMap()).entrySet()) {
      String name = each.getKey();
      if (request.getOutputFilterCount() == 0 || request.getOutputFilterList().contains(name)) {
        Spec output = model.outputs.get(name);
        Spec any = output == null ? null : Spec.ofAnyShape(output.dtype());
        made.putOutputs(name, Inputs.tensor(name, each.getValue(), any));
      }
    }
    return made.build();
  }

  private static void checkNames(FakeModel model, PredictRequest request) {
    TreeSet<String> extra = new TreeSet<>(request.getInputsMap().keySet());
    extra.removeAll(model.inputs.keySet());
    TreeSet<String> missing = new TreeSet<>(model.inputs.keySet());
    missing.removeAll(request.getInputsMap().keySet());
    if (!model.inputs.isEmpty() && !(extra.isEmpty() && missing.isEmpty())) {
      String message =
          String.format(
              "Sent extra: {%s}. Missing but required: {%s}.", String.join(",", extra), String.join(",", missing));
      throw refused(Status.INVALID_ARGUMENT, message);
    }
  }

  @Override
  public void classify(ClassificationRequest request, StreamObserver<ClassificationResponse> observer) {
    answer(
        observer,
        () -> {
          ModelSpec spec = request.getModelSpec();
          server.called("Classify", request, spec.getName());
          FakeVersion found = server.find(spec);
          return ClassificationResponse.newBuilder()
              .setModelSpec(found.effective(spec))
              .setResult(classes(found.model, request.getInput()))
              .build();
        });
  }

  @Override
  public void regress(RegressionRequest request, StreamObserver<RegressionResponse> observer) {
    answer(
        observer,
        () -> {
          ModelSpec spec = request.getModelSpec();
          server.called("Regress", request, spec.getName());
          FakeVersion found = server.find(spec);
          return RegressionResponse.newBuilder()
              .setModelSpec(found.effective(spec))
              .setResult(values(found.model, request.getInput()))
              .build();
        });
  }

  @Override
  public void multiInference(
      MultiInferenceRequest request, StreamObserver<MultiInferenceResponse> observer) {
    answer(
        observer,
        () -> {
          String name = request.getTasksCount() == 0 ? "" : request.getTasks(0).getModelSpec().getName();
          server.called("MultiInference", request, name);
          MultiInferenceResponse.Builder made = MultiInferenceResponse.newBuilder();
          for (InferenceTask task : request.getTasksList()) {
            FakeVersion found = server.find(task.getModelSpec());
            ModelSpec effective = found.effective(task.getModelSpec());
            if (task.getMethodName().equals(Task.CLASSIFY)) {
              ClassificationResult classes = classes(found.model, request.getInput());
              made.addResultsBuilder().setModelSpec(effective).setClassificationResult(classes);
            } else {
              RegressionResult values = values(found.model, request.getInput());
              made.addResultsBuilder().setModelSpec(effective).setRegressionResult(values);
            }
          }
          return made.build();
        });
  }

  private static ClassificationResult classes(FakeModel model, Input input) throws Exception {
    ClassificationResult.Builder made = ClassificationResult.newBuilder();
    for (List<ClassScore> one : given(model.classify).apply(examples(input))) {
      // Also without a class, it is one of the results.
      int place = made.getClassificationsCount();
      made.addClassificationsBuilder();
      for (ClassScore each : one) {
        made.getClassificationsBuilder(place).addClassesBuilder().setLabel(each.label()).setScore(each.score());
      }
    }
    return made.build();
  }

  private static RegressionResult values(FakeModel model, Input input) throws Exception {
    RegressionResult.Builder made = RegressionResult.newBuilder();
    for (Float each : given(model.regress).apply(examples(input))) {
      made.addRegressionsBuilder().setValue(each);
    }
    return made.build();
  }

  private static <T> FakeModel.Infer<T> given(FakeModel.Infer<T> function) {
    if (function == null) {
      throw refused(Status.INVALID_ARGUMENT, "Expected another signature method_name");
    }
    return function;
  }

  private static List<Map<String, List<?>>> examples(Input input) {
    boolean shared = input.hasExampleListWithContext();
    List<Example> examples =
        shared
            ? input.getExampleListWithContext().getExamplesList()
            : input.getExampleList().getExamplesList();
    List<Map<String, List<?>>> found = new ArrayList<>();
    for (Example example : examples) {
      Map<String, List<?>> features = new TreeMap<>();
      if (shared) {
        add(input.getExampleListWithContext().getContext(), features);
      }
      add(example, features);
      found.add(features);
    }
    return found;
  }

  private static void add(Example example, Map<String, List<?>> into) {
    for (Map.Entry<String, Feature> each : example.getFeatures().getFeatureMap().entrySet()) {
      Feature feature = each.getValue();
      if (feature.hasBytesList()) {
        List<String> texts = new ArrayList<>();
        feature.getBytesList().getValueList().forEach(text -> texts.add(text.toStringUtf8()));
        into.put(each.getKey(), texts);
      } else if (feature.hasFloatList()) {
        into.put(each.getKey(), feature.getFloatList().getValueList());
      } else {
        into.put(each.getKey(), feature.getInt64List().getValueList());
      }
    }
  }

  @Override
  public void getModelMetadata(
      GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> observer) {
    answer(observer, () -> metadata(request));
  }

  private GetModelMetadataResponse metadata(GetModelMetadataRequest request) {
    ModelSpec spec = request.getModelSpec();
    server.called("GetModelMetadata", request, spec.getName());
    FakeVersion found = server.find(spec);
    FakeModel model = found.model;
    if (model.inputs.isEmpty()) {
      throw refused(Status.UNIMPLEMENTED, "the test has given no signature");
    }
    SignatureDef.Builder made = SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    model.inputs.forEach((name, each) -> made.putInputs(name, info(name, each)));
    model.outputs.forEach((name, each) -> made.putOutputs(name, info(name, each)));
    model.defaults.forEach((name, value) -> setDefault(made, name, value, model.inputs.get(name)));
    SignatureDefMap map = SignatureDefMap.newBuilder().putSignatureDef(model.signature, made.build()).build();
    return GetModelMetadataResponse.newBuilder()
        .setModelSpec(found.effective(spec))
        .putAllMetadata(Collections.singletonMap("signature_def", Any.pack(map)))
        .build();
  }

  private static TensorInfo info(String name, Spec spec) {
    TensorInfo.Builder made =
        TensorInfo.newBuilder().setName(name + ":0").setDtypeValue(ElementType.named(spec.dtype()).number);
    long[] shape = spec.shape();
    made.getTensorShapeBuilder().setUnknownRank(shape == null);
    for (long size : shape == null ? new long[0] : shape) {
      made.getTensorShapeBuilder().addDimBuilder().setSize(size);
    }
    return made.build();
  }

  /** Fills a field that older releases don't have. */
  private static void setDefault(SignatureDef.Builder into, String name, Object value, Spec spec) {
    FieldDescriptor field = Fields.required(SignatureDef.getDescriptor(), "defaults");
    TensorProto tensor = Inputs.tensor(name, value, spec);
    Message.Builder entry = into.newBuilderForField(field);
    entry.setField(field.getMessageType().findFieldByName("key"), name);
    entry.setField(field.getMessageType().findFieldByName("value"), tensor);
    into.addRepeatedField(field, entry.build());
  }

  private static RuntimeException refused(Status status, String message) {
    return status.withDescription(message).asRuntimeException();
  }
}
