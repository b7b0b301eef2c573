package @package{};

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** TFRecord files: of each record its length, the checksum of that, it, and its checksum. */
public final class Records {
  private static final int HEAD = 12;
  private static final int FOOT = 4;
  /** The remainder of every byte by the Castagnoli polynomial, lowest bit first. Java's own is of Java 9. */
  private static final int[] REMAINDERS = new int[256];

  static {
    for (int number = 0; number < REMAINDERS.length; number++) {
      int rest = number;
      for (int bit = 0; bit < 8; bit++) {
        rest = rest >>> 1 ^ ((rest & 1) == 0 ? 0 : 0x82f63b78);
      }
      REMAINDERS[number] = rest;
    }
  }

  private Records() {}

  /** Makes a file of records. */
  public static byte[] frame(List<ByteString> records) {
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    for (ByteString record : records) {
      ByteBuffer frame = buffer(new byte[HEAD + record.size() + FOOT]);
      frame.putLong(record.size());
      frame.putInt(masked(frame.array(), 0, Long.BYTES));
      record.copyTo(frame);
      frame.putInt(masked(frame.array(), HEAD, record.size()));
      made.write(frame.array(), 0, frame.capacity());
    }
    return made.toByteArray();
  }

  /**
   * Parts a file.
   *
   * @throws ReplyException where it is damaged, or something else
   */
  public static List<ByteString> read(byte[] file) {
    List<ByteString> found = new ArrayList<>();
    ByteBuffer content = buffer(file);
    while (content.hasRemaining()) {
      int start = content.position();
      if (content.remaining() < HEAD
          || masked(file, start, Long.BYTES) != content.getInt(start + Long.BYTES)) {
        String what = found.isEmpty() ? "isn't a TFRecord file" : "is damaged at record " + found.size();
        throw new ReplyException(
            "the file " + what + ": the length at byte " + start + " has another checksum");
      }
      long length = content.getLong(start);
      int first = start + HEAD;
      long most = content.remaining() - HEAD - FOOT;
      if (length < 0
          || length > most
          || masked(file, first, (int) length) != content.getInt(first + (int) length)) {
        throw new ReplyException(
            "the file is damaged at record " + found.size() + ": cut off, or another checksum");
      }
      found.add(ByteString.copyFrom(file, first, (int) length));
      content.position(first + (int) length + FOOT);
    }
    return found;
  }

  private static ByteBuffer buffer(byte[] content) {
    return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A checksum of bytes that hold checksums is weak, so the format turns it and adds a constant. */
  private static int masked(byte[] content, int start, int length) {
    int checksum = -1;
    for (int place = start; place < start + length; place++) {
      checksum = checksum >>> 8 ^ REMAINDERS[(checksum ^ content[place]) & 0xff];
    }
    return Integer.rotateRight(~checksum, 15) + 0xa282ead8;
  }
}
