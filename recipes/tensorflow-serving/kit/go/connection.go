package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// None is a deadline that there isn't, no keepalive, and no limit.
const None = -1

// Config says where the servers are, and how they are called. Each field may be left out.
type Config struct {
	// Addresses are "host:port" of each server, or anything else that gRPC takes, or several between commas.
	// All of them serve the same models; calls take turns, and one that can't be reached is passed over. Where a
	// name has several addresses in DNS, calls take turns among these too.
	Addresses []string
	// TLS is nil for plaintext.
	TLS *TLS
	// Transport is credentials of your own, instead of TLS.
	Transport credentials.TransportCredentials
	// Credentials are what names the caller in each call, such as a token; only with TLS.
	Credentials credentials.PerRPCCredentials
	// Metadata is headers of every call.
	Metadata metadata.MD
	// Deadline is for a call, where it doesn't say another: 30 s, or None. That of a call's context holds, too.
	Deadline time.Duration
	// MaxMessageBytes is the largest message that is sent or taken; any, where it isn't given.
	MaxMessageBytes int
	// Keepalive is the time between pings while a call waits: 330 s, or None. Servers end connections that ping
	// more often than every 300 s; gRPC takes no less than 10 s.
	Keepalive time.Duration
	// KeepaliveTimeout is how long an answer to a ping may take: 20 s.
	KeepaliveTimeout time.Duration
	// Attempts is how often a call is tried, all in all, while a server is unavailable: 3; after 0.1 s, up to 1 s.
	// 1 for no retries; gRPC takes no more than 5.
	Attempts int
	// Interceptors see every call.
	Interceptors []grpc.UnaryClientInterceptor
	// Options are further ones of gRPC's connections; they win over those above.
	Options []grpc.DialOption
	// Conn is a connection of your own instead of addresses; it stays yours to close, and its settings for TLS,
	// keepalive and attempts hold.
	Conn grpc.ClientConnInterface
	// Unchecked sends values without a look at the model's signature.
	Unchecked bool
}

// TLS is what a client needs to speak TLS; mutual TLS with Key and Certificate, which are paths of files of PEM.
type TLS struct {
	// CA is who is trusted to vouch for the server; those that the system trusts, where it isn't given.
	CA string
	// Key is the client's.
	Key string
	// Certificate is the client's, and those between it and the authority's.
	Certificate string
	// ServerName is the name in the server's certificate, where it isn't that of the address.
	ServerName string
}

func (t TLS) credentials() (credentials.TransportCredentials, error) {
	made := &tls.Config{ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		content, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		made.RootCAs = x509.NewCertPool()
		if !made.RootCAs.AppendCertsFromPEM(content) {
			return nil, inputError("setting", "%s holds no certificate", t.CA)
		}
	}
	if t.Certificate != "" || t.Key != "" {
		pair, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, err
		}
		made.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(made), nil
}

// transport is nil for plaintext.
func (c Config) transport() (credentials.TransportCredentials, error) {
	switch {
	case c.Transport != nil:
		return c.Transport, nil
	case c.TLS != nil:
		return c.TLS.credentials()
	case c.Credentials != nil && c.Conn == nil:
		return nil, errPlaintext
	}
	return nil, nil
}

var errPlaintext = inputError("setting", "call credentials need TLS: anybody could read them")

// addresses are those of the configuration, one by one.
func (c Config) addresses() ([]string, error) {
	var found []string
	for _, each := range c.Addresses {
		for _, part := range strings.Split(each, ",") {
			found = append(found, strings.TrimSpace(part))
			if found[len(found)-1] == "" {
				return nil, inputError("setting", "an address is needed: host:port")
			}
		}
	}
	if found == nil {
		return nil, inputError("setting", "an address is needed: host:port")
	}
	return found, nil
}

// dialOptions are what connections are made with.
func (c Config) dialOptions() ([]grpc.DialOption, error) {
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	if transport == nil {
		transport = insecure.NewCredentials()
	}
	made := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(c.serviceConfig()),
		grpc.WithDefaultCallOptions(c.callOptions()...),
		grpc.WithChainUnaryInterceptor(c.Interceptors...),
	}
	if c.attempts() == 1 {
		made = append(made, grpc.WithDisableRetry())
	}
	if c.Credentials != nil {
		made = append(made, grpc.WithPerRPCCredentials(c.Credentials))
	}
	if every := orElse(c.Keepalive, 330*time.Second); every > 0 {
		made = append(made, grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time:    every,
			Timeout: orElse(c.KeepaliveTimeout, 20*time.Second),
		}))
	}
	return append(made, c.Options...), nil
}

func (c Config) callOptions() []grpc.CallOption {
	size := orElse(c.MaxMessageBytes, math.MaxInt32)
	if size < 0 {
		size = math.MaxInt32
	}
	return []grpc.CallOption{
		grpc.MaxCallRecvMsgSize(size),
		grpc.MaxCallSendMsgSize(size),
		// gRPC keeps what it may have to send again, up to a limit, which is 256 KB by itself.
		grpc.MaxRetryRPCBufferSize(math.MaxInt32),
	}
}

// intercepted is a connection of the user's own with interceptors.
type intercepted struct {
	grpc.ClientConnInterface
	interceptors []grpc.UnaryClientInterceptor
}

// Invoke makes a call by way of the interceptors.
func (i intercepted) Invoke(
	ctx context.Context, method string, request, reply any, options ...grpc.CallOption,
) error {
	if len(i.interceptors) == 0 {
		return i.ClientConnInterface.Invoke(ctx, method, request, reply, options...)
	}
	rest := intercepted{i.ClientConnInterface, i.interceptors[1:]}
	connection, _ := i.ClientConnInterface.(*grpc.ClientConn)
	next := func(
		ctx context.Context, method string, request, reply any, _ *grpc.ClientConn, options ...grpc.CallOption,
	) error {
		return rest.Invoke(ctx, method, request, reply, options...)
	}
	return i.interceptors[0](ctx, method, request, reply, connection, next, options...)
}

func (c Config) attempts() int { return orElse(c.Attempts, 3) }

// serviceConfig lets calls be tried again that do the same when they are made twice.
func (c Config) serviceConfig() string {
	made := map[string]any{"loadBalancingConfig": []any{map[string]any{"round_robin": map[string]any{}}}}
	if c.attempts() > 1 {
		made["methodConfig"] = []any{map[string]any{
			"name": []any{
				map[string]string{"service": "tensorflow.serving.PredictionService"},
				map[string]string{"service": "tensorflow.serving.ModelService", "method": "GetModelStatus"},
			},
			"retryPolicy": map[string]any{
				"maxAttempts":          c.attempts(),
				"initialBackoff":       "0.1s",
				"maxBackoff":           "1s",
				"backoffMultiplier":    2,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}}
	}
	text, err := json.Marshal(made)
	if err != nil {
		panic(fmt.Sprintf("strings and numbers are JSON: %v", err))
	}
	return string(text)
}

// orElse is a setting, or what holds where it isn't given.
func orElse[T comparable](given, otherwise T) T {
	var none T
	if given == none {
		return otherwise
	}
	return given
}
