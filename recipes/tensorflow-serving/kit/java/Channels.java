package @package{};

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Makes channels of gRPC whose settings suit model servers. */
final class Channels {
  private Channels() {}

  /** Addresses one by one: "host:port", or anything else that gRPC takes, or several between commas. */
  static List<String> split(List<String> addresses) {
    List<String> found = new ArrayList<>();
    for (String address : addresses) {
      for (String part : address.split(",", -1)) {
        found.add(part.trim());
      }
    }
    if (found.isEmpty() || found.contains("")) {
      throw new InputException(InputException.Kind.SETTING, "an address is needed: host:port");
    }
    return found;
  }

  /** A channel that connects when it is first used. */
  static ManagedChannel open(String address, Settings settings) {
    ChannelCredentials transport = settings.transport();
    if (transport == null) {
      transport = InsecureChannelCredentials.create();
    }
    ManagedChannelBuilder<?> made = Grpc.newChannelBuilder(address, transport);
    made.defaultServiceConfig(serviceConfig(settings.attempts))
        .maxInboundMessageSize(settings.maxMessageBytes)
        // gRPC keeps what it may have to send again, up to limits of a few megabytes by itself.
        .perRpcBufferLimit(Integer.MAX_VALUE)
        .retryBufferSize(Long.MAX_VALUE);
    if (settings.attempts > 1) {
      made.enableRetry();
    } else {
      made.disableRetry();
    }
    if (settings.keepalive != null) {
      made.keepAliveTime(settings.keepalive.toNanos(), TimeUnit.NANOSECONDS)
          .keepAliveTimeout(settings.keepaliveTimeout.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (settings.tls != null && settings.tls.serverName() != null) {
      made.overrideAuthority(settings.tls.serverName());
    }
    settings.options().accept(made);
    try {
      return made.build();
    } catch (IllegalArgumentException refused) {
      throw new InputException(
          InputException.Kind.SETTING, "no address: " + address + ": " + refused.getMessage());
    }
  }

  /** Lets calls take turns, and be tried again where they do the same when they are made twice. */
  private static Map<String, Object> serviceConfig(int attempts) {
    Map<String, Object> made = new HashMap<>();
    made.put(
        "loadBalancingConfig",
        Collections.singletonList(Collections.singletonMap("round_robin", Collections.emptyMap())));
    if (attempts < 2) {
      return made;
    }
    Map<String, Object> status = new HashMap<>();
    status.put("service", "tensorflow.serving.ModelService");
    status.put("method", "GetModelStatus");
    Map<String, Object> policy = new HashMap<>();
    policy.put("maxAttempts", (double) attempts);
    policy.put("initialBackoff", "0.1s");
    policy.put("maxBackoff", "1s");
    policy.put("backoffMultiplier", 2.0);
    policy.put("retryableStatusCodes", Collections.singletonList("UNAVAILABLE"));
    Map<String, Object> methods = new HashMap<>();
    methods.put(
        "name",
        Arrays.asList(
            Collections.singletonMap("service", "tensorflow.serving.PredictionService"), status));
    methods.put("retryPolicy", policy);
    made.put("methodConfig", Collections.singletonList(methods));
    return made;
  }
}
