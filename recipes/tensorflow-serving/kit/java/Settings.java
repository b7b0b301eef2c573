package @package{};

import io.grpc.CallCredentials;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** How servers are called. Each method gives other settings, and leaves these as they are. */
public final class Settings implements Cloneable {
  Tls tls;
  private ChannelCredentials transport;
  CallCredentials credentials;
  Metadata headers = new Metadata();
  Duration deadline = Duration.ofSeconds(30);
  int maxMessageBytes = Integer.MAX_VALUE;
  Duration keepalive = Duration.ofSeconds(330);
  Duration keepaliveTimeout = Duration.ofSeconds(20);
  int attempts = 3;
  List<ClientInterceptor> interceptors = Collections.emptyList();
  private Consumer<ManagedChannelBuilder<?>> options = builder -> {};
  Channel channel;
  private boolean checked = true;

  /** What holds where nothing else is said. */
  public Settings() {}

  /** TLS instead of plaintext. */
  public Settings tls(Tls tls) {
    Settings made = copy();
    made.tls = tls;
    return made;
  }

  /** Credentials of your own making, instead of {@link #tls}. */
  public Settings transport(ChannelCredentials transport) {
    Settings made = copy();
    made.transport = transport;
    return made;
  }

  /** What names the caller in each call, such as a token; only with TLS. */
  public Settings credentials(CallCredentials credentials) {
    Settings made = copy();
    made.credentials = credentials;
    return made;
  }

  /** A header of every call. */
  public Settings header(String name, String value) {
    Metadata more = new Metadata();
    more.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return headers(more);
  }

  /** Headers of every call. */
  public Settings headers(Metadata headers) {
    Settings made = copy();
    made.headers = new Metadata();
    made.headers.merge(this.headers);
    made.headers.merge(headers);
    return made;
  }

  /** The deadline of a call that doesn't say another: 30 s. Null for none. */
  public Settings deadline(Duration deadline) {
    Settings made = copy();
    made.deadline = deadline;
    return made;
  }

  /** The largest message that is sent or taken, instead of any. */
  public Settings maxMessageBytes(int bytes) {
    Settings made = copy();
    made.maxMessageBytes = bytes;
    return made;
  }

  /**
   * The time between pings while a call waits: 330 s. Null for none. Servers end connections that ping more often than
   * every 300 s; gRPC takes no less than 10 s.
   */
  public Settings keepalive(Duration keepalive) {
    Settings made = copy();
    made.keepalive = keepalive;
    return made;
  }

  /** How long an answer to a ping may take: 20 s. */
  public Settings keepaliveTimeout(Duration timeout) {
    Settings made = copy();
    made.keepaliveTimeout = timeout;
    return made;
  }

  /**
   * How often a call is tried, all in all, while a server is unavailable: 3; after 0.1 s, up to 1 s. 1 for no retries;
   * gRPC takes no more than 5.
   */
  public Settings attempts(int attempts) {
    Settings made = copy();
    made.attempts = attempts;
    return made;
  }

  /** Interceptors that see every call, the first one first. */
  public Settings interceptors(ClientInterceptor... interceptors) {
    Settings made = copy();
    made.interceptors = new ArrayList<>(Arrays.asList(interceptors));
    return made;
  }

  /** Further options of gRPC's channels; they win over those above. */
  public Settings options(Consumer<ManagedChannelBuilder<?>> options) {
    Settings made = copy();
    made.options = options;
    return made;
  }

  /**
   * A channel of your own instead of addresses. It stays yours to close, and its settings for TLS, keepalive and attempts
   * hold.
   */
  public Settings channel(Channel channel) {
    Settings made = copy();
    made.channel = channel;
    return made;
  }

  /** Sends values without a look at the model's signature. */
  public Settings unchecked() {
    Settings made = copy();
    made.checked = false;
    return made;
  }

  /** Null for plaintext. */
  ChannelCredentials transport() {
    return transport != null || tls == null ? transport : tls.credentials();
  }

  boolean isSecure() {
    return transport != null || tls != null || channel != null;
  }

  Consumer<ManagedChannelBuilder<?>> options() {
    return options;
  }

  boolean isChecked() {
    return checked;
  }

  private Settings copy() {
    try {
      return (Settings) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
