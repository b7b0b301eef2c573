package @package{};

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;

/** What a client needs to speak TLS. Each method gives another setting, and leaves this one as it is. */
public final class Tls {
  private final File authority;
  private final File certificate;
  private final File key;
  private final String serverName;

  private Tls(File authority, File certificate, File key, String serverName) {
    this.authority = authority;
    this.certificate = certificate;
    this.key = key;
    this.serverName = serverName;
  }

  /** Trusts those to vouch for the server that Java trusts. */
  public static Tls trusted() {
    return new Tls(null, null, null, null);
  }

  /** Trusts the certificates in a file of PEM to vouch for the server. */
  public static Tls trusting(File authority) {
    return new Tls(authority, null, null, null);
  }

  /**
   * Shows a certificate of the client's own: mutual TLS. certificate: it, and those between it and the authority's; both
   * are files of PEM, the key in PKCS #8.
   */
  public Tls showing(File certificate, File key) {
    return new Tls(authority, certificate, key, serverName);
  }

  /** Takes a server's certificate that has this name, where it isn't that of the address. */
  public Tls serverName(String name) {
    return new Tls(authority, certificate, key, name);
  }

  String serverName() {
    return serverName;
  }

  /** The same for gRPC. */
  ChannelCredentials credentials() {
    TlsChannelCredentials.Builder made = TlsChannelCredentials.newBuilder();
    try {
      if (authority != null) {
        made.trustManager(authority);
      }
      if (certificate != null) {
        made.keyManager(certificate, key);
      }
    } catch (IOException unreadable) {
      throw new InputException(InputException.Kind.SETTING, "TLS: " + unreadable.getMessage());
    }
    return made.build();
  }
}
