package @package{};

import java.util.List;

/** What a task gives: classes of each example, or values, by its kind. */
public final class TaskResult {
  private final List<List<ClassScore>> classes;
  private final float[] values;

  TaskResult(List<List<ClassScore>> classes, float[] values) {
    this.classes = classes;
    this.values = values;
  }

  /** The classes of each example; null of a regression. */
  public List<List<ClassScore>> classes() {
    return classes;
  }

  /** The value of each example; null of a classification. */
  public float[] values() {
    return values == null ? null : values.clone();
  }
}
