package @package{};

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link ModelsConf} says about a model; what isn't given stays as it is. Each method gives another, and leaves
 * this one as it is.
 */
public final class Serving implements Cloneable {
  String basePath = "";
  String platform = "";
  long[] versions;
  int latest;
  private boolean every;
  Map<String, Long> labels;

  /** Says nothing. */
  public Serving() {}

  /** The folder that has a folder for each version. */
  public Serving basePath(String path) {
    Serving made = copy();
    made.basePath = path;
    return made;
  }

  /** The platform: "tensorflow" where it isn't given. */
  public Serving platform(String platform) {
    Serving made = copy();
    made.platform = platform;
    return made;
  }

  /** These versions, instead of the newest one. */
  public Serving versions(long... versions) {
    Serving made = copy();
    made.versions = versions.clone();
    return made;
  }

  /** The newest so many versions. */
  public Serving latest(int count) {
    Serving made = copy();
    made.latest = count;
    return made;
  }

  /** All versions. */
  public Serving every() {
    Serving made = copy();
    made.every = true;
    return made;
  }

  /** A name of a version; a server takes one only for a version that is available already. */
  public Serving label(String label, long version) {
    Map<String, Long> more = new TreeMap<>(labels == null ? Collections.emptyMap() : labels);
    more.put(label, version);
    return labels(more);
  }

  /** The names of versions, and no others. */
  public Serving labels(Map<String, Long> labels) {
    Serving made = copy();
    made.labels = new TreeMap<>(labels);
    return made;
  }

  boolean isEvery() {
    return every;
  }

  private Serving copy() {
    try {
      return (Serving) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
