package @package{};

/** Some rows of a batch: from {@code start} on, without {@code stop}. */
public final class Rows {
  private final long start;
  private final long stop;

  Rows(long start, long stop) {
    this.start = start;
    this.stop = stop;
  }

  /** The first. */
  public long start() {
    return start;
  }

  /** The one behind the last. */
  public long stop() {
    return stop;
  }

  long count() {
    return stop - start;
  }

  @Override
  public String toString() {
    return "rows " + start + " to " + (stop - 1);
  }
}
