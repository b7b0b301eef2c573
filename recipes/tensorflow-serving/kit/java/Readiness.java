package @package{};

import io.grpc.Deadline;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import @class{tensorflow.serving.GetModelStatusRequest};
import @class{tensorflow.serving.GetModelStatusResponse};
import @class{tensorflow.serving.ModelService};

/** Asks one server for a model until it is ready. */
final class Readiness {
  /** How long one question may take: a server that hangs is asked again. */
  private static final long QUESTION_SECONDS = 10;

  private final Transport transport;
  private final Operation operation;
  private final Server server;
  private final long poll;
  private final GetModelStatusRequest request;
  private final CallSite site;
  private final CompletableFuture<List<VersionStatus>> result = new CompletableFuture<>();
  private String last = "";

  private Readiness(Transport transport, Operation operation, Server server, long poll) {
    this.transport = transport;
    this.operation = operation;
    this.server = server;
    this.poll = poll;
    this.request = GetModelStatusRequest.newBuilder().setModelSpec(operation.target.spec()).build();
    this.site = operation.target.site("GetModelStatus", server.address, null);
  }

  /** Waits until a version is available at every server; those that the last one has. */
  static CompletableFuture<List<VersionStatus>> await(
      Transport transport, Operation operation, Duration poll) {
    CompletableFuture<List<VersionStatus>> made = CompletableFuture.completedFuture(null);
    for (Server server : transport.servers()) {
      made =
          made.thenCompose(
              before -> {
                Readiness asking = new Readiness(transport, operation, server, poll.toNanos());
                asking.ask();
                return asking.result;
              });
    }
    return made;
  }

  private void ask() {
    Deadline question = Deadline.after(QUESTION_SECONDS, TimeUnit.SECONDS).minimum(operation.deadline);
    Operation.attempt(
            () ->
                transport.call(
                    operation, server, ModelServiceGrpc.getGetModelStatusMethod(), request, null, question))
        .thenApply(this::ready)
        .whenComplete(
            (ready, failure) -> {
              Throwable cause = failure == null ? null : Operation.cause(failure);
              if (cause != null && !waitsFor(cause)) {
                result.completeExceptionally(cause);
              } else if (ready != null) {
                result.complete(ready);
              } else {
                // What was known last says more than that there was no time to ask again.
                if (cause != null && (last.isEmpty() || !(cause instanceof DeadlineExceededException))) {
                  last = cause.getMessage();
                }
                again();
              }
            });
  }

  private void again() {
    if (operation.deadline.timeRemaining(TimeUnit.NANOSECONDS) <= poll) {
      result.completeExceptionally(new NotReadyException(last));
      return;
    }
    transport
        .pause(operation, site, poll)
        .whenComplete(
            (nothing, failure) -> {
              if (failure == null) {
                ask();
              } else {
                result.completeExceptionally(Operation.cause(failure));
              }
            });
  }

  /** The available versions; null where there is none yet. */
  private List<VersionStatus> ready(GetModelStatusResponse reply) {
    List<VersionStatus> ready = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    boolean broken = false;
    for (VersionStatus each : VersionStatus.read(reply)) {
      if (each.isAvailable()) {
        ready.add(each);
      }
      broken = broken || each.isBroken();
      lines.add(each.toString());
    }
    if (!ready.isEmpty()) {
      return ready;
    }
    last = site + ": " + (lines.isEmpty() ? "no version" : String.join("; ", lines));
    if (broken && operation.target.isPinned()) {
      throw new NotReadyException(last);
    }
    return null;
  }

  /** Whether a model may become ready though a question for it failed. */
  private boolean waitsFor(Throwable failure) {
    if (!(failure instanceof CallException)) {
      return false;
    }
    Status.Code code = ((CallException) failure).code();
    return failure instanceof UnreachableException
        || failure instanceof DeadlineExceededException
        || code == Status.Code.NOT_FOUND
        // That is how a server answers for a label that no version has yet.
        || code == Status.Code.INVALID_ARGUMENT && operation.target.isLabelled();
  }
}
