package @package{};

import io.grpc.Metadata;
import io.grpc.Status;

/** A call had no answer before its deadline. The server may have done the work. */
public final class DeadlineExceededException extends CallException {
  private static final long serialVersionUID = 1;

  DeadlineExceededException(CallSite call, Status status, Metadata trailers) {
    super(call, status, trailers);
  }
}
