package com.example.team;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;
import tensorflow.serving.Model.ModelSpec;
import tensorflow.serving.Predict.PredictRequest;
import tensorflow.serving.Predict.PredictResponse;
import tensorflow.serving.PredictionServiceGrpc;
import tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;

/** Runs the functions of docs/cookbook.md: see ../builds.py. */
public final class Driver {
  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.sorted().collect(Collectors.toList());
    }
  }

  private static void write(Path path, Message message) throws IOException {
    byte[] content = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(content);
    out.useDeterministicSerialization();
    message.writeTo(out);
    Files.createDirectories(path.getParent());
    Files.write(path, content);
  }

  private static long[] shape(TensorProto tensor) {
    return tensor.getTensorShape().getDimList().stream().mapToLong(TensorShapeProto.Dim::getSize).toArray();
  }

  private static TensorProto again(TensorProto tensor) {
    long[] shape = shape(tensor);
    if (tensor.getDtype() == DataType.DT_STRING) {
      return Tensors.ofStrings(Tensors.strings(tensor), shape);
    }
    ByteBuffer content = Tensors.content(tensor);
    switch (tensor.getDtype()) {
      case DT_FLOAT:
        return Tensors.ofFloats(Tensors.floats(tensor), shape);
      case DT_DOUBLE:
        double[] doubles = new double[content.remaining() / 8];
        content.asDoubleBuffer().get(doubles);
        return Tensors.ofDoubles(doubles, shape);
      case DT_INT32:
        int[] ints = new int[content.remaining() / 4];
        content.asIntBuffer().get(ints);
        return Tensors.ofInts(ints, shape);
      case DT_INT64:
        return Tensors.ofLongs(longs(tensor), shape);
      case DT_HALF:
      case DT_BFLOAT16:
        ByteBuffer made = Tensors.buffer(content.remaining() / 2, 2);
        boolean half = tensor.getDtype() == DataType.DT_HALF;
        while (content.hasRemaining()) {
          short bits = content.getShort();
          made.putShort(half
              ? Tensors.toHalf(Tensors.fromHalf(bits))
              : Tensors.toBfloat16(Tensors.fromBfloat16(bits)));
        }
        made.flip();
        return Tensors.of(tensor.getDtype(), made, shape);
      default:
        return Tensors.of(tensor.getDtype(), content, shape);
    }
  }

  private static long[] longs(TensorProto tensor) {
    ByteBuffer content = Tensors.content(tensor);
    long[] values = new long[content.remaining() / 8];
    content.asLongBuffer().get(values);
    return values;
  }

  private static void write(Path folder, String name, TensorProto tensor) throws IOException {
    write(folder.resolve("content").resolve(name + ".pb"), tensor);
    boolean text = tensor.getDtype() == DataType.DT_STRING;
    write(folder.resolve("values").resolve(name + ".pb"), text ? tensor : Tensors.asValues(tensor));
  }

  private static TensorProto rounded(TensorProto tensor, DataType dtype) {
    float[] values = Tensors.floats(tensor);
    ByteBuffer made = Tensors.buffer(values.length, 2);
    for (float value : values) {
      made.putShort(dtype == DataType.DT_HALF ? Tensors.toHalf(value) : Tensors.toBfloat16(value));
    }
    made.flip();
    return Tensors.of(dtype, made, shape(tensor));
  }

  private static void tensors(Path bad, Path[] folders) throws IOException {
    for (Path path : list(bad)) {
      TensorProto tensor = TensorProto.parseFrom(Files.readAllBytes(path));
      try {
        again(tensor);
        System.out.println("taken " + path);
      } catch (IllegalArgumentException refused) {
        continue;
      }
    }
    for (int i = 0; i < folders.length; i += 2) {
      for (Path path : list(folders[i])) {
        TensorProto tensor = TensorProto.parseFrom(Files.readAllBytes(path));
        String name = path.getFileName().toString().replace(".pb", "");
        write(folders[i + 1], name, again(tensor));
        if (name.equals("rounding") || name.equals("overflow")) {
          write(folders[i + 1], name + "-HALF", rounded(tensor, DataType.DT_HALF));
          write(folders[i + 1], name + "-BFLOAT16", rounded(tensor, DataType.DT_BFLOAT16));
        }
      }
    }
  }

  private static void warmup(Path folder, Path versionFolder) throws IOException {
    List<PredictRequest> requests = new ArrayList<>();
    for (Path path : list(folder)) {
      requests.add(PredictRequest.parseFrom(Files.readAllBytes(path)));
    }
    Warmup.write(versionFolder, requests);
  }

  private static void conf(Path folder, Path out) throws IOException {
    write(out.resolve("models.pb"), Conf.models(folder.resolve("models.conf")));
    write(out.resolve("batching.pb"), ServerConf.batching(folder.resolve("batching.conf")));
    write(out.resolve("monitoring.pb"), ServerConf.monitoring(folder.resolve("monitoring.conf")));
    try {
      Conf.models(folder.resolve("bad.conf"));
    } catch (IOException error) {
      System.out.println("refused " + error.getMessage());
    }
  }

  private static TensorProto numbers(long... shape) {
    long[] values = new long[(int) Arrays.stream(shape).reduce(1, (left, right) -> left * right)];
    Arrays.setAll(values, i -> i);
    return Tensors.asValues(Tensors.ofLongs(values, shape));
  }

  private static void predict(
      PredictionServiceBlockingStub stub, String model, int rows, Map<String, TensorProto> inputs)
      throws InterruptedException {
    PredictRequest.Builder request = PredictRequest.newBuilder().putAllInputs(inputs);
    request.setModelSpec(ModelSpec.newBuilder().setName(model));
    inputs.keySet().stream().filter(name -> !name.equals("scalar")).forEach(request::addOutputFilter);
    PredictResponse reply;
    try {
      reply = Batches.predictInParts(stub, request.build(), rows, 3);
    } catch (ExecutionException error) {
      StatusRuntimeException failed = (StatusRuntimeException) error.getCause();
      System.out.println("error " + failed.getStatus().getCode() + " " + failed.getStatus().getDescription());
      return;
    } catch (IllegalArgumentException error) {
      System.out.println("refused");
      return;
    }
    new TreeMap<>(reply.getOutputsMap()).forEach((name, tensor) -> {
      List<Object> words = new ArrayList<>(Arrays.asList(name));
      Arrays.stream(shape(tensor)).forEach(words::add);
      if (tensor.getDtype() == DataType.DT_STRING) {
        Tensors.strings(tensor).forEach(text -> words.add(text.toStringUtf8()));
      } else {
        Arrays.stream(longs(tensor)).forEach(words::add);
      }
      show(words);
    });
  }

  private static void show(List<Object> words) {
    System.out.println(words.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }

  private static void told(PredictionServiceBlockingStub stub) {
    PredictRequest request =
        PredictRequest.newBuilder().setModelSpec(ModelSpec.newBuilder().setName("told")).build();
    List<Object> words = new ArrayList<>(Arrays.asList("told"));
    Arrays.stream(longs(stub.predict(request).getOutputsOrThrow("told"))).forEach(words::add);
    show(words);
  }

  private static void batches(String place) throws InterruptedException {
    List<ByteString> texts = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      texts.add(ByteString.copyFromUtf8("t" + i));
    }
    ManagedChannel channel = ManagedChannelBuilder.forTarget(place).usePlaintext().build();
    PredictionServiceBlockingStub stub = PredictionServiceGrpc.newBlockingStub(channel);
    Map<String, TensorProto> inputs = new TreeMap<>();
    inputs.put("scalar", numbers());
    inputs.put("text", Tensors.ofStrings(texts, 17));
    inputs.put("x", numbers(17, 2));
    predict(stub, "together", 3, inputs);
    told(stub);
    predict(stub, "failing", 1, Map.of("x", numbers(9)));
    told(stub);
    predict(stub, "echo", 5, Map.of("x", numbers(0, 2)));
    predict(stub, "echo", 5, Map.of("x", numbers(3), "y", numbers(4)));
    predict(stub, "echo", 5, Map.of("x", numbers()));
    told(stub);
    channel.shutdownNow();
  }

  public static void main(String[] arguments) throws Exception {
    Path[] paths = Arrays.stream(arguments).skip(1).map(Paths::get).toArray(Path[]::new);
    switch (arguments[0]) {
      case "tensors": tensors(paths[0], Arrays.copyOfRange(paths, 1, paths.length)); break;
      case "warmup": warmup(paths[0], paths[1]); break;
      case "conf": conf(paths[0], paths[1]); break;
      default: batches(arguments[1]);
    }
  }
}
