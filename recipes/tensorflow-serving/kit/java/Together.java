package @package{};

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Several things, at most so many at a time. The first that fails ends the others. */
final class Together<T> {
  private final Operation operation;
  private final IntFunction<CompletableFuture<T>> each;
  private final List<T> results;
  private final CompletableFuture<List<T>> future = new CompletableFuture<>();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  private Together(Operation operation, int total, IntFunction<CompletableFuture<T>> each) {
    this.operation = operation;
    this.each = each;
    this.results = Collections.synchronizedList(new ArrayList<>(Collections.nCopies(total, (T) null)));
  }

  /** The results in order. */
  static <T> CompletableFuture<List<T>> run(
      Operation operation, int total, int parallel, IntFunction<CompletableFuture<T>> each) {
    Together<T> made = new Together<>(operation, total, each);
    for (int started = 0; started < Math.min(total, parallel); started++) {
      made.begin();
    }
    return made.future;
  }

  private void begin() {
    int number = next.getAndIncrement();
    if (number >= results.size() || future.isDone()) {
      return;
    }
    Operation.attempt(() -> each.apply(number))
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                if (future.completeExceptionally(Operation.cause(failure))) {
                  operation.stop();
                }
                return;
              }
              results.set(number, result);
              if (done.incrementAndGet() == results.size()) {
                future.complete(results);
              } else {
                begin();
              }
            });
  }
}
