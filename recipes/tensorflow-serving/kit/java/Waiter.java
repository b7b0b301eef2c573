package @package{};

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/** Waits for a call in a thread, which does meanwhile what there is to do when answers come. */
final class Waiter implements Executor {
  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private volatile boolean ended;

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (ended) {
      drain();
    }
  }

  /** What comes of a call. An interrupted thread stops it, and stays interrupted. */
  <T> T await(CompletableFuture<T> future, Runnable stop) {
    boolean interrupted = false;
    future.whenComplete((result, failure) -> tasks.add(() -> {}));
    while (!future.isDone()) {
      try {
        tasks.take().run();
      } catch (InterruptedException interruption) {
        interrupted = true;
        stop.run();
      }
    }
    ended = true;
    drain();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      return future.join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RuntimeException) {
        throw (RuntimeException) failure.getCause();
      }
      throw failure;
    }
  }

  private void drain() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }
}
