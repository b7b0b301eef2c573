//! What models take and give, and inputs that are checked by it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use prost::Message;

use super::tensors::{self, shape_text, Tensor};
use super::values::{Array, Given, Value};
use super::{wire, InputError, InputKind, ReplyError};
use crate::tensorflow::serving::{GetModelMetadataResponse, SignatureDefMap};
use crate::tensorflow::{SignatureDef, TensorInfo};

/// The signature that is called where none is named.
pub const DEFAULT_SIGNATURE: &str = "serving_default";

/// Types of TensorFlow 1's variables: each stands for the one that is 100 lower.
const REFERENCES: i32 = 100;

/// Values by name: the inputs of a call, the outputs of a fake model, the features of an example.
#[derive(Clone, Debug, Default)]
pub struct Inputs(pub(crate) BTreeMap<String, Value>);

impl Inputs {
    /// None yet.
    pub fn new() -> Self {
        Inputs::default()
    }

    /// With one more.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds one.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Inputs {
    fn from(values: [(K, V); N]) -> Self {
        values.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Inputs {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        Inputs(values.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// The type and the shape of an input or an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// As TensorFlow writes it, "DT_FLOAT", or as it is commonly called, "float32".
    pub dtype: String,
    /// With -1 for a size that may be any; none where the shape may be any, empty for a scalar.
    pub shape: Option<Vec<i64>>,
}

impl Spec {
    /// That type, and that shape, with -1 for a size that may be any.
    pub fn new(dtype: impl Into<String>, shape: impl Into<Vec<i64>>) -> Self {
        Spec { dtype: dtype.into(), shape: Some(shape.into()) }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Some(shape) => write!(f, "{} {}", self.dtype, shape_text(shape)),
            None => write!(f, "{} of any shape", self.dtype),
        }
    }
}

/// One way to call a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// What calls name it by.
    pub name: String,
    /// Such as "tensorflow/serving/predict".
    pub method: String,
    /// What it takes.
    pub inputs: BTreeMap<String, Spec>,
    /// What it gives.
    pub outputs: BTreeMap<String, Spec>,
    /// What inputs are when they aren't given, where the model says so (TensorFlow 2.13 and newer).
    pub defaults: BTreeMap<String, Tensor>,
}

/// What becomes of inputs that aren't given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fill {
    /// The call is refused.
    #[default]
    Error,
    /// Zeros are sent: as many rows as the given inputs have, where a size may be any.
    Zeros,
    /// The model's own defaults are sent.
    Defaults,
}

impl std::str::FromStr for Fill {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        match text {
            "error" => Ok(Fill::Error),
            "zeros" => Ok(Fill::Zeros),
            "defaults" => Ok(Fill::Defaults),
            _ => {
                let said = format!("fill is {text:?}, not error, zeros or defaults");
                Err(InputError::new(InputKind::Setting, said))
            }
        }
    }
}

/// Inputs that a signature takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// All that are sent.
    pub tensors: HashMap<String, Tensor>,
    /// Those that weren't given.
    pub filled: Vec<String>,
}

/// All signatures in the server's answer, by name.
pub(crate) fn read_signatures(reply: &GetModelMetadataResponse) -> Result<BTreeMap<String, Signature>, ReplyError> {
    let held = reply.metadata.get("signature_def");
    let packed = held
        .filter(|held| held.type_url.ends_with("/tensorflow.serving.SignatureDefMap"))
        .and_then(|held| SignatureDefMap::decode(held.value.as_slice()).ok())
        .ok_or_else(|| ReplyError::new("the server's metadata holds no signatures"))?;
    let read = packed.signature_def.into_iter().map(|(name, signature)| {
        let read = Signature {
            name: name.clone(),
            method: signature.method_name.clone(),
            inputs: specs(&signature.inputs),
            outputs: specs(&signature.outputs),
            defaults: defaults_of(&signature),
        };
        (name, read)
    });
    Ok(read.collect())
}

fn specs(infos: &HashMap<String, TensorInfo>) -> BTreeMap<String, Spec> {
    let read = infos.iter().map(|(name, info)| {
        let number = if info.dtype > REFERENCES { info.dtype - REFERENCES } else { info.dtype };
        let known = info.tensor_shape.as_ref().filter(|shape| !shape.unknown_rank);
        let shape = known.map(|shape| shape.dim.iter().map(|dim| dim.size.max(-1)).collect());
        (name.clone(), Spec { dtype: tensors::type_text(number).into_owned(), shape })
    });
    read.collect()
}

/// Reads a field that older releases don't have.
fn defaults_of(signature: &SignatureDef) -> BTreeMap<String, Tensor> {
    let whole = signature.encode_to_vec();
    let read = wire::parts(&whole, 4).filter_map(|entry| {
        let name = wire::parts(entry, 1).last().unwrap_or_default();
        let value = wire::parts(entry, 2).last()?;
        Some((String::from_utf8(name.to_vec()).ok()?, Tensor::decode(value).ok()?))
    });
    read.collect()
}

/// The signature of a name, or the default one.
pub(crate) fn choose<'a>(
    signatures: &'a BTreeMap<String, Signature>,
    name: &str,
) -> Result<&'a Signature, InputError> {
    let name = if name.is_empty() { DEFAULT_SIGNATURE } else { name };
    signatures.get(name).ok_or_else(|| {
        let said = format!("the model has no signature {}", nearest(name, signatures.keys()));
        InputError::new(InputKind::Name, said)
    })
}

/// Tensors of values, of the types that they have by themselves.
pub fn make_tensors(inputs: impl Into<Inputs>) -> Result<HashMap<String, Tensor>, InputError> {
    let made = inputs.into().0.into_iter().map(|(name, value)| {
        let tensor = value.tensor().map_err(|error| error.about(format_args!("input {name}")))?;
        Ok((name, tensor))
    });
    made.collect()
}

/// The tensor of one value, of the type that is wanted.
#[cfg(feature = "fake")]
pub(crate) fn make_input(name: &str, value: &mut Value, spec: &Spec) -> Result<Tensor, InputError> {
    let fitted = fitted(name, value, spec)?;
    Ok(taken(value, fitted))
}

/// The value in the type that is wanted, none where it has it; an error where type or shape are others.
fn fitted(name: &str, value: &Value, spec: &Spec) -> Result<Option<Array>, InputError> {
    let given = value.0.as_ref().map_err(|error| error.clone().about(format_args!("input {name}")))?;
    let (own, converted) = match given {
        Given::Tensor(tensor) => {
            let shape = tensors::shape_of(tensor).map_err(|error| error.about(format_args!("input {name}")))?;
            (Spec { dtype: tensors::type_of(tensor).into_owned(), shape: Some(shape) }, None)
        }
        Given::Array(array) => {
            let about = |error: InputError| error.about(format_args!("input {name}, which is {spec}"));
            let made = tensors::type_name(&spec.dtype).and_then(|wanted| array.converted(Some(wanted)));
            let made = made.map_err(about)?;
            let own = Spec { dtype: made.dtype.unwrap_or_default().to_owned(), shape: Some(made.shape.clone()) };
            let converted = match made {
                std::borrow::Cow::Owned(made) => Some(made),
                std::borrow::Cow::Borrowed(_) => None,
            };
            (own, converted)
        }
    };
    let said = || format!("input {name} is {spec}, not {own}");
    if own.dtype != spec.dtype && tensors::type_name(&spec.dtype).ok() != Some(own.dtype.as_str()) {
        return Err(InputError::new(InputKind::Type, said()));
    }
    if !fits(own.shape.as_deref().unwrap_or_default(), spec.shape.as_deref()) {
        return Err(InputError::new(InputKind::Shape, said()));
    }
    Ok(converted)
}

/// The tensor of a value that fits: nothing of it is copied, where nothing had to be converted.
fn taken(value: &mut Value, fitted: Option<Array>) -> Tensor {
    let nothing = Value(Ok(Given::Array(Array::default())));
    match (fitted, std::mem::replace(value, nothing).0) {
        (Some(array), _) | (None, Ok(Given::Array(array))) => array.into_tensor(),
        (None, Ok(Given::Tensor(tensor))) => *tensor,
        (None, Err(_)) => unreachable!("what is refused doesn't fit"),
    }
}

fn fits(given: &[i64], wanted: Option<&[i64]>) -> bool {
    wanted.map_or(true, |wanted| {
        given.len() == wanted.len()
            && wanted.iter().zip(given).all(|(&wanted, &given)| wanted < 0 || wanted == given)
    })
}

/// What an input takes, all zeros: so many rows, and one where another size may be any.
pub(crate) fn make_zeros(name: &str, spec: &Spec, rows: i64) -> Result<Tensor, InputError> {
    let Some(shape) = &spec.shape else {
        return Err(InputError::new(InputKind::Shape, format!("input {name} is {spec}: give a value")));
    };
    let any = |place| if place == 0 { rows } else { 1 };
    let sizes: Vec<i64> =
        shape.iter().enumerate().map(|(place, &size)| if size < 0 { any(place) } else { size }).collect();
    tensors::zeros(tensors::type_name(&spec.dtype)?, &sizes)
}

impl Signature {
    /// The tensors that the signature takes of values, and which of them weren't given. The error says what it takes
    /// instead. `outputs`: those that are wanted.
    pub fn check(
        &self,
        inputs: impl Into<Inputs>,
        outputs: &[String],
        fill: Fill,
    ) -> Result<Checked, InputError> {
        self.check_in_place(&mut inputs.into(), outputs, fill)
    }

    /// The same, which leaves inputs as they are where it refuses them.
    pub(crate) fn check_in_place(
        &self,
        inputs: &mut Inputs,
        outputs: &[String],
        fill: Fill,
    ) -> Result<Checked, InputError> {
        if let Some(name) = outputs.iter().find(|&name| !self.outputs.contains_key(name)) {
            let said = format!("signature {} has no output {}", self.name, nearest(name, self.outputs.keys()));
            return Err(InputError::new(InputKind::Name, said));
        }
        let mut converted = Vec::with_capacity(inputs.0.len());
        for (name, value) in &inputs.0 {
            let spec = self.inputs.get(name).ok_or_else(|| {
                let said = format!("signature {} has no input {}", self.name, nearest(name, self.inputs.keys()));
                InputError::new(InputKind::Name, said)
            })?;
            converted.push(fitted(name, value, spec)?);
        }
        let filled: Vec<String> =
            self.inputs.keys().filter(|&name| !inputs.0.contains_key(name)).cloned().collect();
        let rows = self.rows(inputs);
        let mut tensors = HashMap::new();
        for name in &filled {
            tensors.insert(name.clone(), self.filling(name, rows, fill)?);
        }
        for ((name, value), converted) in inputs.0.iter_mut().zip(converted) {
            tensors.insert(name.clone(), taken(value, converted));
        }
        Ok(Checked { tensors, filled })
    }

    fn filling(&self, name: &str, rows: i64, fill: Fill) -> Result<Tensor, InputError> {
        let (spec, fallback) = (&self.inputs[name], self.defaults.get(name));
        let said = match (fill, fallback) {
            (Fill::Zeros, _) => return make_zeros(name, spec, rows),
            (Fill::Defaults, Some(fallback)) => return Ok(fallback.clone()),
            (Fill::Defaults, None) => "; the model has no default for it",
            (Fill::Error, Some(_)) => "; the model has a default for it, which Fill::Defaults sends",
            (Fill::Error, None) => "",
        };
        Err(InputError::new(InputKind::Missing, format!("input {name} is missing: {spec}{said}")))
    }

    /// How many rows the given inputs have, where they agree; else one.
    fn rows(&self, given: &Inputs) -> i64 {
        let sizes = given.0.iter().filter_map(|(name, value)| {
            self.inputs[name].shape.as_ref()?.first().filter(|&&size| size < 0)?;
            match value.0.as_ref().ok()? {
                Given::Tensor(tensor) => tensors::shape_of(tensor).ok()?.first().copied(),
                Given::Array(array) => array.shape.first().copied(),
            }
        });
        let sizes: Vec<i64> = sizes.collect();
        match sizes.as_slice() {
            [first, rest @ ..] if rest.iter().all(|size| size == first) => *first,
            _ => 1,
        }
    }
}

/// A name that isn't known, and the known one that is nearest to it.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let mut known: Vec<&str> = known.map(String::as_str).collect();
    known.sort_unstable();
    let found = known.iter().map(|each| (distance(name, each), each)).min();
    match found {
        Some((distance, best)) if distance <= name.len() / 2 => format!("{name}: did you mean {best}?"),
        Some(_) => format!("{name}: it has {}", known.join(", ")),
        None => format!("{name}: it has none"),
    }
}

/// How many letters have to be put in, left out or changed to make one name of the other.
fn distance(a: &str, b: &str) -> usize {
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, own) in a.bytes().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.bytes().enumerate() {
            let changed = last[j] + usize::from(own != other);
            row.push(changed.min(last[j + 1] + 1).min(row[j] + 1));
        }
        last = row;
    }
    last[b.len()]
}
