package @package{};

import io.grpc.Metadata;
import io.grpc.Status;

/** A call was cancelled: by this side (a closed client too) or by the server. */
public final class CallCancelledException extends CallException {
  private static final long serialVersionUID = 1;

  CallCancelledException(CallSite call, Status status, Metadata trailers) {
    super(call, status, trailers);
  }
}
