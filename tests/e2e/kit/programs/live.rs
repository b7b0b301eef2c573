//! Calls servers by the kit of a package, and prints what came of it by scenario; see ../contract.md.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, process};

use serde_json::{json, Map, Value as Json};
use tensorflow_serving_client::client::{
    code_name, read_warmup, shape_of, type_of, values, warmup_request, write_warmup, Batch, BoxError, CallKind,
    Class, Client, Config, Credentials, Error, FakeModel, FakeRequest, FakeServer, Features, Fill, Inputs,
    ModelsConf, Prediction, Serving, Spec, Target, Task, TaskResult, Tensor, Tls, Value, VersionStatus, Wait,
};
use tensorflow_serving_client::tensorflow::serving::model_server_config::Config as Listed;
use tensorflow_serving_client::tensorflow::serving::model_version_status::State;
use tensorflow_serving_client::tensorflow::serving::prediction_log::LogType;
use tensorflow_serving_client::tensorflow::serving::{ModelConfig, PredictRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::metadata::MetadataMap;
use tonic::transport::Endpoint;
use tonic::{Code, GrpcMethod, Status};

type Places = HashMap<String, String>;
type Answers = BTreeMap<&'static str, Json>;

const SOON: Duration = Duration::from_millis(300);

/// Servers count for each run by itself.
fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| format!("{}-{:?}", process::id(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)))
}

fn x() -> Inputs {
    Inputs::from([("x", [1.5])])
}

fn none() -> Inputs {
    Inputs::new()
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().collect();
    let places: Places = serde_json::from_slice(&fs::read(&arguments[1]).unwrap()).unwrap();
    let mut told = BTreeMap::new();
    for name in ["connect", "predict", "signatures", "batches", "models", "warmup", "fake"] {
        if arguments.len() > 3 && !arguments[3..].iter().any(|part| part == name) {
            continue;
        }
        let answers = match name {
            "connect" => connect(&places).await,
            "predict" => predict(&places).await,
            "signatures" => signatures(&places).await,
            "batches" => batches(&places).await,
            "models" => models(&places).await,
            "warmup" => warmup(&places, &arguments[2]).await,
            _ => fake().await,
        };
        told.insert(name, answers);
    }
    // Where a server is differs from run to run.
    println!("{}", serde_json::to_string(&told).unwrap().replace(&places["first"], "the first"));
}

/// A client whose calls are counted for this run.
fn open(config: Config) -> Result<Client, Error> {
    Client::new(config.header("x-run", run())?)
}

fn unchecked(address: &str) -> Client {
    open(Config::from(address).unchecked()).unwrap()
}

/// A tensor as JSON has it.
fn plain(tensor: &Tensor) -> Json {
    let flat: Vec<Json> = match &*type_of(tensor) {
        "DT_BOOL" => values::<bool>(tensor).unwrap().into_iter().map(Json::from).collect(),
        "DT_INT32" => values::<i32>(tensor).unwrap().into_iter().map(Json::from).collect(),
        "DT_INT64" => values::<i64>(tensor).unwrap().into_iter().map(Json::from).collect(),
        "DT_DOUBLE" => values::<f64>(tensor).unwrap().into_iter().map(Json::from).collect(),
        "DT_STRING" => values::<String>(tensor).unwrap().into_iter().map(Json::from).collect(),
        _ => values::<f32>(tensor).unwrap().into_iter().map(Json::from).collect(),
    };
    let shape = shape_of(tensor).unwrap();
    let mut rows = flat;
    for size in shape.iter().skip(1).rev() {
        rows = rows.chunks(*size as usize).map(|row| Json::from(row.to_vec())).collect();
    }
    if shape.is_empty() {
        rows.remove(0)
    } else {
        rows.into()
    }
}

fn plain_all(came: &Prediction) -> Json {
    Json::Object(came.outputs.iter().map(|(name, tensor)| (name.clone(), plain(tensor))).collect())
}

/// How something fails.
fn failed<T>(came: Result<T, Error>) -> Json {
    match came.err() {
        None => json!(["none"]),
        Some(Error::Call(error)) => {
            let kind = match error.kind() {
                CallKind::Cancelled => "cancelled",
                CallKind::DeadlineExceeded => "deadline",
                CallKind::Unreachable => "unreachable",
                _ => "call",
            };
            json!([kind, code_name(error.code()), error.details()])
        }
        Some(Error::Input(error)) => json!(["input", error.kind.to_string()]),
        Some(Error::NotReady(why)) => json!(["not ready", why]),
        Some(Error::Reply(error)) => json!(["reply", error.to_string()]),
        Some(error) => panic!("{error}"),
    }
}

fn shortly<T>(came: Result<T, Error>) -> Json {
    let mut told = failed(came);
    told.as_array_mut().unwrap().truncate(2);
    told
}

async fn predicted(client: &Client, target: impl Into<Target>, inputs: Inputs, output: &str) -> Json {
    plain(&client.predict(target, inputs).await.unwrap().outputs[output])
}

fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("localhost:0").unwrap();
    format!("localhost:{}", listener.local_addr().unwrap().port())
}

fn header(name: &'static str, value: &str) -> MetadataMap {
    let mut made = MetadataMap::new();
    made.insert(name, value.parse().unwrap());
    made
}

fn token(value: &'static str) -> Credentials {
    Arc::new(move |metadata| {
        metadata.insert("x-request-id", value.parse().map_err(|_| Status::internal("no header"))?);
        Ok(())
    })
}

async fn version(config: Config) -> Result<i64, Error> {
    let client = open(config.unchecked())?;
    Ok(client.predict("echo", x()).await?.version)
}

async fn seen(config: Config, target: Target) -> Json {
    let client = open(config.unchecked()).unwrap();
    predicted(&client, target, none(), "seen").await
}

async fn connect(places: &Places) -> Answers {
    let mut told = Answers::new();
    let keys = Path::new(&places["certificates"]);
    let (first, second, gone) = (places["first"].as_str(), places["second"].as_str(), closed_port());
    let trusted = Tls { ca: Some(keys.join("ca.pem")), ..Tls::default() };
    let mutual =
        Tls { key: Some(keys.join("client.key")), certificate: Some(keys.join("client.pem")), ..trusted.clone() };
    let named = Tls { server_name: Some("localhost".into()), ..trusted.clone() };
    let secure = |name: &str, tls: &Tls| Config::from(places[name].as_str()).tls(tls.clone());
    told.insert("plain", version(first.into()).await.unwrap().into());
    let one = version([gone.as_str(), first].into()).await.unwrap();
    told.insert("one_is_gone", json!([one, version(format!("{first},{gone}").into()).await.unwrap()]));
    told.insert("gone", shortly(version(gone.as_str().into()).await));
    told.insert("tls", version(secure("tls", &trusted)).await.unwrap().into());
    told.insert("mutual_tls", version(secure("mutual", &mutual)).await.unwrap().into());
    told.insert("tls_without_certificate", shortly(version(secure("mutual", &trusted)).await));
    let numbers = places["tls"].replace("localhost", "127.0.0.1");
    told.insert("tls_name", version(Config::from(numbers).tls(named)).await.unwrap().into());

    let metadata = Target::model("metadata");
    let with_header = Config::from(first).metadata(header("x-request-id", "r-1"));
    told.insert("metadata", seen(with_header, metadata.clone()).await);
    let own = metadata.clone().metadata(header("x-request-id", "r-2"));
    told.insert("call_metadata", seen(first.into(), own).await);
    let credentials = secure("tls", &trusted).credentials(token("r-3"));
    told.insert("credentials", seen(credentials, metadata.clone()).await);
    let own = metadata.clone().credentials(token("r-4"));
    told.insert("call_credentials", seen(secure("tls", &trusted), own).await);
    told.insert("plaintext_credentials", failed(version(Config::from(first).credentials(token("t"))).await));

    let plainly = unchecked(first);
    let open_token = Target::model("echo").credentials(token("t"));
    told.insert("credentials_in_plaintext", failed(plainly.predict(open_token, x()).await));
    // The servers read the list of an int64.
    let size = || Inputs::new().with("size", Value::new(16i64 << 20).listed_tensor().unwrap());
    let mut zeros = plainly.predict("zeros", size()).await.unwrap();
    let zeros = zeros.outputs.remove("zeros").unwrap();
    let length = zeros.tensor_content.len();
    let back = plainly.predict("echo", Inputs::new().with("zeros", zeros)).await.unwrap();
    told.insert("large", json!([length, back.outputs["zeros"].tensor_content.len()]));
    let limited = open(Config::from(first).unchecked().max_message_bytes(1 << 20)).unwrap();
    told.insert("limit", shortly(limited.predict("zeros", size()).await));

    let hasty = open(Config::from(first).unchecked().deadline(SOON)).unwrap();
    told.insert("deadline", shortly(hasty.predict("slow", x()).await));
    told.insert("call_deadline", shortly(plainly.predict(Target::model("slow").deadline(SOON), x()).await));
    let flaky = |name: &str| Target::model("flaky").metadata(header("x-request-id", name));
    told.insert("retries", predicted(&plainly, flaky("small"), x(), "count").await);
    let large = Inputs::from([("x", vec![0f32; 1 << 18])]);
    told.insert("retries_of_large", predicted(&plainly, flaky("large"), large, "count").await);
    told.insert("retries_end", failed(plainly.predict("down", x()).await));
    let trying = open(Config::from(first).unchecked().attempts(1)).unwrap();
    told.insert("no_retries", failed(trying.predict("flaky", x()).await));
    told.insert("keepalive", kept_alive(first).await);

    let mut turns = wheres([first, second].into()).await;
    turns.sort_unstable();
    told.insert("turns", turns.into());
    let both: Vec<String> = vec![first.into(), second.into()];
    let behind = Config::from("several:1").resolver(Arc::new(move |_| Box::pin(found(both.clone()))));
    let behind: BTreeSet<String> = wheres(behind).await.into_iter().collect();
    told.insert("turns_behind_a_name", json!(behind));
    let methods = Arc::new(Mutex::new(Vec::new()));
    version(noting(first.into(), &methods)).await.unwrap();
    told.insert("interceptors", json!(*methods.lock().unwrap()));
    told.insert("channel", given_channel(first).await);
    let closing = unchecked(first);
    let other = closing.clone();
    tokio::spawn(async move {
        tokio::time::sleep(SOON).await;
        other.close();
    });
    told.insert("closed", shortly(closing.predict("slow", x()).await));
    told
}

async fn found(names: Vec<String>) -> std::io::Result<Vec<SocketAddr>> {
    let mut found = Vec::new();
    for name in names {
        found.extend(tokio::net::lookup_host(name).await?.filter(SocketAddr::is_ipv4));
    }
    Ok(found)
}

/// What becomes of a call whose server is there no more, though nobody has closed the connection.
async fn kept_alive(address: &str) -> Json {
    let silent = Arc::new(AtomicBool::new(false));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let (behind, far) = (silent.clone(), address.to_owned());
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = tokio::net::TcpStream::connect(far.clone()).await.unwrap();
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            for (mut from, mut to) in [(near_in, far_out), (far_in, near_out)] {
                let behind = behind.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 1 << 16];
                    while let Ok(size @ 1..) = from.read(&mut buffer).await {
                        if !behind.load(Ordering::SeqCst) && to.write_all(&buffer[..size]).await.is_err() {
                            break;
                        }
                    }
                });
            }
        }
    });
    let half = Duration::from_millis(500);
    let pinging = open(Config::from(place).unchecked().attempts(1).keepalive(half, half)).unwrap();
    pinging.predict("echo", x()).await.unwrap();
    silent.store(true, Ordering::SeqCst);
    shortly(pinging.predict(Target::model("slow").deadline(Duration::from_secs(20)), x()).await)
}

async fn wheres(config: Config) -> Vec<String> {
    let client = open(config.unchecked()).unwrap();
    let mut found = Vec::new();
    for _ in 0..4 {
        let came = client.predict("where", none()).await.unwrap();
        found.extend(came.output::<String>("where").unwrap());
    }
    found
}

fn noting(config: Config, methods: &Arc<Mutex<Vec<String>>>) -> Config {
    let methods = methods.clone();
    config.interceptor(move |request| {
        let method = request.extensions().get::<GrpcMethod>().unwrap();
        methods.lock().unwrap().push(format!("/{}/{}", method.service(), method.method()));
        Ok(request)
    })
}

async fn given_channel(address: &str) -> Json {
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    // The first client leaves it open.
    let first = version(Config::channel(channel.clone())).await.unwrap();
    let methods = Arc::new(Mutex::new(Vec::new()));
    let second = version(noting(noting(Config::channel(channel), &methods), &methods)).await.unwrap();
    assert_eq!(methods.lock().unwrap().len(), 2, "interceptors don't see calls of a given channel");
    json!([first, second])
}

fn states(found: Vec<VersionStatus>) -> Json {
    found.into_iter().map(|each| json!([each.version, each.state, code_name(each.code), each.message])).collect()
}

fn classes(found: Vec<Vec<Class>>) -> Json {
    let row = |one: Vec<Class>| one.into_iter().map(|each| json!([each.label, each.score])).collect::<Json>();
    found.into_iter().map(row).collect()
}

fn results(found: Vec<TaskResult>) -> Json {
    found
        .into_iter()
        .map(|each| match each {
            TaskResult::Classes(found) => classes(found),
            TaskResult::Values(found) => json!(found),
        })
        .collect()
}

fn tasks(named: [(&str, &str); 2]) -> Result<Vec<Task>, Error> {
    let made = named.into_iter().map(|(kind, name)| Ok(Task { kind: kind.parse()?, signature: name.into() }));
    made.collect()
}

async fn predict(places: &Places) -> Answers {
    let mut told = Answers::new();
    let checked = open(places["first"].as_str().into()).unwrap();
    let of = Target::model("echo").signature("serving_default").outputs(["b"]);
    let came = checked.predict(of, [("a", 1.0), ("b", 2.0)]).await.unwrap();
    told.insert("outputs", json!([plain_all(&came), came.version, came.signature, came.model]));
    let spec = Target::model("spec");
    told.insert("version", predicted(&checked, spec.clone().version(3).signature("s"), none(), "spec").await);
    told.insert("label", predicted(&checked, spec.clone().label("stable"), none(), "spec").await);
    told.insert(
        "version_and_label",
        failed(checked.predict(spec.version(3).label("stable"), none()).await),
    );
    let mut forms = Map::new();
    for model in ["as_content", "as_values"] {
        forms.insert(model.into(), plain_all(&checked.predict(model, typed()).await.unwrap()));
    }
    told.insert("forms", forms.into());
    let missing = checked.predict(Target::model("missing").version(3).signature("s"), x()).await;
    if let Err(Error::Call(error)) = missing {
        let detail = error.status.metadata().get("x-detail").unwrap().to_str().unwrap().to_owned();
        let message = error.to_string();
        let (code, details) = (code_name(error.code()), error.details().to_owned());
        let known = Status::from(*error).code() == Code::NotFound;
        told.insert("not_found", json!([code, details, detail, message, known]));
    }
    let examples = || {
        [
            Features::new().with("labels", ["cat", "dog"]).with("x", [0.25, 0.75]),
            Features::new().with("labels", "fox").with("x", 1.5),
        ]
    };
    told.insert("classify", classes(checked.classify("c", examples(), None).await.unwrap()));
    let values = [Features::from([("x", [0.25, 0.75])]), Features::from([("x", 1.5)])];
    let shared = Some(Features::from([("labels", "cat")]));
    told.insert("regress", json!(checked.regress("r", values, shared).await.unwrap()));
    let both = tasks([("classify", "a"), ("regress", "b")]).unwrap();
    told.insert("multi_inference", results(checked.multi_inference("m", examples(), None, both).await.unwrap()));
    told.insert("unknown_task", failed(tasks([("guess", "a"), ("regress", "b")])));

    let pythie = open(places["pythie"].as_str().into()).unwrap();
    let flats = Inputs::new().with("size", [[1i64], [2], [3]]).with("colour", [["red"], ["red"], ["blue"]]);
    told.insert("pythie", plain_all(&pythie.predict("prices", flats).await.unwrap()));
    told
}

/// A tensor of each type that the servers know.
fn typed() -> Inputs {
    Inputs::new()
        .with("DT_FLOAT", [[1.5f32, -2.25], [0.0, 1e10]])
        .with("DT_DOUBLE", vec![vec![1.5, -2.25], vec![0.0, 1e300]])
        .with("DT_INT32", [[1, -2], [0, 2147483647]])
        .with("DT_INT64", Value::new([1i64, -2, 0, (1 << 53) - 1]).shaped([2, 2]))
        .with("DT_BOOL", [[true, false], [false, true]])
        .with("DT_HALF", Value::new([[1.5f32, -2.25], [0.0, 65504.0]]).typed("float16"))
        .with("DT_STRING", [["a", ""], ["ü", "long enough"]])
}

async fn asked(client: &Client, what: &str) -> i64 {
    let came = client.predict(Target::model("asked").signature(what), none()).await.unwrap();
    came.output::<i64>("count").unwrap()[0]
}

async fn signatures(places: &Places) -> Answers {
    let mut told = Answers::new();
    let address = places["first"].as_str();
    let row = || Inputs::from([("x", [[1i64, 2]])]);
    let whole = || row().with("k", 3);
    let first = open(address.into()).unwrap();
    let before = (asked(&first, "signed metadata").await, asked(&first, "signed predict").await);
    let found = first.signature("signed").await.unwrap();
    let specs: Map<String, Json> = found
        .inputs
        .iter()
        .map(|(name, spec)| {
            let sizes = spec.shape.as_ref().unwrap().iter().map(|&size| (size >= 0).then_some(size));
            (name.clone(), json!([spec.dtype, sizes.collect::<Vec<_>>()]))
        })
        .collect();
    told.insert("signature", json!([found.method, specs]));
    let came = first.predict("signed", whole()).await.unwrap();
    let types: Map<String, Json> =
        came.outputs.iter().map(|(name, tensor)| (name.clone(), json!([tensor.dtype, plain(tensor)]))).collect();
    told.insert("types_from_signature", types.into());
    told.insert(
        "refused",
        json!([
            failed(first.predict("signed", row().with("kk", 3)).await),
            failed(first.predict("signed", Inputs::new().with("x", [1, 2]).with("k", 3)).await),
            failed(first.predict("signed", row()).await),
        ]),
    );
    let came = first.predict(Target::model("signed").fill(Fill::Zeros), row()).await.unwrap();
    told.insert("filled", json!([plain(&came.outputs["k"]), came.filled]));
    // One question for signatures for each time that something is refused: the version may be new.
    let after = (asked(&first, "signed metadata").await, asked(&first, "signed predict").await);
    told.insert("asked", json!([after.0 - before.0, after.1 - before.1]));
    told.insert("unsigned_fill", failed(first.predict(Target::model("echo").fill(Fill::Zeros), none()).await));

    let second = open(address.into()).unwrap();
    let before = asked(&second, "signed metadata").await;
    for _ in 0..3 {
        second.predict(Target::model("signed").version(7), whole()).await.unwrap();
    }
    told.insert("asked_for_a_version", (asked(&second, "signed metadata").await - before).into());
    let before = asked(&second, "changing metadata").await;
    let mut came = Prediction::default();
    for _ in 0..4 {
        came = second.predict("changing", whole()).await.unwrap();
    }
    told.insert("changed", json!([came.version, asked(&second, "changing metadata").await - before]));

    let third = unchecked(address);
    let before = asked(&third, "signed metadata").await;
    let came = third.predict("signed", row()).await.unwrap();
    let asked = asked(&third, "signed metadata").await - before;
    told.insert("unchecked", json!([came.outputs["x"].dtype, asked]));
    told
}

async fn batches(places: &Places) -> Answers {
    let mut told = Answers::new();
    let rows: Vec<Vec<i64>> = (0..17).map(|number| vec![2 * number, 2 * number + 1]).collect();
    let texts: Vec<String> = (0..17).map(|number| format!("t{number}")).collect();
    let first = unchecked(&places["first"]);
    predicted(&first, "told", none(), "told").await;
    let whole = Inputs::new().with("x", &rows).with("text", &texts).with("scalar", 5i64);
    let of = Target::model("together").outputs(["x", "text"]);
    let came = first.predict_batches(of, whole, Batch::of(3).parallel(3)).await.unwrap();
    let names: BTreeSet<&String> = came.outputs.keys().collect();
    let same = (plain(&came.outputs["x"]) == json!(rows), plain(&came.outputs["text"]) == json!(texts));
    told.insert("joined", json!([same.0, same.1, names]));
    told.insert("parts", predicted(&first, "told", none(), "told").await);
    let began = Instant::now();
    let nine = Inputs::from([("x", (0i64..9).collect::<Vec<_>>())]);
    if let Err(Error::Call(error)) = first.predict_batches("failing", nine, Batch::of(1).parallel(3)).await {
        let rows = error.call.rows.unwrap();
        let says = error.to_string().contains("rows 1 to 1");
        told.insert("failed", json!([code_name(error.code()), error.details(), [rows.start, rows.stop], says]));
    }
    told.insert("failed_soon", (began.elapsed() < Duration::from_secs(10)).into());
    predicted(&first, "told", none(), "told").await;
    let both = || Inputs::new().with("x", &rows).with("k", 1i64);
    let mut refused = failed(first.predict_batches("echo", both(), Batch::of(5).parallel(3)).await);
    // How outputs are left out is the language's own.
    refused[1] = refused[1].as_str().unwrap().replace("with outputs", "with outputs=[...]").into();
    told.insert("scalar_output", refused);
    let came = first.predict_batches("echo", both(), Batch::of(17)).await.unwrap();
    told.insert("one_part", json!(came.outputs.keys().collect::<BTreeSet<_>>()));
    let only = || Inputs::from([("x", &rows)]);
    told.insert("no_parts", failed(first.predict_batches("echo", only(), Batch::of(5).parallel(0)).await));
    let slow = Target::model("slow").deadline(Duration::from_millis(400));
    told.insert("deadline", shortly(first.predict_batches(slow, only(), Batch::of(5).parallel(2)).await));

    let addresses = [places["second"].as_str(), places["first"].as_str()];
    let two = open(Config::from(addresses).unchecked().attempts(1)).unwrap();
    let ten = Inputs::from([("x", (0i64..10).collect::<Vec<_>>())]);
    let came = two.predict_batches("half_down", ten, Batch::of(2).parallel(2)).await.unwrap();
    told.insert("moved", plain(&came.outputs["x"]));
    let eight = Inputs::from([("x", (0i64..8).collect::<Vec<_>>())]);
    let came = two.predict_batches("where", eight, Batch::of(1).parallel(2)).await.unwrap();
    let mut over = came.output::<String>("where").unwrap();
    over.sort_unstable();
    told.insert("over_addresses", over.into());
    told
}

async fn wait(client: &Client, target: impl Into<Target>, time: u64) -> Result<Vec<VersionStatus>, Error> {
    let wait = Wait { timeout: Duration::from_millis(time), poll: Duration::from_millis(50) };
    client.wait_ready(target, wait).await
}

async fn served(client: &Client) -> Json {
    let mut found: Vec<String> =
        client.status("reloaded").await.unwrap().into_iter().map(|each| each.message).collect();
    found.sort_unstable();
    found.into()
}

async fn models(places: &Places) -> Answers {
    let mut told = Answers::new();
    let address = places["first"].as_str();
    let first = open(address.into()).unwrap();
    told.insert("status", states(first.status("half").await.unwrap()));
    told.insert("soon", states(wait(&first, "soon", 20_000).await.unwrap()));
    told.insert("never", failed(wait(&first, "never", 500).await));
    told.insert("missing", failed(wait(&first, "missing", 300).await));
    let began = Instant::now();
    told.insert("broken", failed(wait(&first, Target::model("broken").version(3), 30_000).await));
    told.insert("broken_at_once", (began.elapsed() < Duration::from_secs(10)).into());

    let mut conf = ModelsConf::new();
    let labels = Some([("stable".to_owned(), 1)].into());
    conf.serve("a", Serving { versions: vec![1, 2], labels, ..Serving::at("/models/a") }).unwrap();
    conf.serve("b", Serving::at("/models/b")).unwrap();
    first.reload(&conf, Target::default()).await.unwrap();
    let reloaded = served(&first).await;
    conf.remove("a").unwrap();
    let path = env::temp_dir().join(format!("kit-models-{}.conf", process::id()));
    conf.write(&path).unwrap();
    first.reload(&ModelsConf::read(&path).unwrap(), Target::default()).await.unwrap();
    fs::remove_file(&path).unwrap();
    told.insert("reload", json!([reloaded, served(&first).await]));
    let mut unnamed = ModelsConf::new();
    if let Some(Listed::ModelConfigList(list)) = &mut unnamed.message.config {
        list.config.push(ModelConfig { base_path: "/models/c".into(), ..ModelConfig::default() });
    }
    told.insert("reload_refused", failed(first.reload(&unnamed, Target::default()).await));
    let mut hanging = ModelsConf::new();
    hanging.serve("h", Serving::at("/hangs")).unwrap();
    told.insert("reload_deadline", shortly(first.reload(&hanging, Target::default().deadline(SOON)).await));
    let any_time = Target::default().without_deadline();
    told.insert("reload_without_deadline", failed(first.reload(&conf, any_time).await));

    let gone = closed_port();
    let came = failed(wait(&open(gone.as_str().into()).unwrap(), "half", 3_000).await);
    let said = came[1].as_str().unwrap();
    told.insert("nobody", json!([came[0], said.contains(&gone) && said.contains("UNAVAILABLE")]));
    let half = open([address, gone.as_str()].into()).unwrap();
    told.insert("half_there", failed(wait(&half, "half", 300).await)[0].clone());
    told
}

/// Writes the file below the folder that is given.
async fn warmup(places: &Places, way: &str) -> Answers {
    let folder = Path::new(&places["folder"]).join(way);
    let signature = open(places["first"].as_str().into()).unwrap().signature("signed").await.unwrap();
    let row = || Inputs::from([("x", [[1, 2]])]);
    let requests: Vec<PredictRequest> = vec![
        signature.warmup_request("signed", row().with("k", 3)).unwrap(),
        warmup_request("plain", x()).unwrap(),
        signature.warmup_zeros("signed", 2).unwrap(),
    ];
    let path = write_warmup(&folder, requests.clone()).unwrap();
    let read = read_warmup(&folder).unwrap().into_iter().zip(requests).map(|(log, request)| match log.log_type {
        Some(LogType::PredictLog(log)) => log.request == Some(request),
        _ => false,
    });
    let read: Vec<bool> = read.collect();
    let refused = failed(signature.warmup_request("signed", row()).map_err(Error::from));
    let path = path.strip_prefix(&folder).unwrap().to_str().unwrap();
    [("path", path.into()), ("read", read.into()), ("refused", refused)].into()
}

/// A model's function.
fn half_plus_two(inputs: HashMap<String, Tensor>) -> Result<Inputs, BoxError> {
    let tensor = inputs.get("x").ok_or("there is no x")?;
    let wide = match values::<f32>(tensor) {
        Ok(found) => found.into_iter().map(f64::from).collect(),
        Err(_) => values::<f64>(tensor)?,
    };
    Ok(Inputs::from([("y", wide.into_iter().map(|each| each / 2.0 + 2.0).collect::<Vec<_>>())]))
}

async fn fake() -> Answers {
    let mut told = Answers::new();
    let floats = || Spec::new("float32", [-1]);
    let half = FakeModel::new().predict(half_plus_two).input("x", floats()).output("y", floats());
    let server = FakeServer::start().unwrap();
    server.serve("half", half.clone());
    server.serve("half", half.version(2).label("new"));
    let calling = open(server.config()).unwrap();
    let one = || Inputs::from([("x", [1])]);
    let came = calling.predict("half", [("x", [1, 2, 5])]).await.unwrap();
    told.insert("predict", json!([plain(&came.outputs["y"]), came.version]));
    let target = || Target::model("half");
    let versions = [
        calling.predict(target().version(1), one()).await.unwrap().version,
        calling.predict(target().label("new"), one()).await.unwrap().version,
    ];
    told.insert("version", json!(versions));
    let refused = [
        shortly(calling.predict("none", one()).await),
        shortly(calling.predict(target().version(3), one()).await),
        shortly(calling.predict(target().label("old"), one()).await),
    ];
    told.insert("refused", json!(refused));
    server.serve("raw", FakeModel::new().predict(half_plus_two));
    told.insert("unsigned", predicted(&calling, "raw", Inputs::from([("x", [1.0])]), "y").await);
    told.insert("wrong_function", shortly(calling.predict("raw", [("z", [1.0])]).await));
    server.fail("half", Code::ResourceExhausted, "full", Some(1));
    let once = failed(calling.predict("half", one()).await);
    told.insert("fails_once", json!([once, calling.predict("half", one()).await.unwrap().version]));
    server.slow("half", Duration::from_secs(5));
    told.insert("slow", shortly(calling.predict(target().deadline(SOON), one()).await));
    server.slow("half", Duration::ZERO);
    assert!(server.set_state("half", 2, State::Loading, Code::Ok, ""));
    told.insert("states", short(&calling).await);
    told.insert("older", calling.predict("half", one()).await.unwrap().version.into());
    let texts = |number: usize| if number > 1 { "long" } else { "short" };
    server.serve(
        "sorter",
        FakeModel::new()
            .classify(move |examples| {
                let label = |count: usize| vec![Class { label: texts(count).into(), score: 1.0 }];
                Ok(examples.iter().map(|each| label(each.texts["s"].len())).collect())
            })
            .regress(|examples| Ok(examples.iter().map(|each| each.texts["s"].len() as f32).collect())),
    );
    let two = || [Features::from([("s", ["a", "b"])]), Features::from([("s", ["c"])])];
    let both = tasks([("regress", "r"), ("classify", "c")]).unwrap();
    let infer = json!([
        classes(calling.classify("sorter", two(), None).await.unwrap()),
        calling.regress("sorter", two(), None).await.unwrap(),
        results(calling.multi_inference("sorter", two(), None, both).await.unwrap()),
    ]);
    told.insert("infer", infer);
    let mut conf = ModelsConf::new();
    conf.serve("half", Serving { versions: vec![1], ..Serving::at("/models/half") }).unwrap();
    calling.reload(&conf, Target::default()).await.unwrap();
    let gone = shortly(calling.predict("raw", [("x", [1.0])]).await);
    told.insert("reload", json!([short(&calling).await, gone]));
    let calls = server.calls();
    let FakeRequest::Predict(request) = &calls[1].request else { panic!("{:?}", calls[1]) };
    told.insert("calls", json!([calls[0].method, calls[1].method, request.model_spec.as_ref().unwrap().name]));
    told
}

async fn short(client: &Client) -> Json {
    let found = client.status("half").await.unwrap();
    found.into_iter().map(|each| json!([each.version, each.state])).collect()
}
