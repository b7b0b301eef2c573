package @package{};

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MapEntry;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import @class{tensorflow.SignatureDef};
import @class{tensorflow.TensorInfo};
import @class{tensorflow.TensorProto};
import @class{tensorflow.TensorShapeProto};
import @class{tensorflow.serving.GetModelMetadataResponse};
import @class{tensorflow.serving.SignatureDefMap};

/** One way to call a model: what it takes and gives. */
public final class Signature {
  /** The signature that is called where none is named. */
  public static final String DEFAULT = "serving_default";

  /** Types of TensorFlow 1's variables: each stands for the one that is 100 lower. */
  private static final int REFERENCES = 100;

  private final String name;
  private final String method;
  private final Map<String, Spec> inputs;
  private final Map<String, Spec> outputs;
  private final Map<String, TensorProto> defaults;

  /** Describes a signature that isn't read from a server. */
  public Signature(
      String name,
      String method,
      Map<String, Spec> inputs,
      Map<String, Spec> outputs,
      Map<String, TensorProto> defaults) {
    this.name = name;
    this.method = method;
    this.inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
    this.outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
    this.defaults = Collections.unmodifiableMap(new TreeMap<>(defaults));
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Such as "tensorflow/serving/predict". */
  public String method() {
    return method;
  }

  /** What it takes, by name. */
  public Map<String, Spec> inputs() {
    return inputs;
  }

  /** What it gives, by name. */
  public Map<String, Spec> outputs() {
    return outputs;
  }

  /** What inputs are when they aren't given, where the model says so (TensorFlow 2.13 and newer). */
  public Map<String, TensorProto> defaults() {
    return defaults;
  }

  /**
   * Makes the tensors that the signature takes of values; the {@link InputException} says what it takes instead.
   * outputs: those that are wanted. fill: what becomes of inputs that aren't given.
   */
  public CheckedInputs check(Map<String, ?> values, Collection<String> outputs, Fill fill) {
    return Inputs.checked(this, values, outputs, fill);
  }

  @Override
  public String toString() {
    return name + inputs + " -> " + outputs;
  }

  /** All signatures in a server's answer, by name. */
  static Map<String, Signature> read(GetModelMetadataResponse reply) {
    Any packed = reply.getMetadataMap().get("signature_def");
    if (packed == null || !packed.is(SignatureDefMap.class)) {
      throw new ReplyException("the server's metadata holds no signatures");
    }
    Map<String, Signature> found = new TreeMap<>();
    try {
      for (Map.Entry<String, SignatureDef> each :
          packed.unpack(SignatureDefMap.class).getSignatureDefMap().entrySet()) {
        SignatureDef definition = each.getValue();
        Signature made =
            new Signature(
                each.getKey(),
                definition.getMethodName(),
                specs(definition.getInputsMap()),
                specs(definition.getOutputsMap()),
                defaults(definition));
        found.put(each.getKey(), made);
      }
    } catch (InvalidProtocolBufferException damaged) {
      throw new ReplyException("the server's metadata holds no signatures", damaged);
    }
    return found;
  }

  /** The signature of a name, or the default one. */
  static Signature choose(Map<String, Signature> known, String name) {
    String wanted = name.isEmpty() ? DEFAULT : name;
    Signature found = known.get(wanted);
    if (found == null) {
      throw new InputException(
          InputException.Kind.NAME, "the model has no signature " + Names.nearest(wanted, known.keySet()));
    }
    return found;
  }

  private static Map<String, Spec> specs(Map<String, TensorInfo> infos) {
    Map<String, Spec> found = new TreeMap<>();
    for (Map.Entry<String, TensorInfo> each : infos.entrySet()) {
      TensorInfo info = each.getValue();
      int number = info.getDtypeValue();
      String dtype = ElementType.nameOf(number > REFERENCES ? number - REFERENCES : number);
      TensorShapeProto shape = info.getTensorShape();
      if (!info.hasTensorShape() || shape.getUnknownRank()) {
        found.put(each.getKey(), Spec.ofAnyShape(dtype));
        continue;
      }
      long[] sizes = new long[shape.getDimCount()];
      for (int axis = 0; axis < sizes.length; axis++) {
        sizes[axis] = Math.max(-1, shape.getDim(axis).getSize());
      }
      found.put(each.getKey(), Spec.of(dtype, sizes));
    }
    return found;
  }

  /** Reads a field that older releases don't have. */
  private static Map<String, TensorProto> defaults(SignatureDef definition) {
    Map<String, TensorProto> found = new TreeMap<>();
    FieldDescriptor field = SignatureDef.getDescriptor().findFieldByName("defaults");
    if (field != null) {
      for (Object each : (Collection<?>) definition.getField(field)) {
        MapEntry<?, ?> entry = (MapEntry<?, ?>) each;
        found.put((String) entry.getKey(), (TensorProto) entry.getValue());
      }
    }
    return found;
  }
}
