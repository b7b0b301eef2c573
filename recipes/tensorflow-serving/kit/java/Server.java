package @package{};

import io.grpc.Channel;

/** One of the servers of a client. */
final class Server {
  final String address;
  final Channel channel;

  Server(String address, Channel channel) {
    this.address = address;
    this.channel = channel;
  }
}
