package @package{};

import java.util.Locale;

/** Values make no tensor, or the model's signature doesn't take them. Nothing was sent. */
public final class InputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Kind {
    /** Rows differ. */
    RAGGED,
    /** A number is too large, or too small, for its type. */
    OVERFLOW,
    /** A type that isn't there, or isn't the one that is wanted. */
    TYPE,
    /** A shape that isn't known, or isn't the one that is wanted. */
    SHAPE,
    /** More or fewer elements than the shape has. */
    CONTENT,
    /** A name that isn't there. */
    NAME,
    /** Something that has to be given. */
    MISSING,
    /** A setting that can't be. */
    SETTING;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Kind kind;

  InputException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  private InputException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What is wrong, for programs. */
  public Kind kind() {
    return kind;
  }

  /** The same with its place before the message. */
  InputException at(String place) {
    return new InputException(kind, place + ": " + getMessage(), this);
  }
}
