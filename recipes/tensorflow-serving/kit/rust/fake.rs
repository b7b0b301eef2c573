//! A model server for tests, in the same process.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::{Message, Name};
use tokio::sync::watch;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use super::connection::{locked, Config};
use super::models::{labels_of, versions_of, ModelsConf};
use super::requests::{set_version, version_of, Class, CLASSIFY};
use super::signatures::{make_input, make_tensors, Inputs, Spec, DEFAULT_SIGNATURE};
use super::tensors::{self, Tensor};
use super::values::Value;
use super::wire::{self, Held};
use super::{InputError, InputKind};
use crate::tensorflow::serving::inference_result::Result as Inferred;
use crate::tensorflow::serving::model_service_server::{ModelService, ModelServiceServer};
use crate::tensorflow::serving::model_version_status::State;
use crate::tensorflow::serving::prediction_service_server::{PredictionService, PredictionServiceServer};
use crate::tensorflow::serving::{
    input, ClassificationRequest, ClassificationResponse, ClassificationResult, Classifications,
    GetModelMetadataRequest, GetModelMetadataResponse, GetModelStatusRequest, GetModelStatusResponse,
    InferenceResult, Input, ModelSpec, ModelVersionStatus, MultiInferenceRequest, MultiInferenceResponse,
    PredictRequest, PredictResponse, Regression, RegressionRequest, RegressionResponse, RegressionResult,
    ReloadConfigRequest, ReloadConfigResponse, SignatureDefMap,
};
use crate::tensorflow::{feature, Example, SignatureDef, TensorInfo};

/// What a test's function may fail with: an [`InputError`] and a [`Status`] are told as such.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Answering<I, O> = Arc<dyn Fn(I) -> Result<O, BoxError> + Send + Sync>;

/// A model server for tests, whose models are functions; it ends when it is dropped.
///
/// It refuses what a real one refuses: unknown models, versions, labels and signatures, versions that aren't
/// available, inputs that are missing or too many.
pub struct FakeServer {
    place: SocketAddr,
    state: Arc<Shared>,
    ended: watch::Sender<bool>,
}

struct Shared {
    held: Mutex<Table>,
    ended: watch::Receiver<bool>,
}

#[derive(Default)]
struct Table {
    calls: Vec<FakeCall>,
    models: BTreeMap<String, BTreeMap<i64, FakeModel>>,
    failures: HashMap<String, Failure>,
    delays: HashMap<String, Duration>,
}

struct Failure {
    status: Status,
    /// How often it comes yet; always, where there is no number.
    times: Option<u32>,
}

/// A call that came.
#[derive(Clone, Debug)]
pub struct FakeCall {
    /// Such as "Predict".
    pub method: &'static str,
    /// What it asked.
    pub request: FakeRequest,
    /// Its headers.
    pub metadata: MetadataMap,
}

/// What a call asked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FakeRequest {
    /// Of Predict.
    Predict(PredictRequest),
    /// Of Classify.
    Classify(ClassificationRequest),
    /// Of Regress.
    Regress(RegressionRequest),
    /// Of MultiInference.
    MultiInference(MultiInferenceRequest),
    /// Of GetModelMetadata.
    GetModelMetadata(GetModelMetadataRequest),
    /// Of GetModelStatus.
    GetModelStatus(GetModelStatusRequest),
    /// Of HandleReloadConfigRequest.
    HandleReloadConfigRequest(ReloadConfigRequest),
}

/// A version of a model. All may be left out.
#[derive(Clone)]
pub struct FakeModel {
    version: i64,
    predict: Option<Answering<HashMap<String, Tensor>, Inputs>>,
    classify: Option<Answering<Vec<FakeExample>, Vec<Vec<Class>>>>,
    regress: Option<Answering<Vec<FakeExample>, Vec<f32>>>,
    signature: String,
    inputs: BTreeMap<String, Spec>,
    outputs: BTreeMap<String, Spec>,
    defaults: Inputs,
    labels: Vec<String>,
    state: State,
    code: Code,
    message: String,
}

impl Default for FakeModel {
    fn default() -> Self {
        FakeModel {
            version: 1,
            predict: None,
            classify: None,
            regress: None,
            signature: DEFAULT_SIGNATURE.to_owned(),
            inputs: BTreeMap::new(),
            outputs: BTreeMap::new(),
            defaults: Inputs::new(),
            labels: Vec::new(),
            state: State::Available,
            code: Code::Ok,
            message: String::new(),
        }
    }
}

impl FakeModel {
    /// Version 1, which does nothing.
    pub fn new() -> Self {
        FakeModel::default()
    }

    /// Another version.
    pub fn version(self, version: i64) -> Self {
        FakeModel { version, ..self }
    }

    /// What makes outputs of inputs.
    pub fn predict(
        self,
        answer: impl Fn(HashMap<String, Tensor>) -> Result<Inputs, BoxError> + Send + Sync + 'static,
    ) -> Self {
        FakeModel { predict: Some(Arc::new(answer)), ..self }
    }

    /// What gives the classes of each example.
    pub fn classify(
        self,
        answer: impl Fn(Vec<FakeExample>) -> Result<Vec<Vec<Class>>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        FakeModel { classify: Some(Arc::new(answer)), ..self }
    }

    /// What gives the value of each example.
    pub fn regress(
        self,
        answer: impl Fn(Vec<FakeExample>) -> Result<Vec<f32>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        FakeModel { regress: Some(Arc::new(answer)), ..self }
    }

    /// The name of the signature, where it isn't [`DEFAULT_SIGNATURE`].
    pub fn signature(self, name: impl Into<String>) -> Self {
        FakeModel { signature: name.into(), ..self }
    }

    /// An input of the signature; without one, there is no signature to tell.
    pub fn input(mut self, name: impl Into<String>, spec: Spec) -> Self {
        self.inputs.insert(name.into(), spec);
        self
    }

    /// An output of the signature.
    pub fn output(mut self, name: impl Into<String>, spec: Spec) -> Self {
        self.outputs.insert(name.into(), spec);
        self
    }

    /// What an input is that isn't given, as the signature tells it.
    pub fn fallback(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.defaults.insert(name, value);
        self
    }

    /// What the server's configuration calls the version.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    fn effective(&self, asked: &ModelSpec) -> ModelSpec {
        let named = if asked.signature_name.is_empty() { &self.signature } else { &asked.signature_name };
        let mut made =
            ModelSpec { name: asked.name.clone(), signature_name: named.clone(), ..ModelSpec::default() };
        set_version(&mut made, Some(self.version));
        made
    }

    /// What a request gives, whose inputs have to be those of the signature.
    fn predicted(&self, request: PredictRequest) -> Result<HashMap<String, Tensor>, Status> {
        let spec = request.model_spec.unwrap_or_default();
        let wanted = if spec.signature_name.is_empty() { DEFAULT_SIGNATURE } else { &spec.signature_name };
        if wanted != self.signature {
            return Err(Status::failed_precondition(format!("Serving signature key \"{wanted}\" not found.")));
        }
        let Some(predict) = &self.predict else {
            return Err(Status::unimplemented(format!("model {} has no function for Predict", spec.name)));
        };
        let is_extra = |name: &&String| !self.inputs.is_empty() && !self.inputs.contains_key(*name);
        let mut extra: Vec<&str> = request.inputs.keys().filter(is_extra).map(String::as_str).collect();
        let missing: Vec<&str> = self
            .inputs
            .keys()
            .filter(|&name| !request.inputs.contains_key(name))
            .map(String::as_str)
            .collect();
        if !extra.is_empty() || !missing.is_empty() {
            extra.sort_unstable();
            return Err(Status::invalid_argument(format!(
                "Sent extra: {{{}}}. Missing but required: {{{}}}.",
                extra.join(","),
                missing.join(",")
            )));
        }
        let mut outputs = answered(predict, request.inputs)?;
        if !request.output_filter.is_empty() {
            outputs.0.retain(|name, _| request.output_filter.contains(name));
        }
        let mut typed = HashMap::new();
        for (name, spec) in &self.outputs {
            if let Some(mut value) = outputs.0.remove(name) {
                let any_shape = Spec { shape: None, ..spec.clone() };
                typed.insert(name.clone(), make_input(name, &mut value, &any_shape).map_err(refused)?);
            }
        }
        typed.extend(make_tensors(outputs).map_err(refused)?);
        Ok(typed)
    }

    fn classified(&self, input: Option<Input>) -> Result<ClassificationResult, Status> {
        let classify = self.classify.as_ref().ok_or_else(other_method)?;
        let classifications = answered(classify, examples_of(input))?.into_iter().map(|classes| {
            let classes = classes
                .into_iter()
                .map(|each| crate::tensorflow::serving::Class { label: each.label, score: each.score });
            Classifications { classes: classes.collect() }
        });
        Ok(ClassificationResult { classifications: classifications.collect() })
    }

    fn regressed(&self, input: Option<Input>) -> Result<RegressionResult, Status> {
        let regress = self.regress.as_ref().ok_or_else(other_method)?;
        let values = answered(regress, examples_of(input))?;
        Ok(RegressionResult { regressions: values.into_iter().map(|value| Regression { value }).collect() })
    }

    /// The signature as the server tells it.
    fn told(&self) -> Result<SignatureDef, InputError> {
        let mut made = SignatureDef {
            inputs: infos_of(&self.inputs)?,
            outputs: infos_of(&self.outputs)?,
            method_name: "tensorflow/serving/predict".to_owned(),
            ..SignatureDef::default()
        };
        for (name, value) in &self.defaults.0 {
            let dtype = self.inputs.get(name).map_or("", |spec| &spec.dtype);
            let tensor = value.clone().typed(dtype).tensor()?.encode_to_vec();
            // Older releases don't have this field.
            let (mut entry, mut field, before) = (Vec::new(), Vec::new(), made.encoded_len());
            wire::put_field(&mut entry, 1, Held::Bytes(name.as_bytes()));
            wire::put_field(&mut entry, 2, Held::Bytes(&tensor));
            wire::put_field(&mut field, 4, Held::Bytes(&entry));
            made.merge(field.as_slice()).expect("one whole field");
            if made.encoded_len() == before {
                return Err(InputError::new(InputKind::Setting, "models of this release have no defaults"));
            }
        }
        Ok(made)
    }
}

fn infos_of(specs: &BTreeMap<String, Spec>) -> Result<HashMap<String, TensorInfo>, InputError> {
    let made = specs.iter().map(|(name, spec)| {
        let of = tensors::shaped(tensors::type_name(&spec.dtype)?, spec.shape.as_deref().unwrap_or_default());
        let mut shape = of.tensor_shape.unwrap_or_default();
        shape.unknown_rank = spec.shape.is_none();
        let info = TensorInfo {
            dtype: of.dtype,
            tensor_shape: Some(shape),
            encoding: Some(crate::tensorflow::tensor_info::Encoding::Name(format!("{name}:0"))),
            ..TensorInfo::default()
        };
        Ok((name.clone(), info))
    });
    made.collect()
}

/// What a test's function gives.
fn answered<I, O>(answer: &Answering<I, O>, given: I) -> Result<O, Status> {
    match catch_unwind(AssertUnwindSafe(|| answer(given))) {
        Ok(Ok(came)) => Ok(came),
        Ok(Err(error)) => match error.downcast::<Status>() {
            Ok(status) => Err(*status),
            Err(error) if error.is::<InputError>() => Err(Status::invalid_argument(error.to_string())),
            Err(error) => Err(Status::internal(error.to_string())),
        },
        Err(_) => Err(Status::internal("the test's function panics")),
    }
}

fn refused(error: InputError) -> Status {
    Status::invalid_argument(error.to_string())
}

fn other_method() -> Status {
    Status::invalid_argument("Expected another signature method_name")
}

/// An example's features by name, those of the context among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FakeExample {
    /// Those of whole numbers.
    pub ints: HashMap<String, Vec<i64>>,
    /// Those of numbers with fractions.
    pub floats: HashMap<String, Vec<f32>>,
    /// Those of strings.
    pub texts: HashMap<String, Vec<Vec<u8>>>,
}

impl FakeExample {
    fn add(&mut self, from: &Example) {
        for (name, feature) in from.features.iter().flat_map(|features| &features.feature) {
            let name = name.clone();
            match feature.kind.clone() {
                Some(feature::Kind::Int64List(list)) => drop(self.ints.insert(name, list.value)),
                Some(feature::Kind::FloatList(list)) => drop(self.floats.insert(name, list.value)),
                Some(feature::Kind::BytesList(list)) => drop(self.texts.insert(name, list.value)),
                None => {}
            }
        }
    }
}

fn examples_of(input: Option<Input>) -> Vec<FakeExample> {
    let (examples, context) = match input.and_then(|input| input.kind) {
        Some(input::Kind::ExampleList(list)) => (list.examples, None),
        Some(input::Kind::ExampleListWithContext(list)) => (list.examples, list.context),
        None => (Vec::new(), None),
    };
    let read = examples.iter().map(|example| {
        let mut made = FakeExample::default();
        context.iter().chain([example]).for_each(|each| made.add(each));
        made
    });
    read.collect()
}

impl FakeServer {
    /// A server without models, on a free port of this machine, in tokio's runtime.
    pub fn start() -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let place = listener.local_addr()?;
        let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener)?);
        let (ended, mut ending) = watch::channel(false);
        let state = Arc::new(Shared { held: Mutex::default(), ended: ending.clone() });
        let predictions = PredictionServiceServer::from_arc(state.clone())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        let models = ModelServiceServer::from_arc(state.clone())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        let serving = tonic::transport::Server::builder()
            .add_service(predictions)
            .add_service(models)
            .serve_with_incoming_shutdown(incoming, async move {
                let _ = ending.wait_for(|is| *is).await;
            });
        tokio::spawn(serving);
        Ok(FakeServer { place, state, ended })
    }

    /// Where it is: "127.0.0.1:PORT".
    pub fn address(&self) -> String {
        self.place.to_string()
    }

    /// That of a client of this server.
    pub fn config(&self) -> Config {
        Config::from(self.address())
    }

    /// Ends all calls.
    pub fn stop(&self) {
        self.ended.send_replace(true);
    }

    /// Serves a version of a model.
    pub fn serve(&self, name: impl Into<String>, model: FakeModel) {
        locked(&self.state.held).models.entry(name.into()).or_default().insert(model.version, model);
    }

    /// Changes the state of a version; with a code, why. False where there is no such version.
    pub fn set_state(&self, name: &str, version: i64, state: State, code: Code, message: &str) -> bool {
        let mut held = locked(&self.state.held);
        let model = held.models.get_mut(name).and_then(|versions| versions.get_mut(&version));
        model.map(|model| (model.state, model.code, model.message) = (state, code, message.to_owned())).is_some()
    }

    /// Lets calls of a model fail: the next so many, or all of them. `Code::Ok` ends it.
    pub fn fail(&self, name: impl Into<String>, code: Code, details: &str, times: Option<u32>) {
        let (name, failures) = (name.into(), &mut locked(&self.state.held).failures);
        if code == Code::Ok || times == Some(0) {
            failures.remove(&name);
        } else {
            failures.insert(name, Failure { status: Status::new(code, details), times });
        }
    }

    /// Lets calls of a model last longer; one that is cancelled ends at once.
    pub fn slow(&self, name: impl Into<String>, by: Duration) {
        locked(&self.state.held).delays.insert(name.into(), by);
    }

    /// All calls that came, in their order.
    pub fn calls(&self) -> Vec<FakeCall> {
        locked(&self.state.held).calls.clone()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// Notes a call, and lets it be slow or fail as it was told.
    async fn called<Q: Clone>(
        &self,
        method: &'static str,
        request: Request<Q>,
        name: impl Fn(&Q) -> String,
        noted: fn(Q) -> FakeRequest,
    ) -> Result<Q, Status> {
        let (metadata, _, request) = request.into_parts();
        let name = name(&request);
        let (delay, failure) = {
            let mut held = locked(&self.held);
            held.calls.push(FakeCall { method, request: noted(request.clone()), metadata });
            let delay = held.delays.get(&name).copied().unwrap_or_default();
            let failure = held.failures.get_mut(&name).map(|failure| {
                failure.times = failure.times.map(|times| times - 1);
                (failure.status.clone(), failure.times == Some(0))
            });
            if failure.as_ref().is_some_and(|(_, last)| *last) {
                held.failures.remove(&name);
            }
            (delay, failure)
        };
        if !delay.is_zero() {
            self.wait(delay).await?;
        }
        failure.map_or(Ok(request), |(status, _)| Err(status))
    }

    /// Waits, but no longer than the server is there.
    async fn wait(&self, delay: Duration) -> Result<(), Status> {
        let mut ended = self.ended.clone();
        let mut ended = std::pin::pin!(ended.wait_for(|is| *is));
        let mut slept = std::pin::pin!(tokio::time::sleep(delay));
        std::future::poll_fn(|cx| {
            if ended.as_mut().poll(cx).is_ready() {
                return std::task::Poll::Ready(Err(Status::unavailable("the fake server has stopped")));
            }
            slept.as_mut().poll(cx).map(Ok)
        })
        .await
    }

    /// The version that is asked for, if it is available.
    fn find(&self, spec: &ModelSpec) -> Result<FakeModel, Status> {
        let (version, label) = (version_of(spec), label_of(spec));
        let held = locked(&self.held);
        let found = held.models.get(&spec.name).into_iter().flat_map(BTreeMap::values).rev().find(|model| {
            model.state == State::Available
                && version.map_or(true, |version| version == model.version)
                && (label.is_empty() || model.labels.contains(&label))
        });
        found.cloned().ok_or_else(|| match version {
            _ if !label.is_empty() => {
                Status::invalid_argument(format!("Unrecognized servable version label: {label}"))
            }
            Some(version) => {
                Status::not_found(format!("Servable not found for request: Specific({}, {version})", spec.name))
            }
            None => Status::not_found(format!("Servable not found for request: Latest({})", spec.name)),
        })
    }

    /// Serves these models and no others, as far as the test has given them.
    fn reloaded(&self, conf: &ModelsConf) {
        for (name, versions) in &mut locked(&self.held).models {
            let model = conf.models().iter().find(|model| model.name == *name);
            let chosen = model.map(versions_of).unwrap_or_default();
            for (number, version) in versions {
                version.state = match model {
                    Some(_) if chosen.is_empty() || chosen.contains(number) => State::Available,
                    _ => State::End,
                };
                version.labels = model.map(|model| labels_of(model, *number)).unwrap_or_default();
            }
        }
    }
}

/// Reads a field that older releases don't have.
fn label_of(spec: &ModelSpec) -> String {
    let whole = spec.encode_to_vec();
    let label = wire::parts(&whole, 4).last().unwrap_or_default();
    String::from_utf8_lossy(label).into_owned()
}

fn name_of(spec: &Option<ModelSpec>) -> String {
    spec.as_ref().map(|spec| spec.name.clone()).unwrap_or_default()
}

#[tonic::async_trait]
impl PredictionService for Shared {
    async fn predict(&self, request: Request<PredictRequest>) -> Result<Response<PredictResponse>, Status> {
        let name = |request: &PredictRequest| name_of(&request.model_spec);
        let request = self.called("Predict", request, name, FakeRequest::Predict).await?;
        let spec = request.model_spec.clone().unwrap_or_default();
        let model = self.find(&spec)?;
        let outputs = model.predicted(request)?;
        let model_spec = Some(model.effective(&spec));
        Ok(Response::new(PredictResponse { model_spec, outputs, ..PredictResponse::default() }))
    }

    async fn classify(
        &self,
        request: Request<ClassificationRequest>,
    ) -> Result<Response<ClassificationResponse>, Status> {
        let name = |request: &ClassificationRequest| name_of(&request.model_spec);
        let request = self.called("Classify", request, name, FakeRequest::Classify).await?;
        let spec = request.model_spec.unwrap_or_default();
        let model = self.find(&spec)?;
        let (result, model_spec) = (Some(model.classified(request.input)?), Some(model.effective(&spec)));
        Ok(Response::new(ClassificationResponse { result, model_spec }))
    }

    async fn regress(
        &self,
        request: Request<RegressionRequest>,
    ) -> Result<Response<RegressionResponse>, Status> {
        let name = |request: &RegressionRequest| name_of(&request.model_spec);
        let request = self.called("Regress", request, name, FakeRequest::Regress).await?;
        let spec = request.model_spec.unwrap_or_default();
        let model = self.find(&spec)?;
        let (result, model_spec) = (Some(model.regressed(request.input)?), Some(model.effective(&spec)));
        Ok(Response::new(RegressionResponse { result, model_spec }))
    }

    async fn multi_inference(
        &self,
        request: Request<MultiInferenceRequest>,
    ) -> Result<Response<MultiInferenceResponse>, Status> {
        let name = |request: &MultiInferenceRequest| {
            request.tasks.first().map(|task| name_of(&task.model_spec)).unwrap_or_default()
        };
        let request = self.called("MultiInference", request, name, FakeRequest::MultiInference).await?;
        let mut results = Vec::new();
        for task in request.tasks {
            let spec = task.model_spec.unwrap_or_default();
            let model = self.find(&spec)?;
            let result = if task.method_name == CLASSIFY {
                Inferred::ClassificationResult(model.classified(request.input.clone())?)
            } else {
                Inferred::RegressionResult(model.regressed(request.input.clone())?)
            };
            results.push(InferenceResult { model_spec: Some(model.effective(&spec)), result: Some(result) });
        }
        Ok(Response::new(MultiInferenceResponse { results }))
    }

    async fn get_model_metadata(
        &self,
        request: Request<GetModelMetadataRequest>,
    ) -> Result<Response<GetModelMetadataResponse>, Status> {
        let name = |request: &GetModelMetadataRequest| name_of(&request.model_spec);
        let request = self.called("GetModelMetadata", request, name, FakeRequest::GetModelMetadata).await?;
        let spec = request.model_spec.unwrap_or_default();
        let model = self.find(&spec)?;
        if model.inputs.is_empty() {
            return Err(Status::unimplemented("the test has given no signature"));
        }
        let signature = model.told().map_err(refused)?;
        let packed = SignatureDefMap { signature_def: [(model.signature.clone(), signature)].into() };
        let held = prost_types::Any {
            type_url: format!("type.googleapis.com/{}", SignatureDefMap::full_name()),
            value: packed.encode_to_vec(),
        };
        Ok(Response::new(GetModelMetadataResponse {
            model_spec: Some(model.effective(&spec)),
            metadata: [("signature_def".to_owned(), held)].into(),
        }))
    }
}

#[tonic::async_trait]
impl ModelService for Shared {
    async fn get_model_status(
        &self,
        request: Request<GetModelStatusRequest>,
    ) -> Result<Response<GetModelStatusResponse>, Status> {
        let name = |request: &GetModelStatusRequest| name_of(&request.model_spec);
        let request = self.called("GetModelStatus", request, name, FakeRequest::GetModelStatus).await?;
        let spec = request.model_spec.unwrap_or_default();
        let wanted = match label_of(&spec).is_empty() {
            true => version_of(&spec),
            false => Some(self.find(&spec)?.version),
        };
        let mut reply = GetModelStatusResponse::default();
        for model in locked(&self.held).models.get(&spec.name).into_iter().flat_map(BTreeMap::values) {
            if wanted.map_or(true, |wanted| wanted == model.version) {
                let mut status = ModelVersionStatus {
                    version: model.version,
                    state: model.state.into(),
                    ..ModelVersionStatus::default()
                };
                let told = status.status.get_or_insert_with(Default::default);
                (told.error_code, told.error_message) = (model.code.into(), model.message.clone());
                reply.model_version_status.push(status);
            }
        }
        if reply.model_version_status.is_empty() {
            return Err(Status::not_found(format!("Could not find any versions of model {}", spec.name)));
        }
        Ok(Response::new(reply))
    }

    async fn handle_reload_config_request(
        &self,
        request: Request<ReloadConfigRequest>,
    ) -> Result<Response<ReloadConfigResponse>, Status> {
        let noted = FakeRequest::HandleReloadConfigRequest;
        let request = self.called("HandleReloadConfigRequest", request, |_| String::new(), noted).await?;
        let mut reply = ReloadConfigResponse::default();
        let conf = ModelsConf { message: request.config.unwrap_or_default() };
        if conf.models().iter().any(|model| model.name.is_empty() || model.base_path.is_empty()) {
            let told = reply.status.get_or_insert_with(Default::default);
            told.error_code = Code::InvalidArgument.into();
            told.error_message = "a model needs a name and a base_path".to_owned();
        } else {
            self.reloaded(&conf);
        }
        Ok(Response::new(reply))
    }
}
