package @package{};

/** An element of a tensor of complex numbers. */
public final class Complex {
  private final double real;
  private final double imaginary;

  /** Makes a number of its parts. */
  public Complex(double real, double imaginary) {
    this.real = real;
    this.imaginary = imaginary;
  }

  /** The real part. */
  public double real() {
    return real;
  }

  /** The imaginary part. */
  public double imaginary() {
    return imaginary;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Complex
        && Double.compare(real, ((Complex) other).real) == 0
        && Double.compare(imaginary, ((Complex) other).imaginary) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * Double.hashCode(real) + Double.hashCode(imaginary);
  }

  @Override
  public String toString() {
    return "(" + real + ", " + imaginary + ")";
  }
}
