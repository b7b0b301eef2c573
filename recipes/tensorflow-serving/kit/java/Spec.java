package @package{};

import java.util.Arrays;

/** The type and the shape of an input or an output. */
public final class Spec {
  private final String dtype;
  private final long[] shape;

  private Spec(String dtype, long[] shape) {
    this.dtype = dtype;
    this.shape = shape;
  }

  /** Elements of a type in a shape, in which -1 is a size that may be any; without a size, it is a scalar. */
  public static Spec of(String dtype, long... shape) {
    return new Spec(dtype, shape.clone());
  }

  /** Elements of a type in any shape. */
  public static Spec ofAnyShape(String dtype) {
    return new Spec(dtype, null);
  }

  /** The type, as TensorFlow writes it where a server has told it. */
  public String dtype() {
    return dtype;
  }

  /** The shape, with -1 for a size that may be any; null for any shape. */
  public long[] shape() {
    return shape == null ? null : shape.clone();
  }

  boolean takes(long[] given) {
    if (shape == null) {
      return true;
    }
    boolean fits = shape.length == given.length;
    for (int axis = 0; fits && axis < given.length; axis++) {
      fits = shape[axis] < 0 || shape[axis] == given[axis];
    }
    return fits;
  }

  /** Whether the number of rows may be any. */
  boolean hasRows() {
    return shape != null && shape.length > 0 && shape[0] < 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Spec
        && dtype.equals(((Spec) other).dtype)
        && Arrays.equals(shape, ((Spec) other).shape);
  }

  @Override
  public int hashCode() {
    return 31 * dtype.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return dtype + " " + (shape == null ? "of any shape" : Tensors.text(shape));
  }
}
