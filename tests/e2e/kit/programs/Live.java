import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.protobuf.ByteString;
import io.grpc.Attributes;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.EquivalentAddressGroup;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.tensorflow.framework.TensorProto;
import tensorflow.serving.Predict.PredictRequest;
import tensorflow.serving.client.*;

/** Calls servers by the kit of a package, and prints what came of it by scenario; see ../contract.md. */
public final class Live {
  private interface Part {
    Map<String, Object> tell() throws Exception;
  }

  private interface Work {
    Object run() throws Exception;
  }

  /** Servers count for each run by itself. */
  private static final String RUN = UUID.randomUUID().toString();

  private static final Map<String, Object> X = named("x", new double[] {1.5});
  private static final Map<String, Object> NOTHING = Collections.emptyMap();
  private static final Duration SOON = Duration.ofMillis(300);

  private static Map<?, ?> places;
  private static boolean futures;

  public static void main(String[] arguments) throws Exception {
    String text = new String(Files.readAllBytes(Paths.get(arguments[0])), StandardCharsets.UTF_8);
    places = new Gson().fromJson(text, Map.class);
    futures = arguments[1].equals("futures");
    Map<String, Part> parts = new TreeMap<>();
    parts.put("connect", Live::connect);
    parts.put("predict", Live::predict);
    parts.put("signatures", Live::signatures);
    parts.put("batches", Live::batches);
    parts.put("models", Live::models);
    parts.put("warmup", () -> warmup(arguments[1]));
    parts.put("fake", Live::fake);
    Map<String, Object> told = new TreeMap<>();
    for (Map.Entry<String, Part> each : parts.entrySet()) {
      if (arguments.length == 2 || Arrays.asList(arguments).indexOf(each.getKey()) > 1) {
        told.put(each.getKey(), each.getValue().tell());
      }
    }
    String made = new GsonBuilder().serializeNulls().create().toJson(told);
    // Where a server is differs from run to run.
    System.out.println(made.replace(place("first"), "the first"));
    System.exit(0);
  }

  private static String place(String name) {
    return (String) places.get(name);
  }

  private static Map<String, Object> named(Object... pairs) {
    Map<String, Object> made = new TreeMap<>();
    for (int place = 0; place < pairs.length; place += 2) {
      made.put((String) pairs[place], pairs[place + 1]);
    }
    return made;
  }

  private static List<Object> list(Object... values) {
    return new ArrayList<>(Arrays.asList(values));
  }

  // ---- calls, in the way that is asked for

  private static <T> T ended(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException failure) {
      throw (RuntimeException) failure.getCause();
    }
  }

  private static Client open(Settings settings, String... addresses) {
    return Client.connect(settings.header("x-run", RUN), addresses);
  }

  private static Client unchecked(String... addresses) {
    return open(new Settings().unchecked(), addresses);
  }

  private static Prediction predict(Client client, Target target, Map<String, ?> inputs) {
    return futures ? ended(client.predictAsync(target, inputs)) : client.predict(target, inputs);
  }

  private static Prediction predict(Client client, String model, Map<String, ?> inputs) {
    return futures ? ended(client.predictAsync(Target.of(model), inputs)) : client.predict(model, inputs);
  }

  private static Prediction inBatches(Client client, Target target, Map<String, ?> inputs, Batch batch) {
    return futures
        ? ended(client.predictBatchesAsync(target, inputs, batch))
        : client.predictBatches(target, inputs, batch);
  }

  private static List<List<ClassScore>> classify(Client client, String model, List<Map<String, Object>> examples) {
    Target target = Target.of(model);
    return futures
        ? ended(client.classifyAsync(target, examples, null))
        : client.classify(target, examples, null);
  }

  private static float[] regress(
      Client client, String model, List<Map<String, Object>> examples, Map<String, Object> shared) {
    Target target = Target.of(model);
    return futures
        ? ended(client.regressAsync(target, examples, shared))
        : client.regress(target, examples, shared);
  }

  private static List<TaskResult> infer(
      Client client, String model, List<Map<String, Object>> examples, Task... tasks) {
    Target target = Target.of(model);
    return futures
        ? ended(client.multiInferenceAsync(target, examples, null, Arrays.asList(tasks)))
        : client.multiInference(target, examples, null, Arrays.asList(tasks));
  }

  private static Signature signature(Client client, String model) {
    return futures ? ended(client.signatureAsync(Target.of(model))) : client.signature(Target.of(model));
  }

  private static List<VersionStatus> status(Client client, String model) {
    return futures ? ended(client.statusAsync(Target.of(model))) : client.status(Target.of(model));
  }

  private static List<VersionStatus> waitReady(Client client, Target target, long milliseconds) {
    Duration timeout = Duration.ofMillis(milliseconds);
    Duration poll = Duration.ofMillis(50);
    return futures
        ? ended(client.waitReadyAsync(target, timeout, poll))
        : client.waitReady(target, timeout, poll);
  }

  private static Object reload(Client client, ModelsConf conf, Target target) {
    if (futures) {
      return ended(client.reloadAsync(conf, target));
    }
    client.reload(conf, target);
    return null;
  }

  // ---- answers

  /** How something fails. */
  private static List<Object> failure(Work work) throws Exception {
    try {
      work.run();
      return list("none");
    } catch (CallException failure) {
      return list(Driver.kind(failure), failure.code().name(), failure.details());
    } catch (InputException failure) {
      return list("input", failure.kind().toString());
    } catch (NotReadyException failure) {
      return list("not ready", failure.getMessage());
    } catch (ReplyException failure) {
      return list("reply", failure.getMessage());
    }
  }

  private static List<Object> shortly(Work work) throws Exception {
    return failure(work).subList(0, 2);
  }

  /** A tensor as JSON has it. */
  private static Object plain(TensorProto tensor) {
    List<Object> flat = Tensors.elements(tensor);
    for (int place = 0; place < flat.size(); place++) {
      if (flat.get(place) instanceof ByteString) {
        flat.set(place, ((ByteString) flat.get(place)).toStringUtf8());
      }
    }
    long[] shape = Tensors.shape(tensor);
    for (int axis = shape.length - 1; axis > 0; axis--) {
      List<Object> rows = new ArrayList<>();
      for (int start = 0; start < flat.size(); start += (int) shape[axis]) {
        rows.add(flat.subList(start, start + (int) shape[axis]));
      }
      flat = rows;
    }
    return shape.length == 0 ? flat.get(0) : flat;
  }

  private static Map<String, Object> plain(Prediction found) {
    Map<String, Object> made = new TreeMap<>();
    found.outputs().forEach((name, tensor) -> made.put(name, plain(tensor)));
    return made;
  }

  private static Object output(Client client, Target target, Map<String, ?> inputs, String name) {
    return plain(predict(client, target, inputs).output(name));
  }

  private static List<Object> states(List<VersionStatus> found) {
    List<Object> made = new ArrayList<>();
    for (VersionStatus each : found) {
      String reason = each.status().getDescription();
      made.add(list(each.version(), each.state(), each.status().getCode().name(), reason == null ? "" : reason));
    }
    return made;
  }

  private static List<Object> classes(List<List<ClassScore>> found) {
    List<Object> made = new ArrayList<>();
    for (List<ClassScore> one : found) {
      List<Object> row = new ArrayList<>();
      one.forEach(each -> row.add(list(each.label(), each.score())));
      made.add(row);
    }
    return made;
  }

  private static List<Object> results(List<TaskResult> found) {
    List<Object> made = new ArrayList<>();
    found.forEach(each -> made.add(each.classes() != null ? classes(each.classes()) : each.values()));
    return made;
  }

  // ---- scenarios

  private static String closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return "localhost:" + socket.getLocalPort();
    }
  }

  private static CallCredentials token(String value) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(RequestInfo about, Executor executor, MetadataApplier applier) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER), value);
        applier.apply(headers);
      }

      // Abstract before gRPC 1.44.
      public void thisUsesUnstableApi() {}
    };
  }

  private static long version(Settings settings, String... addresses) {
    try (Client client = open(settings.unchecked(), addresses)) {
      return predict(client, "echo", X).version();
    }
  }

  private static Object seen(Settings settings, Target target, String address) {
    try (Client client = open(settings.unchecked(), address)) {
      return output(client, target, NOTHING, "seen");
    }
  }

  private static Map<String, Object> connect() throws Exception {
    Map<String, Object> told = new TreeMap<>();
    File keys = new File(place("certificates"));
    Tls trusted = Tls.trusting(new File(keys, "ca.pem"));
    String first = place("first");
    String gone = closedPort();
    Settings none = new Settings();
    Settings secure = none.tls(trusted);
    Settings mutual = none.tls(trusted.showing(new File(keys, "client.pem"), new File(keys, "client.key")));
    told.put("plain", version(none, first));
    told.put("one_is_gone", list(version(none, gone, first), version(none, first + "," + gone)));
    told.put("gone", shortly(() -> version(none, gone)));
    told.put("tls", version(secure, place("tls")));
    told.put("mutual_tls", version(mutual, place("mutual")));
    told.put("tls_without_certificate", shortly(() -> version(secure, place("mutual"))));
    String numbers = place("tls").replace("localhost", "127.0.0.1");
    told.put("tls_name", version(none.tls(trusted.serverName("localhost")), numbers));

    Target headers = Target.of("metadata");
    told.put("metadata", seen(none.header("x-request-id", "r-1"), headers, first));
    told.put("call_metadata", seen(none, headers.header("x-request-id", "r-2"), first));
    told.put("credentials", seen(secure.credentials(token("r-3")), headers, place("tls")));
    told.put("call_credentials", seen(secure, headers.credentials(token("r-4")), place("tls")));
    told.put("plaintext_credentials", failure(() -> version(none.credentials(token("t")), first)));
    try (Client plainly = unchecked(first)) {
      told.put(
          "credentials_in_plaintext",
          failure(() -> predict(plainly, Target.of("echo").credentials(token("t")), X)));
      // The servers read the list of an int64.
      Map<String, Object> size = named("size", Tensors.listed(16L << 20, "int64", null));
      TensorProto zeros = predict(plainly, "zeros", size).output("zeros");
      TensorProto back = predict(plainly, "echo", named("zeros", zeros)).output("zeros");
      told.put("large", list(zeros.getTensorContent().size(), back.getTensorContent().size()));
      told.put("limit", limited(first, size));
      try (Client hasty = open(none.unchecked().deadline(SOON), first)) {
        told.put("deadline", shortly(() -> predict(hasty, "slow", X)));
      }
      told.put("call_deadline", shortly(() -> predict(plainly, Target.of("slow").deadline(SOON), X)));
      Target flaky = Target.of("flaky");
      told.put("retries", output(plainly, flaky.header("x-request-id", "small"), X, "count"));
      Map<String, Object> large = named("x", new float[1 << 18]);
      told.put("retries_of_large", output(plainly, flaky.header("x-request-id", "large"), large, "count"));
      told.put("retries_end", failure(() -> predict(plainly, "down", X)));
    }
    try (Client trying = open(none.unchecked().attempts(1), first)) {
      told.put("no_retries", failure(() -> predict(trying, "flaky", X)));
    }
    told.put("keepalive", keptAlive(first));
    List<String> turns = wheres(first, place("second"));
    Collections.sort(turns);
    told.put("turns", turns);
    NameResolverRegistry.getDefaultRegistry().register(new Several());
    told.put("turns_behind_a_name", new TreeSet<>(wheres("several:///name")));
    told.put("interceptors", intercepted(first));
    told.put("channel", givenChannel(first));
    told.put("closed", closed(first));
    return told;
  }

  private static Object limited(String address, Map<String, Object> size) throws Exception {
    try (Client client = open(new Settings().unchecked().maxMessageBytes(1 << 20), address)) {
      List<Object> sent = shortly(() -> predict(client, "echo", named("x", new float[1 << 19])));
      List<Object> taken = shortly(() -> predict(client, "zeros", size));
      if (!sent.equals(taken)) {
        throw new AssertionError(sent + " for what is sent");
      }
      return taken;
    }
  }

  /** What becomes of a call whose server is there no more, though nobody has closed the connection. */
  private static Object keptAlive(String address) throws Exception {
    boolean[] silent = new boolean[1];
    String[] parts = address.split(":");
    ServerSocket listener = new ServerSocket(0);
    Thread accepting =
        new Thread(
            () -> {
              try {
                while (true) {
                  Socket near = listener.accept();
                  Socket far = new Socket(parts[0], Integer.parseInt(parts[1]));
                  forward(near, far, silent);
                  forward(far, near, silent);
                }
              } catch (IOException ended) {
                // The listener is closed.
              }
            });
    accepting.setDaemon(true);
    accepting.start();
    Settings pinging =
        new Settings()
            .unchecked()
            .attempts(1)
            .keepalive(Duration.ofMillis(500))
            .keepaliveTimeout(Duration.ofMillis(500));
    try (Client client = open(pinging, "localhost:" + listener.getLocalPort())) {
      predict(client, "echo", X);
      synchronized (silent) {
        silent[0] = true;
      }
      return shortly(() -> predict(client, Target.of("slow").deadline(Duration.ofSeconds(20)), X));
    } finally {
      listener.close();
    }
  }

  private static void forward(Socket from, Socket to, boolean[] silent) {
    Thread made =
        new Thread(
            () -> {
              byte[] buffer = new byte[1 << 16];
              try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
                for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
                  synchronized (silent) {
                    if (!silent[0]) {
                      out.write(buffer, 0, size);
                      out.flush();
                    }
                  }
                }
                if (silent[0]) {
                  Thread.sleep(60_000);
                }
              } catch (IOException | InterruptedException ended) {
                // One side is gone.
              }
            });
    made.setDaemon(true);
    made.start();
  }

  private static List<String> wheres(String... addresses) throws Exception {
    try (Client client = unchecked(addresses)) {
      // A connection begins with the first that it has connected to.
      predict(client, "where", NOTHING);
      Thread.sleep(addresses.length == 1 ? 200 : 0);
      List<String> found = new ArrayList<>();
      for (int number = 0; number < 4; number++) {
        found.add(predict(client, "where", NOTHING).strings("where")[0]);
      }
      return found;
    }
  }

  /** A name that has both servers. */
  private static final class Several extends NameResolverProvider {
    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return "several";
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args settings) {
      if (!target.getScheme().equals("several")) {
        return null;
      }
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "name";
        }

        @Override
        public void start(Listener2 listener) {
          List<EquivalentAddressGroup> found = new ArrayList<>();
          for (String each : Arrays.asList(place("first"), place("second"))) {
            String[] parts = each.split(":");
            found.add(
                new EquivalentAddressGroup(
                    new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), Attributes.EMPTY));
          }
          listener.onResult(ResolutionResult.newBuilder().setAddresses(found).build());
        }

        @Override
        public void shutdown() {}
      };
    }
  }

  /** Notes the methods that are called. */
  private static final class Noting implements ClientInterceptor {
    final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      seen.add("/" + method.getFullMethodName());
      return next.newCall(method, options);
    }
  }

  private static List<String> intercepted(String address) {
    Noting noting = new Noting();
    version(new Settings().interceptors(noting), address);
    return noting.seen;
  }

  private static Object givenChannel(String address) {
    ManagedChannel channel = Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
    Noting noting = new Noting();
    // The first client leaves it open.
    long first = version(new Settings().channel(channel));
    long second = version(new Settings().channel(channel).interceptors(noting, noting));
    channel.shutdownNow();
    if (noting.seen.size() != 2) {
      throw new AssertionError("interceptors don't see calls of a given channel");
    }
    return list(first, second);
  }

  private static Object closed(String address) throws Exception {
    Client closing = unchecked(address);
    Thread later =
        new Thread(
            () -> {
              try {
                Thread.sleep(SOON.toMillis());
              } catch (InterruptedException ended) {
                throw new AssertionError(ended);
              }
              closing.close();
            });
    later.start();
    List<Object> told = shortly(() -> predict(closing, "slow", X));
    try (Client stopping = unchecked(address)) {
      cancelled(stopping);
    }
    return told;
  }

  /** A future that is cancelled ends its call, and so does the interruption of a thread that waits. */
  private static void cancelled(Client client) throws Exception {
    long before = System.nanoTime();
    CompletableFuture<Prediction> future = client.predictAsync(Target.of("slow"), X);
    future.cancel(true);
    Thread.currentThread().interrupt();
    List<Object> told = shortly(() -> client.predict(Target.of("slow"), X));
    boolean interrupted = Thread.interrupted();
    if (!told.equals(list("cancelled", "CANCELLED")) || !interrupted || System.nanoTime() - before > 4e9) {
      throw new AssertionError(told + " of an interrupted thread");
    }
  }

  private static Map<String, Object> predict() throws Exception {
    Map<String, Object> told = new TreeMap<>();
    try (Client checked = open(new Settings(), place("first"))) {
      Target echo = Target.of("echo").signature("serving_default").outputs("b");
      Prediction came = predict(checked, echo, named("a", 1.0, "b", 2.0));
      told.put("outputs", list(plain(came), came.version(), came.signature(), came.model()));
      Target spec = Target.of("spec");
      told.put("version", output(checked, spec.version(3).signature("s"), NOTHING, "spec"));
      told.put("label", output(checked, spec.label("stable"), NOTHING, "spec"));
      told.put(
          "version_and_label",
          failure(() -> predict(checked, spec.version(3).label("stable"), NOTHING)));
      Map<String, Object> forms = new TreeMap<>();
      for (String model : Arrays.asList("as_content", "as_values")) {
        forms.put(model, plain(predict(checked, model, typed())));
      }
      told.put("forms", forms);
      told.put("not_found", notFound(checked));
      List<Map<String, Object>> examples =
          Arrays.asList(
              named("labels", new String[] {"cat", "dog"}, "x", new double[] {0.25, 0.75}),
              named("labels", "fox", "x", 1.5));
      told.put("classify", classes(classify(checked, "c", examples)));
      List<Map<String, Object>> values = Arrays.asList(named("x", Arrays.asList(0.25, 0.75)), named("x", 1.5f));
      told.put("regress", regress(checked, "r", values, named("labels", "cat")));
      told.put(
          "multi_inference", results(infer(checked, "m", examples, Task.classify("a"), Task.regress("b"))));
      told.put("unknown_task", failure(() -> infer(checked, "m", examples, Task.of("guess", "a"))));
    }
    try (Client pythie = open(new Settings(), place("pythie"))) {
      Map<String, Object> inputs =
          named("size", new int[][] {{1}, {2}, {3}}, "colour", new String[][] {{"red"}, {"red"}, {"blue"}});
      Map<String, Object> longs = named("size", new long[][] {{1}, {2}, {3}}, "colour", inputs.get("colour"));
      told.put("pythie", plain(predict(pythie, "prices", longs)));
    }
    return told;
  }

  private static Object notFound(Client client) {
    try {
      return plain(predict(client, Target.of("missing").version(3).signature("s"), X));
    } catch (CallException failure) {
      Metadata.Key<String> detail = Metadata.Key.of("x-detail", Metadata.ASCII_STRING_MARSHALLER);
      StatusRuntimeException known = failure;
      return list(
          failure.code().name(),
          failure.details(),
          known.getTrailers().get(detail),
          failure.getMessage(),
          Status.fromThrowable(failure).getCode() == failure.code());
    }
  }

  /** A tensor of each type that the servers know. */
  private static Map<String, Object> typed() {
    return named(
        "DT_FLOAT", new float[][] {{1.5f, -2.25f}, {0, 1e10f}},
        "DT_DOUBLE", new double[][] {{1.5, -2.25}, {0, 1e300}},
        "DT_INT32", new int[][] {{1, -2}, {0, 2147483647}},
        "DT_INT64", Arrays.asList(new long[] {1, -2}, new long[] {0, (1L << 53) - 1}),
        "DT_BOOL", new boolean[][] {{true, false}, {false, true}},
        "DT_HALF", Tensors.of(new float[][] {{1.5f, -2.25f}, {0, 65504}}, "float16"),
        "DT_STRING", new String[][] {{"a", ""}, {"ü", "long enough"}});
  }

  private static long asked(Client client, String what) {
    return predict(client, Target.of("asked").signature(what), NOTHING).longs("count")[0];
  }

  private static Map<String, Object> signatures() throws Exception {
    Map<String, Object> told = new TreeMap<>();
    int[][] row = {{1, 2}};
    Map<String, Object> both = named("x", row, "k", 3);
    try (Client first = open(new Settings(), place("first"))) {
      long metadataBefore = asked(first, "signed metadata");
      long predictBefore = asked(first, "signed predict");
      Signature found = signature(first, "signed");
      Map<String, Object> specs = new TreeMap<>();
      found.inputs().forEach((name, spec) -> specs.put(name, list(spec.dtype(), sizes(spec))));
      told.put("signature", list(found.method(), specs));
      Map<String, Object> types = new TreeMap<>();
      predict(first, "signed", both)
          .outputs()
          .forEach((name, tensor) -> types.put(name, list(tensor.getDtypeValue(), plain(tensor))));
      told.put("types_from_signature", types);
      told.put(
          "refused",
          list(
              failure(() -> predict(first, "signed", named("x", row, "kk", 3))),
              failure(() -> predict(first, "signed", named("x", new int[] {1, 2}, "k", 3))),
              failure(() -> predict(first, "signed", named("x", row)))));
      Prediction came = predict(first, Target.of("signed").fill(Fill.ZEROS), named("x", row));
      told.put("filled", list(plain(came.output("k")), came.filled()));
      // One question for signatures for each time that something is refused: the version may be new.
      told.put(
          "asked",
          list(
              asked(first, "signed metadata") - metadataBefore,
              asked(first, "signed predict") - predictBefore));
      told.put(
          "unsigned_fill", failure(() -> predict(first, Target.of("echo").fill(Fill.ZEROS), NOTHING)));
    }
    try (Client second = open(new Settings(), place("first"))) {
      long before = asked(second, "signed metadata");
      for (int number = 0; number < 3; number++) {
        predict(second, Target.of("signed").version(7), both);
      }
      told.put("asked_for_a_version", asked(second, "signed metadata") - before);
      before = asked(second, "changing metadata");
      long version = 0;
      for (int number = 0; number < 4; number++) {
        version = predict(second, "changing", both).version();
      }
      told.put("changed", list(version, asked(second, "changing metadata") - before));
    }
    try (Client third = unchecked(place("first"))) {
      long before = asked(third, "signed metadata");
      Prediction came = predict(third, "signed", named("x", new long[][] {{1, 2}}));
      told.put("unchecked", list(came.output("x").getDtypeValue(), asked(third, "signed metadata") - before));
    }
    return told;
  }

  private static List<Object> sizes(Spec spec) {
    List<Object> made = new ArrayList<>();
    for (long size : spec.shape()) {
      made.add(size < 0 ? null : size);
    }
    return made;
  }

  private static long[] counting(int size) {
    long[] made = new long[size];
    for (int number = 0; number < size; number++) {
      made[number] = number;
    }
    return made;
  }

  private static Map<String, Object> batches() throws Exception {
    Map<String, Object> told = new TreeMap<>();
    long[][] rows = new long[17][];
    String[] texts = new String[17];
    for (int number = 0; number < 17; number++) {
      rows[number] = new long[] {2 * number, 2 * number + 1};
      texts[number] = "t" + number;
    }
    try (Client first = unchecked(place("first"))) {
      Target told0 = Target.of("told");
      output(first, told0, NOTHING, "told");
      Map<String, Object> whole = named("x", rows, "text", texts, "scalar", 5L);
      Prediction came =
          inBatches(first, Target.of("together").outputs("x", "text"), whole, Batch.ofRows(3).parallel(3));
      told.put(
          "joined",
          list(
              Arrays.deepEquals((long[][]) came.array("x"), rows),
              Arrays.equals(came.strings("text"), texts),
              came.outputs().keySet()));
      told.put("parts", output(first, told0, NOTHING, "told"));
      long began = System.nanoTime();
      try {
        inBatches(first, Target.of("failing"), named("x", counting(9)), Batch.ofRows(1).parallel(3));
      } catch (CallException failure) {
        Rows part = failure.call().rows();
        told.put(
            "failed",
            list(
                failure.code().name(),
                failure.details(),
                list(part.start(), part.stop()),
                failure.getMessage().contains("rows 1 to 1")));
      }
      told.put("failed_soon", System.nanoTime() - began < 10e9);
      output(first, told0, NOTHING, "told");
      Target echo = Target.of("echo");
      Map<String, Object> both = named("x", rows, "k", 1L);
      List<Object> scalar = failure(() -> inBatches(first, echo, both, Batch.ofRows(5).parallel(3)));
      // How outputs are left out is the language's own.
      scalar.set(1, ((String) scalar.get(1)).replace("with outputs(...)", "with outputs=[...]"));
      told.put("scalar_output", scalar);
      told.put("one_part", inBatches(first, echo, both, Batch.ofRows(17)).outputs().keySet());
      told.put(
          "no_parts", failure(() -> inBatches(first, echo, named("x", rows), Batch.ofRows(5).parallel(0))));
      Target slow = Target.of("slow").deadline(Duration.ofMillis(400));
      told.put(
          "deadline", shortly(() -> inBatches(first, slow, named("x", rows), Batch.ofRows(5).parallel(2))));
    }
    Settings once = new Settings().unchecked().attempts(1);
    try (Client two = open(once, place("second"), place("first"))) {
      Prediction moved =
          inBatches(two, Target.of("half_down"), named("x", counting(10)), Batch.ofRows(2).parallel(2));
      told.put("moved", moved.longs("x"));
      Prediction over =
          inBatches(two, Target.of("where"), named("x", counting(8)), Batch.ofRows(1).parallel(2));
      String[] where = over.strings("where");
      Arrays.sort(where);
      told.put("over_addresses", where);
    }
    return told;
  }

  private static Object served(Client client) {
    TreeSet<String> found = new TreeSet<>();
    status(client, "reloaded").forEach(each -> found.add(each.status().getDescription()));
    return found;
  }

  private static Map<String, Object> models() throws Exception {
    Map<String, Object> told = new TreeMap<>();
    String gone = closedPort();
    Target half = Target.of("half");
    try (Client first = open(new Settings(), place("first"))) {
      told.put("status", states(status(first, "half")));
      told.put("soon", states(waitReady(first, Target.of("soon"), 20_000)));
      told.put("never", failure(() -> waitReady(first, Target.of("never"), 500)));
      told.put("missing", failure(() -> waitReady(first, Target.of("missing"), 300)));
      long began = System.nanoTime();
      told.put("broken", failure(() -> waitReady(first, Target.of("broken").version(3), 30_000)));
      told.put("broken_at_once", System.nanoTime() - began < 10e9);

      Target all = Target.of("");
      ModelsConf conf = new ModelsConf();
      conf.serve("a", new Serving().basePath("/models/a").versions(1, 2).label("stable", 1));
      conf.serve("b", new Serving().basePath("/models/b"));
      reload(first, conf, all);
      List<Object> reloaded = list(served(first));
      conf.remove("a");
      Path path = Files.createTempFile("models", ".conf");
      conf.write(path);
      reload(first, ModelsConf.read(path), all);
      Files.delete(path);
      reloaded.add(served(first));
      told.put("reload", reloaded);
      Files.write(path, "model_config_list { config { base_path: '/c' } }".getBytes(StandardCharsets.UTF_8));
      ModelsConf unnamed = ModelsConf.read(path);
      Files.delete(path);
      told.put("reload_refused", failure(() -> reload(first, unnamed, all)));
      ModelsConf hanging = new ModelsConf();
      hanging.serve("h", new Serving().basePath("/hangs"));
      told.put("reload_deadline", shortly(() -> reload(first, hanging, all.deadline(SOON))));
      told.put("reload_without_deadline", failure(() -> reload(first, conf, all.withoutDeadline())));
    }
    try (Client nobody = open(new Settings(), gone)) {
      List<Object> came = failure(() -> waitReady(nobody, half, 3000));
      String said = (String) came.get(1);
      told.put("nobody", list(came.get(0), said.contains(gone) && said.contains("UNAVAILABLE")));
    }
    try (Client half0 = open(new Settings(), place("first"), gone)) {
      told.put("half_there", failure(() -> waitReady(half0, half, 300)).get(0));
    }
    return told;
  }

  /** Writes the file below the folder that is given. */
  private static Map<String, Object> warmup(String way) throws Exception {
    Map<String, Object> told = new TreeMap<>();
    Path folder = Paths.get(place("folder"), way);
    try (Client first = open(new Settings(), place("first"))) {
      Signature signature = signature(first, "signed");
      int[][] row = {{1, 2}};
      List<PredictRequest> requests =
          Arrays.asList(
              Warmup.request("signed", signature, named("x", row, "k", 3)),
              Warmup.request("plain", "", X),
              Warmup.zeros("signed", signature, 2));
      Path path = Warmup.write(folder, requests);
      told.put("path", folder.relativize(path).toString());
      List<Object> same = new ArrayList<>();
      Warmup.read(folder)
          .forEach(log -> same.add(log.getPredictLog().getRequest().equals(requests.get(same.size()))));
      told.put("read", same);
      told.put("refused", failure(() -> Warmup.request("signed", signature, named("x", row))));
    }
    return told;
  }

  /** A model's function. */
  private static Map<String, ?> halfPlusTwo(Map<String, TensorProto> inputs) {
    TensorProto x = inputs.get("x");
    if (x == null) {
      throw new IllegalStateException("there is no x");
    }
    double[] made = Tensors.doubles(x);
    for (int place = 0; place < made.length; place++) {
      made[place] = made[place] / 2 + 2;
    }
    return Collections.singletonMap("y", made);
  }

  private static Map<String, Object> fake() throws Exception {
    Map<String, Object> told = new TreeMap<>();
    Spec floats = Spec.of("float32", -1);
    FakeModel half = FakeModel.of(Live::halfPlusTwo).input("x", floats).output("y", floats);
    Target named = Target.of("half");
    Map<String, Object> one = named("x", new int[] {1});
    try (FakeServer server = new FakeServer(); Client calling = open(new Settings(), server.address())) {
      server.serve("half", half);
      server.serve("half", half.version(2).labels("new"));
      Prediction came = predict(calling, "half", named("x", new int[] {1, 2, 5}));
      told.put("predict", list(plain(came.output("y")), came.version()));
      told.put(
          "version",
          list(
              predict(calling, named.version(1), one).version(),
              predict(calling, named.label("new"), one).version()));
      told.put(
          "refused",
          list(
              shortly(() -> predict(calling, "none", one)),
              shortly(() -> predict(calling, named.version(3), one)),
              shortly(() -> predict(calling, named.label("old"), one))));
      server.serve("raw", FakeModel.of(Live::halfPlusTwo));
      Target raw = Target.of("raw");
      told.put("unsigned", output(calling, raw, named("x", new double[] {1}), "y"));
      told.put("wrong_function", shortly(() -> predict(calling, raw, named("z", new double[] {1}))));
      server.fail("half", Status.RESOURCE_EXHAUSTED.withDescription("full"), 1);
      told.put(
          "fails_once", list(failure(() -> predict(calling, named, one)), predict(calling, named, one).version()));
      server.slow("half", Duration.ofSeconds(5));
      told.put("slow", shortly(() -> predict(calling, named.deadline(SOON), one)));
      server.slow("half", Duration.ZERO);
      server.state("half", 2, "LOADING", Status.OK);
      told.put("states", briefly(status(calling, "half")));
      told.put("older", predict(calling, named, one).version());
      server.serve("sorter", sorter());
      List<Map<String, Object>> two = Arrays.asList(named("s", new String[] {"a", "b"}), named("s", "c"));
      told.put(
          "infer",
          list(
              classes(classify(calling, "sorter", two)),
              regress(calling, "sorter", two, null),
              results(infer(calling, "sorter", two, Task.of("regress", "r"), Task.of("classify", "c")))));
      ModelsConf conf = new ModelsConf();
      conf.serve("half", new Serving().basePath("/models/half").versions(1));
      reload(calling, conf, Target.of(""));
      told.put(
          "reload",
          list(
              briefly(status(calling, "half")),
              shortly(() -> predict(calling, raw, named("x", new double[] {1})))));
      List<FakeCall> calls = server.calls();
      PredictRequest request = (PredictRequest) calls.get(1).request();
      told.put("calls", list(calls.get(0).method(), calls.get(1).method(), request.getModelSpec().getName()));
    }
    return told;
  }

  private static FakeModel sorter() {
    return new FakeModel()
        .classify(
            examples -> {
              List<List<ClassScore>> found = new ArrayList<>();
              for (Map<String, List<?>> each : examples) {
                String label = each.get("s").size() > 1 ? "long" : "short";
                found.add(Collections.singletonList(new ClassScore(label, 1)));
              }
              return found;
            })
        .regress(
            examples -> {
              List<Float> found = new ArrayList<>();
              examples.forEach(each -> found.add((float) each.get("s").size()));
              return found;
            });
  }

  private static List<Object> briefly(List<VersionStatus> found) {
    List<Object> made = new ArrayList<>();
    found.forEach(each -> made.add(list(each.version(), each.state())));
    return made;
  }
}
