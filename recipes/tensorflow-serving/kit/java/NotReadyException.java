package @package{};

/** A model isn't available after all the time given, or can't become so. */
public final class NotReadyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotReadyException(String message) {
    super(message);
  }
}
