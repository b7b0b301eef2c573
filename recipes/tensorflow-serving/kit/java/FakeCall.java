package @package{};

import com.google.protobuf.Message;
import io.grpc.Metadata;

/** A call that came to a {@link FakeServer}. */
public final class FakeCall {
  private final String method;
  private final Message request;
  private final Metadata headers;

  FakeCall(String method, Message request, Metadata headers) {
    this.method = method;
    this.request = request;
    this.headers = headers;
  }

  /** The RPC's name. */
  public String method() {
    return method;
  }

  /** What was sent. */
  public Message request() {
    return request;
  }

  /** The headers that came with it. */
  public Metadata headers() {
    return headers;
  }

  @Override
  public String toString() {
    return method;
  }
}
