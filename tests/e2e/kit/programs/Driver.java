import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.framework.TensorProto;
import tensorflow.serving.client.*;

/** Does what cases.json says by the kit of a package, and prints what comes of it; see ../contract.md. */
public final class Driver {
  private interface Section {
    Object tell(JsonObject given) throws Exception;
  }

  private static String form;

  public static void main(String[] arguments) throws Exception {
    form = arguments[1];
    Map<String, Section> sections = new HashMap<>();
    sections.put("tensors", Driver::tensors);
    sections.put("reads", Driver::reads);
    sections.put("refused_reads", Driver::reads);
    sections.put("writes", Driver::writes);
    sections.put("refused_writes", Driver::writes);
    sections.put("checks", Driver::checks);
    sections.put("splits", Driver::splits);
    sections.put("examples", Driver::examples);
    sections.put("statuses", Driver::statuses);
    sections.put("records", Driver::records);
    sections.put("refused_files", given -> Records.read(unhex(given.get("file")).toByteArray()).size());
    sections.put("warmups", Driver::warmups);
    sections.put("models", Driver::models);
    String text = new String(Files.readAllBytes(Paths.get(arguments[0])), StandardCharsets.UTF_8);
    Map<String, Object> told = new TreeMap<>();
    for (Map.Entry<String, JsonElement> section : new Gson().fromJson(text, JsonObject.class).entrySet()) {
      Map<String, Object> answers = new TreeMap<>();
      for (JsonElement each : section.getValue().getAsJsonArray()) {
        JsonObject given = each.getAsJsonObject();
        answers.put(given.get("name").getAsString(), answer(sections.get(section.getKey()), given));
      }
      told.put(section.getKey(), answers);
    }
    System.out.println(new Gson().toJson(told));
  }

  private static Object answer(Section section, JsonObject given) throws Exception {
    Map<String, Object> refusal = new TreeMap<>();
    try {
      return section.tell(given);
    } catch (InputException refused) {
      refusal.put("error", refused.kind().toString());
      refusal.put("message", refused.getMessage());
    } catch (ReplyException refused) {
      refusal.put("error", "reply");
      refusal.put("message", refused.getMessage());
    }
    return refusal;
  }

  // ---- values

  /** An element or nested lists of JSON as Java has them. */
  private static Object plain(String dtype, JsonElement value) {
    if (value.isJsonArray()) {
      JsonArray listed = value.getAsJsonArray();
      if (dtype.startsWith("DT_COMPLEX") && listed.size() == 2 && !listed.get(0).isJsonArray()) {
        return new Complex(listed.get(0).getAsDouble(), listed.get(1).getAsDouble());
      }
      List<Object> made = new ArrayList<>();
      listed.forEach(each -> made.add(plain(dtype, each)));
      return made;
    }
    if (value.isJsonObject()) {
      return unhex(value.getAsJsonObject().get("hex"));
    }
    JsonPrimitive element = value.getAsJsonPrimitive();
    if (element.isBoolean()) {
      return element.getAsBoolean();
    }
    if (element.isNumber()) {
      return whole(element.getAsString());
    }
    boolean fractions = dtype.matches("DT_(FLOAT|DOUBLE|HALF|BFLOAT16)");
    if (fractions && element.getAsString().matches("-?inf|nan")) {
      return number(element);
    }
    boolean numbers = !dtype.isEmpty() && !dtype.equals("DT_STRING") && !fractions;
    return numbers ? whole(element.getAsString()) : element.getAsString();
  }

  private static Object whole(String text) {
    if (!text.matches("-?[0-9]+")) {
      return text.matches("-?[0-9].*") ? (Object) Double.valueOf(text) : text;
    }
    BigInteger made = new BigInteger(text);
    return made.bitLength() < 64 ? (Object) made.longValue() : made;
  }

  private static double number(JsonElement value) {
    switch (value.getAsString()) {
      case "nan":
        return Double.NaN;
      case "inf":
        return Double.POSITIVE_INFINITY;
      case "-inf":
        return Double.NEGATIVE_INFINITY;
      default:
        return value.getAsDouble();
    }
  }

  /** A list as an array, or a buffer, of what elements of the type are in Java. */
  private static Object typed(String dtype, JsonArray values) {
    List<?> plain = (List<?>) plain(dtype, values);
    int size = plain.size();
    boolean buffer = form.equals("buffers");
    switch (dtype) {
      case "DT_BOOL":
        boolean[] booleans = new boolean[size];
        for (int place = 0; place < size; place++) {
          booleans[place] = (Boolean) plain.get(place);
        }
        return booleans;
      case "DT_INT16":
      case "DT_UINT16":
      case "DT_QINT16":
      case "DT_QUINT16":
        short[] shorts = new short[size];
        for (int place = 0; place < size; place++) {
          shorts[place] = ((Number) plain.get(place)).shortValue();
        }
        return buffer ? ShortBuffer.wrap(shorts) : shorts;
      case "DT_INT32":
      case "DT_UINT32":
      case "DT_QINT32":
        int[] ints = new int[size];
        for (int place = 0; place < size; place++) {
          ints[place] = ((Number) plain.get(place)).intValue();
        }
        return buffer ? IntBuffer.wrap(ints) : ints;
      case "DT_INT64":
      case "DT_UINT64":
        long[] longs = new long[size];
        for (int place = 0; place < size; place++) {
          longs[place] = ((Number) plain.get(place)).longValue();
        }
        return buffer ? LongBuffer.wrap(longs) : longs;
      case "DT_FLOAT":
      case "DT_HALF":
      case "DT_BFLOAT16":
        float[] floats = new float[size];
        for (int place = 0; place < size; place++) {
          floats[place] = (float) number(values.get(place));
        }
        return buffer ? FloatBuffer.wrap(floats) : floats;
      case "DT_DOUBLE":
        double[] doubles = new double[size];
        for (int place = 0; place < size; place++) {
          doubles[place] = number(values.get(place));
        }
        return buffer ? DoubleBuffer.wrap(doubles) : doubles;
      case "DT_COMPLEX64":
      case "DT_COMPLEX128":
        return plain.toArray(new Complex[0]);
      case "DT_STRING":
        return plain.toArray();
      default:
        byte[] bytes = new byte[size];
        for (int place = 0; place < size; place++) {
          bytes[place] = ((Number) plain.get(place)).byteValue();
        }
        return buffer ? ByteBuffer.wrap(bytes) : bytes;
    }
  }

  /** Elements as JSON has them. Numbers with a fraction are text, since JSON has no -0. */
  private static List<Object> json(List<Object> elements) {
    List<Object> made = new ArrayList<>();
    for (Object each : elements) {
      if (each instanceof Float || each instanceof Double) {
        made.add(fraction(((Number) each).doubleValue()));
      } else if (each instanceof Complex) {
        Complex complex = (Complex) each;
        made.add(new Object[] {fraction(complex.real()), fraction(complex.imaginary())});
      } else if (each instanceof ByteString) {
        Map<String, Object> bytes = new TreeMap<>();
        bytes.put("hex", hex((ByteString) each));
        made.add(bytes);
      } else {
        made.add(each);
      }
    }
    return made;
  }

  private static String fraction(double number) {
    return Double.toString(number).replace("Infinity", "inf").replace("NaN", "nan");
  }

  private static String hex(ByteString bytes) {
    StringBuilder made = new StringBuilder();
    for (byte each : bytes) {
      made.append(String.format("%02x", each));
    }
    return made.toString();
  }

  private static ByteString unhex(JsonElement value) {
    String text = value.getAsString();
    byte[] made = new byte[text.length() / 2];
    for (int place = 0; place < made.length; place++) {
      made[place] = (byte) Integer.parseInt(text.substring(2 * place, 2 * place + 2), 16);
    }
    return ByteString.copyFrom(made);
  }

  private static String wire(Message message) throws Exception {
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    CodedOutputStream coded = CodedOutputStream.newInstance(made);
    coded.useDeterministicSerialization();
    message.writeTo(coded);
    coded.flush();
    return hex(ByteString.copyFrom(made.toByteArray()));
  }

  private static long[] shape(JsonElement value) {
    long[] made = new long[value.getAsJsonArray().size()];
    for (int place = 0; place < made.length; place++) {
      JsonElement size = value.getAsJsonArray().get(place);
      made[place] = size.isJsonNull() ? -1 : size.getAsLong();
    }
    return made;
  }

  private static List<String> names(JsonElement value) {
    List<String> made = new ArrayList<>();
    if (value != null) {
      value.getAsJsonArray().forEach(each -> made.add(each.getAsString()));
    }
    return made;
  }

  private static Object[] read(TensorProto tensor) {
    long[] shape = Tensors.shape(tensor);
    return new Object[] {Tensors.dtype(tensor), shape, json(Tensors.elements(tensor))};
  }

  // ---- sections

  private static Object tensors(JsonObject given) throws Exception {
    String dtype = given.get("dtype").getAsString();
    long[] shape = shape(given.get("shape"));
    JsonArray values = given.get("values").getAsJsonArray();
    Object value;
    if (form.equals("lists")) {
      value = plain(dtype, values);
    } else {
      Tensors.listed(new ArrayList<>(), dtype, new long[] {0}); // whether there is such a type
      value = typed(dtype, values);
    }
    TensorProto made = Tensors.of(value, dtype, shape);
    TensorProto other = Tensors.listed(value, dtype, shape);
    Map<String, Object> told = new TreeMap<>();
    told.put("content", wire(made));
    told.put("listed", wire(other));
    told.put("read_content", read(made)[2]);
    told.put("read_listed", read(other)[2]);
    if (!form.equals("lists") && !dtype.equals("DT_STRING")) {
      // What is read as an array makes the same tensor again.
      Object array = Tensors.array(made);
      boolean empty = made.getTensorContent().isEmpty();
      if (!empty && !wire(Tensors.of(array, dtype)).equals(wire(made))) {
        throw new AssertionError(given + " as an array");
      }
      if (!wire(Tensors.ofContent(ByteString.copyFrom(Tensors.buffer(other)), dtype, shape)).equals(wire(made))) {
        throw new AssertionError(given + " as bytes");
      }
    }
    return told;
  }

  private static Object reads(JsonObject given) throws Exception {
    return read(TensorProto.parseFrom(unhex(given.get("wire"))));
  }

  private static Object writes(JsonObject given) throws Exception {
    String dtype = given.get("dtype").getAsString();
    long[] shape = given.has("shape") && !given.get("shape").isJsonNull() ? shape(given.get("shape")) : null;
    return wire(Tensors.of(plain(dtype, given.get("value")), dtype, shape));
  }

  private static Map<String, Spec> specs(JsonElement given) {
    Map<String, Spec> made = new TreeMap<>();
    for (Map.Entry<String, JsonElement> each : given.getAsJsonObject().entrySet()) {
      JsonArray pair = each.getValue().getAsJsonArray();
      made.put(each.getKey(), Spec.of(pair.get(0).getAsString(), shape(pair.get(1))));
    }
    return made;
  }

  private static Signature signature(JsonElement value) {
    JsonObject given = value.getAsJsonObject();
    Map<String, TensorProto> defaults = new TreeMap<>();
    if (given.has("defaults")) {
      for (Map.Entry<String, JsonElement> each : given.get("defaults").getAsJsonObject().entrySet()) {
        JsonArray three = each.getValue().getAsJsonArray();
        Object values = plain("", three.get(2));
        defaults.put(each.getKey(), Tensors.of(values, three.get(0).getAsString(), shape(three.get(1))));
      }
    }
    return new Signature("s", "", specs(given.get("inputs")), specs(given.get("outputs")), defaults);
  }

  private static Object checks(JsonObject given) {
    Map<String, Object> inputs = new TreeMap<>();
    for (Map.Entry<String, JsonElement> each : given.get("given").getAsJsonObject().entrySet()) {
      Object value = each.getValue().isJsonObject() ? null : plain("", each.getValue());
      if (value == null) {
        JsonObject array = each.getValue().getAsJsonObject();
        Object values = plain("", array.get("values"));
        value = Tensors.of(values, array.get("dtype").getAsString(), shape(array.get("shape")));
      }
      inputs.put(each.getKey(), value);
    }
    Fill fill = given.has("fill") ? Fill.of(given.get("fill").getAsString()) : Fill.ERROR;
    CheckedInputs checked =
        signature(given.get("signature")).check(inputs, names(given.get("outputs")), fill);
    Map<String, Object> sent = new TreeMap<>();
    checked.tensors().forEach((name, tensor) -> sent.put(name, read(tensor)));
    Map<String, Object> told = new TreeMap<>();
    told.put("sent", sent);
    told.put("filled", checked.filled());
    return told;
  }

  private static Object splits(JsonObject given) {
    Map<String, TensorProto> inputs = new TreeMap<>();
    for (Map.Entry<String, JsonElement> each : given.get("inputs").getAsJsonObject().entrySet()) {
      long[] shape = shape(each.getValue());
      int total = 1;
      for (long size : shape) {
        total *= (int) size;
      }
      long[] values = new long[total];
      for (int place = 0; place < total; place++) {
        values[place] = place;
      }
      inputs.put(each.getKey(), Tensors.shaped(values, shape));
    }
    List<Part> parts =
        Part.split(inputs, given.get("rows").getAsInt(), names(given.get("shared")), new ArrayList<>());
    List<Object> told = new ArrayList<>();
    List<Map<String, TensorProto>> outputs = new ArrayList<>();
    for (Part part : parts) {
      // A server that answers with the input that all parts have.
      Map<String, TensorProto> output = new TreeMap<>();
      output.put("x", part.inputs().get("x"));
      outputs.add(output);
      Map<String, Object> came = new TreeMap<>();
      part.inputs().forEach((name, tensor) -> came.put(name, Tensors.longs(tensor)));
      Map<String, Object> one = new TreeMap<>();
      one.put("rows", new long[] {part.rows().start(), part.rows().stop()});
      one.put("inputs", came);
      told.add(one);
    }
    Map<String, Object> made = new TreeMap<>();
    made.put("parts", told);
    made.put("joined", Tensors.longs(Part.join(parts, outputs).get("x")));
    return made;
  }

  private static Map<String, Object> features(JsonElement given) {
    Map<String, Object> made = new TreeMap<>();
    for (Map.Entry<String, JsonElement> each : given.getAsJsonObject().entrySet()) {
      boolean digits = each.getValue().isJsonPrimitive() && each.getValue().getAsString().matches("[0-9]+");
      Object value = digits ? whole(each.getValue().getAsString()) : plain("", each.getValue());
      made.put(each.getKey(), value);
    }
    return made;
  }

  private static Object examples(JsonObject given) throws Exception {
    List<Map<String, Object>> made = new ArrayList<>();
    given.get("examples").getAsJsonArray().forEach(each -> made.add(features(each)));
    return wire(Examples.input(made, given.has("context") ? features(given.get("context")) : null));
  }

  private static Object statuses(JsonObject given) {
    CallSite about = new CallSite("Predict", "m", "3", "s", "host:1", null);
    Status status = Status.Code.valueOf(given.get("code").getAsString()).toStatus();
    CallException failure = CallException.of(about, status.withDescription("the reason"), null);
    Map<String, Object> told = new TreeMap<>();
    told.put("kind", kind(failure));
    told.put("code", failure.code().name());
    told.put("message", failure.getMessage());
    return told;
  }

  static String kind(CallException failure) {
    return failure instanceof CallCancelledException
        ? "cancelled"
        : failure instanceof DeadlineExceededException
            ? "deadline"
            : failure instanceof UnreachableException ? "unreachable" : "call";
  }

  private static Object records(JsonObject given) {
    List<ByteString> records = new ArrayList<>();
    given.get("records").getAsJsonArray().forEach(each -> records.add(unhex(each)));
    List<String> found = new ArrayList<>();
    Records.read(unhex(given.get("file")).toByteArray()).forEach(each -> found.add(hex(each)));
    Map<String, Object> told = new TreeMap<>();
    told.put("file", hex(ByteString.copyFrom(Records.frame(records))));
    told.put("records", found);
    return told;
  }

  private static Object warmups(JsonObject given) throws Exception {
    return wire(Warmup.zeros("m", signature(given.get("signature")), given.get("rows").getAsLong()));
  }

  private static Object models(JsonObject given) throws Exception {
    Path folder = Files.createTempDirectory("models");
    Path path = folder.resolve("models.conf");
    try {
      Files.write(path, given.get("conf").getAsString().getBytes(StandardCharsets.UTF_8));
      ModelsConf conf = ModelsConf.read(path);
      for (JsonElement each : given.get("edits").getAsJsonArray()) {
        JsonArray edit = each.getAsJsonArray();
        String name = edit.get(1).getAsString();
        if (edit.get(0).getAsString().equals("remove")) {
          conf.remove(name);
        } else {
          conf.serve(name, serving(edit.get(2).getAsJsonObject()));
        }
      }
      // It is what is read back that counts.
      conf.write(path);
      return wire(ModelsConf.read(path).message());
    } finally {
      Files.deleteIfExists(path);
      Files.delete(folder);
    }
  }

  private static Serving serving(JsonObject given) {
    Serving made = new Serving();
    if (given.has("base_path")) {
      made = made.basePath(given.get("base_path").getAsString());
    }
    if (given.has("versions")) {
      made = made.versions(shape(given.get("versions")));
    }
    if (given.has("latest")) {
      made = made.latest(given.get("latest").getAsInt());
    }
    if (given.has("every")) {
      made = made.every();
    }
    if (given.has("labels")) {
      for (Map.Entry<String, JsonElement> each : given.get("labels").getAsJsonObject().entrySet()) {
        made = made.label(each.getKey(), each.getValue().getAsLong());
      }
    }
    return made;
  }
}
