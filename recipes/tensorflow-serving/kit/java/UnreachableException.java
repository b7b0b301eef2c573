package @package{};

import io.grpc.Metadata;
import io.grpc.Status;

/** A server can't be reached, or takes no calls now; after all attempts. */
public final class UnreachableException extends CallException {
  private static final long serialVersionUID = 1;

  UnreachableException(CallSite call, Status status, Metadata trailers) {
    super(call, status, trailers);
  }
}
