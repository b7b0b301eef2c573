import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import com.google.protobuf.UnsafeByteOperations;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;
import tensorflow.serving.Model.ModelSpec;
import tensorflow.serving.Predict.PredictRequest;
import tensorflow.serving.PredictionServiceGrpc;
import tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import tensorflow.serving.client.Batch;
import tensorflow.serving.client.Client;
import tensorflow.serving.client.Target;
import tensorflow.serving.client.Tensors;

/** How fast the kit in Java is, beside what there is without it: `Speed ECHO ROWS PAIRS LARGEST`; see speed.py. */
public final class Speed {
  private static final int KB = 1 << 10;
  private static final int MB = 1 << 20;

  // What a call makes is kept until the next one, so that no compiler leaves it out.
  private static volatile Object kept;

  /** Seconds of so many calls of each side, one by one; the first half is for the compiler. */
  private static Map<String, List<Double>> inTurns(int calls, Map<String, Supplier<?>> sides) {
    Map<String, List<Double>> found = new LinkedHashMap<>();
    sides.keySet().forEach(name -> found.put(name, new ArrayList<>()));
    for (int number = -calls; number < calls; number++) {
      for (Map.Entry<String, Supplier<?>> side : sides.entrySet()) {
        long start = System.nanoTime();
        kept = side.getValue().get();
        if (number >= 0) {
          found.get(side.getKey()).add((System.nanoTime() - start) / 1e9);
        }
      }
    }
    return found;
  }

  private static void tell(String title, Map<String, List<Double>> found) {
    String sides = found.entrySet().stream()
        .map(side -> "\"" + side.getKey() + "\": " + side.getValue())
        .collect(Collectors.joining(", "));
    System.out.println("{\"case\": \"" + title + "\", \"sides\": {" + sides + "}}");
  }

  private static Map<String, Supplier<?>> sides(Supplier<?> kit, String name, Supplier<?> other) {
    Map<String, Supplier<?>> made = new LinkedHashMap<>();
    made.put("kit", kit);
    made.put(name, other);
    return made;
  }

  private static float[] numbers(int size) {
    Random random = new Random(7);
    float[] made = new float[size / 4];
    for (int place = 0; place < made.length; place++) {
      made[place] = random.nextFloat();
    }
    return made;
  }

  private static byte[] copied(float[] values) {
    ByteBuffer made = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    made.asFloatBuffer().put(values);
    return made.array();
  }

  private static void tensors(int pairs, int largest) {
    for (int size : new int[] {1, largest}) {
      float[] values = numbers(size * MB);
      TensorProto tensor = Tensors.of(values);
      int calls = pairs * (size == 1 ? 100 : 3);
      Supplier<?> memcpy = () -> copied(values);
      tell("encode " + size + " MB", inTurns(calls, sides(() -> Tensors.of(values), "memcpy", memcpy)));
      tell("decode " + size + " MB", inTurns(calls, sides(() -> Tensors.floats(tensor), "memcpy", memcpy)));
    }
  }

  /** What everybody writes without a kit. */
  private static float[] byStub(PredictionServiceBlockingStub stub, float[] values) {
    TensorProto x = TensorProto.newBuilder()
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length)))
        .setTensorContent(UnsafeByteOperations.unsafeWrap(copied(values)))
        .build();
    PredictRequest request = PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("echo"))
        .putInputs("x", x)
        .build();
    TensorProto reply =
        stub.withDeadlineAfter(30, TimeUnit.SECONDS).predict(request).getOutputsOrThrow("x");
    float[] read = new float[reply.getTensorContent().size() / 4];
    reply.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(read);
    return read;
  }

  private static void calls(String address, int pairs) {
    ManagedChannel channel = ManagedChannelBuilder.forTarget(address)
        .usePlaintext()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
    PredictionServiceBlockingStub stub = PredictionServiceGrpc.newBlockingStub(channel);
    try (Client client = Client.connect(address)) {
      for (int size : new int[] {KB, 8 * MB}) {
        float[] values = numbers(size);
        Supplier<?> kit =
            () -> client.predict("echo", Collections.singletonMap("x", values)).floats("x");
        String title = "Predict of " + (size == KB ? "1 KB" : "8 MB");
        int calls = pairs * (size == KB ? 100 : 3);
        tell(title, inTurns(calls, sides(kit, "stub", () -> byStub(stub, values))));
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private static void batches(String address, int pairs) {
    Target target = Target.of("rows");
    Map<String, float[]> rows = Collections.singletonMap("x", numbers(700 * 4));
    Batch batch = Batch.ofRows(175).parallel(4);
    try (Client client = Client.connect(address)) {
      Supplier<?> kit = () -> client.predictBatches(target, rows, batch);
      Map<String, List<Double>> found =
          inTurns(pairs, sides(kit, "a quarter of one", () -> client.predict(target, rows)));
      found.get("a quarter of one").replaceAll(seconds -> seconds / 4);
      tell("700 rows in 4 parts", found);
    }
  }

  public static void main(String[] arguments) {
    int pairs = Integer.parseInt(arguments[2]);
    tensors(pairs, Integer.parseInt(arguments[3]));
    calls(arguments[0], pairs);
    batches(arguments[1], pairs);
    System.exit(0);
  }
}
