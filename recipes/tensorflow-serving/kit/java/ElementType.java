package @package{};

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import @class{tensorflow.DataType};
import @class{tensorflow.TensorProto};

/**
 * A type of a tensor's elements, and how they are sent.
 *
 * <p>Elements of fewer than 8 bits have a byte each. Those of half, bfloat16 and float8 are their bits.
 */
final class ElementType {
  enum Kind { BOOL, SIGNED, UNSIGNED, FLOAT, STRING }

  private static final Map<String, ElementType> KNOWN = new HashMap<>();
  private static final Map<String, String> ALIASES = new HashMap<>();

  static {
    add("BOOL", "bool_val", Kind.BOOL, 1, 8);
    add("INT8", "int_val", Kind.SIGNED, 1, 8);
    add("UINT8", "int_val", Kind.UNSIGNED, 1, 8);
    add("INT16", "int_val", Kind.SIGNED, 2, 16);
    add("UINT16", "int_val", Kind.UNSIGNED, 2, 16);
    add("INT32", "int_val", Kind.SIGNED, 4, 32);
    add("UINT32", "uint32_val", Kind.UNSIGNED, 4, 32);
    add("INT64", "int64_val", Kind.SIGNED, 8, 64);
    add("UINT64", "uint64_val", Kind.UNSIGNED, 8, 64);
    add("HALF", "half_val", Kind.FLOAT, 2, 16);
    add("BFLOAT16", "half_val", Kind.FLOAT, 2, 16);
    add("FLOAT", "float_val", Kind.FLOAT, 4, 32);
    add("DOUBLE", "double_val", Kind.FLOAT, 8, 64);
    add("COMPLEX64", "scomplex_val", Kind.FLOAT, 4, 32);
    add("COMPLEX128", "dcomplex_val", Kind.FLOAT, 8, 64);
    add("QINT8", "int_val", Kind.SIGNED, 1, 8);
    add("QUINT8", "int_val", Kind.UNSIGNED, 1, 8);
    add("QINT16", "int_val", Kind.SIGNED, 2, 16);
    add("QUINT16", "int_val", Kind.UNSIGNED, 2, 16);
    add("QINT32", "int_val", Kind.SIGNED, 4, 32);
    add("INT4", "int_val", Kind.SIGNED, 1, 4);
    add("UINT4", "int_val", Kind.UNSIGNED, 1, 4);
    add("INT2", "int_val", Kind.SIGNED, 1, 2);
    add("UINT2", "int_val", Kind.UNSIGNED, 1, 2);
    add("STRING", "string_val", Kind.STRING, 1, 0);
    for (EnumValueDescriptor each : DataType.getDescriptor().getValues()) {
      String name = each.getName();
      if (name.startsWith("DT_FLOAT8") && !name.endsWith("_REF")) {
        add(name.substring(3), "float8_val", Kind.UNSIGNED, 1, 8);
      }
    }
    ALIASES.put("FLOAT16", "HALF");
    ALIASES.put("FLOAT32", "FLOAT");
    ALIASES.put("FLOAT64", "DOUBLE");
    ALIASES.put("STR", "STRING");
    ALIASES.put("BYTES", "STRING");
  }

  static final ElementType BOOL = KNOWN.get("DT_BOOL");
  static final ElementType INT8 = KNOWN.get("DT_INT8");
  static final ElementType INT16 = KNOWN.get("DT_INT16");
  static final ElementType INT32 = KNOWN.get("DT_INT32");
  static final ElementType INT64 = KNOWN.get("DT_INT64");
  static final ElementType FLOAT = KNOWN.get("DT_FLOAT");
  static final ElementType DOUBLE = KNOWN.get("DT_DOUBLE");
  static final ElementType COMPLEX128 = KNOWN.get("DT_COMPLEX128");
  static final ElementType STRING = KNOWN.get("DT_STRING");

  final String name;
  final int number;
  /** The field of TensorProto where a tensor isn't sent as its bytes. */
  final String field;
  final Kind kind;
  /** Bytes of a number. */
  final int size;
  /** Numbers of an element: a complex one has two. */
  final int parts;
  /** Those that count, of an integer. */
  final int bits;

  private ElementType(String name, int number, String field, Kind kind, int size, int bits) {
    this.name = name;
    this.number = number;
    this.field = field;
    this.kind = kind;
    this.size = size;
    this.parts = name.startsWith("DT_COMPLEX") ? 2 : 1;
    this.bits = bits;
  }

  private static void add(String name, String field, Kind kind, int size, int bits) {
    EnumValueDescriptor found = DataType.getDescriptor().findValueByName("DT_" + name);
    // Older releases don't have all of them.
    if (found != null) {
      KNOWN.put(found.getName(), new ElementType(found.getName(), found.getNumber(), field, kind, size, bits));
    }
  }

  /** The type that TensorFlow writes as DT_FLOAT, and that is commonly called float32. */
  static ElementType named(String dtype) {
    String name = dtype.toUpperCase(Locale.ROOT);
    name = name.startsWith("DT_") ? name.substring(3) : name;
    ElementType found = KNOWN.get("DT_" + ALIASES.getOrDefault(name, name));
    if (found == null) {
      throw new InputException(
          InputException.Kind.TYPE, "no tensor of this release can be made of type " + dtype);
    }
    return found;
  }

  /** The type of a tensor of numbers or strings. */
  static ElementType of(TensorProto tensor) {
    ElementType found = KNOWN.get(nameOf(tensor.getDtypeValue()));
    if (found == null) {
      throw new InputException(
          InputException.Kind.TYPE,
          "a tensor of type " + nameOf(tensor.getDtypeValue()) + " holds no numbers");
    }
    return found;
  }

  /** What TensorFlow calls a type, whatever it is; its number where it isn't known. */
  static String nameOf(int number) {
    EnumValueDescriptor found = DataType.getDescriptor().findValueByNumber(number);
    return found == null ? Integer.toString(number) : found.getName();
  }

  /** Bytes of an element. */
  int elementSize() {
    return size * parts;
  }

  boolean isInteger() {
    return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
  }

  boolean isHalf() {
    return field.equals("half_val");
  }

  boolean isComplex() {
    return parts == 2;
  }

  /** Whether elements of another type can be its bits, as bytes are those of DT_UINT8. */
  boolean holdsBitsOf(ElementType other) {
    return this == INT8 && other.size == 1 && other.isInteger()
        || this == INT16 && other.size == 2
        || this == INT32 && other.size == 4 && other.isInteger()
        || this == INT64 && other.size == 8 && other.isInteger();
  }

  /** The lowest whole number of the type. */
  BigInteger low() {
    return kind == Kind.UNSIGNED ? BigInteger.ZERO : BigInteger.ONE.shiftLeft(bits - 1).negate();
  }

  /** The highest whole number of the type. */
  BigInteger high() {
    int shift = kind == Kind.UNSIGNED ? bits : bits - 1;
    return BigInteger.ONE.shiftLeft(shift).subtract(BigInteger.ONE);
  }

  /** Whether a whole number is one of the type. */
  boolean includes(long value) {
    if (kind == Kind.UNSIGNED) {
      return value >= 0 && (bits == 64 || value < 1L << bits);
    }
    return bits == 64 || value >= -(1L << bits - 1) && value < 1L << bits - 1;
  }

  /** Its field of TensorProto; some aren't in all releases. */
  FieldDescriptor listField() {
    return TensorProto.getDescriptor().findFieldByName(field);
  }

  @Override
  public String toString() {
    return name;
  }
}
