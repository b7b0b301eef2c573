//! Values of Rust as the elements of tensors.

use std::borrow::Cow;
use std::fmt;

use super::elements::{BFloat16, Bytes, Element, Float16};
use super::tensors::{self, shape_text, Form, Kind, Tensor};
use super::{InputError, InputKind};

/// One value, slices and arrays of values, and these in each other: rows.
///
/// Elements are what [`Element`] is, `&str`, and [`Item`].
pub trait Values {
    /// Says what the elements are.
    #[doc(hidden)]
    fn begin(into: &mut Array);

    /// Adds the elements, and tells their shape.
    #[doc(hidden)]
    fn gather(&self, place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError>;

    /// The same for a row of such values.
    #[doc(hidden)]
    fn gather_row(row: &[Self], place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError>
    where
        Self: Sized,
    {
        let mut first = None;
        for (number, item) in row.iter().enumerate() {
            let shape = item.gather(Place { outer: Some(&place), number }, into)?;
            match &first {
                None => first = Some(shape),
                Some(known) if *known == shape => {}
                Some(known) => return Err(ragged(place, known, number, &shape)),
            }
        }
        let inner = first.unwrap_or_default();
        Ok([&[row.len() as i64], inner.as_slice()].concat())
    }
}

/// Where in nested rows something is.
#[doc(hidden)]
#[derive(Clone, Copy, Default)]
pub struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    number: usize,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outer {
            Some(outer) => write!(f, "{outer}[{}]", self.number),
            None => Ok(()),
        }
    }
}

fn ragged(place: Place<'_>, known: &[i64], number: usize, shape: &[i64]) -> InputError {
    let (known, shape) = (shape_text(known), shape_text(shape));
    InputError::new(
        InputKind::Ragged,
        format!("rows differ: {place}[0] has the shape {known}, {place}[{number}] {shape}"),
    )
}

macro_rules! elements {
    ($($type:ty),*) => {$(
        impl Values for $type {
            fn begin(into: &mut Array) {
                into.dtype = Some(<$type as Element>::TYPE);
                into.soft = <$type as super::elements::sealed::Element>::SOFT;
            }

            fn gather(&self, _: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
                <$type as super::elements::sealed::Element>::put(std::slice::from_ref(self), into);
                Ok(Vec::new())
            }

            fn gather_row(row: &[Self], _: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
                <$type as super::elements::sealed::Element>::put(row, into);
                Ok(vec![row.len() as i64])
            }
        }
    )*};
}

elements!(bool, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, Float16, BFloat16);
elements!((f32, f32), (f64, f64), Bytes, String);

impl Values for str {
    fn begin(into: &mut Array) {
        String::begin(into);
    }

    fn gather(&self, _: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
        into.texts.push(self.as_bytes().to_vec());
        Ok(Vec::new())
    }
}

impl<V: Values + ?Sized> Values for &V {
    fn begin(into: &mut Array) {
        V::begin(into);
    }

    fn gather(&self, place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
        (**self).gather(place, into)
    }
}

impl<V: Values> Values for [V] {
    fn begin(into: &mut Array) {
        V::begin(into);
    }

    fn gather(&self, place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
        V::gather_row(self, place, into)
    }
}

impl<V: Values> Values for Vec<V> {
    fn begin(into: &mut Array) {
        V::begin(into);
    }

    fn gather(&self, place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
        V::gather_row(self, place, into)
    }
}

impl<V: Values, const N: usize> Values for [V; N] {
    fn begin(into: &mut Array) {
        V::begin(into);
    }

    fn gather(&self, place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
        V::gather_row(self, place, into)
    }
}

/// A value whose type is known when the program runs only, such as one of JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// True or false.
    Bool(bool),
    /// A whole number, for any type that can hold it.
    Int(i64),
    /// A whole number that may be larger than those.
    Uint(u64),
    /// Any number, for types with fractions.
    Float(f64),
    /// A complex number: its real and its imaginary part.
    Complex(f64, f64),
    /// A string, of any bytes.
    Text(Vec<u8>),
    /// Rows.
    List(Vec<Item>),
}

impl Values for Item {
    fn begin(_: &mut Array) {}

    fn gather(&self, place: Place<'_>, into: &mut Array) -> Result<Vec<i64>, InputError> {
        if let Item::List(items) = self {
            return Item::gather_row(items, place, into);
        }
        into.loose.push(match *self {
            Item::Uint(number) if number <= i64::MAX as u64 => Item::Int(number as i64),
            _ => self.clone(),
        });
        Ok(Vec::new())
    }
}

impl Item {
    fn kind(&self) -> &'static str {
        match self {
            Item::Bool(_) => "bool",
            Item::Int(_) | Item::Uint(_) => "int",
            Item::Float(_) => "float",
            Item::Complex(..) => "complex",
            Item::Text(_) => "string",
            Item::List(_) => "list",
        }
    }

    /// A number of any kind.
    fn number(&self) -> (f64, f64) {
        match *self {
            Item::Int(number) => (number as f64, 0.0),
            Item::Uint(number) => (number as f64, 0.0),
            Item::Float(number) => (number, 0.0),
            Item::Complex(re, im) => (re, im),
            _ => (f64::NAN, 0.0),
        }
    }

    /// The bits of a whole number, where the type can hold it.
    fn integer(&self, form: &Form) -> Option<u64> {
        match *self {
            Item::Uint(number) => (form.kind == Kind::Uint && form.bits == 64).then_some(number),
            Item::Int(number) => form.holds(number).then_some(number as u64),
            _ => None,
        }
    }
}

/// What an input or a feature is given as: [`Values`], or a tensor.
#[derive(Clone, Debug)]
pub struct Value(pub(crate) Result<Given, InputError>);

#[derive(Clone, Debug)]
pub(crate) enum Given {
    Tensor(Box<Tensor>),
    Array(Array),
}

impl<V: Values> From<V> for Value {
    fn from(values: V) -> Self {
        let mut made = Array::default();
        V::begin(&mut made);
        let gathered = values.gather(Place::default(), &mut made);
        Value(gathered.map(|shape| Given::Array(Array { shape, ..made })))
    }
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Value(Ok(Given::Tensor(Box::new(tensor))))
    }
}

impl Value {
    /// The same as `Value::from`.
    pub fn new(values: impl Into<Value>) -> Self {
        values.into()
    }

    /// The same elements as another type, as TensorFlow writes it ("DT_FLOAT") or as it is commonly called ("float32").
    ///
    /// Values of `i32`, `i64`, `f64` and `(f64, f64)`, and [`Item`]s, become any type that can hold them: constants
    /// have these types. Others have a type of their own, which this must be: except that floats are rounded to half
    /// and bfloat16, and that the elements of types that Rust hasn't are their bits.
    pub fn typed(self, dtype: &str) -> Self {
        Value(self.0.and_then(|given| {
            let name = tensors::type_name(dtype)?;
            match given {
                Given::Tensor(_) => Err(InputError::new(InputKind::Type, "a tensor has its type")),
                Given::Array(array) => {
                    let made = match array.converted(Some(name))? {
                        Cow::Owned(made) => made,
                        Cow::Borrowed(_) => array,
                    };
                    Ok(Given::Array(Array { soft: false, ..made }))
                }
            }
        }))
    }

    /// The same elements in another shape, empty for a scalar.
    pub fn shaped(self, shape: impl AsRef<[i64]>) -> Self {
        let shape = shape.as_ref();
        Value(self.0.and_then(|given| {
            let own = match &given {
                Given::Tensor(tensor) => tensors::shape_of(tensor)?,
                Given::Array(array) => array.shape.clone(),
            };
            if !tensors::same_count(shape, &own) {
                let said = format!("{} elements don't fill the shape {}", tensors::count(&own), shape_text(shape));
                return Err(InputError::new(InputKind::Shape, said));
            }
            Ok(match given {
                Given::Tensor(mut tensor) => {
                    tensor.tensor_shape = Some(tensors::shape(shape));
                    Given::Tensor(tensor)
                }
                Given::Array(array) => Given::Array(Array { shape: shape.to_vec(), ..array }),
            })
        }))
    }

    /// The tensor. Numbers are bytes in it.
    pub fn tensor(self) -> Result<Tensor, InputError> {
        Ok(match self.0? {
            Given::Tensor(tensor) => *tensor,
            Given::Array(array) => array.inferred()?.into_tensor(),
        })
    }

    /// The tensor with its elements as a list, not as bytes: for servers on big-endian machines.
    pub fn listed_tensor(self) -> Result<Tensor, InputError> {
        Ok(tensors::listed(self.tensor()?))
    }
}

/// The elements of a value.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Array {
    /// Their own type; none for loose ones.
    pub(crate) dtype: Option<&'static str>,
    /// Whether another type may be made of it.
    pub(crate) soft: bool,
    pub(crate) shape: Vec<i64>,
    pub(crate) content: Vec<u8>,
    pub(crate) texts: Vec<Vec<u8>>,
    pub(crate) loose: Vec<Item>,
}

impl Array {
    pub(crate) fn into_tensor(self) -> Tensor {
        let mut made = tensors::shaped(self.dtype.unwrap_or("DT_STRING"), &self.shape);
        made.string_val = self.texts;
        made.tensor_content = self.content;
        made
    }

    /// The elements in the type that they have by themselves.
    pub(crate) fn inferred(self) -> Result<Array, InputError> {
        Ok(match self.converted(None)? {
            Cow::Owned(made) => made,
            Cow::Borrowed(_) => self,
        })
    }

    /// The same elements in a type.
    pub(crate) fn converted(&self, wanted: Option<&'static str>) -> Result<Cow<'_, Array>, InputError> {
        let Some(own) = self.dtype else {
            let wanted = wanted.map_or_else(|| inferred(&self.loose), Ok)?;
            return self.encoded(wanted, &self.loose).map(Cow::Owned);
        };
        let wanted = wanted.unwrap_or(own);
        if wanted == own {
            return Ok(Cow::Borrowed(self));
        }
        if own == tensors::stored(wanted) || own == "DT_UINT16" && wanted == "DT_HALF" {
            if Form::of(wanted).is_some_and(|form| form.bits < 8 && form.bits > 0) {
                return self.encoded(wanted, &self.loosened()).map(Cow::Owned);
            }
            return Ok(Cow::Owned(Array { dtype: Some(wanted), ..self.clone() }));
        }
        if own == "DT_DOUBLE" && wanted == "DT_FLOAT" {
            return self.narrowed().map(Cow::Owned);
        }
        let rounds = own == "DT_FLOAT" && (wanted == "DT_HALF" || wanted == "DT_BFLOAT16");
        if self.soft || rounds {
            return self.encoded(wanted, &self.loosened()).map(Cow::Owned);
        }
        Err(InputError::new(InputKind::Type, format!("elements of {own} aren't {wanted}: convert them")))
    }

    /// Doubles as floats.
    fn narrowed(&self) -> Result<Array, InputError> {
        let mut made = Vec::with_capacity(self.content.len() / 2);
        for wide in self.numbers(f64::from_le_bytes) {
            made.push(narrow(wide).ok_or_else(|| too_large("DT_FLOAT"))?);
        }
        let mut array = Array { dtype: Some("DT_FLOAT"), shape: self.shape.clone(), ..Array::default() };
        super::elements::sealed::Element::put(&made, &mut array);
        Ok(array)
    }

    fn numbers<const N: usize, T: 'static>(&self, read: fn([u8; N]) -> T) -> impl Iterator<Item = T> + '_ {
        self.content.chunks_exact(N).map(move |bytes| read(bytes.try_into().expect("so long")))
    }

    /// The elements one by one, of types that others can be made of.
    fn loosened(&self) -> Vec<Item> {
        match self.dtype {
            Some("DT_INT8") => self.numbers(i8::from_le_bytes).map(|each| Item::Int(each.into())).collect(),
            Some("DT_UINT8") => self.numbers(u8::from_le_bytes).map(|each| Item::Int(each.into())).collect(),
            Some("DT_INT32") => self.numbers(i32::from_le_bytes).map(|each| Item::Int(each.into())).collect(),
            Some("DT_INT64") => self.numbers(i64::from_le_bytes).map(Item::Int).collect(),
            Some("DT_FLOAT") => self.numbers(f32::from_le_bytes).map(|each| Item::Float(each.into())).collect(),
            Some("DT_DOUBLE") => self.numbers(f64::from_le_bytes).map(Item::Float).collect(),
            _ => {
                let parts: Vec<f64> = self.numbers(f64::from_le_bytes).collect();
                parts.chunks_exact(2).map(|pair| Item::Complex(pair[0], pair[1])).collect()
            }
        }
    }

    /// Elements as the bytes of a type.
    fn encoded(&self, name: &'static str, items: &[Item]) -> Result<Array, InputError> {
        let mut made = Array { dtype: Some(name), shape: self.shape.clone(), ..Array::default() };
        let Some(form) = Form::of(name) else {
            must_be(name, items, &["string"])?;
            made.texts.extend(items.iter().filter_map(|item| match item {
                Item::Text(text) => Some(text.clone()),
                _ => None,
            }));
            return Ok(made);
        };
        let takes: &[&str] = match form.kind {
            Kind::Bool => &["bool"],
            Kind::Float if form.parts == 2 => &["int", "float", "complex"],
            Kind::Float => &["int", "float"],
            _ if name == "DT_HALF" || name == "DT_BFLOAT16" => &["int", "float"],
            _ => &["int"],
        };
        must_be(name, items, takes)?;
        made.content.reserve(items.len() * form.size * form.parts);
        for item in items {
            append(&mut made.content, name, &form, item)?;
        }
        Ok(made)
    }
}

/// The type that loose elements have by themselves.
fn inferred(items: &[Item]) -> Result<&'static str, InputError> {
    let mut kinds: Vec<&str> = items.iter().map(Item::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(match kinds.as_slice() {
        [] => return Err(InputError::new(InputKind::Type, "values without an element have no type: name it")),
        ["bool"] => "DT_BOOL",
        ["string"] => "DT_STRING",
        mixed if mixed.contains(&"bool") || mixed.contains(&"string") => {
            let said = format!("elements of different types: {}", mixed.join(", "));
            return Err(InputError::new(InputKind::Type, said));
        }
        mixed if mixed.contains(&"complex") => "DT_COMPLEX128",
        mixed if mixed.contains(&"float") => "DT_DOUBLE",
        _ => "DT_INT64",
    })
}

fn must_be(name: &str, items: &[Item], kinds: &[&str]) -> Result<(), InputError> {
    match items.iter().find(|item| !kinds.contains(&item.kind())) {
        Some(item) => {
            let said = format!("{} where {name} takes {}", item.kind(), kinds.join(" or "));
            Err(InputError::new(InputKind::Type, said))
        }
        None => Ok(()),
    }
}

fn too_large(name: &str) -> InputError {
    InputError::new(InputKind::Overflow, format!("a number is too large for {name}"))
}

/// A double as a float, where it isn't too large.
fn narrow(wide: f64) -> Option<f32> {
    let narrow = wide as f32;
    (narrow.is_finite() || !wide.is_finite()).then_some(narrow)
}

fn append(content: &mut Vec<u8>, name: &str, form: &Form, item: &Item) -> Result<(), InputError> {
    let (re, im) = item.number();
    if let Item::Bool(truth) = item {
        content.push(u8::from(*truth));
    } else if name == "DT_HALF" || name == "DT_BFLOAT16" {
        let (bits, back) = if name == "DT_HALF" {
            let made = Float16::from_f64(re);
            (made.0, made.to_f32())
        } else {
            let made = BFloat16::from_f32(re as f32);
            (made.0, made.to_f32())
        };
        if back.is_infinite() && !re.is_infinite() {
            return Err(too_large(name));
        }
        content.extend_from_slice(&bits.to_le_bytes());
    } else if form.kind == Kind::Float {
        for part in &[re, im][..form.parts] {
            if form.size == 8 {
                content.extend_from_slice(&part.to_le_bytes());
            } else {
                let narrow = narrow(*part).ok_or_else(|| too_large(name))?;
                content.extend_from_slice(&narrow.to_le_bytes());
            }
        }
    } else {
        let Some(bits) = item.integer(form) else {
            let said = match item {
                Item::Int(number) => number.to_string(),
                Item::Uint(number) => number.to_string(),
                _ => re.to_string(),
            };
            return Err(InputError::new(InputKind::Overflow, format!("{said} is no {name}: {}", form.bounds())));
        };
        content.extend_from_slice(&bits.to_le_bytes()[..form.size]);
    }
    Ok(())
}
