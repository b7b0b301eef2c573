package @package{};

import com.google.protobuf.MessageLite;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Makes single calls of a client's servers, which take turns. */
final class Transport {
  private final Settings settings;
  private final List<ManagedChannel> owned = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final AtomicInteger turns = new AtomicInteger();
  private final Set<Operation> running = new HashSet<>();
  private boolean closed;
  private ScheduledExecutorService timer;

  Transport(List<String> addresses, Settings settings) {
    this.settings = settings;
    if (settings.credentials != null && !settings.isSecure()) {
      throw plaintext();
    }
    if (settings.channel != null) {
      String address = addresses.isEmpty() ? "the given channel" : addresses.get(0);
      add(address, settings.channel);
      return;
    }
    try {
      for (String address : Channels.split(addresses)) {
        ManagedChannel channel = Channels.open(address, settings);
        owned.add(channel);
        add(address, channel);
      }
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  private void add(String address, Channel channel) {
    servers.add(new Server(address, ClientInterceptors.interceptForward(channel, settings.interceptors)));
  }

  Settings settings() {
    return settings;
  }

  List<Server> servers() {
    return servers;
  }

  /** Does something in a thread that waits for it. spread: whether answers are read in other threads. */
  <T> T await(Target target, boolean spread, Function<Operation, CompletableFuture<T>> work) {
    Waiter waiter = new Waiter();
    Operation operation = operation(target, spread ? null : waiter);
    return waiter.await(begun(operation, work), operation::stop);
  }

  /** Does something whose result comes later; who cancels the future ends all calls of it. */
  <T> CompletableFuture<T> begin(Target target, Function<Operation, CompletableFuture<T>> work) {
    Operation operation;
    try {
      operation = operation(target, null);
    } catch (InputException refused) {
      return Operation.failed(refused);
    }
    CompletableFuture<T> made = begun(operation, work);
    made.whenComplete(
        (result, failure) -> {
          if (made.isCancelled()) {
            operation.stop();
          }
        });
    return made;
  }

  private Operation operation(Target target, Waiter waiter) {
    if (target.credentials != null && !settings.isSecure()) {
      throw plaintext();
    }
    Duration own = target.deadline == null ? settings.deadline : target.deadline;
    return new Operation(target, target.isEndless() ? null : own, waiter);
  }

  private <T> CompletableFuture<T> begun(
      Operation operation, Function<Operation, CompletableFuture<T>> work) {
    CompletableFuture<T> made = new CompletableFuture<>();
    boolean late;
    synchronized (this) {
      late = closed;
      running.add(operation);
    }
    if (late) {
      operation.stop();
    }
    made.whenComplete((result, failure) -> ended(operation));
    Operation.attempt(() -> work.apply(operation)).whenComplete(Operation.into(made));
    return made;
  }

  private synchronized void ended(Operation operation) {
    running.remove(operation);
  }

  /** Calls the server whose turn it is, and the others while they can't be reached. */
  <Q extends MessageLite, R> CompletableFuture<R> inTurns(
      Operation operation, MethodDescriptor<Q, R> method, Q request, Rows rows) {
    return inTurns(operation, method, request, rows, turns.getAndIncrement(), servers.size());
  }

  private <Q extends MessageLite, R> CompletableFuture<R> inTurns(
      Operation operation, MethodDescriptor<Q, R> method, Q request, Rows rows, int turn, int left) {
    Server server = servers.get(Math.floorMod(turn, servers.size()));
    CompletableFuture<R> first = call(operation, server, method, request, rows, operation.deadline);
    if (left == 1) {
      return first;
    }
    return Operation.orElse(
        first,
        UnreachableException.class::isInstance,
        () -> inTurns(operation, method, request, rows, turn + 1, left - 1));
  }

  /** Calls one server. */
  <Q extends MessageLite, R> CompletableFuture<R> call(
      Operation operation, Server server, MethodDescriptor<Q, R> method, Q request, Rows rows, Deadline deadline) {
    CallSite site = operation.target.site(method.getBareMethodName(), server.address, rows);
    if (request.getSerializedSize() > settings.maxMessageBytes) {
      String reason =
          String.format(
              "a request of %d bytes, where %d are the most", request.getSerializedSize(), settings.maxMessageBytes);
      return Operation.failed(
          CallException.of(site, Status.RESOURCE_EXHAUSTED.withDescription(reason), new Metadata()));
    }
    CallOptions options = CallOptions.DEFAULT.withDeadline(deadline);
    CallCredentials credentials =
        operation.target.credentials == null ? settings.credentials : operation.target.credentials;
    if (credentials != null) {
      options = options.withCallCredentials(credentials);
    }
    if (operation.executor != null) {
      options = options.withExecutor(operation.executor);
    }
    ClientCall<Q, R> call = server.channel.newCall(method, options);
    CompletableFuture<R> made = new CompletableFuture<>();
    Runnable stop = () -> call.cancel("the client ended the call", null);
    if (!operation.begin(stop)) {
      return Operation.failed(operation.cancelled(site));
    }
    made.whenComplete((reply, failure) -> operation.end(stop));
    Metadata headers = new Metadata();
    headers.merge(settings.headers);
    headers.merge(operation.target.headers);
    try {
      call.start(new Listener<>(site, made), headers);
      // One more than there is lets gRPC see that there is no more.
      call.request(2);
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException failure) {
      call.cancel("the request could not be sent", failure);
      // A call that is cancelled in another thread before it has begun can't begin.
      made.completeExceptionally(operation.isStopped() ? operation.cancelled(site) : failure);
    }
    return made;
  }

  /** Completes a future by what comes back. */
  private static final class Listener<R> extends ClientCall.Listener<R> {
    private final CallSite site;
    private final CompletableFuture<R> future;
    private R reply;

    Listener(CallSite site, CompletableFuture<R> future) {
      this.site = site;
      this.future = future;
    }

    @Override
    public void onMessage(R message) {
      reply = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk() && reply != null) {
        future.complete(reply);
        return;
      }
      Status failure = status.isOk() ? Status.INTERNAL.withDescription("the reply has no message") : status;
      future.completeExceptionally(CallException.of(site, failure, trailers));
    }
  }

  /** Nothing, for some time. */
  CompletableFuture<Void> pause(Operation operation, CallSite site, long nanoseconds) {
    CompletableFuture<Void> made = new CompletableFuture<>();
    Runnable stop = () -> made.completeExceptionally(operation.cancelled(site));
    ScheduledExecutorService scheduler = timer();
    if (scheduler == null || !operation.begin(stop)) {
      return Operation.failed(operation.cancelled(site));
    }
    ScheduledFuture<?> waiting = scheduler.schedule(() -> made.complete(null), nanoseconds, TimeUnit.NANOSECONDS);
    made.whenComplete(
        (nothing, failure) -> {
          waiting.cancel(false);
          operation.end(stop);
        });
    return made;
  }

  private synchronized ScheduledExecutorService timer() {
    if (timer == null && !closed) {
      timer =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread made = new Thread(task, "tensorflow-serving-client");
                made.setDaemon(true);
                return made;
              });
    }
    return timer;
  }

  /** Ends all that runs, and closes the channels that were opened here. */
  void close() {
    List<Operation> found;
    synchronized (this) {
      closed = true;
      found = new ArrayList<>(running);
    }
    found.forEach(Operation::stop);
    for (ManagedChannel channel : owned) {
      channel.shutdownNow();
    }
    synchronized (this) {
      if (timer != null) {
        timer.shutdownNow();
      }
    }
  }

  private static InputException plaintext() {
    return new InputException(
        InputException.Kind.SETTING, "call credentials need TLS: anybody could read them");
  }
}
