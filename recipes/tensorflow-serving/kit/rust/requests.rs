//! Requests as messages have them, and what replies say.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::Code;

use super::connection::{Credentials, Limit};
use super::elements::{sealed::Element as _, Element};
use super::errors::code_name;
use super::signatures::{nearest, Fill, Inputs};
use super::tensors::{self, Form, Kind, Tensor};
use super::values::{Given, Value};
use super::wire::{self, Held};
use super::{Call, InputError, InputKind, ReplyError, Rows};
use crate::tensorflow::serving::{
    input, ClassificationResult, ExampleList, ExampleListWithContext, GetModelStatusResponse, Input, ModelSpec,
    PredictRequest, RegressionResult,
};
use crate::tensorflow::{feature, BytesList, Example, Feature, FloatList, Int64List};

pub(crate) const CLASSIFY: &str = "tensorflow/serving/classify";
pub(crate) const REGRESS: &str = "tensorflow/serving/regress";

/// What is called, and how. All but the model may be left out: a name is a target.
#[derive(Clone, Default)]
pub struct Target {
    pub(crate) model: String,
    pub(crate) version: Option<i64>,
    pub(crate) label: String,
    pub(crate) signature: String,
    pub(crate) deadline: Option<Limit>,
    pub(crate) metadata: MetadataMap,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) outputs: Vec<String>,
    pub(crate) fill: Fill,
}

impl<N: Into<String>> From<N> for Target {
    fn from(model: N) -> Self {
        Target { model: model.into(), ..Target::default() }
    }
}

impl Target {
    /// That model.
    pub fn model(name: impl Into<String>) -> Self {
        name.into().into()
    }

    /// One of its versions; the newest one where neither this nor a label is given.
    pub fn version(self, version: i64) -> Self {
        Target { version: Some(version), ..self }
    }

    /// What the server's configuration calls a version.
    pub fn label(self, label: impl Into<String>) -> Self {
        Target { label: label.into(), ..self }
    }

    /// The signature to call; [`DEFAULT_SIGNATURE`](super::DEFAULT_SIGNATURE) where none is named.
    pub fn signature(self, name: impl Into<String>) -> Self {
        Target { signature: name.into(), ..self }
    }

    /// The time for all that the call does; the client's where none is given.
    pub fn deadline(self, time: Duration) -> Self {
        Target { deadline: Some(Limit::After(time)), ..self }
    }

    /// The call may take any time.
    pub fn without_deadline(self) -> Self {
        Target { deadline: Some(Limit::Never), ..self }
    }

    /// Headers to send besides the client's.
    pub fn metadata(self, metadata: MetadataMap) -> Self {
        Target { metadata, ..self }
    }

    /// What names the caller in this call, besides the client's; only with TLS.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Target { credentials: Some(credentials), ..self }
    }

    /// The outputs of Predict that are wanted, where not all are.
    pub fn outputs<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Target { outputs: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// What becomes of inputs of Predict that aren't given.
    pub fn fill(self, fill: Fill) -> Self {
        Target { fill, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), InputError> {
        if self.version.is_some() && !self.label.is_empty() {
            return Err(InputError::new(InputKind::Setting, "a version and a label: give one of them"));
        }
        Ok(())
    }

    /// The same for the server.
    pub(crate) fn spec(&self) -> ModelSpec {
        let mut made =
            ModelSpec { name: self.model.clone(), signature_name: self.signature.clone(), ..ModelSpec::default() };
        set_version(&mut made, self.version);
        let mut label = Vec::new();
        if !self.label.is_empty() {
            wire::put_field(&mut label, 4, Held::Bytes(self.label.as_bytes()));
        }
        made.merge(label.as_slice()).expect("one whole field");
        made
    }

    /// The same for errors.
    pub(crate) fn call(&self, method: &str, address: &str, rows: Option<Rows>) -> Call {
        Call {
            method: method.to_owned(),
            model: self.model.clone(),
            version: self.version.map_or_else(|| self.label.clone(), |version| version.to_string()),
            signature: self.signature.clone(),
            address: address.to_owned(),
            rows,
        }
    }
}

/// Fills a field that is part of a choice in newer releases.
pub(crate) fn set_version(spec: &mut ModelSpec, version: Option<i64>) {
    let (mut number, mut field) = (Vec::new(), Vec::new());
    if let Some(version) = version {
        wire::put_field(&mut number, 1, Held::Varint(version as u64));
        wire::put_field(&mut field, 2, Held::Bytes(&number));
    }
    spec.merge(field.as_slice()).expect("one whole field");
}

/// Reads the same field.
pub(crate) fn version_of(spec: &ModelSpec) -> Option<i64> {
    let whole = spec.encode_to_vec();
    let found = wire::parts(&whole, 2).last().map(|version| wire::number(version, 1) as i64);
    found
}

/// The outputs of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// Tensors as the server sent them; [`output`](Prediction::output) reads one.
    pub outputs: HashMap<String, Tensor>,
    /// Inputs that weren't given, and that the client filled.
    pub filled: Vec<String>,
    /// The model that answered.
    pub model: String,
    /// The signature that answered.
    pub signature: String,
    /// The version that answered; the newest, where parts met a change of versions; 0 where it isn't told.
    pub version: i64,
    /// All versions that answered, the oldest first.
    pub versions: Vec<i64>,
}

impl Prediction {
    pub(crate) fn new(outputs: HashMap<String, Tensor>, specs: &[ModelSpec], filled: Vec<String>) -> Self {
        let mut versions: Vec<i64> = specs.iter().map(|spec| version_of(spec).unwrap_or_default()).collect();
        versions.sort_unstable();
        versions.dedup();
        Prediction {
            outputs,
            filled,
            model: specs.first().map(|spec| spec.name.clone()).unwrap_or_default(),
            signature: specs.first().map(|spec| spec.signature_name.clone()).unwrap_or_default(),
            version: versions.last().copied().unwrap_or_default(),
            versions,
        }
    }

    /// The elements of an output in row-major order, as [`values`](super::values) reads them.
    pub fn output<T: Element>(&self, name: &str) -> Result<Vec<T>, ReplyError> {
        let tensor = self.outputs.get(name).ok_or_else(|| {
            ReplyError::new(format!("the reply has no output {}", nearest(name, self.outputs.keys())))
        })?;
        tensors::values(tensor).map_err(|error| ReplyError::new(format!("output {name}: {error}")))
    }
}

pub(crate) fn predict_request(target: &Target, inputs: HashMap<String, Tensor>) -> PredictRequest {
    PredictRequest {
        model_spec: Some(target.spec()),
        inputs,
        output_filter: target.outputs.clone(),
        ..PredictRequest::default()
    }
}

/// One class that an example may belong to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Class {
    /// What it is called.
    pub label: String,
    /// How much speaks for it.
    pub score: f32,
}

/// One of the tasks of MultiInference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is asked.
    pub kind: TaskKind,
    /// The signature to call.
    pub signature: String,
}

/// What a task asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// The classes of each example.
    Classify,
    /// The value of each example.
    Regress,
}

impl FromStr for TaskKind {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        match text {
            "classify" => Ok(TaskKind::Classify),
            "regress" => Ok(TaskKind::Regress),
            _ => {
                let said = format!("a task is classify or regress, not {text:?}");
                Err(InputError::new(InputKind::Setting, said))
            }
        }
    }
}

/// What a task gives for each example.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskResult {
    /// As Classify gives them.
    Classes(Vec<Vec<Class>>),
    /// As Regress gives them.
    Values(Vec<f32>),
}

/// What the server says about a version of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionStatus {
    /// Its number.
    pub version: i64,
    /// START, LOADING, AVAILABLE, UNLOADING or END; only AVAILABLE is served.
    pub state: String,
    /// Why it isn't served; Ok where nothing is wrong.
    pub code: Code,
    /// What the server says of that.
    pub message: String,
}

impl fmt::Display for VersionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.version, self.state, code_name(self.code))?;
        if !self.message.is_empty() {
            write!(f, " {}", self.message)?;
        }
        Ok(())
    }
}

/// The features of an example: each a value, or a list of values.
pub type Features = Inputs;

/// Examples, and what all of them share, as Classify, Regress and MultiInference take them.
pub fn make_input(
    examples: impl IntoIterator<Item = Features>,
    shared: Option<Features>,
) -> Result<Input, InputError> {
    let examples = examples
        .into_iter()
        .enumerate()
        .map(|(number, each)| make_example(each, &format!("example {number}")))
        .collect::<Result<_, _>>()?;
    let kind = match shared {
        None => input::Kind::ExampleList(ExampleList { examples }),
        Some(shared) => {
            let context = Some(make_example(shared, "context")?);
            input::Kind::ExampleListWithContext(ExampleListWithContext { examples, context })
        }
    };
    Ok(Input { kind: Some(kind) })
}

fn make_example(features: Features, place: &str) -> Result<Example, InputError> {
    let feature = features.0.into_iter().map(|(name, value)| {
        let made = make_feature(value).map_err(|error| error.about(format_args!("{place}, feature {name}")))?;
        Ok((name, made))
    });
    let feature = feature.collect::<Result<_, InputError>>()?;
    Ok(Example { features: Some(crate::tensorflow::Features { feature }) })
}

fn make_feature(value: Value) -> Result<Feature, InputError> {
    let tensor = match value.0? {
        // No values have no type.
        Given::Array(array) if array.dtype.is_none() && array.loose.is_empty() => return Ok(Feature::default()),
        given => Value(Ok(given)).tensor()?,
    };
    let (shape, name) = (tensors::shape_of(&tensor)?, tensors::type_of(&tensor));
    if shape.len() > 1 {
        return Err(InputError::new(InputKind::Type, "a feature is a value or a list of values"));
    }
    if tensors::count(&shape) == 0 {
        return Ok(Feature::default());
    }
    let kind = match &*name {
        "DT_STRING" => feature::Kind::BytesList(BytesList { value: tensors::strings_of(&tensor)? }),
        "DT_DOUBLE" => {
            let floats = Value::new(f64::read(&tensor, &name)?).typed("float32").tensor()?;
            feature::Kind::FloatList(FloatList { value: tensors::values(&floats)? })
        }
        "DT_FLOAT" | "DT_HALF" | "DT_BFLOAT16" => {
            feature::Kind::FloatList(FloatList { value: tensors::values(&tensor)? })
        }
        _ => feature::Kind::Int64List(Int64List { value: integers(&tensor, &name)? }),
    };
    Ok(Feature { kind: Some(kind) })
}

fn integers(tensor: &Tensor, name: &str) -> Result<Vec<i64>, InputError> {
    let form = Form::of(name).filter(|form| form.kind != Kind::Float).ok_or_else(|| {
        InputError::new(InputKind::Type, format!("a feature can't hold {name}"))
    })?;
    let content = tensors::content_of(tensor)?;
    let read = content.chunks_exact(form.size).map(|bytes| {
        let mut whole = [0; 8];
        whole[..form.size].copy_from_slice(bytes);
        let bits = u64::from_le_bytes(whole);
        if form.kind == Kind::Int {
            let unused = 64 - 8 * form.size;
            return Ok((bits << unused) as i64 >> unused);
        }
        i64::try_from(bits).map_err(|_| InputError::new(InputKind::Overflow, format!("{bits} is no DT_INT64")))
    });
    read.collect()
}

pub(crate) fn read_classes(result: Option<ClassificationResult>) -> Vec<Vec<Class>> {
    let read = result.unwrap_or_default().classifications.into_iter().map(|one| {
        one.classes.into_iter().map(|each| Class { label: each.label, score: each.score }).collect()
    });
    read.collect()
}

pub(crate) fn read_values(result: Option<RegressionResult>) -> Vec<f32> {
    result.unwrap_or_default().regressions.into_iter().map(|each| each.value).collect()
}

/// What is said about each version, the newest first.
pub(crate) fn read_statuses(reply: GetModelStatusResponse) -> Vec<VersionStatus> {
    let mut read: Vec<VersionStatus> = reply
        .model_version_status
        .into_iter()
        .map(|each| {
            let state = each.state().as_str_name().to_owned();
            let status = each.status.unwrap_or_default();
            let code = Code::from_i32(status.error_code);
            VersionStatus { version: each.version, state, code, message: status.error_message }
        })
        .collect();
    read.sort_by_key(|each| std::cmp::Reverse(each.version));
    read
}

/// Some rows of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which ones.
    pub rows: Rows,
    /// What is sent.
    pub inputs: HashMap<String, Tensor>,
}

/// Parts of at most so many rows of a batch. Scalars and shared inputs are in each part.
///
/// `optional`: inputs that are shared too where they don't have the rows of the others.
pub fn split(
    inputs: HashMap<String, Tensor>,
    rows: usize,
    shared: &[String],
    optional: &[String],
) -> Result<Vec<Part>, InputError> {
    if rows < 1 {
        return Err(InputError::new(InputKind::Setting, format!("parts of {rows} rows")));
    }
    if let Some(name) = shared.iter().find(|&name| !inputs.contains_key(name)) {
        let said = format!("shared inputs that aren't there: {name}");
        return Err(InputError::new(InputKind::Name, said));
    }
    let mut sizes = BTreeMap::new();
    for (name, tensor) in &inputs {
        let shape = tensors::shape_of(tensor).map_err(|error| error.about(format_args!("input {name}")))?;
        if let Some(&size) = shape.first().filter(|_| !shared.contains(name)) {
            sizes.insert(name.clone(), size);
        }
    }
    let given: BTreeMap<_, _> = sizes.iter().filter(|(name, _)| !optional.contains(name)).collect();
    let total = common_rows(if given.is_empty() { sizes.iter().collect() } else { given })?;
    let step = rows as i64;
    if total <= step {
        return Ok(vec![Part { rows: Rows { start: 0, stop: total }, inputs }]);
    }
    let mut parts = Vec::new();
    let mut start = 0;
    while start < total {
        let rows = Rows { start, stop: total.min(start + step) };
        let mut part = HashMap::new();
        for (name, tensor) in &inputs {
            let split = sizes.get(name) == Some(&total);
            let own = if split { tensors::copy_rows(tensor, rows) } else { Ok(tensor.clone()) };
            let own = own.map_err(|error| error.about(format_args!("input {name}")))?;
            part.insert(name.clone(), own);
        }
        parts.push(Part { rows, inputs: part });
        start = rows.stop;
    }
    Ok(parts)
}

fn common_rows(sizes: BTreeMap<&String, &i64>) -> Result<i64, InputError> {
    let mut found: Vec<i64> = sizes.values().map(|&&size| size).collect();
    found.dedup();
    if let [total] = found.as_slice() {
        return Ok(*total);
    }
    let mut said: Vec<String> = sizes.iter().map(|(name, size)| format!("{name} has {size}")).collect();
    if said.is_empty() {
        said.push("all are shared".to_owned());
    }
    let said = format!("the inputs of a batch have no common number of rows: {}", said.join(", "));
    Err(InputError::new(InputKind::Shape, said))
}

/// The outputs of all parts together, in the order of their rows.
pub fn join(
    rows: &[Rows],
    mut outputs: Vec<HashMap<String, Tensor>>,
) -> Result<HashMap<String, Tensor>, ReplyError> {
    if let ([_], [_]) = (rows, outputs.as_slice()) {
        return Ok(outputs.remove(0));
    }
    let names: Vec<String> = outputs.first().map(|first| first.keys().cloned().collect()).unwrap_or_default();
    let mut made = HashMap::new();
    for name in names {
        let mut pieces = Vec::with_capacity(rows.len());
        for (rows, own) in rows.iter().zip(&mut outputs) {
            let piece =
                own.remove(&name).ok_or_else(|| ReplyError::new(format!("{rows} have no output {name}")))?;
            let size = piece.tensor_shape.as_ref().and_then(|shape| shape.dim.first()).map(|dim| dim.size);
            if size != Some(rows.stop - rows.start) {
                return Err(ReplyError::new(format!(
                    "output {name} hasn't a row for each row of the inputs: leave it out with outputs"
                )));
            }
            pieces.push(piece);
        }
        let whole = tensors::joined(&pieces);
        let whole = whole.map_err(|error| ReplyError::new(format!("output {name}: {error}")))?;
        made.insert(name, whole);
    }
    Ok(made)
}
