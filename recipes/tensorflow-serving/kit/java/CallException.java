package @package{};

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * A call failed, with the status that gRPC gives it.
 *
 * <p>It is caught and read like any other {@link StatusRuntimeException}; calls that were cancelled, that had no answer
 * in time, or whose server can't be reached, are classes of their own.
 */
public class CallException extends StatusRuntimeException {
  private static final long serialVersionUID = 1;

  private final CallSite call;

  CallException(CallSite call, Status status, Metadata trailers) {
    super(status, trailers);
    this.call = call;
  }

  /** The error of a call, of the class that its status has. trailers: null where there are none. */
  public static CallException of(CallSite call, Status status, Metadata trailers) {
    switch (status.getCode()) {
      case CANCELLED:
        return new CallCancelledException(call, status, trailers);
      case DEADLINE_EXCEEDED:
        return new DeadlineExceededException(call, status, trailers);
      case UNAVAILABLE:
        return new UnreachableException(call, status, trailers);
      default:
        return new CallException(call, status, trailers);
    }
  }

  /** Which call it was. */
  public CallSite call() {
    return call;
  }

  /** The status's code. */
  public Status.Code code() {
    return getStatus().getCode();
  }

  /** What the server or gRPC says about it. */
  public String details() {
    String found = getStatus().getDescription();
    return found == null ? "" : found;
  }

  @Override
  public String getMessage() {
    return call + ": " + code() + ": " + details();
  }
}
