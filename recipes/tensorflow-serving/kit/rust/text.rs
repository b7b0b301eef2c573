//! Text format of a models.conf: read to a message on the wire, and printed from one.

use std::fmt::Write;

use super::wire::{self, Held};
use super::{InputError, InputKind};

enum Kind {
    Text,
    Int,
    Double,
    Names(&'static [(&'static str, u64)]),
    Message(&'static [Field]),
}

struct Field {
    name: &'static str,
    number: u32,
    kind: Kind,
    times: Times,
}

#[derive(PartialEq)]
enum Times {
    /// At most once; what it is by itself isn't written.
    Once,
    /// At most once; it may be given as what it is by itself.
    Given,
    Many,
}

const fn field(name: &'static str, number: u32, kind: Kind, times: Times) -> Field {
    Field { name, number, kind, times }
}

static ANY: [Field; 2] =
    [field("type_url", 1, Kind::Text, Times::Once), field("value", 2, Kind::Text, Times::Once)];
static LABEL: [Field; 2] = [field("key", 1, Kind::Text, Times::Once), field("value", 2, Kind::Int, Times::Once)];
static LATEST: [Field; 1] = [field("num_versions", 1, Kind::Int, Times::Once)];
static SPECIFIC: [Field; 1] = [field("versions", 1, Kind::Int, Times::Many)];
static POLICY: [Field; 3] = [
    field("latest", 100, Kind::Message(&LATEST), Times::Given),
    field("all", 101, Kind::Message(&[]), Times::Given),
    field("specific", 102, Kind::Message(&SPECIFIC), Times::Given),
];
static TASK: [Field; 3] = [
    field("dc", 1, Kind::Text, Times::Once),
    field("task_index", 2, Kind::Int, Times::Given),
    field("sampling_rate", 3, Kind::Double, Times::Once),
];
static SAMPLING: [Field; 3] = [
    field("sampling_rate", 1, Kind::Double, Times::Once),
    field("attributes", 2, Kind::Int, Times::Once),
    field("per_task_sampling_configs", 3, Kind::Message(&TASK), Times::Many),
];
static COLLECTOR: [Field; 2] =
    [field("type", 1, Kind::Text, Times::Once), field("filename_prefix", 2, Kind::Text, Times::Once)];
static LOGGING: [Field; 3] = [
    field("log_collector_config", 1, Kind::Message(&COLLECTOR), Times::Given),
    field("sampling_config", 2, Kind::Message(&SAMPLING), Times::Given),
    field("custom_logging_config", 3, Kind::Message(&ANY), Times::Given),
];
static TYPES: [(&str, u64); 3] = [("MODEL_TYPE_UNSPECIFIED", 0), ("TENSORFLOW", 1), ("OTHER", 2)];
static MODEL: [Field; 7] = [
    field("name", 1, Kind::Text, Times::Once),
    field("base_path", 2, Kind::Text, Times::Once),
    field("model_type", 3, Kind::Names(&TYPES), Times::Once),
    field("model_platform", 4, Kind::Text, Times::Once),
    field("model_version_policy", 7, Kind::Message(&POLICY), Times::Given),
    field("version_labels", 8, Kind::Message(&LABEL), Times::Many),
    field("logging_config", 6, Kind::Message(&LOGGING), Times::Given),
];
static LIST: [Field; 1] = [field("config", 1, Kind::Message(&MODEL), Times::Many)];
static SERVER: [Field; 2] = [
    field("model_config_list", 1, Kind::Message(&LIST), Times::Given),
    field("custom_model_config", 2, Kind::Message(&ANY), Times::Given),
];

/// The message that a file holds, on the wire. The error has the line.
pub(crate) fn parse(content: &[u8]) -> Result<Vec<u8>, InputError> {
    let mut reader = Reader { content, place: 0 };
    let made = reader.message(&SERVER, None)?;
    Ok(made)
}

/// The text of a message that is on the wire.
pub(crate) fn print(message: &[u8]) -> String {
    let mut made = String::new();
    print_fields(&mut made, message, &SERVER, 0);
    made
}

/// The lines of the text in an order that doesn't depend on that of labels.
pub(crate) fn sorted(message: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = print(message).lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

fn print_fields(made: &mut String, message: &[u8], schema: &[Field], depth: usize) {
    for (number, held) in wire::fields(message) {
        let Some(field) = schema.iter().find(|field| field.number == number) else { continue };
        let (indent, name) = ("  ".repeat(depth), field.name);
        let shown = match (&field.kind, held) {
            (Kind::Message(inner), Held::Bytes(bytes)) => {
                let _ = writeln!(made, "{indent}{name} {{");
                print_fields(made, bytes, inner, depth + 1);
                let _ = writeln!(made, "{indent}}}");
                continue;
            }
            (Kind::Int, Held::Bytes(mut packed)) => {
                while let Some((number, rest)) = wire::take_varint(packed) {
                    let _ = writeln!(made, "{indent}{name}: {}", number as i64);
                    packed = rest;
                }
                continue;
            }
            (Kind::Text, Held::Bytes(bytes)) => quoted(bytes),
            (Kind::Names(names), Held::Varint(value)) => {
                let known = names.iter().find(|(_, number)| *number == value);
                known.map_or_else(|| value.to_string(), |(name, _)| (*name).to_owned())
            }
            (Kind::Double, Held::Fixed64(bytes)) => double(f64::from_le_bytes(bytes)),
            (_, Held::Varint(value)) => (value as i64).to_string(),
            _ => continue,
        };
        let _ = writeln!(made, "{indent}{name}: {shown}");
    }
}

fn double(number: f64) -> String {
    match number {
        _ if number.is_nan() => "nan".to_owned(),
        _ if number.is_infinite() => if number > 0.0 { "inf" } else { "-inf" }.to_owned(),
        _ => format!("{number:?}"),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut made = "\"".to_owned();
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            for letter in text.chars() {
                match letter {
                    '"' | '\\' => made.extend(['\\', letter]),
                    '\n' => made.push_str("\\n"),
                    _ if letter.is_control() => {
                        letter.to_string().bytes().for_each(|byte| made.push_str(&format!("\\{byte:03o}")));
                    }
                    _ => made.push(letter),
                }
            }
        }
        Err(_) => bytes.iter().for_each(|byte| made.push_str(&format!("\\{byte:03o}"))),
    }
    made.push('"');
    made
}

struct Reader<'a> {
    content: &'a [u8],
    place: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, said: impl std::fmt::Display) -> InputError {
        let line = 1 + self.content[..self.place].iter().filter(|&&byte| byte == b'\n').count();
        InputError::new(InputKind::Setting, format!("line {line}: {said}"))
    }

    /// The next byte that is neither space nor comment.
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.content.get(self.place) {
            if byte == b'#' {
                let rest = &self.content[self.place..];
                self.place += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            } else if byte.is_ascii_whitespace() {
                self.place += 1;
            } else {
                return Some(byte);
            }
        }
        None
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is = self.peek() == Some(wanted);
        self.place += usize::from(is);
        is
    }

    fn expect(&mut self, wanted: u8) -> Result<(), InputError> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.error(format!("{:?} is expected", char::from(wanted))))
    }

    /// A name or a number.
    fn word(&mut self) -> Result<&'a str, InputError> {
        self.peek();
        let rest = &self.content[self.place..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.+-".contains(byte);
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.error("a name or a value is expected"));
        }
        self.place += length;
        Ok(std::str::from_utf8(&rest[..length]).unwrap_or_default())
    }

    /// The fields of a message, up to what ends it.
    fn message(&mut self, schema: &[Field], end: Option<u8>) -> Result<Vec<u8>, InputError> {
        let (mut made, mut seen) = (Vec::new(), Vec::new());
        loop {
            match (self.peek(), end) {
                (None, None) => return Ok(made),
                (Some(byte), Some(end)) if byte == end => {
                    self.place += 1;
                    return Ok(made);
                }
                (None, Some(end)) => return Err(self.error(format!("{:?} is expected", char::from(end)))),
                _ => {}
            }
            let start = self.place;
            let name = self.word()?;
            let Some(field) = schema.iter().find(|field| field.name == name) else {
                self.place = start;
                return Err(self.error(format!("there is no field {name} here")));
            };
            if field.times != Times::Many && seen.contains(&field.number) {
                self.place = start;
                return Err(self.error(format!("{name} is there twice")));
            }
            seen.push(field.number);
            let colon = self.take(b':');
            if !colon && !matches!(field.kind, Kind::Message(_)) {
                return Err(self.error("':' is expected"));
            }
            if field.times == Times::Many && self.take(b'[') {
                while !self.take(b']') {
                    self.value(&mut made, field)?;
                    if !self.take(b',') && self.peek() != Some(b']') {
                        return Err(self.error("',' or ']' is expected"));
                    }
                }
            } else {
                self.value(&mut made, field)?;
            }
            let _ = self.take(b',') || self.take(b';');
        }
    }

    fn value(&mut self, made: &mut Vec<u8>, field: &Field) -> Result<(), InputError> {
        if let Kind::Message(inner) = field.kind {
            let end = if self.take(b'<') {
                b'>'
            } else {
                self.expect(b'{')?;
                b'}'
            };
            let held = self.message(inner, Some(end))?;
            wire::put_field(made, field.number, Held::Bytes(&held));
            return Ok(());
        }
        if let Kind::Text = field.kind {
            let held = self.string()?;
            if !held.is_empty() || field.times != Times::Once {
                wire::put_field(made, field.number, Held::Bytes(&held));
            }
            return Ok(());
        }
        self.peek();
        let (start, word) = (self.place, self.word()?);
        let held = match &field.kind {
            Kind::Double => {
                let number = word.trim_end_matches(['f', 'F']).parse::<f64>();
                number.or_else(|_| word.parse()).ok().map(|number| Held::Fixed64(number.to_le_bytes()))
            }
            Kind::Names(names) => {
                let known = names.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
                known.or_else(|| word.parse().ok()).map(Held::Varint)
            }
            _ => whole(word).map(|number| Held::Varint(number as u64)),
        };
        let Some(held) = held else {
            self.place = start;
            return Err(self.error(format!("{word} is no {}", field.name)));
        };
        let is_nothing = match held {
            Held::Fixed64(bytes) => bytes == [0; 8],
            Held::Varint(number) => number == 0,
            _ => false,
        };
        if !is_nothing || field.times != Times::Once {
            wire::put_field(made, field.number, held);
        }
        Ok(())
    }

    /// One string, or several one after the other.
    fn string(&mut self) -> Result<Vec<u8>, InputError> {
        let mut made = Vec::new();
        let mut first = true;
        while let Some(quote) = self.peek().filter(|byte| b"'\"".contains(byte)) {
            first = false;
            self.place += 1;
            loop {
                match self.next_in_string()? {
                    byte if byte == quote => break,
                    b'\\' => self.escaped(&mut made)?,
                    byte => made.push(byte),
                }
            }
        }
        if first {
            return Err(self.error("a string is expected"));
        }
        Ok(made)
    }

    fn next_in_string(&mut self) -> Result<u8, InputError> {
        match self.content.get(self.place) {
            Some(&byte) if byte != b'\n' => {
                self.place += 1;
                Ok(byte)
            }
            _ => Err(self.error("a string has no end")),
        }
    }

    fn escaped(&mut self, made: &mut Vec<u8>) -> Result<(), InputError> {
        let letter = self.next_in_string()?;
        let plain = match letter {
            b'n' => Some(b'\n'),
            b't' => Some(b'\t'),
            b'r' => Some(b'\r'),
            b'\\' | b'\'' | b'"' | b'?' => Some(letter),
            _ => None,
        };
        if let Some(plain) = plain {
            made.push(plain);
            return Ok(());
        }
        let (base, most) = match letter {
            b'x' | b'X' => (16, 2),
            b'0'..=b'7' => {
                self.place -= 1;
                (8, 3)
            }
            _ => return Err(self.error(format!("\\{} is no escape", char::from(letter)))),
        };
        let rest = &self.content[self.place..];
        let digits = rest.iter().take(most).take_while(|&&byte| char::from(byte).is_digit(base)).count();
        let text = std::str::from_utf8(&rest[..digits]).unwrap_or_default();
        let number = u32::from_str_radix(text, base).map_err(|_| self.error("\\x needs digits"))?;
        self.place += digits;
        made.push(number as u8);
        Ok(())
    }
}

/// A whole number, decimal, octal or hexadecimal.
fn whole(word: &str) -> Option<i64> {
    let (negative, size) = match word.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, word),
    };
    let size = if let Some(digits) = size.strip_prefix("0x").or_else(|| size.strip_prefix("0X")) {
        i128::from_str_radix(digits, 16).ok()?
    } else if size.len() > 1 && size.starts_with('0') {
        i128::from_str_radix(&size[1..], 8).ok()?
    } else {
        size.parse().ok()?
    };
    i64::try_from(if negative { -size } else { size }).ok()
}
