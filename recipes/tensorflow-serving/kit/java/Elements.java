package @package{};

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/** The elements of a value in row-major order: what a tensor is made of. */
final class Elements {
  final ElementType type;
  final long[] shape;
  /** The elements' bytes in the order of the wire; null of strings. */
  final ByteBuffer content;
  /** The elements, where they are strings. */
  final List<ByteString> texts;

  private Elements(ElementType type, long[] shape, ByteBuffer content, List<ByteString> texts) {
    this.type = type;
    this.shape = shape;
    this.content = content;
    this.texts = texts;
  }

  /** The elements of any value. wanted: their type; null for the value's own. */
  static Elements of(Object value, ElementType wanted) {
    if (value instanceof Buffer) {
      Object values = arrayOf((Buffer) value);
      return ofPrimitives(values, new long[] {Array.getLength(values)}, wanted);
    }
    Object given = value instanceof Collection ? joined((Collection<?>) value) : value;
    if (given != null && isPrimitives(given.getClass()) && !(wanted == ElementType.STRING && isBytes(given))) {
      return ofPrimitives(given, shapeOf(given, ""), wanted);
    }
    List<Object> flat = new ArrayList<>();
    long[] shape = gather(given, "", wanted == ElementType.STRING, flat);
    ElementType type = wanted == null ? inferred(flat) : wanted;
    return encoded(flat, type, shape);
  }

  ByteString bytes() {
    return UnsafeByteOperations.unsafeWrap(content);
  }

  // ---- arrays of primitive numbers

  private static boolean isPrimitives(Class<?> of) {
    Class<?> element = of;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    return of.isArray() && element.isPrimitive();
  }

  private static boolean isBytes(Object value) {
    Class<?> element = value.getClass();
    while (element.isArray()) {
      element = element.getComponentType();
    }
    return element == byte.class;
  }

  /** Arrays of one class in a list, as an array of them; anything else as it is. */
  private static Object joined(Collection<?> values) {
    Class<?> of = null;
    for (Object each : values) {
      if (each == null || !isPrimitives(each.getClass()) || of != null && of != each.getClass()) {
        return values;
      }
      of = each.getClass();
    }
    return of == null ? values : values.toArray((Object[]) Array.newInstance(of, 0));
  }

  private static Object arrayOf(Buffer buffer) {
    if (buffer instanceof ByteBuffer) {
      byte[] made = new byte[buffer.remaining()];
      ((ByteBuffer) buffer).duplicate().get(made);
      return made;
    } else if (buffer instanceof ShortBuffer) {
      short[] made = new short[buffer.remaining()];
      ((ShortBuffer) buffer).duplicate().get(made);
      return made;
    } else if (buffer instanceof IntBuffer) {
      int[] made = new int[buffer.remaining()];
      ((IntBuffer) buffer).duplicate().get(made);
      return made;
    } else if (buffer instanceof LongBuffer) {
      long[] made = new long[buffer.remaining()];
      ((LongBuffer) buffer).duplicate().get(made);
      return made;
    } else if (buffer instanceof FloatBuffer) {
      float[] made = new float[buffer.remaining()];
      ((FloatBuffer) buffer).duplicate().get(made);
      return made;
    } else if (buffer instanceof DoubleBuffer) {
      double[] made = new double[buffer.remaining()];
      ((DoubleBuffer) buffer).duplicate().get(made);
      return made;
    }
    throw new InputException(InputException.Kind.TYPE, "no tensor holds a " + buffer.getClass().getName());
  }

  private static long[] shapeOf(Object array, String place) {
    int rows = Array.getLength(array);
    if (array.getClass().getComponentType().isPrimitive()) {
      return new long[] {rows};
    }
    long[] first = null;
    for (int row = 0; row < rows; row++) {
      Object each = Array.get(array, row);
      if (each == null) {
        throw nothing();
      }
      first = sameShape(first, shapeOf(each, place + "[" + row + "]"), place, row);
    }
    if (first == null) {
      // As many dimensions as the array has.
      int rank = array.getClass().getName().lastIndexOf('[');
      first = new long[rank];
    }
    return prepended(rows, first);
  }

  private static Elements ofPrimitives(Object array, long[] shape, ElementType wanted) {
    Object leaf = Array.newInstance(leafClass(array), 0);
    ElementType own = ownType(leaf);
    if (wanted == null || wanted == own || own.holdsBitsOf(wanted)) {
      ByteBuffer content = allocated(Tensors.count(shape, own.size), own.size);
      fill(content, array);
      content.flip();
      ElementType type = wanted == null ? own : wanted;
      if (type.isInteger() && type.bits < 8) {
        checkBits(content, type);
      }
      return new Elements(type, shape, content, null);
    }
    boolean rounds = own == ElementType.FLOAT && wanted.isHalf();
    if (own != ElementType.INT32 && own != ElementType.DOUBLE && !rounds) {
      throw new InputException(
          InputException.Kind.TYPE, "elements of " + own + " aren't " + wanted + ": convert them");
    }
    if (own == ElementType.INT32) {
      List<Object> flat = new ArrayList<>();
      gather(array, "", false, flat);
      return encoded(flat, wanted, shape);
    }
    must(wanted, Collections.singleton("float"));
    ByteBuffer content = allocated(Tensors.count(shape, wanted.elementSize()), wanted.elementSize());
    fillRounded(content, array, wanted);
    content.flip();
    return new Elements(wanted, shape, content, null);
  }

  private static Class<?> leafClass(Object array) {
    Class<?> found = array.getClass();
    while (found.isArray()) {
      found = found.getComponentType();
    }
    return found;
  }

  private static ElementType ownType(Object array) {
    if (array instanceof boolean[]) {
      return ElementType.BOOL;
    } else if (array instanceof byte[]) {
      return ElementType.INT8;
    } else if (array instanceof short[]) {
      return ElementType.INT16;
    } else if (array instanceof int[]) {
      return ElementType.INT32;
    } else if (array instanceof long[]) {
      return ElementType.INT64;
    } else if (array instanceof float[]) {
      return ElementType.FLOAT;
    } else if (array instanceof double[]) {
      return ElementType.DOUBLE;
    }
    throw new InputException(
        InputException.Kind.TYPE, "no tensor holds a " + array.getClass().getComponentType());
  }

  private static ByteBuffer allocated(long count, int size) {
    return ByteBuffer.allocate((int) count * size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Puts the numbers of arrays in arrays behind each other. */
  private static void fill(ByteBuffer content, Object array) {
    int length = Array.getLength(array);
    int size = 0;
    if (array instanceof boolean[]) {
      for (boolean each : (boolean[]) array) {
        content.put((byte) (each ? 1 : 0));
      }
    } else if (array instanceof byte[]) {
      content.put((byte[]) array);
    } else if (array instanceof short[]) {
      content.asShortBuffer().put((short[]) array);
      size = Short.BYTES;
    } else if (array instanceof int[]) {
      content.asIntBuffer().put((int[]) array);
      size = Integer.BYTES;
    } else if (array instanceof long[]) {
      content.asLongBuffer().put((long[]) array);
      size = Long.BYTES;
    } else if (array instanceof float[]) {
      content.asFloatBuffer().put((float[]) array);
      size = Float.BYTES;
    } else if (array instanceof double[]) {
      content.asDoubleBuffer().put((double[]) array);
      size = Double.BYTES;
    } else {
      for (Object each : (Object[]) array) {
        fill(content, each);
      }
    }
    content.position(content.position() + length * size);
  }

  private static void fillRounded(ByteBuffer content, Object array, ElementType wanted) {
    if (array instanceof float[]) {
      for (float each : (float[]) array) {
        putFloat(content, each, wanted);
      }
    } else if (array instanceof double[]) {
      for (double each : (double[]) array) {
        putFloat(content, each, wanted);
        if (wanted.isComplex()) {
          putFloat(content, 0, wanted);
        }
      }
    } else {
      for (Object each : (Object[]) array) {
        fillRounded(content, each, wanted);
      }
    }
  }

  private static void checkBits(ByteBuffer content, ElementType type) {
    for (int place = 0; place < content.limit(); place++) {
      if (!type.includes(content.get(place))) {
        throw outOfRange(content.get(place), type);
      }
    }
  }

  // ---- elements one by one

  /** Adds the elements of arrays and lists in each other, and tells their shape. */
  private static long[] gather(Object value, String place, boolean texts, List<Object> into) {
    if (value == null) {
      throw nothing();
    }
    if (value instanceof Collection) {
      return gatherRows(((Collection<?>) value).toArray(), place, texts, into);
    }
    if (value.getClass().isArray() && !(texts && value instanceof byte[])) {
      if (!value.getClass().getComponentType().isPrimitive()) {
        return gatherRows((Object[]) value, place, texts, into);
      }
      int length = Array.getLength(value);
      for (int number = 0; number < length; number++) {
        into.add(Array.get(value, number));
      }
      return new long[] {length};
    }
    into.add(element(value));
    return new long[0];
  }

  private static long[] gatherRows(Object[] rows, String place, boolean texts, List<Object> into) {
    // A shape has at most 254 sizes; a list that holds itself has no end.
    if (place.chars().filter(each -> each == '[').count() > 254) {
      throw new InputException(InputException.Kind.SHAPE, "the lists are nested too deep");
    }
    long[] first = null;
    for (int row = 0; row < rows.length; row++) {
      String here = place + "[" + row + "]";
      first = sameShape(first, gather(rows[row], here, texts, into), place, row);
    }
    return prepended(rows.length, first == null ? new long[0] : first);
  }

  private static long[] sameShape(long[] first, long[] own, String place, int row) {
    if (first != null && !Arrays.equals(first, own)) {
      throw new InputException(
          InputException.Kind.RAGGED,
          String.format(
              "rows differ: %s[0] has the shape %s, %s[%d] %s",
              place, Tensors.text(first), place, row, Tensors.text(own)));
    }
    return own;
  }

  private static long[] prepended(long rows, long[] rest) {
    long[] made = new long[rest.length + 1];
    made[0] = rows;
    System.arraycopy(rest, 0, made, 1, rest.length);
    return made;
  }

  private static Object element(Object value) {
    if (value instanceof byte[]) {
      return ByteString.copyFrom((byte[]) value);
    }
    return value instanceof CharSequence ? ByteString.copyFromUtf8(value.toString()) : value;
  }

  private static InputException nothing() {
    return new InputException(InputException.Kind.TYPE, "no tensor holds null");
  }

  /** What an element is called in errors. */
  private static String kindOf(Object element) {
    if (element instanceof Boolean) {
      return "bool";
    } else if (element instanceof ByteString) {
      return "string";
    } else if (element instanceof Float || element instanceof Double) {
      return "float";
    } else if (element instanceof Complex) {
      return "complex";
    } else if (element instanceof Byte
        || element instanceof Short
        || element instanceof Integer
        || element instanceof Long
        || element instanceof BigInteger) {
      return "int";
    }
    throw new InputException(
        InputException.Kind.TYPE, "no tensor holds a " + element.getClass().getName());
  }

  private static TreeSet<String> kindsOf(List<Object> elements) {
    TreeSet<String> found = new TreeSet<>();
    for (Object each : elements) {
      found.add(kindOf(each));
    }
    return found;
  }

  /** The type that elements have by themselves: that of their class, or the widest of several. */
  private static ElementType inferred(List<Object> elements) {
    TreeSet<String> kinds = kindsOf(elements);
    if (kinds.isEmpty()) {
      throw new InputException(
          InputException.Kind.TYPE, "values without an element have no type: name it");
    }
    if (kinds.size() > 1 && (kinds.contains("bool") || kinds.contains("string"))) {
      throw new InputException(
          InputException.Kind.TYPE, "elements of different types: " + String.join(", ", kinds));
    }
    Class<?> first = elements.get(0).getClass();
    for (Object each : elements) {
      first = each.getClass() == first ? first : null;
      if (first == null) {
        break;
      }
    }
    // By the alphabet: complex, float, int.
    switch (kinds.first()) {
      case "bool":
        return ElementType.BOOL;
      case "string":
        return ElementType.STRING;
      case "complex":
        return ElementType.COMPLEX128;
      case "float":
        return first == Float.class ? ElementType.FLOAT : ElementType.DOUBLE;
      default:
        return first == Byte.class
            ? ElementType.INT8
            : first == Short.class
                ? ElementType.INT16
                : first == Integer.class ? ElementType.INT32 : ElementType.INT64;
    }
  }

  private static Elements encoded(List<Object> elements, ElementType type, long[] shape) {
    must(type, kindsOf(elements));
    if (type == ElementType.STRING) {
      List<ByteString> texts = new ArrayList<>(elements.size());
      for (Object each : elements) {
        texts.add((ByteString) each);
      }
      return new Elements(type, shape, null, texts);
    }
    ByteBuffer content = allocated(Tensors.count(shape, type.elementSize()), type.elementSize());
    for (Object each : elements) {
      put(content, each, type);
    }
    content.flip();
    return new Elements(type, shape, content, null);
  }

  /** Refuses kinds of elements that a type doesn't take. */
  private static void must(ElementType type, Collection<String> kinds) {
    List<String> takes;
    if (type.kind == ElementType.Kind.BOOL) {
      takes = Collections.singletonList("bool");
    } else if (type.kind == ElementType.Kind.STRING) {
      takes = Collections.singletonList("string");
    } else if (type.isInteger()) {
      takes = Collections.singletonList("int");
    } else {
      takes = type.isComplex() ? Arrays.asList("int", "float", "complex") : Arrays.asList("int", "float");
    }
    for (String kind : kinds) {
      if (!takes.contains(kind)) {
        throw new InputException(
            InputException.Kind.TYPE, kind + " where " + type + " takes " + String.join(" or ", takes));
      }
    }
  }

  private static void put(ByteBuffer content, Object element, ElementType type) {
    if (element instanceof Boolean) {
      content.put((byte) ((Boolean) element ? 1 : 0));
    } else if (element instanceof Complex) {
      putFloat(content, ((Complex) element).real(), type);
      putFloat(content, ((Complex) element).imaginary(), type);
    } else if (type.kind == ElementType.Kind.FLOAT) {
      putFloat(content, ((Number) element).doubleValue(), type);
      if (type.isComplex()) {
        putFloat(content, 0, type);
      }
    } else if (element instanceof BigInteger) {
      BigInteger whole = (BigInteger) element;
      if (whole.compareTo(type.low()) < 0 || whole.compareTo(type.high()) > 0) {
        throw outOfRange(whole, type);
      }
      putInteger(content, whole.longValue(), type);
    } else {
      long whole = ((Number) element).longValue();
      if (!type.includes(whole)) {
        throw outOfRange(whole, type);
      }
      putInteger(content, whole, type);
    }
  }

  private static void putInteger(ByteBuffer content, long whole, ElementType type) {
    switch (type.size) {
      case 1:
        content.put((byte) whole);
        break;
      case 2:
        content.putShort((short) whole);
        break;
      case 4:
        content.putInt((int) whole);
        break;
      default:
        content.putLong(whole);
    }
  }

  private static void putFloat(ByteBuffer content, double number, ElementType type) {
    double made = number;
    if (type.size == 8) {
      content.putDouble(number);
    } else if (type.size == 4) {
      made = (float) number;
      content.putFloat((float) number);
    } else if (type.name.equals("DT_HALF")) {
      short bits = Halves.toHalf(number);
      made = Halves.fromHalf(bits);
      content.putShort(bits);
    } else {
      short bits = Halves.toBfloat16((float) number);
      made = Halves.fromBfloat16(bits);
      content.putShort(bits);
    }
    if (Double.isInfinite(made) && !Double.isInfinite(number)) {
      throw new InputException(InputException.Kind.OVERFLOW, "a number is too large for " + type);
    }
  }

  private static InputException outOfRange(Object number, ElementType type) {
    return new InputException(
        InputException.Kind.OVERFLOW,
        number + " is no " + type + ": " + type.low() + " to " + type.high());
  }
}
