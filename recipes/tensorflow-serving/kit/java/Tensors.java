package @package{};

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import @class{tensorflow.TensorProto};
import @class{tensorflow.TensorShapeProto};

/**
 * Makes tensors of values, and values of tensors. Nothing here talks to a server.
 *
 * <p>Values are arrays of primitive numbers, also in each other, NIO buffers, strings, {@link ByteString}s, {@link
 * Complex} numbers, boxed ones, and lists and arrays of all these. Types are named as TensorFlow writes them
 * ("DT_FLOAT") or as they are commonly called ("float32").
 *
 * <p>Boxed numbers, and those of {@code int[]} and {@code double[]}, become any type that can hold them. Others have a
 * type of their own, which a wanted one must be, except that {@code float} is rounded to half and bfloat16, and that
 * types which Java hasn't are sent by their bits: {@code byte[]} is DT_UINT8 and float8, {@code short[]} DT_UINT16,
 * DT_HALF and DT_BFLOAT16, {@code int[]} DT_UINT32, {@code long[]} DT_UINT64. Where strings are wanted, a
 * {@code byte[]} is one of them.
 */
public final class Tensors {
  private static final InputException.Kind CONTENT = InputException.Kind.CONTENT;
  private static final InputException.Kind SHAPE = InputException.Kind.SHAPE;
  /** What an empty string takes in memory, if not more. */
  private static final int STRING_SIZE = 16;

  private Tensors() {}

  /** Makes a tensor of a value, of the type and the shape that it has by itself. */
  public static TensorProto of(Object value) {
    return of(value, null, null);
  }

  /** Makes a tensor of some type of a value. */
  public static TensorProto of(Object value, String dtype) {
    return of(value, dtype, null);
  }

  /** Makes a tensor of a value. dtype, shape: null for the value's own. */
  public static TensorProto of(Object value, String dtype, long[] shape) {
    Elements found = elements(value, dtype);
    TensorProto.Builder made = shaped(found.type, shapeFor(found, shape));
    if (found.texts != null) {
      return made.addAllStringVal(found.texts).build();
    }
    return made.setTensorContent(found.bytes()).build();
  }

  /** Makes a tensor of elements in row-major order, which have the type that they have by themselves. */
  public static TensorProto shaped(Object value, long... shape) {
    return of(value, null, shape);
  }

  /** Makes a tensor of a value as a list, not as bytes: for servers on big-endian machines. */
  public static TensorProto listed(Object value, String dtype, long[] shape) {
    Elements found = elements(value, dtype);
    TensorProto.Builder made = shaped(found.type, shapeFor(found, shape));
    if (found.texts != null) {
      return made.addAllStringVal(found.texts).build();
    }
    list(made, found.type, found.content);
    return made.build();
  }

  /** Makes a tensor of numbers whose bytes are there already, the lowest first. */
  public static TensorProto ofContent(ByteString content, String dtype, long... shape) {
    ElementType type = ElementType.named(dtype);
    if (type == ElementType.STRING) {
      throw new InputException(InputException.Kind.TYPE, "the bytes of numbers aren't strings");
    }
    TensorProto made = shaped(type, shape).setTensorContent(content).build();
    contentOf(made);
    return made;
  }

  // ---- reading

  /** The type of a tensor as TensorFlow writes it. */
  public static String dtype(TensorProto tensor) {
    return ElementType.nameOf(tensor.getDtypeValue());
  }

  /** The shape of a tensor, without an element for a scalar. */
  public static long[] shape(TensorProto tensor) {
    TensorShapeProto found = tensor.getTensorShape();
    long[] made = new long[found.getDimCount()];
    boolean known = !found.getUnknownRank();
    for (int place = 0; place < made.length; place++) {
      made[place] = found.getDim(place).getSize();
      known = known && made[place] >= 0;
    }
    if (!known) {
      throw new InputException(SHAPE, "the shape of the tensor is unknown");
    }
    return made;
  }

  /**
   * The elements of a tensor of numbers as bytes, the lowest first, in row-major order. Where the message has them as
   * bytes, these are they: nothing is copied, and nothing can be changed.
   */
  public static ByteBuffer buffer(TensorProto tensor) {
    return contentOf(tensor).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The elements of a tensor of DT_FLOAT, DT_HALF or DT_BFLOAT16. */
  public static float[] floats(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (type != ElementType.FLOAT && !type.isHalf()) {
      throw readAs(type, "float");
    }
    ByteBuffer content = buffer(tensor);
    float[] made = new float[content.remaining() / type.size];
    if (type == ElementType.FLOAT) {
      content.asFloatBuffer().get(made);
      return made;
    }
    for (int place = 0; place < made.length; place++) {
      made[place] = half(content.getShort(), type);
    }
    return made;
  }

  /** The elements of a tensor of DT_DOUBLE, or of what {@link #floats} reads. */
  public static double[] doubles(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (type == ElementType.DOUBLE) {
      ByteBuffer content = buffer(tensor);
      double[] made = new double[content.remaining() / type.size];
      content.asDoubleBuffer().get(made);
      return made;
    }
    if (type != ElementType.FLOAT && !type.isHalf()) {
      throw readAs(type, "double");
    }
    float[] found = floats(tensor);
    double[] made = new double[found.length];
    for (int place = 0; place < made.length; place++) {
      made[place] = found[place];
    }
    return made;
  }

  /** The elements of a tensor of integers that {@code int} can hold: all but DT_INT64, DT_UINT32 and DT_UINT64. */
  public static int[] ints(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (!type.isInteger() || type.bits > 32 || type.bits == 32 && type.kind == ElementType.Kind.UNSIGNED) {
      throw readAs(type, "int");
    }
    ByteBuffer content = buffer(tensor);
    int[] made = new int[content.remaining() / type.size];
    if (type.size == Integer.BYTES) {
      content.asIntBuffer().get(made);
      return made;
    }
    for (int place = 0; place < made.length; place++) {
      made[place] = (int) integer(content, type);
    }
    return made;
  }

  /** The elements of a tensor of any integers; those of DT_UINT64 are their bits. */
  public static long[] longs(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (!type.isInteger()) {
      throw readAs(type, "long");
    }
    ByteBuffer content = buffer(tensor);
    long[] made = new long[content.remaining() / type.size];
    if (type.size == Long.BYTES) {
      content.asLongBuffer().get(made);
      return made;
    }
    for (int place = 0; place < made.length; place++) {
      made[place] = integer(content, type);
    }
    return made;
  }

  /** The elements of a tensor of DT_BOOL. */
  public static boolean[] booleans(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (type != ElementType.BOOL) {
      throw readAs(type, "boolean");
    }
    ByteBuffer content = buffer(tensor);
    boolean[] made = new boolean[content.remaining()];
    for (int place = 0; place < made.length; place++) {
      made[place] = content.get() != 0;
    }
    return made;
  }

  /** The elements of a tensor of DT_COMPLEX64 or DT_COMPLEX128. */
  public static Complex[] complexes(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (!type.isComplex()) {
      throw readAs(type, "Complex");
    }
    ByteBuffer content = buffer(tensor);
    Complex[] made = new Complex[content.remaining() / type.elementSize()];
    for (int place = 0; place < made.length; place++) {
      boolean wide = type == ElementType.COMPLEX128;
      double real = wide ? content.getDouble() : content.getFloat();
      made[place] = new Complex(real, wide ? content.getDouble() : content.getFloat());
    }
    return made;
  }

  /** The elements of a tensor of DT_STRING, as text. */
  public static String[] strings(TensorProto tensor) {
    List<ByteString> found = bytes(tensor);
    String[] made = new String[found.size()];
    for (int place = 0; place < made.length; place++) {
      made[place] = found.get(place).toStringUtf8();
    }
    return made;
  }

  /** The elements of a tensor of DT_STRING, which may be any bytes. */
  public static List<ByteString> bytes(TensorProto tensor) {
    if (tensor.getDtypeValue() != ElementType.STRING.number) {
      throw readAs(ElementType.of(tensor), "strings");
    }
    int total = count(shape(tensor), STRING_SIZE);
    if (!tensor.getTensorContent().isEmpty()) {
      return split(tensor.getTensorContent(), total);
    }
    List<ByteString> found = tensor.getStringValList();
    if (found.size() > total) {
      throw new InputException(CONTENT, found.size() + " strings for " + total + " elements");
    }
    if (found.size() == total) {
      return found;
    }
    List<ByteString> made = new ArrayList<>(found);
    ByteString last = found.isEmpty() ? ByteString.EMPTY : found.get(found.size() - 1);
    made.addAll(Collections.nCopies(total - found.size(), last));
    return made;
  }

  /**
   * The elements of any tensor one by one, whatever their type, as what they are: also those of types that Java hasn't.
   * A string is a {@link ByteString}, an integer of DT_UINT64 that {@code long} can't hold a {@link BigInteger}.
   */
  public static List<Object> elements(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (type == ElementType.STRING) {
      return new ArrayList<>(bytes(tensor));
    }
    ByteBuffer content = buffer(tensor);
    List<Object> made = new ArrayList<>(content.remaining() / type.elementSize());
    while (content.hasRemaining()) {
      made.add(element(content, type));
    }
    return made;
  }

  /**
   * The elements of a tensor as an array of its shape, such as {@code float[][]}; of a scalar, the boxed element.
   * In arrays, types that Java hasn't are {@code float} for half and bfloat16, else their bits.
   */
  public static Object array(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    long[] shape = shape(tensor);
    if (shape.length == 0) {
      return type == ElementType.STRING ? strings(tensor)[0] : element(buffer(tensor), type);
    }
    return nested(flat(tensor, type), shape, 0, new int[1]);
  }

  private static Object flat(TensorProto tensor, ElementType type) {
    if (type == ElementType.STRING) {
      return strings(tensor);
    } else if (type == ElementType.BOOL) {
      return booleans(tensor);
    } else if (type.isComplex()) {
      return complexes(tensor);
    } else if (type == ElementType.DOUBLE) {
      return doubles(tensor);
    } else if (type.kind == ElementType.Kind.FLOAT) {
      return floats(tensor);
    }
    ByteBuffer content = buffer(tensor);
    int length = content.remaining() / type.size;
    switch (type.size) {
      case 1:
        byte[] bytes = new byte[length];
        content.get(bytes);
        return bytes;
      case 2:
        short[] shorts = new short[length];
        content.asShortBuffer().get(shorts);
        return shorts;
      case 4:
        int[] ints = new int[length];
        content.asIntBuffer().get(ints);
        return ints;
      default:
        return longs(tensor);
    }
  }

  private static Object nested(Object flat, long[] shape, int axis, int[] position) {
    int size = (int) shape[axis];
    Class<?> of = flat.getClass().getComponentType();
    if (axis == shape.length - 1) {
      Object made = Array.newInstance(of, size);
      System.arraycopy(flat, position[0], made, 0, size);
      position[0] += size;
      return made;
    }
    int[] sizes = new int[shape.length - axis];
    sizes[0] = size;
    Object[] made = (Object[]) Array.newInstance(of, sizes);
    for (int row = 0; row < size; row++) {
      made[row] = nested(flat, shape, axis + 1, position);
    }
    return made;
  }

  // ---- tensors to tensors

  /** A tensor of some rows of another: the elements with these places in the first dimension. */
  static TensorProto rows(TensorProto tensor, Rows rows) {
    ElementType type = ElementType.of(tensor);
    long[] shape = shape(tensor);
    int row = count(Arrays.copyOfRange(shape, 1, shape.length), 1);
    shape[0] = rows.count();
    TensorProto.Builder made = shaped(type, shape);
    int start = (int) rows.start() * row;
    int stop = (int) rows.stop() * row;
    if (type == ElementType.STRING) {
      return made.addAllStringVal(bytes(tensor).subList(start, stop)).build();
    }
    // A part of the whole's bytes: nothing is copied.
    int size = type.elementSize();
    return made.setTensorContent(contentOf(tensor).substring(start * size, stop * size)).build();
  }

  /** Tensors put together along their first dimension. */
  static TensorProto joined(List<TensorProto> tensors) {
    if (tensors.size() == 1) {
      return tensors.get(0);
    }
    ElementType type = ElementType.of(tensors.get(0));
    long[] whole = null;
    List<ByteString> texts = new ArrayList<>();
    List<ByteString> contents = new ArrayList<>();
    for (TensorProto tensor : tensors) {
      long[] shape = shape(tensor);
      if (shape.length == 0 || ElementType.of(tensor) != type || whole != null && !sameRows(whole, shape)) {
        throw new InputException(SHAPE, "the parts have rows of different shapes or types");
      }
      if (whole == null) {
        whole = shape;
      } else {
        whole[0] += shape[0];
      }
      if (type == ElementType.STRING) {
        texts.addAll(bytes(tensor));
      } else {
        contents.add(contentOf(tensor));
      }
    }
    TensorProto.Builder made = shaped(type, whole).addAllStringVal(texts);
    if (type == ElementType.STRING) {
      return made.build();
    }
    ByteBuffer content = ByteBuffer.allocate(count(whole, type.elementSize()) * type.elementSize());
    for (ByteString each : contents) {
      each.copyTo(content);
    }
    content.flip();
    return made.setTensorContent(UnsafeByteOperations.unsafeWrap(content)).build();
  }

  /** A tensor of zeros, of false, or of empty strings. */
  static TensorProto zeros(String dtype, long[] shape) {
    ElementType type = ElementType.named(dtype);
    TensorProto.Builder made = shaped(type, shape);
    if (type == ElementType.STRING) {
      return made.addAllStringVal(Collections.nCopies(count(shape, STRING_SIZE), ByteString.EMPTY)).build();
    }
    byte[] content = new byte[count(shape, type.elementSize()) * type.elementSize()];
    return made.setTensorContent(UnsafeByteOperations.unsafeWrap(content)).build();
  }

  /** How many elements a shape has, each of some bytes. */
  static int count(long[] shape, int size) {
    long left = Integer.MAX_VALUE / size;
    long total = 1;
    for (long each : shape) {
      left /= Math.max(1, each);
    }
    if (left == 0) {
      // A message has no more bytes.
      throw new InputException(SHAPE, "the shape " + text(shape) + " is too large for a message");
    }
    for (long each : shape) {
      total *= each;
    }
    return (int) total;
  }

  /** A shape in errors. */
  static String text(long[] shape) {
    List<String> sizes = new ArrayList<>();
    for (long size : shape) {
      sizes.add(size < 0 ? "?" : Long.toString(size));
    }
    return "[" + String.join(", ", sizes) + "]";
  }

  private static boolean sameRows(long[] one, long[] other) {
    return Arrays.equals(
        Arrays.copyOfRange(one, 1, one.length), Arrays.copyOfRange(other, 1, other.length));
  }

  private static Elements elements(Object value, String dtype) {
    return Elements.of(value, dtype == null ? null : ElementType.named(dtype));
  }

  /** The shape that is asked for, where it has as many elements as there are. */
  private static long[] shapeFor(Elements found, long[] wanted) {
    if (wanted == null) {
      return found.shape;
    }
    boolean known = true;
    for (long size : wanted) {
      known = known && size >= 0;
    }
    int own = count(found.shape, 1);
    if (!known || count(wanted, 1) != own) {
      throw new InputException(SHAPE, own + " elements don't fill the shape " + text(wanted));
    }
    return wanted;
  }

  private static TensorProto.Builder shaped(ElementType type, long[] shape) {
    // A scalar has a shape too, an empty one.
    TensorShapeProto.Builder made = TensorShapeProto.newBuilder();
    for (long size : shape) {
      made.addDimBuilder().setSize(size);
    }
    return TensorProto.newBuilder().setDtypeValue(type.number).setTensorShape(made);
  }

  private static InputException readAs(ElementType type, String wanted) {
    return new InputException(
        InputException.Kind.TYPE, "a tensor of type " + type + " can't be read as " + wanted);
  }

  private static float half(short bits, ElementType type) {
    return type.name.equals("DT_HALF") ? Halves.fromHalf(bits) : Halves.fromBfloat16(bits);
  }

  private static long integer(ByteBuffer content, ElementType type) {
    boolean signed = type.kind == ElementType.Kind.SIGNED;
    switch (type.size) {
      case 1:
        byte one = content.get();
        return signed ? one : one & 0xff;
      case 2:
        short two = content.getShort();
        return signed ? two : two & 0xffff;
      case 4:
        int four = content.getInt();
        return signed ? four : four & 0xffffffffL;
      default:
        return content.getLong();
    }
  }

  private static Object element(ByteBuffer content, ElementType type) {
    if (type == ElementType.BOOL) {
      return content.get() != 0;
    } else if (type == ElementType.DOUBLE) {
      return content.getDouble();
    } else if (type == ElementType.FLOAT) {
      return content.getFloat();
    } else if (type.isHalf()) {
      return half(content.getShort(), type);
    } else if (type == ElementType.COMPLEX128) {
      return new Complex(content.getDouble(), content.getDouble());
    } else if (type.isComplex()) {
      return new Complex(content.getFloat(), content.getFloat());
    }
    long whole = integer(content, type);
    if (type.size == Long.BYTES && whole < 0 && type.kind == ElementType.Kind.UNSIGNED) {
      return new BigInteger(Long.toUnsignedString(whole));
    }
    return type.size < Integer.BYTES || type.bits == 32 && type.kind == ElementType.Kind.SIGNED
        ? (Object) (int) whole
        : (Object) whole;
  }

  /** The elements of a tensor of numbers as bytes, from either form. */
  private static ByteString contentOf(TensorProto tensor) {
    ElementType type = ElementType.of(tensor);
    if (type == ElementType.STRING) {
      throw new InputException(InputException.Kind.TYPE, "a tensor of type " + type + " holds no numbers");
    }
    int total = count(shape(tensor), type.elementSize());
    ByteString found = tensor.getTensorContent();
    if (found.isEmpty()) {
      found = fromList(tensor, type, total);
    }
    if (found.size() != total * type.elementSize()) {
      throw new InputException(
          CONTENT, found.size() + " bytes for " + total + " elements of " + type);
    }
    return found;
  }

  /**
   * What the list of the tensor's type holds, as bytes. No elements at all stand for zeros, and a list that is too short
   * goes on with its last element.
   */
  private static ByteString fromList(TensorProto tensor, ElementType type, int total) {
    FieldDescriptor field = type.listField();
    int size = type.elementSize();
    ByteBuffer content;
    if (field.isRepeated()) {
      int numbers = tensor.getRepeatedFieldCount(field);
      int length = Math.max(numbers * type.size, total * size);
      content = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
      putList(content, tensor, type, numbers);
    } else {
      ByteString given = (ByteString) tensor.getField(field);
      content = ByteBuffer.allocate(Math.max(given.size(), total * size));
      given.copyTo(content);
    }
    int last = content.position() - size;
    while (last >= 0 && content.hasRemaining()) {
      content.put(content.get(last++));
    }
    content.position(0);
    return UnsafeByteOperations.unsafeWrap(content);
  }

  private static void putList(ByteBuffer content, TensorProto tensor, ElementType type, int numbers) {
    for (int place = 0; place < numbers; place++) {
      switch (type.field) {
        case "float_val":
          content.putFloat(tensor.getFloatVal(place));
          break;
        case "double_val":
          content.putDouble(tensor.getDoubleVal(place));
          break;
        case "int64_val":
          content.putLong(tensor.getInt64Val(place));
          break;
        case "bool_val":
          content.put((byte) (tensor.getBoolVal(place) ? 1 : 0));
          break;
        case "scomplex_val":
          content.putFloat(tensor.getScomplexVal(place));
          break;
        case "dcomplex_val":
          content.putDouble(tensor.getDcomplexVal(place));
          break;
        case "int_val":
          putInteger(content, tensor.getIntVal(place), type);
          break;
        case "half_val":
          putInteger(content, tensor.getHalfVal(place), type);
          break;
        default:
          // Older releases don't have the field, nor the types.
          Object number = tensor.getRepeatedField(type.listField(), place);
          if (type.size == Long.BYTES) {
            content.putLong((Long) number);
          } else {
            content.putInt((Integer) number);
          }
      }
    }
  }

  private static void putInteger(ByteBuffer content, int number, ElementType type) {
    boolean signed = type.kind == ElementType.Kind.SIGNED;
    int made;
    if (type.size == 1) {
      made = signed ? (byte) number : number & 0xff;
      content.put((byte) number);
    } else if (type.size == 2) {
      made = signed ? (short) number : number & 0xffff;
      content.putShort((short) number);
    } else {
      made = number;
      content.putInt(number);
    }
    if (made != number) {
      throw new InputException(CONTENT, "a number that is no " + type);
    }
  }

  /** Gives a tensor its elements as a list. */
  private static void list(TensorProto.Builder into, ElementType type, ByteBuffer content) {
    if (!type.listField().isRepeated()) {
      into.setField(type.listField(), UnsafeByteOperations.unsafeWrap(content));
      return;
    }
    while (content.hasRemaining()) {
      switch (type.field) {
        case "float_val":
          into.addFloatVal(content.getFloat());
          break;
        case "double_val":
          into.addDoubleVal(content.getDouble());
          break;
        case "int64_val":
          into.addInt64Val(content.getLong());
          break;
        case "bool_val":
          into.addBoolVal(content.get() != 0);
          break;
        case "scomplex_val":
          into.addScomplexVal(content.getFloat());
          break;
        case "dcomplex_val":
          into.addDcomplexVal(content.getDouble());
          break;
        case "int_val":
          into.addIntVal((int) integer(content, type));
          break;
        case "half_val":
          into.addHalfVal(content.getShort() & 0xffff);
          break;
        default:
          Object number = type.size == Long.BYTES ? (Object) content.getLong() : (Object) content.getInt();
          into.addRepeatedField(type.listField(), number);
      }
    }
  }

  /** Strings that a server sends as bytes: the lengths of all as varints, then all of them. */
  private static List<ByteString> split(ByteString content, int total) {
    int[] lengths = new int[Math.min(total, content.size())];
    int position = 0;
    long whole = 0;
    for (int number = 0; number < total; number++) {
      long length = 0;
      int shift = 0;
      int read;
      do {
        if (position == content.size() || shift > 28) {
          throw new InputException(CONTENT, "the lengths of the strings are cut off or too large");
        }
        read = content.byteAt(position++);
        length |= (long) (read & 127) << shift;
        shift += 7;
      } while (read < 0);
      lengths[number] = (int) length;
      whole += length;
    }
    if (whole != content.size() - position) {
      throw new InputException(
          CONTENT, content.size() - position + " bytes for strings of " + whole);
    }
    List<ByteString> made = new ArrayList<>(total);
    for (int length : lengths) {
      made.add(content.substring(position, position + length));
      position += length;
    }
    return made;
  }
}
