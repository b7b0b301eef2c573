package @package{};

import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import @class{tensorflow.serving.ModelConfig};
import @class{tensorflow.serving.ModelSpec};

/**
 * A model server for tests, in the same process, whose models are functions; it takes calls from this machine only.
 *
 * <p>It refuses what a real one refuses: unknown models, versions, labels and signatures, versions that aren't available,
 * inputs that are missing or too many.
 */
public final class FakeServer implements AutoCloseable {
  private static final Context.Key<Metadata> HEADERS = Context.key("headers");

  private static final class Failure {
    final Status status;
    int times;

    Failure(Status status, int times) {
      this.status = status;
      this.times = times;
    }
  }

  private final Server server;
  private final List<FakeCall> calls = new ArrayList<>();
  private final Map<String, Map<Long, FakeVersion>> models = new TreeMap<>();
  private final Map<String, Failure> failures = new HashMap<>();
  private final Map<String, Duration> delays = new HashMap<>();

  /** Starts a server without models, at a free port. */
  public FakeServer() {
    this(Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create()));
  }

  /** Starts a server that is made in a way of your own, with TLS or interceptors. */
  public FakeServer(ServerBuilder<?> builder) {
    try {
      server =
          builder
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .addService(new FakePredictions(this))
              .addService(new FakeModels(this))
              .intercept(new Local())
              .build()
              .start();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Where it is, for a client. */
  public String address() {
    return "localhost:" + server.getPort();
  }

  /** Serves a version of a model. */
  public synchronized void serve(String name, FakeModel model) {
    models.computeIfAbsent(name, unused -> new TreeMap<>()).put(model.version, new FakeVersion(model));
  }

  /** Changes the state of a version: START, LOADING, AVAILABLE, UNLOADING or END; with a status, why. */
  public synchronized void state(String name, long version, String state, Status status) {
    FakeVersion held = versions(name).get(version);
    if (held == null) {
      throw new IllegalArgumentException("there is no version " + version + " of model " + name);
    }
    held.state = state;
    held.status = status;
  }

  /** Lets the next so many calls of a model fail; all of them where times is 0. A status of OK ends it. */
  public synchronized void fail(String name, Status status, int times) {
    failures.remove(name);
    if (!status.isOk()) {
      failures.put(name, new Failure(status, times));
    }
  }

  /** Lets calls of a model last longer; one that is cancelled ends at once. */
  public synchronized void slow(String name, Duration by) {
    delays.put(name, by);
  }

  /** All calls that came, in their order. */
  public synchronized List<FakeCall> calls() {
    return new ArrayList<>(calls);
  }

  /** Ends all calls. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }

  /** Notes a call, and lets it be slow or fail as it was told. */
  void called(String method, Message request, String name) {
    Duration delay;
    Status failed = Status.OK;
    synchronized (this) {
      calls.add(new FakeCall(method, request, HEADERS.get()));
      delay = delays.getOrDefault(name, Duration.ZERO);
      Failure failure = failures.get(name);
      if (failure != null) {
        failed = failure.status;
        if (--failure.times == 0) {
          failures.remove(name);
        }
      }
    }
    pause(delay);
    if (!failed.isOk()) {
      throw failed.asRuntimeException();
    }
  }

  private static void pause(Duration delay) {
    if (delay.isZero()) {
      return;
    }
    CountDownLatch ended = new CountDownLatch(1);
    Context.CancellationListener listener = context -> ended.countDown();
    Context.current().addListener(listener, Runnable::run);
    try {
      ended.await(delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    } finally {
      Context.current().removeListener(listener);
    }
  }

  /** The version that is asked for, if it is available. */
  synchronized FakeVersion find(ModelSpec spec) {
    String label = FakeVersion.label(spec);
    FakeVersion found = null;
    for (FakeVersion each : versions(spec.getName()).values()) {
      boolean asked = !spec.hasVersion() || spec.getVersion().getValue() == each.model.version;
      asked = asked && (label.isEmpty() || each.labels.contains(label));
      if (asked && each.state.equals("AVAILABLE")) {
        // The newest comes last.
        found = each;
      }
    }
    if (found != null) {
      return found;
    }
    if (!label.isEmpty()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("Unrecognized servable version label: " + label)
          .asRuntimeException();
    }
    String asked =
        spec.hasVersion()
            ? "Specific(" + spec.getName() + ", " + spec.getVersion().getValue() + ")"
            : "Latest(" + spec.getName() + ")";
    throw Status.NOT_FOUND
        .withDescription("Servable not found for request: " + asked)
        .asRuntimeException();
  }

  /** The versions of a model, by number. */
  synchronized Map<Long, FakeVersion> versions(String name) {
    return models.getOrDefault(name, new TreeMap<>());
  }

  /** Serves these models and no others, as far as the test has given them. */
  synchronized void reloaded(List<ModelConfig> configs) {
    models.values().forEach(held -> held.values().forEach(version -> version.state = "END"));
    for (ModelConfig config : configs) {
      List<Long> chosen = config.getModelVersionPolicy().getSpecific().getVersionsList();
      versions(config.getName())
          .forEach(
              (number, version) -> {
                if (chosen.isEmpty() || chosen.contains(number)) {
                  version.state = "AVAILABLE";
                }
                version.labels = ModelsConf.labels(config, number);
              });
    }
  }

  /** Takes calls from this machine only, though gRPC listens at all of its addresses, and keeps their headers. */
  private static final class Local implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      SocketAddress from = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
      if (from instanceof InetSocketAddress && !((InetSocketAddress) from).getAddress().isLoopbackAddress()) {
        call.close(Status.PERMISSION_DENIED.withDescription("a fake server is for its own machine"), new Metadata());
        return new ServerCall.Listener<Q>() {};
      }
      Context context = Context.current().withValue(HEADERS, headers);
      return Contexts.interceptCall(context, call, headers, next);
    }
  }
}
