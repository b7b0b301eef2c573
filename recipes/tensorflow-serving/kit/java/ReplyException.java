package @package{};

/** A reply or a file can't be read. */
public final class ReplyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ReplyException(String message) {
    super(message);
  }

  ReplyException(String message, Throwable cause) {
    super(message, cause);
  }
}
