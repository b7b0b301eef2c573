package @package{};

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** How a batch is split. Each method gives another, and leaves this one as it is. */
public final class Batch {
  final int rows;
  final int parallel;
  private final List<String> shared;

  private Batch(int rows, int parallel, List<String> shared) {
    this.rows = rows;
    this.parallel = parallel;
    this.shared = shared;
  }

  /** Parts of at most so many rows, four of them at a time. */
  public static Batch ofRows(int rows) {
    return new Batch(rows, 4, Collections.emptyList());
  }

  /** At most so many parts at a time. */
  public Batch parallel(int parallel) {
    return new Batch(rows, parallel, shared);
  }

  /** Inputs that are sent with each part, as scalars are. */
  public Batch shared(String... names) {
    return new Batch(rows, parallel, Collections.unmodifiableList(Arrays.asList(names.clone())));
  }

  List<String> shared() {
    return shared;
  }
}
