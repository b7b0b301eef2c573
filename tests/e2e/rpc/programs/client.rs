//! The client of contract.md.

use serde_json::{json, Map, Value};
use std::{env, error::Error, fs, path::Path, time::Duration, time::Instant};
use tensorflow_serving_client::tensorflow::serving::{
    file_system_storage_path_source_config::{
        servable_version_policy::{PolicyChoice, Specific},
        ServableVersionPolicy,
    },
    input::Kind as InputKind,
    model_server_config::Config,
    model_service_client::ModelServiceClient,
    model_spec::VersionChoice,
    prediction_service_client::PredictionServiceClient,
    session_service_client::SessionServiceClient,
    *,
};
use tensorflow_serving_client::tensorflow::{
    feature::Kind, tensor_shape_proto::Dim, BytesList, DataType, Example, Feature, Features, FloatList,
    NamedTensorProto, TensorInfo, TensorProto, TensorShapeProto,
};
use tonic::codec::CompressionEncoding;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};

type Answer = Result<Value, Box<dyn Error + Send + Sync>>;
type Prediction = PredictionServiceClient<Channel>;
const RAISED: usize = 256 << 20;
const SOON: Duration = Duration::from_millis(300);

struct Client {
    at: Value,
    channel: Channel,
}

fn code_of(status: &Status) -> &'static str {
    match status.code() {
        // What tonic says of what ends at the client: a deadline, a limit of its own, a connection.
        Code::Cancelled if status.message() == "Timeout expired" => "DEADLINE_EXCEEDED",
        Code::OutOfRange => "RESOURCE_EXHAUSTED",
        _ if status.source().is_some_and(|error| error.is::<tonic::transport::Error>()) => "UNAVAILABLE",
        Code::NotFound => "NOT_FOUND",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::Unavailable => "UNAVAILABLE",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        _ => panic!("{status:?}"),
    }
}

fn half(bits: u16) -> f64 {
    let (sign, exponent, rest) = (bits >> 15, i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let value = if exponent == 0 { rest / 1024.0 * 2f64.powi(-14) } else { (1.0 + rest / 1024.0) * 2f64.powi(exponent - 15) };
    if sign == 1 { -value } else { value }
}

fn bits_of(value: f64) -> u16 {
    (0..=u16::MAX).find(|bits| half(*bits) == value).expect("a half")
}

fn shape_of(sizes: &[i64]) -> TensorShapeProto {
    TensorShapeProto {
        dim: sizes.iter().map(|size| Dim { size: *size, ..Default::default() }).collect(),
        ..Default::default()
    }
}

fn fill(dtype: DataType, sizes: &[i64], values: &Value, as_content: bool) -> TensorProto {
    let values = values.as_array().expect("a list");
    let numbers = || values.iter().map(|each| each.as_f64().expect("a number"));
    let integers = || values.iter().map(|each| each.as_i64().expect("an integer"));
    let mut tensor =
        TensorProto { dtype: dtype.into(), tensor_shape: Some(shape_of(sizes)), ..Default::default() };
    if as_content {
        tensor.tensor_content = match dtype {
            DataType::DtFloat => numbers().flat_map(|each| (each as f32).to_le_bytes()).collect(),
            DataType::DtDouble => numbers().flat_map(f64::to_le_bytes).collect(),
            DataType::DtInt32 => integers().flat_map(|each| (each as i32).to_le_bytes()).collect(),
            DataType::DtInt64 => integers().flat_map(i64::to_le_bytes).collect(),
            DataType::DtBool => values.iter().map(|each| u8::from(each == &json!(true))).collect(),
            _ => numbers().flat_map(|each| bits_of(each).to_le_bytes()).collect(),
        };
        return tensor;
    }
    match dtype {
        DataType::DtFloat => tensor.float_val = numbers().map(|each| each as f32).collect(),
        DataType::DtDouble => tensor.double_val = numbers().collect(),
        DataType::DtInt32 => tensor.int_val = integers().map(|each| each as i32).collect(),
        DataType::DtInt64 => tensor.int64_val = integers().collect(),
        DataType::DtBool => tensor.bool_val = values.iter().map(|each| each == &json!(true)).collect(),
        DataType::DtHalf => tensor.half_val = numbers().map(|each| bits_of(each).into()).collect(),
        _ => tensor.string_val = values.iter().map(|each| each.as_str().expect("a text").into()).collect(),
    }
    tensor
}

fn read(tensor: &TensorProto) -> Value {
    let content = &tensor.tensor_content;
    let four = || content.chunks_exact(4).map(|each| each.try_into().expect("four bytes"));
    let eight = || content.chunks_exact(8).map(|each| each.try_into().expect("eight bytes"));
    let values = match (tensor.dtype(), content.is_empty()) {
        (DataType::DtFloat, true) => json!(tensor.float_val),
        (DataType::DtFloat, _) => json!(four().map(f32::from_le_bytes).collect::<Vec<_>>()),
        (DataType::DtDouble, true) => json!(tensor.double_val),
        (DataType::DtDouble, _) => json!(eight().map(f64::from_le_bytes).collect::<Vec<_>>()),
        (DataType::DtInt32, true) => json!(tensor.int_val),
        (DataType::DtInt32, _) => json!(four().map(i32::from_le_bytes).collect::<Vec<_>>()),
        (DataType::DtInt64, true) => json!(tensor.int64_val),
        (DataType::DtInt64, _) => json!(eight().map(i64::from_le_bytes).collect::<Vec<_>>()),
        (DataType::DtBool, true) => json!(tensor.bool_val),
        (DataType::DtBool, _) => json!(content.iter().map(|each| *each == 1).collect::<Vec<_>>()),
        (DataType::DtHalf, true) => json!(tensor.half_val.iter().map(|each| half(*each as u16)).collect::<Vec<_>>()),
        (DataType::DtHalf, _) => {
            json!(content.chunks_exact(2).map(|each| half(u16::from_le_bytes([each[0], each[1]]))).collect::<Vec<_>>())
        }
        _ => json!(tensor.string_val.iter().map(|each| String::from_utf8_lossy(each)).collect::<Vec<_>>()),
    };
    json!([tensor.dtype().as_str_name(), sizes(&tensor.tensor_shape), values])
}

fn sizes(shape: &Option<TensorShapeProto>) -> Vec<i64> {
    shape.iter().flat_map(|shape| &shape.dim).map(|dim| dim.size).collect()
}

fn spec(name: &str) -> Option<ModelSpec> {
    Some(ModelSpec { name: name.into(), ..Default::default() })
}

fn predict<const N: usize>(model: &str, inputs: [(&str, TensorProto); N]) -> PredictRequest {
    PredictRequest {
        model_spec: spec(model),
        inputs: inputs.into_iter().map(|(name, tensor)| (name.to_string(), tensor)).collect(),
        ..Default::default()
    }
}

fn version(reply: &PredictResponse) -> Option<i64> {
    match reply.model_spec.as_ref()?.version_choice.as_ref()? {
        VersionChoice::Version(number) => Some(*number),
        VersionChoice::VersionLabel(_) => None,
    }
}

fn labels(names: &[&str]) -> Feature {
    let value = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    Feature { kind: Some(Kind::BytesList(BytesList { value })) }
}

fn floats(values: &[f32]) -> Feature {
    Feature { kind: Some(Kind::FloatList(FloatList { value: values.to_vec() })) }
}

fn example<const N: usize>(features: [(&str, Feature); N]) -> Example {
    let feature = features.into_iter().map(|(name, feature)| (name.to_string(), feature)).collect();
    Example { features: Some(Features { feature }) }
}

fn examples() -> Option<Input> {
    let examples = vec![
        example([("labels", labels(&["cat", "dog"])), ("x", floats(&[0.25, 0.75]))]),
        example([("labels", labels(&["fox"])), ("x", floats(&[1.5]))]),
    ];
    Some(Input { kind: Some(InputKind::ExampleList(ExampleList { examples })) })
}

fn classes(result: &ClassificationResult) -> Value {
    let row = |each: &Classifications| each.classes.iter().map(|one| json!([one.label, one.score])).collect::<Vec<_>>();
    json!(result.classifications.iter().map(row).collect::<Vec<_>>())
}

fn regressions(result: &RegressionResult) -> Value {
    json!(result.regressions.iter().map(|each| each.value).collect::<Vec<_>>())
}

fn zeros(size: usize) -> PredictRequest {
    let x = TensorProto {
        dtype: DataType::DtUint8.into(),
        tensor_shape: Some(shape_of(&[size as i64])),
        tensor_content: vec![0; size],
        ..Default::default()
    };
    predict("echo", [("x", x)])
}

fn described<'a>(tensors: impl IntoIterator<Item = (&'a String, &'a TensorInfo)>) -> Value {
    let told = tensors
        .into_iter()
        .map(|(name, each)| (name.clone(), json!([each.dtype().as_str_name(), sizes(&each.tensor_shape)])));
    Value::Object(told.collect())
}

impl Client {
    fn place(&self, name: &str) -> &str {
        self.at[name].as_str().expect("a place")
    }

    async fn dial(&self, name: &str) -> Result<Prediction, tonic::transport::Error> {
        PredictionServiceClient::connect(format!("http://{}", self.place(name))).await
    }

    fn prediction(&self) -> Prediction {
        PredictionServiceClient::new(self.channel.clone())
    }

    fn models(&self) -> ModelServiceClient<Channel> {
        ModelServiceClient::new(self.channel.clone())
    }

    async fn types(&self) -> Answer {
        let table = [
            (DataType::DtFloat, json!([1.5, -2.25, 0, 1e10, 3, -0.5])),
            (DataType::DtDouble, json!([1.5, -2.25, 0, 1e300, 3, -0.5])),
            (DataType::DtInt32, json!([1, -2, 0, i32::MAX, i32::MIN, 5])),
            (DataType::DtInt64, json!([1, -2, 0, 9007199254740991i64, -9007199254740991i64, 5])),
            (DataType::DtBool, json!([true, false, false, true, true, false])),
            (DataType::DtHalf, json!([1.5, -2.25, 0, 65504, 0.000030517578125, -0.5])),
            (DataType::DtString, json!(["a", "", "ü", "long enough", "x", "y"])),
        ];
        let mut told = Map::new();
        for (dtype, values) in table {
            for form in ["content", "val"] {
                if dtype == DataType::DtString && form == "content" {
                    continue;
                }
                for model in ["echo", "as_content", "as_values"] {
                    let tensor = fill(dtype, &[3, 2], &values, form == "content");
                    let reply = self.prediction().predict(predict(model, [("x", tensor)])).await?.into_inner();
                    told.insert(format!("{}/{form}/{model}", dtype.as_str_name()), read(&reply.outputs["x"]));
                }
            }
        }
        Ok(Value::Object(told))
    }

    async fn spec(&self) -> Answer {
        let scalar = |value: i64| fill(DataType::DtFloat, &[], &json!([value]), false);
        let mut request = predict("echo", [("a", scalar(1)), ("b", scalar(2))]);
        request.model_spec = Some(ModelSpec {
            name: "echo".into(),
            signature_name: "serving_default".into(),
            ..Default::default()
        });
        request.output_filter = vec!["b".into()];
        let reply = self.prediction().predict(request).await?.into_inner();
        let signature = &reply.model_spec.as_ref().ok_or("no spec")?.signature_name;
        let outputs: Vec<_> = reply.outputs.keys().collect();
        Ok(json!({"outputs": outputs, "version": version(&reply), "signature": signature}))
    }

    async fn classify(&self) -> Answer {
        let request = ClassificationRequest { model_spec: spec("half"), input: examples() };
        let reply = self.prediction().classify(request).await?.into_inner();
        Ok(classes(&reply.result.unwrap_or_default()))
    }

    async fn regress(&self) -> Answer {
        let listed = ExampleListWithContext {
            context: Some(example([("labels", labels(&["cat"]))])),
            examples: vec![example([("x", floats(&[0.25, 0.75]))]), example([("x", floats(&[1.5]))])],
        };
        let input = Some(Input { kind: Some(InputKind::ExampleListWithContext(listed)) });
        let reply = self.prediction().regress(RegressionRequest { model_spec: spec("half"), input }).await?;
        Ok(regressions(&reply.into_inner().result.unwrap_or_default()))
    }

    async fn multi_inference(&self) -> Answer {
        let task = |kind: &str| InferenceTask {
            model_spec: spec("half"),
            method_name: format!("tensorflow/serving/{kind}"),
        };
        let request = MultiInferenceRequest { tasks: ["classify", "regress"].map(task).to_vec(), input: examples() };
        let reply = self.prediction().multi_inference(request).await?.into_inner();
        let mut told = Map::new();
        for each in reply.results.into_iter().filter_map(|each| each.result) {
            match each {
                inference_result::Result::ClassificationResult(result) => {
                    told.insert("classify".into(), classes(&result))
                }
                inference_result::Result::RegressionResult(result) => {
                    told.insert("regress".into(), regressions(&result))
                }
            };
        }
        Ok(Value::Object(told))
    }

    async fn metadata(&self) -> Answer {
        let request =
            GetModelMetadataRequest { model_spec: spec("half"), metadata_field: vec!["signature_def".into()] };
        let reply = self.prediction().get_model_metadata(request).await?.into_inner();
        let signatures: SignatureDefMap = reply.metadata["signature_def"].to_msg()?;
        let told = signatures.signature_def.iter().map(|(name, each)| {
            let shown = json!({
                "method": each.method_name,
                "inputs": described(&each.inputs),
                "outputs": described(&each.outputs),
            });
            (name.clone(), shown)
        });
        Ok(Value::Object(told.collect()))
    }

    async fn status(&self) -> Answer {
        let request = GetModelStatusRequest { model_spec: spec("half") };
        let reply = self.models().get_model_status(request).await?.into_inner();
        let shown = |each: &ModelVersionStatus| {
            let status = each.status.clone().unwrap_or_default();
            let code = status.error_code().as_str_name();
            json!([each.version, each.state().as_str_name(), code, status.error_message])
        };
        Ok(json!(reply.model_version_status.iter().map(shown).collect::<Vec<_>>()))
    }

    async fn reload(&self) -> Answer {
        let mut told = Vec::new();
        for name in ["m", ""] {
            let choice = PolicyChoice::Specific(Specific { versions: vec![1, 2] });
            let model = ModelConfig {
                name: name.into(),
                base_path: "/models/m".into(),
                model_platform: "tensorflow".into(),
                model_version_policy: Some(ServableVersionPolicy { policy_choice: Some(choice) }),
                ..Default::default()
            };
            let listed = Config::ModelConfigList(ModelConfigList { config: vec![model] });
            let request =
                ReloadConfigRequest { config: Some(ModelServerConfig { config: Some(listed) }), ..Default::default() };
            let status = self.models().handle_reload_config_request(request).await?.into_inner().status;
            let status = status.unwrap_or_default();
            told.push(json!([status.error_code().as_str_name(), status.error_message]));
        }
        Ok(json!(told))
    }

    async fn session(&self) -> Answer {
        let feed = ["a", "b"].iter().zip(1..).map(|(name, value): (_, i64)| NamedTensorProto {
            name: name.to_string(),
            tensor: Some(fill(DataType::DtInt64, &[1], &json!([value]), false)),
        });
        let request = SessionRunRequest { feed: feed.collect(), fetch: vec!["b".into()], ..Default::default() };
        let mut client = SessionServiceClient::new(self.channel.clone());
        let reply = client.session_run(request).await?.into_inner();
        let shown = |each: &NamedTensorProto| json!([each.name, read(&each.tensor.clone().unwrap_or_default())]);
        Ok(json!(reply.tensor.iter().map(shown).collect::<Vec<_>>()))
    }

    async fn error(&self) -> Answer {
        let status = self.prediction().predict(predict("missing", [])).await.err().ok_or("no error")?;
        let detail = status.metadata().get("x-detail").ok_or("no detail")?.to_str()?;
        Ok(json!([code_of(&status), status.message(), detail]))
    }

    async fn gone(&self) -> Result<Option<i64>, Status> {
        let mut request = Request::new(predict("gone", []));
        request.set_timeout(Duration::from_secs(25));
        Ok(version(&self.prediction().predict(request).await?.into_inner()))
    }

    async fn deadline(&self) -> Answer {
        let mut request = Request::new(predict("slow", []));
        request.set_timeout(SOON);
        let status = self.prediction().predict(request).await.err().ok_or("no error")?;
        Ok(json!([code_of(&status), self.gone().await?]))
    }

    async fn cancel(&self) -> Answer {
        let mut client = self.prediction();
        // Whoever drops a call cancels it.
        let ended = tokio::time::timeout(SOON, client.predict(predict("slow", []))).await;
        let told = if ended.is_err() { "CANCELLED" } else { "another" };
        Ok(json!([told, self.gone().await?]))
    }

    async fn call_metadata(&self) -> Answer {
        let mut request = Request::new(predict("metadata", []));
        request.metadata_mut().insert("x-request-id", "r-1".parse()?);
        let reply = self.prediction().predict(request).await?;
        let told = |name: &str| reply.metadata().get(name).and_then(|each| each.to_str().ok());
        let seen = String::from_utf8_lossy(&reply.get_ref().outputs["seen"].string_val[0]);
        Ok(json!({"initial": told("x-initial"), "trailing": told("x-trailing"), "seen": seen}))
    }

    async fn gzip(&self) -> Answer {
        let mut request = zeros(4_000_000);
        request.output_filter = vec!["none".into()];
        self.dial("gzip").await?.send_compressed(CompressionEncoding::Gzip).predict(request).await?;
        Ok(json!("sent"))
    }

    async fn tls(&self) -> Answer {
        let folder = Path::new(self.place("certificates"));
        let authority = Certificate::from_pem(fs::read(folder.join("ca.pem"))?);
        let own = Identity::from_pem(fs::read(folder.join("client.pem"))?, fs::read(folder.join("client.key"))?);
        let plain = ClientTlsConfig::new().ca_certificate(authority);
        let mut told = Vec::new();
        for settings in [plain.clone().identity(own), plain] {
            let place = Endpoint::new(format!("https://{}", self.place("tls")))?.tls_config(settings)?;
            let mut client = PredictionServiceClient::new(place.connect_lazy());
            told.push(match client.predict(predict("echo", [])).await {
                Ok(reply) => json!(version(reply.get_ref())),
                Err(status) => json!(code_of(&status)),
            });
        }
        Ok(json!(told))
    }

    async fn large(&self) -> Answer {
        let size = 64 << 20;
        let told = |reply: Result<tonic::Response<PredictResponse>, Status>| match reply {
            Ok(reply) => json!(reply.get_ref().outputs["x"].tensor_content.len()),
            Err(status) => json!(code_of(&status)),
        };
        let wanted = fill(DataType::DtInt64, &[1], &json!([size]), false);
        let mut raised = self.dial("large").await?.max_decoding_message_size(RAISED);
        let one = raised.predict(zeros(size)).await;
        let two = self.dial("plain").await?.max_decoding_message_size(RAISED).predict(zeros(size)).await;
        let three = self.dial("large").await?.predict(predict("zeros", [("size", wanted)])).await;
        Ok(json!([told(one), told(two), told(three)]))
    }

    async fn parallel(&self) -> Answer {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..64 {
            let mut client = self.prediction();
            let x = fill(DataType::DtInt64, &[1], &json!([number]), false);
            calls.spawn(async move { client.predict(predict("together", [("x", x)])).await });
        }
        let mut sum = 0;
        while let Some(reply) = calls.join_next().await {
            sum += reply??.get_ref().outputs["x"].int64_val[0];
        }
        Ok(json!(sum))
    }

    async fn pythie(&self) -> Answer {
        let size = fill(DataType::DtInt64, &[3, 1], &json!([1, 2, 3]), true);
        let colour = fill(DataType::DtString, &[3, 1], &json!(["red", "red", "blue"]), false);
        let request = predict("prices", [("size", size), ("colour", colour)]);
        let reply = self.dial("pythie").await?.predict(request).await?.into_inner();
        Ok(read(&reply.outputs["predictions"]))
    }

    /// Seconds that each call took, in any order, and all of them together.
    async fn load(&self, calls: usize, side_by_side: usize) -> Answer {
        let x = fill(DataType::DtFloat, &[1000], &json!(vec![0.5; 1000]), true);
        let request = predict("echo", [("x", x)]);
        self.prediction().predict(request.clone()).await?;
        let began = Instant::now();
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..side_by_side {
            let (mut client, request) = (self.prediction(), request.clone());
            workers.spawn(async move {
                let mut each = Vec::new();
                for _ in (worker..calls).step_by(side_by_side) {
                    let began = Instant::now();
                    client.predict(request.clone()).await?;
                    each.push(began.elapsed().as_secs_f64());
                }
                Ok::<_, Status>(each)
            });
        }
        let mut each = Vec::new();
        while let Some(done) = workers.join_next().await {
            each.extend(done??);
        }
        Ok(json!({"all": began.elapsed().as_secs_f64(), "each": each}))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = env::args().collect();
    let at: Value = serde_json::from_str(&fs::read_to_string(&arguments[1])?)?;
    let place = format!("http://{}", at["plain"].as_str().ok_or("no place")?);
    let client = Client { at, channel: Endpoint::new(place)?.connect().await? };
    if arguments.len() > 2 {
        println!("{}", client.load(arguments[2].parse()?, arguments[3].parse()?).await?);
        return Ok(());
    }
    let told = json!({
        "types": client.types().await?,
        "spec": client.spec().await?,
        "classify": client.classify().await?,
        "regress": client.regress().await?,
        "multi_inference": client.multi_inference().await?,
        "metadata": client.metadata().await?,
        "status": client.status().await?,
        "reload": client.reload().await?,
        "session": client.session().await?,
        "error": client.error().await?,
        "deadline": client.deadline().await?,
        "cancel": client.cancel().await?,
        "call_metadata": client.call_metadata().await?,
        "gzip": client.gzip().await?,
        "tls": client.tls().await?,
        "large": client.large().await?,
        "parallel": client.parallel().await?,
        "pythie": client.pythie().await?,
    });
    println!("{told}");
    Ok(())
}
