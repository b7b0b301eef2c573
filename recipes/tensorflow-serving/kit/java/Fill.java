package @package{};

import java.util.Locale;

/** What becomes of inputs that aren't given. */
public enum Fill {
  /** The call is refused. */
  ERROR,
  /** They are zeros: as many rows as the given inputs have, where a size may be any. */
  ZEROS,
  /** They are the model's own defaults. */
  DEFAULTS;

  /** The one that is called "error", "zeros" or "defaults". */
  public static Fill of(String name) {
    for (Fill each : values()) {
      if (each.toString().equals(name)) {
        return each;
      }
    }
    throw new InputException(
        InputException.Kind.SETTING, "fill is " + name + ", not error, zeros or defaults");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
