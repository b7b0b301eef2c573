package @package{};

import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** All that one method of a client does: its calls and pauses have one deadline, and end together. */
final class Operation {
  final Target target;
  /** Null where there is none. */
  final Deadline deadline;
  /** What runs when answers come; null for the channel's own. */
  final Executor executor;

  private final Set<Runnable> running = new HashSet<>();
  private boolean stopped;

  Operation(Target target, Duration deadline, Executor executor) {
    this.target = target;
    this.deadline = deadline == null ? null : Deadline.after(deadline.toNanos(), TimeUnit.NANOSECONDS);
    this.executor = executor;
  }

  /** Lets something be stopped with the rest. */
  synchronized boolean begin(Runnable stop) {
    return !stopped && running.add(stop);
  }

  synchronized void end(Runnable stop) {
    running.remove(stop);
  }

  synchronized boolean isStopped() {
    return stopped;
  }

  void stop() {
    Set<Runnable> found;
    synchronized (this) {
      stopped = true;
      found = new HashSet<>(running);
    }
    found.forEach(Runnable::run);
  }

  CallException cancelled(CallSite site) {
    return CallException.of(site, Status.CANCELLED.withDescription("the call was ended"), new Metadata());
  }

  /** What went wrong, without what futures put around it. */
  static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
  }

  static <T> CompletableFuture<T> failed(Throwable failure) {
    CompletableFuture<T> made = new CompletableFuture<>();
    made.completeExceptionally(failure);
    return made;
  }

  /** A future that some work gives; what the work throws is its failure. */
  static <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> work) {
    try {
      return work.get();
    } catch (RuntimeException failure) {
      return failed(failure);
    }
  }

  /** Gives a future the result of another. */
  static <T> BiConsumer<T, Throwable> into(CompletableFuture<T> future) {
    return (result, failure) -> {
      if (failure == null) {
        future.complete(result);
      } else {
        future.completeExceptionally(cause(failure));
      }
    };
  }

  /** A future, or another one after some failures of it. */
  static <T> CompletableFuture<T> orElse(
      CompletableFuture<T> first, Predicate<Throwable> failures, Supplier<CompletableFuture<T>> second) {
    CompletableFuture<T> made = new CompletableFuture<>();
    first.whenComplete(
        (result, failure) -> {
          if (failure != null && failures.test(cause(failure))) {
            attempt(second).whenComplete(into(made));
          } else {
            into(made).accept(result, failure);
          }
        });
    return made;
  }
}
