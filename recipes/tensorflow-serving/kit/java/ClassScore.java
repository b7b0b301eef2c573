package @package{};

/** One class that an example may belong to. */
public final class ClassScore {
  private final String label;
  private final float score;

  /** Makes a pair. */
  public ClassScore(String label, float score) {
    this.label = label;
    this.score = score;
  }

  /** The class. */
  public String label() {
    return label;
  }

  /** How much the example is of it. */
  public float score() {
    return score;
  }

  @Override
  public String toString() {
    return label + " " + score;
  }
}
