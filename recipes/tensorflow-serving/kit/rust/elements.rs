//! What elements of tensors are in Rust, and their bytes in a message.

use super::tensors::{self, Tensor};
use super::values::Array;
use super::{InputError, InputKind};

/// What a tensor's elements are in Rust.
///
/// Elements of float8 are their bits, in a byte each, as are integers of fewer than 8 bits; those of half and bfloat16
/// are bits too ([`Float16`], [`BFloat16`], `u16`), and can be read as `f32`. A complex number is a pair.
pub trait Element: sealed::Element {
    /// The type of a tensor of such elements, as TensorFlow writes it.
    const TYPE: &'static str;
}

/// The bits of a half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Float16(pub u16);

/// The bits of a bfloat16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BFloat16(pub u16);

/// An element of a tensor of strings, which may be any bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Float16 {
    /// The nearest half; a tie goes to the even one.
    pub fn from_f64(number: f64) -> Self {
        let sign = if number.is_sign_negative() { 0x8000 } else { 0 };
        let size = number.abs();
        if size.is_nan() {
            return Float16(sign | 0x7e00);
        }
        if size >= 65520.0 {
            return Float16(sign | 0x7c00);
        }
        // The exponent is that of the double, or that of the smallest normal half.
        let exponent = (((size.to_bits() >> 52) as i32) - 1023).max(-14);
        let steps = round_to_even(size * power_of_two(10 - exponent));
        // A mantissa that is rounded up to a whole one goes to the next exponent by itself.
        Float16(sign | (((exponent + 14) << 10) + steps as i32) as u16)
    }

    /// The same number.
    pub fn to_f32(self) -> f32 {
        let exponent = i32::from(self.0 >> 10 & 31);
        let mantissa = f64::from(self.0 & 1023);
        let size = match exponent {
            31 if mantissa != 0.0 => return f32::NAN,
            31 => f64::INFINITY,
            0 => mantissa * power_of_two(-24),
            _ => (mantissa + 1024.0) * power_of_two(exponent - 25),
        };
        (if self.0 & 0x8000 == 0 { size } else { -size }) as f32
    }
}

impl BFloat16 {
    /// The nearest bfloat16; a tie goes to the even one.
    pub fn from_f32(number: f32) -> Self {
        let bits = number.to_bits();
        if number.is_nan() {
            return BFloat16((bits >> 16 | 0x40) as u16);
        }
        BFloat16(((u64::from(bits) + 0x7fff + u64::from(bits >> 16 & 1)) >> 16) as u16)
    }

    /// The same number.
    pub fn to_f32(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Bytes(text.as_bytes().to_vec())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes)
    }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

fn round_to_even(number: f64) -> f64 {
    let down = number.floor();
    let rest = number - down;
    if rest > 0.5 || rest == 0.5 && down % 2.0 != 0.0 {
        down + 1.0
    } else {
        down
    }
}

pub(crate) mod sealed {
    use super::{Array, InputError, Tensor};

    /// How elements come into tensors and out of them.
    pub trait Element: Clone + Sized {
        /// Whether constants have this type by themselves, so that another may be meant.
        const SOFT: bool = false;

        /// Adds elements.
        fn put(items: &[Self], into: &mut Array);

        /// The elements of a tensor whose type is of that name.
        fn read(tensor: &Tensor, name: &str) -> Result<Vec<Self>, InputError>;
    }
}

/// Elements that lie in the bytes of a tensor.
trait Fixed: Element {
    fn decoded(content: &[u8]) -> Vec<Self>;

    fn read_fixed(tensor: &Tensor, name: &str) -> Result<Vec<Self>, InputError> {
        let own = Self::TYPE;
        if own == name || own == tensors::stored(name) || own == "DT_UINT16" && name == "DT_HALF" {
            return Ok(Self::decoded(&tensors::content_of(tensor)?));
        }
        Err(other_type::<Self>(name))
    }
}

/// Elements, each of so many bytes. The function is of a type of its own, so that none is called for each element.
fn taken<const N: usize, T, F: Fn([u8; N]) -> T>(content: &[u8], take: F) -> Vec<T> {
    content.chunks_exact(N).map(|bytes| take(bytes.try_into().expect("so long"))).collect()
}

fn other_type<T>(name: &str) -> InputError {
    let wanted = std::any::type_name::<T>();
    let wanted = wanted.rsplit("::").next().unwrap_or(wanted);
    InputError::new(InputKind::Type, format!("a tensor of type {name} can't be read as {wanted}"))
}

macro_rules! fixed {
    ($($type:ty, $name:literal, $size:literal, $soft:literal, $put:expr, $take:expr, $read:expr;)*) => {$(
        impl Element for $type {
            const TYPE: &'static str = $name;
        }

        impl sealed::Element for $type {
            const SOFT: bool = $soft;

            fn put(items: &[Self], into: &mut Array) {
                let start = into.content.len();
                into.content.resize(start + items.len() * $size, 0);
                for (bytes, item) in into.content[start..].chunks_exact_mut($size).zip(items) {
                    let made: [u8; $size] = ($put)(*item);
                    bytes.copy_from_slice(&made);
                }
            }

            fn read(tensor: &Tensor, name: &str) -> Result<Vec<Self>, InputError> {
                ($read)(tensor, name)
            }
        }

        impl Fixed for $type {
            fn decoded(content: &[u8]) -> Vec<Self> {
                taken::<$size, _, _>(content, $take)
            }
        }
    )*};
}

fixed! {
    bool, "DT_BOOL", 1, false, |item| [u8::from(item)], |bytes| bytes != [0], bool::read_fixed;
    i8, "DT_INT8", 1, false, i8::to_le_bytes, i8::from_le_bytes, i8::read_fixed;
    u8, "DT_UINT8", 1, false, u8::to_le_bytes, u8::from_le_bytes, u8::read_fixed;
    i16, "DT_INT16", 2, false, i16::to_le_bytes, i16::from_le_bytes, i16::read_fixed;
    u16, "DT_UINT16", 2, false, u16::to_le_bytes, u16::from_le_bytes, u16::read_fixed;
    i32, "DT_INT32", 4, true, i32::to_le_bytes, i32::from_le_bytes, i32::read_fixed;
    u32, "DT_UINT32", 4, false, u32::to_le_bytes, u32::from_le_bytes, u32::read_fixed;
    i64, "DT_INT64", 8, true, i64::to_le_bytes, i64::from_le_bytes, i64::read_fixed;
    u64, "DT_UINT64", 8, false, u64::to_le_bytes, u64::from_le_bytes, u64::read_fixed;
    f32, "DT_FLOAT", 4, false, f32::to_le_bytes, f32::from_le_bytes, read_floats;
    f64, "DT_DOUBLE", 8, true, f64::to_le_bytes, f64::from_le_bytes, f64::read_fixed;
    Float16, "DT_HALF", 2, false,
        |item: Float16| item.0.to_le_bytes(), |bytes| Float16(u16::from_le_bytes(bytes)), Float16::read_fixed;
    BFloat16, "DT_BFLOAT16", 2, false,
        |item: BFloat16| item.0.to_le_bytes(), |bytes| BFloat16(u16::from_le_bytes(bytes)), BFloat16::read_fixed;
    (f32, f32), "DT_COMPLEX64", 8, false,
        |(re, im): (f32, f32)| (u64::from(im.to_bits()) << 32 | u64::from(re.to_bits())).to_le_bytes(),
        |bytes| {
            let bits = u64::from_le_bytes(bytes);
            (f32::from_bits(bits as u32), f32::from_bits((bits >> 32) as u32))
        },
        <(f32, f32)>::read_fixed;
    (f64, f64), "DT_COMPLEX128", 16, true,
        |(re, im): (f64, f64)| (u128::from(im.to_bits()) << 64 | u128::from(re.to_bits())).to_le_bytes(),
        |bytes| {
            let bits = u128::from_le_bytes(bytes);
            (f64::from_bits(bits as u64), f64::from_bits((bits >> 64) as u64))
        },
        <(f64, f64)>::read_fixed;
}

/// Halves and bfloat16 are floats too.
fn read_floats(tensor: &Tensor, name: &str) -> Result<Vec<f32>, InputError> {
    Ok(match name {
        "DT_HALF" => Float16::read_fixed(tensor, name)?.into_iter().map(Float16::to_f32).collect(),
        "DT_BFLOAT16" => BFloat16::read_fixed(tensor, name)?.into_iter().map(BFloat16::to_f32).collect(),
        _ => f32::read_fixed(tensor, name)?,
    })
}

impl Element for Bytes {
    const TYPE: &'static str = "DT_STRING";
}

impl sealed::Element for Bytes {
    fn put(items: &[Self], into: &mut Array) {
        into.texts.extend(items.iter().map(|item| item.0.clone()));
    }

    fn read(tensor: &Tensor, name: &str) -> Result<Vec<Self>, InputError> {
        if name != Self::TYPE {
            return Err(other_type::<Self>(name));
        }
        Ok(tensors::strings_of(tensor)?.into_iter().map(Bytes).collect())
    }
}

impl Element for String {
    const TYPE: &'static str = "DT_STRING";
}

impl sealed::Element for String {
    fn put(items: &[Self], into: &mut Array) {
        into.texts.extend(items.iter().map(|item| item.as_bytes().to_vec()));
    }

    /// Refuses what isn't UTF-8, which [`Bytes`] hold.
    fn read(tensor: &Tensor, name: &str) -> Result<Vec<Self>, InputError> {
        if name != Self::TYPE {
            return Err(other_type::<Self>(name));
        }
        let read = tensors::strings_of(tensor)?.into_iter().map(|bytes| {
            String::from_utf8(bytes)
                .map_err(|_| InputError::new(InputKind::Type, "a string that isn't UTF-8: read it as Bytes"))
        });
        read.collect()
    }
}
