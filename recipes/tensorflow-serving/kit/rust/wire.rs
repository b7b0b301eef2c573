//! Fields of messages on the wire, for those that not all releases have, and for text format.

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

pub(crate) fn put_varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// A varint, and what is behind it.
pub(crate) fn take_varint(from: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in from.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, &from[place + 1..]));
        }
    }
    None
}

pub(crate) fn put_field(into: &mut Vec<u8>, number: u32, held: Held<'_>) {
    let kind = match held {
        Held::Varint(_) => 0,
        Held::Fixed64(_) => 1,
        Held::Bytes(_) => 2,
        Held::Fixed32(_) => 5,
    };
    put_varint(into, u64::from(number) << 3 | kind);
    match held {
        Held::Varint(value) => put_varint(into, value),
        Held::Fixed64(value) => into.extend_from_slice(&value),
        Held::Fixed32(value) => into.extend_from_slice(&value),
        Held::Bytes(value) => {
            put_varint(into, value.len() as u64);
            into.extend_from_slice(value);
        }
    }
}

/// The fields of a message, in their order; none behind damage, which generated code has refused before.
pub(crate) fn fields(mut from: &[u8]) -> impl Iterator<Item = (u32, Held<'_>)> {
    std::iter::from_fn(move || {
        let (key, rest) = take_varint(from)?;
        let (held, rest) = match key & 7 {
            0 => take_varint(rest).map(|(value, rest)| (Held::Varint(value), rest))?,
            1 => (Held::Fixed64(rest.get(..8)?.try_into().ok()?), &rest[8..]),
            2 => {
                let (size, rest) = take_varint(rest)?;
                let size = usize::try_from(size).ok()?;
                (Held::Bytes(rest.get(..size)?), &rest[size..])
            }
            5 => (Held::Fixed32(rest.get(..4)?.try_into().ok()?), &rest[4..]),
            _ => return None,
        };
        from = rest;
        Some(((key >> 3) as u32, held))
    })
}

/// The messages or strings in a field.
pub(crate) fn parts(from: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(from).filter_map(move |(own, held)| match held {
        Held::Bytes(bytes) if own == number => Some(bytes),
        _ => None,
    })
}

/// The last number in a field, 0 where there is none.
pub(crate) fn number(from: &[u8], wanted: u32) -> u64 {
    let found = fields(from).filter_map(|(own, held)| match held {
        Held::Varint(value) if own == wanted => Some(value),
        _ => None,
    });
    found.last().unwrap_or_default()
}

/// A message without one of its fields.
pub(crate) fn without(from: &[u8], number: u32) -> Vec<u8> {
    let mut made = Vec::with_capacity(from.len());
    for (own, held) in fields(from).filter(|(own, _)| *own != number) {
        put_field(&mut made, own, held);
    }
    made
}
