package @package{};

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TypeRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import @class{tensorflow.serving.ModelConfig};
import @class{tensorflow.serving.ModelServerConfig};

/**
 * A models.conf, to read, to change and to write. What isn't changed stays as it was.
 *
 * <p>A server is sent the whole list ({@link Client#reload}): it can't be asked for the one it has.
 */
public final class ModelsConf {
  /** What may be inside an Any of the list, as a custom_model_config is. */
  private static final TypeRegistry TYPES =
      TypeRegistry.newBuilder().add(ModelServerConfig.getDescriptor()).build();

  private ModelServerConfig message;

  /** A list without models. */
  public ModelsConf() {
    ModelServerConfig.Builder made = ModelServerConfig.newBuilder();
    made.getModelConfigListBuilder();
    message = made.build();
  }

  /** The list that a server would take. */
  public ModelsConf(ModelServerConfig message) {
    this.message = message;
  }

  /**
   * Reads text format, as --model_config_file is written in.
   *
   * @throws InputException with file and line, where it is something else
   */
  public static ModelsConf read(Path path) throws IOException {
    String text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    ModelServerConfig.Builder made = ModelServerConfig.newBuilder();
    try {
      TextFormat.Parser.newBuilder().setTypeRegistry(TYPES).build().merge(text, made);
    } catch (TextFormat.ParseException refused) {
      throw new InputException(InputException.Kind.SETTING, path + ":" + refused.getMessage());
    }
    return new ModelsConf(made.build());
  }

  /** Writes text format; the file is the old one or the new one at any time. */
  public void write(Path path) throws IOException {
    String text = TextFormat.printer().usingTypeRegistry(TYPES).escapingNonAscii(false).printToString(message);
    Path folder = path.toAbsolutePath().getParent();
    Path made = Files.createTempFile(folder, "." + path.getFileName() + "-", "");
    try {
      Files.write(made, text.getBytes(StandardCharsets.UTF_8));
      if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(made, permissions(path));
      }
      Files.move(made, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made);
    }
  }

  private static Set<PosixFilePermission> permissions(Path path) throws IOException {
    if (Files.exists(path)) {
      return Files.getPosixFilePermissions(path);
    }
    return PosixFilePermissions.fromString("rw-r--r--");
  }

  /** The list as a server takes it. */
  public ModelServerConfig message() {
    return message;
  }

  /** The models in the list. */
  public List<String> names() {
    List<String> found = new ArrayList<>();
    for (ModelConfig each : message.getModelConfigList().getConfigList()) {
      found.add(each.getName());
    }
    return found;
  }

  /** Adds a model, or changes what is given of one that is there. */
  public void serve(String name, Serving serving) {
    int policies =
        (serving.versions == null ? 0 : 1) + (serving.latest == 0 ? 0 : 1) + (serving.isEvery() ? 1 : 0);
    if (policies > 1) {
      throw new InputException(
          InputException.Kind.SETTING, "versions, latest and every: give one of them");
    }
    ModelServerConfig.Builder all = message.toBuilder();
    int place = names().indexOf(name);
    if (place < 0 && serving.basePath.isEmpty()) {
      throw new InputException(
          InputException.Kind.MISSING, "model " + name + " is new: it needs a basePath");
    }
    ModelConfig.Builder model =
        place < 0
            ? all.getModelConfigListBuilder().addConfigBuilder().setName(name).setModelPlatform("tensorflow")
            : all.getModelConfigListBuilder().getConfigBuilder(place);
    if (!serving.basePath.isEmpty()) {
      model.setBasePath(serving.basePath);
    }
    if (!serving.platform.isEmpty()) {
      model.setModelPlatform(serving.platform);
    }
    if (serving.isEvery()) {
      model.getModelVersionPolicyBuilder().getAllBuilder();
    } else if (serving.latest != 0) {
      model.getModelVersionPolicyBuilder().getLatestBuilder().setNumVersions(serving.latest);
    } else if (serving.versions != null) {
      model.getModelVersionPolicyBuilder().getSpecificBuilder().clearVersions();
      for (long version : serving.versions) {
        model.getModelVersionPolicyBuilder().getSpecificBuilder().addVersions(version);
      }
    }
    if (serving.labels != null) {
      setLabels(model, serving.labels);
    }
    message = all.build();
  }

  /** Fills a field that older releases don't have. */
  private static void setLabels(ModelConfig.Builder model, Map<String, Long> labels) {
    FieldDescriptor field = Fields.required(ModelConfig.getDescriptor(), "version_labels");
    model.clearField(field);
    for (Map.Entry<String, Long> each : labels.entrySet()) {
      MapEntry<?, ?> empty = (MapEntry<?, ?>) model.newBuilderForField(field).buildPartial();
      model.addRepeatedField(
          field,
          empty.toBuilder()
              .setField(field.getMessageType().findFieldByName("key"), each.getKey())
              .setField(field.getMessageType().findFieldByName("value"), each.getValue())
              .build());
    }
  }

  /** The names of a version of a model. */
  static List<String> labels(ModelConfig model, long version) {
    FieldDescriptor field = ModelConfig.getDescriptor().findFieldByName("version_labels");
    if (field == null) {
      return Collections.emptyList();
    }
    List<String> found = new ArrayList<>();
    for (Object each : (List<?>) model.getField(field)) {
      MapEntry<?, ?> entry = (MapEntry<?, ?>) each;
      if (entry.getValue().equals(version)) {
        found.add((String) entry.getKey());
      }
    }
    return found;
  }

  /** Takes a model out of the list. A server unloads it. */
  public void remove(String name) {
    int place = names().indexOf(name);
    if (place < 0) {
      throw new InputException(
          InputException.Kind.NAME,
          "the list has no model " + name + ": it has " + (names().isEmpty() ? "none" : String.join(", ", names())));
    }
    ModelServerConfig.Builder all = message.toBuilder();
    all.getModelConfigListBuilder().removeConfig(place);
    message = all.build();
  }

  @Override
  public String toString() {
    return message.toString();
  }
}
