//! Where servers are, and how they are called.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tonic::codegen::http::Uri;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

#[cfg(feature = "tls")]
use super::tls::Tls;
use super::{InputError, InputKind};

/// What names the caller in each call: it adds headers, such as a token.
pub type Credentials = Arc<dyn Fn(&mut MetadataMap) -> Result<(), Status> + Send + Sync>;

/// What sees each attempt of a call before it is sent, and may change its headers or refuse it.
///
/// The request's extensions have the [`GrpcMethod`](tonic::GrpcMethod).
pub type Interceptor = Arc<dyn Fn(Request<()>) -> Result<Request<()>, Status> + Send + Sync>;

/// What finds the addresses behind a name, "host:port".
pub type Resolver =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> + Send + Sync>;

/// How long something may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    After(Duration),
    Never,
}

/// Where the servers are, and how they are called. An address is one.
#[derive(Clone)]
pub struct Config {
    pub(crate) addresses: Vec<String>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) metadata: MetadataMap,
    pub(crate) deadline: Limit,
    pub(crate) max_message_bytes: usize,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) keepalive_timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) interceptors: Vec<Interceptor>,
    pub(crate) channel: Option<Channel>,
    pub(crate) resolver: Option<Resolver>,
    pub(crate) checks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            addresses: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
            credentials: None,
            metadata: MetadataMap::new(),
            deadline: Limit::After(Duration::from_secs(30)),
            max_message_bytes: usize::MAX,
            keepalive: Some(Duration::from_secs(330)),
            keepalive_timeout: Duration::from_secs(20),
            attempts: 3,
            interceptors: Vec::new(),
            channel: None,
            resolver: None,
            checks: true,
        }
    }
}

impl From<&str> for Config {
    fn from(address: &str) -> Self {
        Config::new([address])
    }
}

impl From<String> for Config {
    fn from(address: String) -> Self {
        Config::new([address])
    }
}

impl<A: Into<String>, const N: usize> From<[A; N]> for Config {
    fn from(addresses: [A; N]) -> Self {
        Config::new(addresses)
    }
}

impl<A: Into<String>> From<Vec<A>> for Config {
    fn from(addresses: Vec<A>) -> Self {
        Config::new(addresses)
    }
}

impl Config {
    /// Servers at these addresses: "host:port" each, or several between commas.
    ///
    /// All of them serve the same models; calls take turns, and one that can't be reached is passed over. Where a name
    /// has several addresses in DNS, calls take turns among these too.
    pub fn new<A: Into<String>>(addresses: impl IntoIterator<Item = A>) -> Self {
        Config { addresses: addresses.into_iter().map(Into::into).collect(), ..Config::default() }
    }

    /// A connection of your own instead of addresses; its settings for TLS and keepalive hold.
    pub fn channel(channel: Channel) -> Self {
        Config { channel: Some(channel), ..Config::default() }
    }

    /// TLS, instead of plaintext.
    #[cfg(feature = "tls")]
    pub fn tls(self, tls: Tls) -> Self {
        Config { tls: Some(tls), ..self }
    }

    /// What names the caller in each call; only with TLS.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Config { credentials: Some(credentials), ..self }
    }

    /// Headers of every call.
    pub fn metadata(self, metadata: MetadataMap) -> Self {
        Config { metadata, ..self }
    }

    /// One more header of every call.
    pub fn header(mut self, name: &'static str, value: &str) -> Result<Self, InputError> {
        let refused = || InputError::new(InputKind::Setting, format!("{name}: {value:?} can't be a header"));
        let key: AsciiMetadataKey = name.parse().map_err(|_| refused())?;
        let value: AsciiMetadataValue = value.parse().map_err(|_| refused())?;
        self.metadata.append(key, value);
        Ok(self)
    }

    /// The time for a call that doesn't say another: 30 s.
    pub fn deadline(self, time: Duration) -> Self {
        Config { deadline: Limit::After(time), ..self }
    }

    /// Calls that don't say another may take any time.
    pub fn without_deadline(self) -> Self {
        Config { deadline: Limit::Never, ..self }
    }

    /// The largest message that is sent or taken: any, where this isn't given.
    pub fn max_message_bytes(self, size: usize) -> Self {
        Config { max_message_bytes: size, ..self }
    }

    /// The time between pings while a call waits, and how long an answer may take: 330 s and 20 s.
    ///
    /// Servers end connections that ping more often than every 300 s.
    pub fn keepalive(self, every: Duration, timeout: Duration) -> Self {
        Config { keepalive: Some(every), keepalive_timeout: timeout, ..self }
    }

    /// No pings.
    pub fn without_keepalive(self) -> Self {
        Config { keepalive: None, ..self }
    }

    /// How often a call is tried, all in all, while a server is unavailable: 3; after 0.1 s, up to 1 s. 1 for no retries.
    pub fn attempts(self, attempts: u32) -> Self {
        Config { attempts: attempts.max(1), ..self }
    }

    /// One more that sees every attempt of a call, after those that were given before.
    pub fn interceptor(
        mut self,
        interceptor: impl Fn(Request<()>) -> Result<Request<()>, Status> + Send + Sync + 'static,
    ) -> Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// What finds the addresses behind names, instead of the system.
    pub fn resolver(self, resolver: Resolver) -> Self {
        Config { resolver: Some(resolver), ..self }
    }

    /// Values are sent without a look at the model's signature.
    pub fn unchecked(self) -> Self {
        Config { checks: false, ..self }
    }

    /// Whether nobody reads what is sent.
    pub(crate) fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return true;
        }
        self.channel.is_some()
    }

    pub(crate) fn servers(&self) -> Result<Vec<Arc<Server>>, InputError> {
        if self.credentials.is_some() && !self.is_secure() {
            return Err(plaintext());
        }
        if let Some(channel) = &self.channel {
            let address = self.addresses.first().map_or("the given channel", String::as_str);
            let node = Arc::new(Node::new(channel.clone()));
            return Ok(vec![Arc::new(Server { address: address.to_owned(), way: Way::Given(node) })]);
        }
        let addresses: Vec<&str> = self.addresses.iter().flat_map(|each| each.split(',')).map(str::trim).collect();
        if addresses.is_empty() {
            return Err(no_address(""));
        }
        addresses.into_iter().map(|address| self.server(address).map(Arc::new)).collect()
    }

    fn server(&self, address: &str) -> Result<Server, InputError> {
        let (host, port) = address.rsplit_once(':').ok_or_else(|| no_address(address))?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(no_address(address));
        }
        #[cfg(feature = "tls")]
        let (scheme, tls) = match &self.tls {
            Some(tls) => ("https", Some(tls.config(host.trim_matches(['[', ']']))?)),
            None => ("http", None),
        };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let name = format!("{scheme}://{address}").parse().map_err(|_| no_address(address))?;
        let dial = Dial {
            name,
            scheme,
            #[cfg(feature = "tls")]
            tls,
            keepalive: self.keepalive,
            keepalive_timeout: self.keepalive_timeout,
            resolver: self.resolver.clone().unwrap_or_else(|| Arc::new(|name| Box::pin(resolve(name)))),
        };
        let way = Way::Found(Box::new(Found { dial, nodes: Mutex::default(), turns: AtomicUsize::new(0) }));
        Ok(Server { address: address.to_owned(), way })
    }
}

/// What calls with credentials are refused with.
pub(crate) fn plaintext() -> InputError {
    InputError::new(InputKind::Setting, "call credentials need TLS: anybody could read them")
}

fn no_address(given: &str) -> InputError {
    let but = if given.is_empty() { String::new() } else { format!(", not {given}") };
    InputError::new(InputKind::Setting, format!("an address is needed: host:port{but}"))
}

async fn resolve(name: String) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host(name).await?.collect())
}

/// How long a name's addresses hold before they are looked up again.
const FRESH: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long an address is passed over that couldn't be reached, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(120));

/// A server, or all those behind one name.
pub(crate) struct Server {
    pub(crate) address: String,
    way: Way,
}

enum Way {
    Given(Arc<Node>),
    Found(Box<Found>),
}

struct Found {
    dial: Dial,
    nodes: Mutex<Nodes>,
    turns: AtomicUsize,
}

#[derive(Default)]
struct Nodes {
    found: Vec<(SocketAddr, Arc<Node>)>,
    looked_up: Option<Instant>,
}

/// How connections are made.
struct Dial {
    name: Uri,
    scheme: &'static str,
    #[cfg(feature = "tls")]
    tls: Option<tonic::transport::ClientTlsConfig>,
    keepalive: Option<Duration>,
    keepalive_timeout: Duration,
    resolver: Resolver,
}

impl Dial {
    fn channel(&self, place: SocketAddr) -> Result<Channel, tonic::transport::Error> {
        let mut made = Endpoint::from_shared(format!("{}://{place}", self.scheme))?
            .origin(self.name.clone())
            .connect_timeout(CONNECTING);
        if let Some(every) = self.keepalive {
            made = made.http2_keep_alive_interval(every).keep_alive_timeout(self.keepalive_timeout);
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            made = made.tls_config(tls.clone())?;
        }
        Ok(made.connect_lazy())
    }
}

/// One address, and its connection.
pub(crate) struct Node {
    pub(crate) channel: Channel,
    /// Until when it is passed over, and for how long it is.
    down: Mutex<Option<(Instant, Duration)>>,
}

impl Node {
    fn new(channel: Channel) -> Self {
        Node { channel, down: Mutex::default() }
    }

    fn is_down(&self) -> bool {
        locked(&self.down).is_some_and(|(until, _)| until > Instant::now())
    }

    /// Notes whether it could be reached.
    pub(crate) fn reached(&self, is: bool) {
        let mut down = locked(&self.down);
        *down = (!is).then(|| {
            let pause = down.map_or(PAUSES.0, |(_, pause)| (pause * 8 / 5).min(PAUSES.1));
            (Instant::now() + pause, pause)
        });
    }
}

pub(crate) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// All addresses of the server: first the one whose turn it is, last those that couldn't be reached lately.
    pub(crate) async fn nodes(self: &Arc<Self>) -> Result<Vec<Arc<Node>>, Status> {
        let found = match &self.way {
            Way::Given(node) => return Ok(vec![node.clone()]),
            Way::Found(found) => found,
        };
        let (known, age) = {
            let nodes = locked(&found.nodes);
            (nodes.found.len(), nodes.looked_up.map(|then| then.elapsed()))
        };
        if known == 0 {
            self.look_up().await?;
        } else if age.map_or(true, |age| age > FRESH) {
            locked(&found.nodes).looked_up = Some(Instant::now());
            let server = self.clone();
            tokio::spawn(async move { server.look_up().await });
        }
        let mut turn: Vec<Arc<Node>> = locked(&found.nodes).found.iter().map(|(_, node)| node.clone()).collect();
        let first = found.turns.fetch_add(1, Ordering::Relaxed) % turn.len().max(1);
        turn.rotate_left(first);
        turn.sort_by_key(|node| node.is_down());
        Ok(turn)
    }

    async fn look_up(&self) -> Result<(), Status> {
        let Way::Found(found) = &self.way else { return Ok(()) };
        let places = (found.dial.resolver)(self.address.clone()).await;
        let mut places = places.map_err(|error| Status::unavailable(format!("{}: {error}", self.address)))?;
        places.sort_unstable();
        places.dedup();
        if places.is_empty() {
            return Err(Status::unavailable(format!("{} has no address", self.address)));
        }
        let mut nodes = locked(&found.nodes);
        let mut old: HashMap<SocketAddr, Arc<Node>> = nodes.found.drain(..).collect();
        for place in places {
            let node = match old.remove(&place) {
                Some(node) => node,
                None => {
                    let channel = found.dial.channel(place);
                    Arc::new(Node::new(channel.map_err(|error| Status::unavailable(error.to_string()))?))
                }
            };
            nodes.found.push((place, node));
        }
        nodes.looked_up = Some(Instant::now());
        Ok(())
    }

    /// Lets go of all connections.
    pub(crate) fn close(&self) {
        if let Way::Found(found) = &self.way {
            locked(&found.nodes).found.clear();
        }
    }
}
