//! Tensors of messages: their types, shapes and elements, in either form.

use std::borrow::Cow;

use prost::Message;

use super::elements::Element;
use super::wire::{self, Held};
use super::{InputError, InputKind};
use crate::tensorflow::tensor_shape_proto::Dim;
use crate::tensorflow::{DataType, TensorShapeProto};

/// A tensor as messages have it.
pub type Tensor = crate::tensorflow::TensorProto;

/// Where a tensor that isn't sent as its bytes has its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Bool,
    Int,
    Int64,
    Uint32,
    Uint64,
    Half,
    Float,
    Double,
    Complex64,
    Complex128,
    Float8,
}

/// What the number of an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Uint,
    Float,
}

/// How elements of a type lie in a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) list: List,
    pub(crate) kind: Kind,
    /// Bytes of a number.
    pub(crate) size: usize,
    /// Numbers an element has: a complex one has two.
    pub(crate) parts: usize,
    /// Bits that count, of an integer.
    pub(crate) bits: u32,
}

impl Form {
    /// That of a type of numbers. Elements of fewer than 8 bits have a byte each; those of half, bfloat16 and float8
    /// are their bits.
    pub(crate) fn of(name: &str) -> Option<Form> {
        use {Kind::*, List as L};
        let (list, kind, size, parts, bits) = match name {
            "DT_BOOL" => (L::Bool, Bool, 1, 1, 8),
            "DT_INT8" | "DT_QINT8" => (L::Int, Int, 1, 1, 8),
            "DT_UINT8" | "DT_QUINT8" => (L::Int, Uint, 1, 1, 8),
            "DT_INT16" | "DT_QINT16" => (L::Int, Int, 2, 1, 16),
            "DT_UINT16" | "DT_QUINT16" => (L::Int, Uint, 2, 1, 16),
            "DT_INT32" | "DT_QINT32" => (L::Int, Int, 4, 1, 32),
            "DT_UINT32" => (L::Uint32, Uint, 4, 1, 32),
            "DT_INT64" => (L::Int64, Int, 8, 1, 64),
            "DT_UINT64" => (L::Uint64, Uint, 8, 1, 64),
            "DT_HALF" | "DT_BFLOAT16" => (L::Half, Uint, 2, 1, 16),
            "DT_FLOAT" => (L::Float, Float, 4, 1, 0),
            "DT_DOUBLE" => (L::Double, Float, 8, 1, 0),
            "DT_COMPLEX64" => (L::Complex64, Float, 4, 2, 0),
            "DT_COMPLEX128" => (L::Complex128, Float, 8, 2, 0),
            "DT_INT4" => (L::Int, Int, 1, 1, 4),
            "DT_UINT4" => (L::Int, Uint, 1, 1, 4),
            "DT_INT2" => (L::Int, Int, 1, 1, 2),
            "DT_UINT2" => (L::Int, Uint, 1, 1, 2),
            _ if name.starts_with("DT_FLOAT8") && !name.ends_with("_REF") => (L::Float8, Uint, 1, 1, 8),
            _ => return None,
        };
        Some(Form { list, kind, size, parts, bits })
    }

    /// Whether an integer's type can hold a number.
    pub(crate) fn holds(&self, number: i64) -> bool {
        match self.kind {
            Kind::Uint => number >= 0 && (self.bits == 64 || number < 1 << self.bits),
            _ => number >= i64::MIN >> (64 - self.bits) && number <= i64::MAX >> (64 - self.bits),
        }
    }

    /// The smallest and the largest integer.
    pub(crate) fn bounds(&self) -> String {
        let unused = 64 - self.bits;
        match self.kind {
            Kind::Uint => format!("0 to {}", u64::MAX >> unused),
            _ => format!("{} to {}", i64::MIN >> unused, i64::MAX >> unused),
        }
    }
}

/// A message has no more bytes.
const MOST_BYTES: i64 = i32::MAX as i64;
/// What an empty string takes in memory, if not more.
const STRING_BYTES: usize = 16;

/// A type as TensorFlow writes it, "DT_FLOAT" for "float32".
pub(crate) fn type_name(dtype: &str) -> Result<&'static str, InputError> {
    let upper = dtype.to_uppercase();
    let name = match upper.strip_prefix("DT_").unwrap_or(&upper) {
        "FLOAT16" => "HALF",
        "FLOAT32" => "FLOAT",
        "FLOAT64" => "DOUBLE",
        "STR" | "BYTES" => "STRING",
        other => other,
    };
    match DataType::from_str_name(&format!("DT_{name}")).map(|known| known.as_str_name()) {
        Some(known) if known == "DT_STRING" || Form::of(known).is_some() => Ok(known),
        _ => {
            let said = format!("no tensor of this release can be made of type {dtype}");
            Err(InputError::new(InputKind::Type, said))
        }
    }
}

/// The type of elements that hold those of another type as they are.
pub(crate) fn stored(name: &str) -> &str {
    match Form::of(name) {
        _ if name == "DT_BFLOAT16" => "DT_UINT16",
        Some(form)
            if name.starts_with("DT_Q") || name.starts_with("DT_FLOAT8") || form.bits > 0 && form.bits < 8 =>
        {
            match (form.kind, form.size) {
                (Kind::Uint, 1) => "DT_UINT8",
                (Kind::Uint, _) => "DT_UINT16",
                (_, 1) => "DT_INT8",
                (_, 2) => "DT_INT16",
                _ => "DT_INT32",
            }
        }
        _ => name,
    }
}

/// The type of a tensor as TensorFlow writes it.
pub fn type_of(tensor: &Tensor) -> Cow<'static, str> {
    type_text(tensor.dtype)
}

pub(crate) fn type_text(number: i32) -> Cow<'static, str> {
    match DataType::try_from(number) {
        Ok(known) => known.as_str_name().into(),
        Err(_) => number.to_string().into(),
    }
}

/// The shape of a tensor, without a size for a scalar; an error where it isn't known.
pub fn shape_of(tensor: &Tensor) -> Result<Vec<i64>, InputError> {
    let Some(shape) = &tensor.tensor_shape else { return Ok(Vec::new()) };
    if shape.unknown_rank || shape.dim.iter().any(|dim| dim.size < 0) {
        return Err(InputError::new(InputKind::Shape, "the shape of the tensor is unknown"));
    }
    Ok(shape.dim.iter().map(|dim| dim.size).collect())
}

/// The elements of a tensor in either of its forms, in row-major order.
///
/// An error says that they are of another type, or that shape and elements don't match.
pub fn values<T: Element>(tensor: &Tensor) -> Result<Vec<T>, InputError> {
    T::read(tensor, &type_of(tensor))
}

pub(crate) fn shape(sizes: &[i64]) -> TensorShapeProto {
    let dim = sizes.iter().map(|&size| Dim { size, ..Dim::default() }).collect();
    TensorShapeProto { dim, ..TensorShapeProto::default() }
}

/// A tensor without elements. A scalar has a shape too, an empty one.
pub(crate) fn shaped(name: &str, sizes: &[i64]) -> Tensor {
    let dtype = DataType::from_str_name(name).unwrap_or_default().into();
    Tensor { dtype, tensor_shape: Some(shape(sizes)), ..Tensor::default() }
}

/// A shape as messages show it.
pub(crate) fn shape_text(shape: &[i64]) -> String {
    let said: Vec<String> =
        shape.iter().map(|&size| if size < 0 { "?".to_owned() } else { size.to_string() }).collect();
    format!("[{}]", said.join(", "))
}

pub(crate) fn count(shape: &[i64]) -> i64 {
    shape.iter().product()
}

/// Whether both shapes have as many elements.
pub(crate) fn same_count(wanted: &[i64], own: &[i64]) -> bool {
    wanted.iter().all(|&size| size >= 0) && sized(wanted, 1).is_ok() && count(wanted) == count(own)
}

/// How many elements the shape has, each of some bytes.
fn sized(shape: &[i64], size: usize) -> Result<usize, InputError> {
    let most = shape.iter().fold(MOST_BYTES / size as i64, |left, &each| left / each.max(1));
    if most == 0 {
        let said = format!("the shape {} is too large for a message", shape_text(shape));
        return Err(InputError::new(InputKind::Shape, said));
    }
    Ok(count(shape) as usize)
}

fn no_numbers(name: &str) -> InputError {
    InputError::new(InputKind::Type, format!("a tensor of type {name} holds no numbers"))
}

fn content_error(said: impl Into<String>) -> InputError {
    InputError::new(InputKind::Content, said)
}

/// The elements of a tensor of numbers as bytes, from either form.
pub(crate) fn content_of(tensor: &Tensor) -> Result<Cow<'_, [u8]>, InputError> {
    let name = type_of(tensor);
    let form = Form::of(&name).ok_or_else(|| no_numbers(&name))?;
    let size = form.size * form.parts;
    let total = sized(&shape_of(tensor)?, size)?;
    let found = if tensor.tensor_content.is_empty() {
        Cow::Owned(content_of_list(tensor, &name, &form, total * size)?)
    } else {
        Cow::Borrowed(tensor.tensor_content.as_slice())
    };
    if found.len() != total * size {
        return Err(content_error(format!("{} bytes for {total} elements of {name}", found.len())));
    }
    Ok(found)
}

/// What the list of the tensor's type holds, as bytes. No elements at all stand for zeros, and a list that is too
/// short goes on with its last element.
fn content_of_list(tensor: &Tensor, name: &str, form: &Form, length: usize) -> Result<Vec<u8>, InputError> {
    fn bytes<T: Copy, const N: usize>(numbers: &[T], made: impl Fn(T) -> [u8; N]) -> Vec<u8> {
        let mut content = vec![0; numbers.len() * N];
        for (bytes, number) in content.chunks_exact_mut(N).zip(numbers) {
            bytes.copy_from_slice(&made(*number));
        }
        content
    }
    let mut found = match form.list {
        List::Bool => bytes(&tensor.bool_val, |truth| [u8::from(truth)]),
        List::Int64 => bytes(&tensor.int64_val, i64::to_le_bytes),
        List::Float => bytes(&tensor.float_val, f32::to_le_bytes),
        List::Double => bytes(&tensor.double_val, f64::to_le_bytes),
        List::Complex64 => bytes(&tensor.scomplex_val, f32::to_le_bytes),
        List::Complex128 => bytes(&tensor.dcomplex_val, f64::to_le_bytes),
        List::Uint32 | List::Uint64 | List::Float8 => newer_list(tensor, form),
        List::Int | List::Half => {
            let numbers = if form.list == List::Half { &tensor.half_val } else { &tensor.int_val };
            let whole = Form { bits: 8 * form.size as u32, ..*form };
            if numbers.iter().any(|&number| !whole.holds(number.into())) {
                return Err(content_error(format!("a number that is no {name}")));
            }
            match form.size {
                1 => bytes(numbers, |number| [number as u8]),
                2 => bytes(numbers, |number| (number as u16).to_le_bytes()),
                _ => bytes(numbers, i32::to_le_bytes),
            }
        }
    };
    let size = form.size * form.parts;
    let last = found.len().checked_sub(size).map_or_else(|| vec![0; size], |start| found[start..].to_vec());
    while found.len() < length {
        found.extend_from_slice(&last);
    }
    Ok(found)
}

/// The numbers of fields that older releases don't have.
fn newer_field(list: List) -> u32 {
    match list {
        List::Uint32 => 16,
        List::Uint64 => 17,
        _ => 18,
    }
}

fn newer_list(tensor: &Tensor, form: &Form) -> Vec<u8> {
    let (whole, mut found) = (tensor.encode_to_vec(), Vec::new());
    for mut part in wire::parts(&whole, newer_field(form.list)) {
        if form.list == List::Float8 {
            return part.to_vec();
        }
        while let Some((number, rest)) = wire::take_varint(part) {
            found.extend_from_slice(&number.to_le_bytes()[..form.size]);
            part = rest;
        }
    }
    found
}

/// A tensor with its elements as a list; one of strings as it is.
pub(crate) fn listed(mut tensor: Tensor) -> Tensor {
    let content = std::mem::take(&mut tensor.tensor_content);
    let Some(form) = Form::of(&type_of(&tensor)) else { return tensor };
    fn numbers<T, const N: usize>(content: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
        content.chunks_exact(N).map(|bytes| read(bytes.try_into().expect("so long"))).collect()
    }
    match form.list {
        List::Bool => tensor.bool_val = numbers(&content, |bytes| bytes != [0]),
        List::Int64 => tensor.int64_val = numbers(&content, i64::from_le_bytes),
        List::Float => tensor.float_val = numbers(&content, f32::from_le_bytes),
        List::Double => tensor.double_val = numbers(&content, f64::from_le_bytes),
        List::Complex64 => tensor.scomplex_val = numbers(&content, f32::from_le_bytes),
        List::Complex128 => tensor.dcomplex_val = numbers(&content, f64::from_le_bytes),
        List::Half => tensor.half_val = numbers(&content, |bytes| u16::from_le_bytes(bytes).into()),
        List::Int => {
            tensor.int_val = match (form.kind, form.size) {
                (Kind::Int, 1) => numbers(&content, |bytes| i8::from_le_bytes(bytes).into()),
                (_, 1) => numbers(&content, |bytes| u8::from_le_bytes(bytes).into()),
                (Kind::Int, 2) => numbers(&content, |bytes| i16::from_le_bytes(bytes).into()),
                (_, 2) => numbers(&content, |bytes| u16::from_le_bytes(bytes).into()),
                _ => numbers(&content, i32::from_le_bytes),
            }
        }
        List::Uint32 | List::Uint64 | List::Float8 if content.is_empty() => {}
        List::Uint32 | List::Uint64 | List::Float8 => {
            let mut packed = Vec::new();
            match form.list {
                List::Uint32 => {
                    numbers(&content, u32::from_le_bytes)
                        .into_iter()
                        .for_each(|number| wire::put_varint(&mut packed, number.into()));
                }
                List::Uint64 => {
                    numbers(&content, u64::from_le_bytes)
                        .into_iter()
                        .for_each(|number| wire::put_varint(&mut packed, number));
                }
                _ => packed = content,
            }
            let mut field = Vec::new();
            wire::put_field(&mut field, newer_field(form.list), Held::Bytes(&packed));
            tensor.merge(field.as_slice()).expect("one whole field");
        }
    }
    tensor
}

/// The elements of a tensor of strings, from either form.
pub(crate) fn strings_of(tensor: &Tensor) -> Result<Vec<Vec<u8>>, InputError> {
    let total = sized(&shape_of(tensor)?, STRING_BYTES)?;
    if !tensor.tensor_content.is_empty() {
        return split_strings(&tensor.tensor_content, total);
    }
    let mut found = tensor.string_val.clone();
    if found.len() > total {
        return Err(content_error(format!("{} strings for {total} elements", found.len())));
    }
    let last = found.last().cloned().unwrap_or_default();
    found.resize(total, last);
    Ok(found)
}

/// Parts what a server sends as bytes: the lengths of all as varints, then all of them.
fn split_strings(content: &[u8], total: usize) -> Result<Vec<Vec<u8>>, InputError> {
    let cut_off = || content_error("the lengths of the strings are cut off or too large");
    if total > content.len() {
        return Err(cut_off());
    }
    let (mut lengths, mut rest, mut whole) = (Vec::with_capacity(total), content, 0);
    for _ in 0..total {
        let (length, behind) = wire::take_varint(rest).ok_or_else(cut_off)?;
        if length > MOST_BYTES as u64 {
            return Err(cut_off());
        }
        lengths.push(length as usize);
        whole += length as usize;
        rest = behind;
    }
    if whole != rest.len() {
        return Err(content_error(format!("{} bytes for strings of {whole}", rest.len())));
    }
    let strings = lengths.into_iter().map(|length| {
        let (own, behind) = rest.split_at(length);
        rest = behind;
        own.to_vec()
    });
    Ok(strings.collect())
}

/// A tensor of some rows of another: the elements with these places in the first dimension.
pub(crate) fn copy_rows(tensor: &Tensor, rows: super::Rows) -> Result<Tensor, InputError> {
    let shape = shape_of(tensor)?;
    let (name, row) = (type_of(tensor), count(&shape[1..]) as usize);
    let (start, stop) = (rows.start as usize, rows.stop as usize);
    let mut made = shaped(&name, &[&[rows.stop - rows.start], &shape[1..]].concat());
    if name == "DT_STRING" && tensor.tensor_content.is_empty() && tensor.string_val.len() as i64 == count(&shape) {
        made.string_val = tensor.string_val[start * row..stop * row].to_vec();
    } else if name == "DT_STRING" {
        made.string_val = strings_of(tensor)?[start * row..stop * row].to_vec();
    } else {
        let form = Form::of(&name).ok_or_else(|| no_numbers(&name))?;
        let size = row * form.size * form.parts;
        made.tensor_content = content_of(tensor)?[start * size..stop * size].to_vec();
    }
    Ok(made)
}

/// Tensors put together along their first dimension.
pub(crate) fn joined(tensors: &[Tensor]) -> Result<Tensor, InputError> {
    let [first, others @ ..] = tensors else {
        return Err(InputError::new(InputKind::Shape, "there are no parts"));
    };
    if others.is_empty() {
        return Ok(first.clone());
    }
    let (name, mut whole) = (type_of(first), shape_of(first)?);
    let mut made = shaped(&name, &[]);
    for (number, tensor) in tensors.iter().enumerate() {
        let shape = shape_of(tensor)?;
        if shape.is_empty() || whole.is_empty() || type_of(tensor) != name || shape[1..] != whole[1..] {
            return Err(InputError::new(InputKind::Shape, "the parts have rows of different shapes or types"));
        }
        if number > 0 {
            whole[0] += shape[0];
        }
        if name == "DT_STRING" {
            made.string_val.extend(strings_of(tensor)?);
        } else {
            made.tensor_content.extend_from_slice(&content_of(tensor)?);
        }
    }
    made.tensor_shape = Some(self::shape(&whole));
    Ok(made)
}

/// A tensor of zeros, of false, or of empty strings.
pub(crate) fn zeros(name: &str, sizes: &[i64]) -> Result<Tensor, InputError> {
    let mut made = shaped(name, sizes);
    if name == "DT_STRING" {
        made.string_val = vec![Vec::new(); sized(sizes, STRING_BYTES)?];
    } else {
        let form = Form::of(name).ok_or_else(|| no_numbers(name))?;
        let size = form.size * form.parts;
        made.tensor_content = vec![0; sized(sizes, size)? * size];
    }
    Ok(made)
}
