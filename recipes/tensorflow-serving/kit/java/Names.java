package @package{};

import java.util.Collection;
import java.util.TreeSet;

/** Names that aren't known, in errors. */
final class Names {
  private Names() {}

  /** A name that isn't known, and the known one that is nearest to it. */
  static String nearest(String name, Collection<String> known) {
    String best = null;
    int least = name.length() / 2 + 1;
    for (String each : new TreeSet<>(known)) {
      int found = distance(name, each);
      if (found < least) {
        best = each;
        least = found;
      }
    }
    if (best != null) {
      return name + ": did you mean " + best + "?";
    }
    return name + ": it has " + (known.isEmpty() ? "none" : String.join(", ", new TreeSet<>(known)));
  }

  /** How many letters have to be put in, left out or changed to make one name of the other. */
  private static int distance(String one, String other) {
    int[] last = new int[other.length() + 1];
    for (int place = 0; place < last.length; place++) {
      last[place] = place;
    }
    for (int row = 0; row < one.length(); row++) {
      int[] next = new int[last.length];
      next[0] = row + 1;
      for (int place = 0; place < other.length(); place++) {
        int changed = last[place] + (one.charAt(row) == other.charAt(place) ? 0 : 1);
        next[place + 1] = Math.min(changed, Math.min(last[place + 1], next[place]) + 1);
      }
      last = next;
    }
    return last[other.length()];
  }
}
