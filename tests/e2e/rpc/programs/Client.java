import com.google.gson.Gson;
import com.google.protobuf.ByteString;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.tensorflow.example.BytesList;
import org.tensorflow.example.Example;
import org.tensorflow.example.Feature;
import org.tensorflow.example.Features;
import org.tensorflow.example.FloatList;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.NamedTensorProto;
import org.tensorflow.framework.SignatureDef;
import org.tensorflow.framework.TensorInfo;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;
import tensorflow.serving.Classification.ClassificationRequest;
import tensorflow.serving.Classification.ClassificationResult;
import tensorflow.serving.FileSystemStoragePathSource.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import tensorflow.serving.GetModelMetadata.GetModelMetadataRequest;
import tensorflow.serving.GetModelMetadata.SignatureDefMap;
import tensorflow.serving.GetModelStatus.GetModelStatusRequest;
import tensorflow.serving.Inference.InferenceTask;
import tensorflow.serving.Inference.MultiInferenceRequest;
import tensorflow.serving.Inference.MultiInferenceResponse;
import tensorflow.serving.InputOuterClass.ExampleList;
import tensorflow.serving.InputOuterClass.ExampleListWithContext;
import tensorflow.serving.InputOuterClass.Input;
import tensorflow.serving.Model.ModelSpec;
import tensorflow.serving.ModelManagement.ReloadConfigRequest;
import tensorflow.serving.ModelServerConfigOuterClass.ModelConfig;
import tensorflow.serving.ModelServerConfigOuterClass.ModelConfigList;
import tensorflow.serving.ModelServerConfigOuterClass.ModelServerConfig;
import tensorflow.serving.ModelServiceGrpc;
import tensorflow.serving.Predict.PredictRequest;
import tensorflow.serving.Predict.PredictResponse;
import tensorflow.serving.PredictionServiceGrpc;
import tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import tensorflow.serving.RegressionOuterClass.RegressionRequest;
import tensorflow.serving.RegressionOuterClass.RegressionResult;
import tensorflow.serving.SessionServiceGrpc;
import tensorflow.serving.SessionServiceOuterClass.SessionRunRequest;

/** The Java client of ../contract.md: the generated jar and grpc-java; gson prints. */
public final class Client {
  private static final int RAISED = 256 << 20;
  private static final Metadata.Key<String> DETAIL = key("x-detail");

  private final Map<String, String> places;
  private final ManagedChannel channel;
  private final PredictionServiceBlockingStub prediction;
  private final ModelServiceGrpc.ModelServiceBlockingStub models;

  private Client(Map<String, String> places) {
    this.places = places;
    this.channel = dial(places.get("plain"));
    this.prediction = PredictionServiceGrpc.newBlockingStub(channel);
    this.models = ModelServiceGrpc.newBlockingStub(channel);
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static ManagedChannel dial(String place) {
    return ManagedChannelBuilder.forTarget(place).usePlaintext().build();
  }

  private static Object codeOf(Supplier<Object> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException error) {
      return error.getStatus().getCode().name();
    }
  }

  // Half precision, by its bits: a sign, five of exponent, ten of fraction.
  private static double halfToDouble(int bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double size = exponent == 0 ? Math.scalb(fraction, -24) : Math.scalb(1024 + fraction, exponent - 25);
    return (bits >> 15 & 1) == 1 ? -size : size;
  }

  // For values that half precision has exactly.
  private static int doubleToHalf(double value) {
    for (int bits = 0; bits < 1 << 16; bits++) {
      if ((bits >> 10 & 31) != 31 && halfToDouble(bits) == value) {
        return bits;
      }
    }
    throw new IllegalArgumentException("not a half: " + value);
  }

  private static TensorProto fill(DataType dtype, long[] shape, List<?> values, boolean content) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    for (long size : shape) {
      sizes.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(dtype).setTensorShape(sizes);
    ByteBuffer packed = ByteBuffer.allocate(values.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (Object value : values) {
      switch (dtype) {
        case DT_FLOAT -> {
          packed.putFloat((Float) value);
          tensor.addFloatVal((Float) value);
        }
        case DT_DOUBLE -> {
          packed.putDouble((Double) value);
          tensor.addDoubleVal((Double) value);
        }
        case DT_INT32 -> {
          packed.putInt((Integer) value);
          tensor.addIntVal((Integer) value);
        }
        case DT_INT64 -> {
          packed.putLong((Long) value);
          tensor.addInt64Val((Long) value);
        }
        case DT_BOOL -> {
          packed.put((byte) ((Boolean) value ? 1 : 0));
          tensor.addBoolVal((Boolean) value);
        }
        case DT_HALF -> {
          packed.putShort((short) doubleToHalf((Double) value));
          tensor.addHalfVal(doubleToHalf((Double) value));
        }
        default -> tensor.addStringVal(ByteString.copyFromUtf8((String) value));
      }
    }
    if (content) {
      packed.flip();
      tensor.clearFloatVal().clearDoubleVal().clearIntVal().clearInt64Val().clearBoolVal().clearHalfVal();
      tensor.setTensorContent(ByteString.copyFrom(packed));
    }
    return tensor.build();
  }

  private static List<Object> read(TensorProto tensor) {
    List<Object> values = new ArrayList<>();
    ByteBuffer packed = tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (packed.hasRemaining()) {
      values.add(switch (tensor.getDtype()) {
        case DT_FLOAT -> (Object) packed.getFloat();
        case DT_DOUBLE -> packed.getDouble();
        case DT_INT32 -> packed.getInt();
        case DT_INT64 -> packed.getLong();
        case DT_BOOL -> packed.get() != 0;
        default -> halfToDouble(packed.getShort() & 0xffff);
      });
    }
    values.addAll(tensor.getFloatValList());
    values.addAll(tensor.getDoubleValList());
    values.addAll(tensor.getIntValList());
    values.addAll(tensor.getInt64ValList());
    values.addAll(tensor.getBoolValList());
    tensor.getHalfValList().forEach(bits -> values.add(halfToDouble(bits)));
    tensor.getStringValList().forEach(text -> values.add(text.toStringUtf8()));
    return Arrays.asList(tensor.getDtype().name(), sizes(tensor.getTensorShape()), values);
  }

  private static List<Long> sizes(TensorShapeProto shape) {
    return shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList();
  }

  private static ModelSpec.Builder named(String model) {
    return ModelSpec.newBuilder().setName(model);
  }

  private static PredictRequest.Builder predict(String model) {
    return PredictRequest.newBuilder().setModelSpec(named(model));
  }

  private static Object version(PredictionServiceBlockingStub stub, String model) {
    return stub.predict(predict(model).build()).getModelSpec().getVersion().getValue();
  }

  private Object types() {
    Map<DataType, List<?>> table = new LinkedHashMap<>();
    table.put(DataType.DT_FLOAT, List.of(1.5f, -2.25f, 0f, 1e10f, 3f, -0.5f));
    table.put(DataType.DT_DOUBLE, List.of(1.5, -2.25, 0.0, 1e300, 3.0, -0.5));
    table.put(DataType.DT_INT32, List.of(1, -2, 0, Integer.MAX_VALUE, Integer.MIN_VALUE, 5));
    table.put(DataType.DT_INT64, List.of(1L, -2L, 0L, 9007199254740991L, -9007199254740991L, 5L));
    table.put(DataType.DT_BOOL, List.of(true, false, false, true, true, false));
    table.put(DataType.DT_HALF, List.of(1.5, -2.25, 0.0, 65504.0, 0.000030517578125, -0.5));
    table.put(DataType.DT_STRING, List.of("a", "", "ü", "long enough", "x", "y"));
    Map<String, Object> told = new LinkedHashMap<>();
    table.forEach((dtype, values) -> {
      for (String form : dtype == DataType.DT_STRING ? List.of("val") : List.of("content", "val")) {
        for (String model : List.of("echo", "as_content", "as_values")) {
          TensorProto x = fill(dtype, new long[] {3, 2}, values, form.equals("content"));
          PredictResponse reply = prediction.predict(predict(model).putInputs("x", x).build());
          told.put(dtype + "/" + form + "/" + model, read(reply.getOutputsOrThrow("x")));
        }
      }
    });
    return told;
  }

  private Object spec() {
    PredictRequest request = predict("echo")
        .setModelSpec(named("echo").setSignatureName("serving_default"))
        .putInputs("a", fill(DataType.DT_FLOAT, new long[0], List.of(1f), false))
        .putInputs("b", fill(DataType.DT_FLOAT, new long[0], List.of(2f), false))
        .addOutputFilter("b")
        .build();
    PredictResponse reply = prediction.predict(request);
    return Map.of(
        "outputs", new TreeSet<>(reply.getOutputsMap().keySet()),
        "version", reply.getModelSpec().getVersion().getValue(),
        "signature", reply.getModelSpec().getSignatureName());
  }

  private static Feature labels(String... names) {
    BytesList.Builder list = BytesList.newBuilder();
    for (String name : names) {
      list.addValue(ByteString.copyFromUtf8(name));
    }
    return Feature.newBuilder().setBytesList(list).build();
  }

  private static Feature floats(Float... values) {
    return Feature.newBuilder().setFloatList(FloatList.newBuilder().addAllValue(Arrays.asList(values))).build();
  }

  private static Example example(Map<String, Feature> features) {
    return Example.newBuilder().setFeatures(Features.newBuilder().putAllFeature(features)).build();
  }

  private static Input examples() {
    return Input.newBuilder()
        .setExampleList(ExampleList.newBuilder()
            .addExamples(example(Map.of("labels", labels("cat", "dog"), "x", floats(0.25f, 0.75f))))
            .addExamples(example(Map.of("labels", labels("fox"), "x", floats(1.5f)))))
        .build();
  }

  private static Object classes(ClassificationResult result) {
    return result.getClassificationsList().stream()
        .map(every -> every.getClassesList().stream()
            .map(each -> List.<Object>of(each.getLabel(), each.getScore()))
            .toList())
        .toList();
  }

  private static Object values(RegressionResult result) {
    return result.getRegressionsList().stream().map(each -> each.getValue()).toList();
  }

  private Object classify() {
    ClassificationRequest request =
        ClassificationRequest.newBuilder().setModelSpec(named("half")).setInput(examples()).build();
    return classes(prediction.classify(request).getResult());
  }

  private Object regress() {
    Input input = Input.newBuilder()
        .setExampleListWithContext(ExampleListWithContext.newBuilder()
            .setContext(example(Map.of("labels", labels("cat"))))
            .addExamples(example(Map.of("x", floats(0.25f, 0.75f))))
            .addExamples(example(Map.of("x", floats(1.5f)))))
        .build();
    RegressionRequest request =
        RegressionRequest.newBuilder().setModelSpec(named("half")).setInput(input).build();
    return values(prediction.regress(request).getResult());
  }

  private Object multiInference() {
    MultiInferenceRequest.Builder request = MultiInferenceRequest.newBuilder().setInput(examples());
    for (String method : List.of("classify", "regress")) {
      request.addTasks(
          InferenceTask.newBuilder().setModelSpec(named("half")).setMethodName("tensorflow/serving/" + method));
    }
    MultiInferenceResponse reply = prediction.multiInference(request.build());
    return Map.of(
        "classify", classes(reply.getResults(0).getClassificationResult()),
        "regress", values(reply.getResults(1).getRegressionResult()));
  }

  private static Map<String, Object> described(Map<String, TensorInfo> tensors) {
    Map<String, Object> told = new LinkedHashMap<>();
    tensors.forEach((name, tensor) ->
        told.put(name, List.of(tensor.getDtype().name(), sizes(tensor.getTensorShape()))));
    return told;
  }

  private Object metadata() throws Exception {
    GetModelMetadataRequest request = GetModelMetadataRequest.newBuilder()
        .setModelSpec(named("half")).addMetadataField("signature_def").build();
    SignatureDefMap signatures = prediction.getModelMetadata(request)
        .getMetadataOrThrow("signature_def").unpack(SignatureDefMap.class);
    Map<String, Object> told = new LinkedHashMap<>();
    for (Map.Entry<String, SignatureDef> each : signatures.getSignatureDefMap().entrySet()) {
      SignatureDef signature = each.getValue();
      told.put(each.getKey(), Map.of(
          "method", signature.getMethodName(),
          "inputs", described(signature.getInputsMap()),
          "outputs", described(signature.getOutputsMap())));
    }
    return told;
  }

  private Object status() {
    GetModelStatusRequest request = GetModelStatusRequest.newBuilder().setModelSpec(named("half")).build();
    return models.getModelStatus(request).getModelVersionStatusList().stream()
        .map(each -> List.<Object>of(each.getVersion(), each.getState().name(),
            each.getStatus().getErrorCode().name(), each.getStatus().getErrorMessage()))
        .toList();
  }

  private Object reload() {
    List<Object> told = new ArrayList<>();
    for (String name : List.of("m", "")) {
      ServableVersionPolicy.Specific versions =
          ServableVersionPolicy.Specific.newBuilder().addVersions(1).addVersions(2).build();
      ModelConfig model = ModelConfig.newBuilder()
          .setName(name)
          .setBasePath("/models/m")
          .setModelPlatform("tensorflow")
          .setModelVersionPolicy(ServableVersionPolicy.newBuilder().setSpecific(versions))
          .build();
      ReloadConfigRequest request = ReloadConfigRequest.newBuilder()
          .setConfig(ModelServerConfig.newBuilder()
              .setModelConfigList(ModelConfigList.newBuilder().addConfig(model)))
          .build();
      tensorflow.serving.Status.StatusProto status = models.handleReloadConfigRequest(request).getStatus();
      told.add(List.of(status.getErrorCode().name(), status.getErrorMessage()));
    }
    return told;
  }

  private Object session() {
    SessionRunRequest.Builder request = SessionRunRequest.newBuilder().addFetch("b");
    long value = 1;
    for (String name : List.of("a", "b")) {
      TensorProto tensor = fill(DataType.DT_INT64, new long[] {1}, List.of(value++), false);
      request.addFeed(NamedTensorProto.newBuilder().setName(name).setTensor(tensor));
    }
    return SessionServiceGrpc.newBlockingStub(channel).sessionRun(request.build()).getTensorList().stream()
        .map(each -> List.of(each.getName(), read(each.getTensor())))
        .toList();
  }

  private Object error() {
    try {
      prediction.predict(predict("missing").build());
    } catch (StatusRuntimeException error) {
      return List.of(error.getStatus().getCode().name(), error.getStatus().getDescription(),
          error.getTrailers().get(DETAIL));
    }
    throw new AssertionError("no error");
  }

  private Object gone() {
    return version(prediction.withDeadlineAfter(25, TimeUnit.SECONDS), "gone");
  }

  private Object deadline() {
    Object code = codeOf(() -> version(prediction.withDeadlineAfter(300, TimeUnit.MILLISECONDS), "slow"));
    return List.of(code, gone());
  }

  private Object cancel() throws Exception {
    Context.CancellableContext context = Context.current().withCancellation();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    Callable<Object> call = context.wrap((Callable<Object>) () -> codeOf(() -> version(prediction, "slow")));
    Future<Object> code = executor.submit(call);
    Thread.sleep(300);
    context.cancel(null);
    executor.shutdown();
    return List.of(code.get(), gone());
  }

  private Object callMetadata() {
    Metadata sent = new Metadata();
    sent.put(key("x-request-id"), "r-1");
    AtomicReference<Metadata> initial = new AtomicReference<>();
    AtomicReference<Metadata> trailing = new AtomicReference<>();
    PredictionServiceBlockingStub stub = PredictionServiceGrpc.newBlockingStub(ClientInterceptors.intercept(
        channel,
        MetadataUtils.newAttachHeadersInterceptor(sent),
        MetadataUtils.newCaptureMetadataInterceptor(initial, trailing)));
    PredictResponse reply = stub.predict(predict("metadata").build());
    return Map.of(
        "initial", initial.get().get(key("x-initial")),
        "trailing", trailing.get().get(key("x-trailing")),
        "seen", reply.getOutputsOrThrow("seen").getStringVal(0).toStringUtf8());
  }

  private static PredictRequest.Builder zeros(int size) {
    TensorProto tensor = TensorProto.newBuilder()
        .setDtype(DataType.DT_UINT8)
        .setTensorShape(TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(size)))
        .setTensorContent(ByteString.copyFrom(new byte[size]))
        .build();
    return predict("echo").putInputs("x", tensor);
  }

  private Object gzip() {
    ManagedChannel counted = dial(places.get("gzip"));
    PredictRequest request = zeros(4_000_000).addOutputFilter("none").build();
    PredictionServiceGrpc.newBlockingStub(counted).withCompression("gzip").predict(request);
    counted.shutdownNow();
    return "sent";
  }

  private Object tls() throws Exception {
    String folder = places.get("certificates");
    File authority = new File(folder, "ca.pem");
    ChannelCredentials with = TlsChannelCredentials.newBuilder()
        .trustManager(authority)
        .keyManager(new File(folder, "client.pem"), new File(folder, "client.key"))
        .build();
    ChannelCredentials without = TlsChannelCredentials.newBuilder().trustManager(authority).build();
    List<Object> told = new ArrayList<>();
    for (ChannelCredentials credentials : List.of(with, without)) {
      ManagedChannel secure = Grpc.newChannelBuilder(places.get("tls"), credentials).build();
      told.add(codeOf(() -> version(PredictionServiceGrpc.newBlockingStub(secure), "echo")));
      secure.shutdownNow();
    }
    return told;
  }

  private static Object sizeOf(ManagedChannel channel, PredictRequest request) {
    Object told = codeOf(() ->
        PredictionServiceGrpc.newBlockingStub(channel).predict(request).getOutputsOrThrow("x").getTensorContent().size());
    channel.shutdownNow();
    return told;
  }

  private Object large() {
    int size = 64 << 20;
    PredictRequest request = zeros(size).build();
    PredictRequest wanted = predict("zeros")
        .putInputs("size", fill(DataType.DT_INT64, new long[] {1}, List.of((long) size), false))
        .build();
    ManagedChannelBuilder<?> raised =
        ManagedChannelBuilder.forTarget(places.get("large")).usePlaintext().maxInboundMessageSize(RAISED);
    return List.of(
        sizeOf(raised.build(), request),
        sizeOf(dial(places.get("plain")), request),
        sizeOf(dial(places.get("large")), wanted));
  }

  private Object parallel() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(64);
    List<Future<Long>> calls = new ArrayList<>();
    for (long number = 0; number < 64; number++) {
      TensorProto x = fill(DataType.DT_INT64, new long[] {1}, List.of(number), false);
      PredictRequest request = predict("together").putInputs("x", x).build();
      calls.add(executor.submit(() -> prediction.predict(request).getOutputsOrThrow("x").getInt64Val(0)));
    }
    long sum = 0;
    for (Future<Long> call : calls) {
      sum += call.get();
    }
    executor.shutdown();
    return sum;
  }

  private Object pythie() {
    ManagedChannel foreign = dial(places.get("pythie"));
    PredictRequest request = predict("prices")
        .putInputs("size", fill(DataType.DT_INT64, new long[] {3, 1}, List.of(1L, 2L, 3L), true))
        .putInputs("colour", fill(DataType.DT_STRING, new long[] {3, 1}, List.of("red", "red", "blue"), false))
        .build();
    PredictResponse reply = PredictionServiceGrpc.newBlockingStub(foreign).predict(request);
    foreign.shutdownNow();
    return read(reply.getOutputsOrThrow("predictions"));
  }

  /** Seconds that each call took, in any order, and all of them together. */
  private Object load(int calls, int sideBySide) throws Exception {
    TensorProto x =
        fill(DataType.DT_FLOAT, new long[] {1000}, Collections.nCopies(1000, 0.5f), true);
    PredictRequest request = predict("echo").putInputs("x", x).build();
    Callable<Double> call = () -> {
      long began = System.nanoTime();
      prediction.predict(request);
      return (System.nanoTime() - began) / 1e9;
    };
    call.call();
    ExecutorService executor = Executors.newFixedThreadPool(sideBySide);
    long began = System.nanoTime();
    List<Double> each = new ArrayList<>();
    for (Future<Double> done : executor.invokeAll(Collections.nCopies(calls, call))) {
      each.add(done.get());
    }
    double all = (System.nanoTime() - began) / 1e9;
    executor.shutdown();
    return Map.of("all", all, "each", each);
  }

  @SuppressWarnings("unchecked")
  public static void main(String[] arguments) throws Exception {
    Gson gson = new Gson();
    Client client = new Client(
        Collections.unmodifiableMap(gson.fromJson(Files.readString(Paths.get(arguments[0])), Map.class)));
    if (arguments.length > 1) {
      Object told = client.load(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
      System.out.println(gson.toJson(told));
      System.exit(0);
    }
    Map<String, Callable<Object>> scenarios = new LinkedHashMap<>();
    scenarios.put("types", client::types);
    scenarios.put("spec", client::spec);
    scenarios.put("classify", client::classify);
    scenarios.put("regress", client::regress);
    scenarios.put("multi_inference", client::multiInference);
    scenarios.put("metadata", client::metadata);
    scenarios.put("status", client::status);
    scenarios.put("reload", client::reload);
    scenarios.put("session", client::session);
    scenarios.put("error", client::error);
    scenarios.put("deadline", client::deadline);
    scenarios.put("cancel", client::cancel);
    scenarios.put("call_metadata", client::callMetadata);
    scenarios.put("gzip", client::gzip);
    scenarios.put("tls", client::tls);
    scenarios.put("large", client::large);
    scenarios.put("parallel", client::parallel);
    scenarios.put("pythie", client::pythie);
    Map<String, Object> told = new LinkedHashMap<>();
    for (Map.Entry<String, Callable<Object>> scenario : scenarios.entrySet()) {
      told.put(scenario.getKey(), scenario.getValue().call());
    }
    System.out.println(gson.toJson(told));
    client.channel.shutdownNow();
    System.exit(0);
  }
}
