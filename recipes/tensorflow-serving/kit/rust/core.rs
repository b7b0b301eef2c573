//! What a client knows, and how it makes one call: its attempts, turns, deadline and end.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use prost::Message;
use tokio::sync::watch;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataMap;
use tonic::{Code, GrpcMethod, Request, Status};

use super::connection::{locked, plaintext, Config, Limit, Node, Server};
use super::requests::{version_of, Target};
use super::signatures::{read_signatures, Signature};
use super::{CallError, CallKind, Error, Rows};
use crate::tensorflow::serving::{GetModelMetadataRequest, GetModelMetadataResponse, ModelSpec};

/// An RPC.
#[derive(Clone, Copy)]
pub(crate) struct Method {
    service: &'static str,
    pub(crate) name: &'static str,
    /// Whether it does the same when it is called twice.
    repeatable: bool,
}

const fn prediction(name: &'static str) -> Method {
    Method { service: "tensorflow.serving.PredictionService", name, repeatable: true }
}

pub(crate) const PREDICT: Method = prediction("Predict");
pub(crate) const CLASSIFY: Method = prediction("Classify");
pub(crate) const REGRESS: Method = prediction("Regress");
pub(crate) const MULTI_INFERENCE: Method = prediction("MultiInference");
const METADATA: Method = prediction("GetModelMetadata");
pub(crate) const STATUS: Method =
    Method { service: "tensorflow.serving.ModelService", name: "GetModelStatus", repeatable: true };
pub(crate) const RELOAD: Method =
    Method { service: "tensorflow.serving.ModelService", name: "HandleReloadConfigRequest", repeatable: false };

/// How long to wait before the next attempt, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) servers: Vec<Arc<Server>>,
    turns: AtomicUsize,
    closed: watch::Sender<bool>,
    known: Mutex<HashMap<Key, Arc<Known>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    model: String,
    version: Option<i64>,
    label: String,
}

impl From<&Target> for Key {
    fn from(target: &Target) -> Self {
        Key { model: target.model.clone(), version: target.version, label: target.label.clone() }
    }
}

/// What is known about a model's signatures.
pub(crate) struct Known {
    /// That they are of.
    version: i64,
    /// None where the server doesn't tell.
    pub(crate) signatures: Option<BTreeMap<String, Signature>>,
}

/// What all that a call does has in common: until when it may last.
#[derive(Clone)]
pub(crate) struct Scope {
    until: Option<Instant>,
    closed: watch::Receiver<bool>,
}

impl Scope {
    /// How much time is left.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// The same with less time.
    pub(crate) fn at_most(&self, time: Duration) -> Self {
        let until = Instant::now() + time;
        Scope { until: Some(self.until.map_or(until, |known| known.min(until))), closed: self.closed.clone() }
    }

    /// What comes of something, unless the time ends or the client is closed before.
    pub(crate) async fn run<T>(&self, what: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        let mut closed = self.closed.clone();
        let mut closed = pin!(async move { closed.wait_for(|is| *is).await.map(drop) });
        let until = self.until.map(tokio::time::Instant::from_std);
        let mut late = pin!(async move {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        });
        let mut what = pin!(what);
        std::future::poll_fn(|cx| {
            if closed.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(Status::cancelled("the client is closed")));
            }
            if let Poll::Ready(came) = what.as_mut().poll(cx) {
                return Poll::Ready(came);
            }
            late.as_mut().poll(cx).map(|()| Err(Status::deadline_exceeded("there was no answer in time")))
        })
        .await
    }

    pub(crate) async fn sleep(&self, time: Duration) -> Result<(), Status> {
        self.run(async {
            tokio::time::sleep(time).await;
            Ok(())
        })
        .await
    }
}

impl Core {
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        let servers = config.servers()?;
        let closed = watch::Sender::new(false);
        Ok(Core { config, servers, turns: AtomicUsize::new(0), closed, known: Mutex::default() })
    }

    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
        self.servers.iter().for_each(|server| server.close());
    }

    /// Begins a call, unless its settings can't be.
    pub(crate) fn begin(&self, target: &Target) -> Result<Scope, Error> {
        target.check()?;
        if target.credentials.is_some() && !self.config.is_secure() {
            return Err(plaintext().into());
        }
        let until = match target.deadline.unwrap_or(self.config.deadline) {
            Limit::After(time) => Instant::now().checked_add(time),
            Limit::Never => None,
        };
        Ok(Scope { until, closed: self.closed.subscribe() })
    }

    /// Calls the server whose turn it is, and the others while they can't be reached.
    pub(crate) async fn send<Q, R>(
        &self,
        scope: &Scope,
        method: Method,
        target: &Target,
        rows: Option<Rows>,
        request: Q,
    ) -> Result<R, Error>
    where
        Q: Message + 'static,
        R: Message + Default + 'static,
    {
        let request = Arc::new(request);
        let first = self.turns.fetch_add(1, Ordering::Relaxed);
        let mut number = 0;
        loop {
            let server = &self.servers[(first + number) % self.servers.len()];
            number += 1;
            match self.once(scope, server, method, target, rows, &request).await {
                Err(error) if error.kind() == CallKind::Unreachable && number < self.servers.len() => {}
                came => return Ok(came?),
            }
        }
    }

    /// One call of one server, and its attempts.
    pub(crate) async fn once<Q, R>(
        &self,
        scope: &Scope,
        server: &Arc<Server>,
        method: Method,
        target: &Target,
        rows: Option<Rows>,
        request: &Arc<Q>,
    ) -> Result<R, CallError>
    where
        Q: Message + 'static,
        R: Message + Default + 'static,
    {
        let failed = |status| CallError::new(target.call(method.name, &server.address, rows), status);
        let attempts = if method.repeatable { self.config.attempts } else { 1 };
        let mut pause = PAUSES.0;
        for attempt in 1.. {
            match self.attempt(scope, server, method, target, request).await {
                Err(status) if status.code() == Code::Unavailable && attempt < attempts => {}
                came => return came.map_err(failed),
            }
            scope.sleep(pause.mul_f64(jitter())).await.map_err(failed)?;
            pause = (pause * 2).min(PAUSES.1);
        }
        unreachable!("the last attempt returns")
    }

    /// One attempt: at the address whose turn it is, or at another one of the server that can be reached.
    async fn attempt<Q, R>(
        &self,
        scope: &Scope,
        server: &Arc<Server>,
        method: Method,
        target: &Target,
        request: &Arc<Q>,
    ) -> Result<R, Status>
    where
        Q: Message + 'static,
        R: Message + Default + 'static,
    {
        let mut last = Status::unavailable("there is no address");
        for node in scope.run(server.nodes()).await? {
            match scope.run(self.call(scope, &node, method, target, request.clone())).await {
                Err(status) if !connected(&status) => {
                    node.reached(false);
                    last = as_others(status);
                }
                came => {
                    node.reached(true);
                    return came.map_err(as_others);
                }
            }
        }
        Err(last)
    }

    async fn call<Q, R>(
        &self,
        scope: &Scope,
        node: &Node,
        method: Method,
        target: &Target,
        request: Arc<Q>,
    ) -> Result<R, Status>
    where
        Q: Message + 'static,
        R: Message + Default + 'static,
    {
        let mut head = Request::new(());
        add(head.metadata_mut(), &self.config.metadata);
        add(head.metadata_mut(), &target.metadata);
        for credentials in [&self.config.credentials, &target.credentials].into_iter().flatten() {
            credentials(head.metadata_mut())?;
        }
        if let Some(left) = scope.left() {
            head.set_timeout(left);
        }
        head.extensions_mut().insert(GrpcMethod::new(method.service, method.name));
        for interceptor in &self.config.interceptors {
            head = interceptor(head)?;
        }
        let path = PathAndQuery::try_from(format!("/{}/{}", method.service, method.name))
            .map_err(|error| Status::internal(error.to_string()))?;
        let most = self.config.max_message_bytes;
        let mut grpc = tonic::client::Grpc::new(node.channel.clone())
            .max_decoding_message_size(most)
            .max_encoding_message_size(most);
        grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
        Ok(grpc.unary(head.map(|()| request), path, Shared::default()).await?.into_inner())
    }

    /// What is known about a model's signatures; asked for once.
    pub(crate) async fn read(&self, scope: &Scope, target: &Target) -> Result<Arc<Known>, Error> {
        if let Some(known) = self.look_up(target) {
            return Ok(known);
        }
        let target = Target { signature: String::new(), ..target.clone() };
        let request = GetModelMetadataRequest {
            model_spec: Some(target.spec()),
            metadata_field: vec!["signature_def".to_owned()],
        };
        let known = match self.send::<_, GetModelMetadataResponse>(scope, METADATA, &target, None, request).await {
            Ok(reply) => Known {
                version: reply.model_spec.as_ref().and_then(version_of).unwrap_or_default(),
                signatures: Some(read_signatures(&reply)?),
            },
            Err(Error::Call(error)) if error.code() == Code::Unimplemented => Known { version: 0, signatures: None },
            Err(error) => return Err(error),
        };
        let known = Arc::new(known);
        locked(&self.known).insert(Key::from(&target), known.clone());
        Ok(known)
    }

    /// Forgets the signatures of another version than the one that answers now.
    pub(crate) fn answered(&self, target: &Target, spec: Option<&ModelSpec>) {
        let (Some(known), Some(version)) = (self.look_up(target), spec.and_then(version_of)) else { return };
        if known.signatures.is_some() && version != 0 && version != known.version {
            self.forget(target);
        }
    }

    pub(crate) fn look_up(&self, target: &Target) -> Option<Arc<Known>> {
        locked(&self.known).get(&Key::from(target)).cloned()
    }

    pub(crate) fn forget(&self, target: &Target) {
        locked(&self.known).remove(&Key::from(target));
    }
}

fn add(into: &mut MetadataMap, more: &MetadataMap) {
    if more.is_empty() {
        return;
    }
    let mut headers = std::mem::take(into).into_headers();
    for (name, value) in more.clone().into_headers().iter() {
        headers.append(name.clone(), value.clone());
    }
    *into = MetadataMap::from_headers(headers);
}

/// Between 0.8 and 1.2, so that not all clients come back at once.
fn jitter() -> f64 {
    let chance = std::collections::hash_map::RandomState::new().build_hasher().finish();
    0.8 + 0.4 * (chance as f64 / u64::MAX as f64)
}

/// Everything that led to a status of this side.
fn causes(status: &Status) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(status.source(), |&error| error.source())
}

/// Whether there was a connection to send the call by.
fn connected(status: &Status) -> bool {
    !causes(status).any(|cause| cause.is::<tonic::ConnectError>())
}

/// A status of this side with the code that gRPC has for it elsewhere; others as they are.
fn as_others(status: Status) -> Status {
    let told = || {
        let told: Vec<String> = causes(&status).map(ToString::to_string).collect();
        told.last().map_or_else(|| status.message().to_owned(), |last| format!("{}: {last}", status.message()))
    };
    let is_ours = status.source().is_some();
    match status.code() {
        _ if causes(&status).any(|cause| cause.is::<tonic::TimeoutExpired>()) => Status::deadline_exceeded(told()),
        // That is how servers of older tonic end a call that is late.
        Code::Cancelled if status.message() == "Timeout expired" => Status::deadline_exceeded(told()),
        Code::Unknown | Code::Internal | Code::Unavailable if is_ours => Status::unavailable(told()),
        // A connection that ended takes its calls with it.
        Code::Cancelled if is_ours && causes(&status).any(|cause| cause.is::<tonic::transport::Error>()) => {
            Status::unavailable(told())
        }
        Code::OutOfRange if status.message().contains("message length too large") => {
            Status::resource_exhausted(status.message())
        }
        _ => status,
    }
}

/// Writes messages that are shared among attempts, and reads replies.
struct Shared<Q, R>(PhantomData<(Q, R)>);

impl<Q, R> Default for Shared<Q, R> {
    fn default() -> Self {
        Shared(PhantomData)
    }
}

impl<Q: Message + 'static, R: Message + Default + 'static> Codec for Shared<Q, R> {
    type Encode = Arc<Q>;
    type Decode = R;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self::default()
    }

    fn decoder(&mut self) -> Self {
        Self::default()
    }
}

impl<Q: Message + 'static, R: Message + Default + 'static> Encoder for Shared<Q, R> {
    type Item = Arc<Q>;
    type Error = Status;

    fn encode(&mut self, item: Arc<Q>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.reserve(item.encoded_len());
        item.encode(into).map_err(|error| Status::internal(error.to_string()))
    }
}

impl<Q: Message + 'static, R: Message + Default + 'static> Decoder for Shared<Q, R> {
    type Item = R;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<R>, Status> {
        R::decode(from).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
