//! What goes wrong: before anything is sent, in a call, in a reply, while waiting.

use std::fmt;

use tonic::{Code, Status};

/// Why values make no tensor, or what the model's signature doesn't take. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// What is wrong, for programs.
    pub kind: InputKind,
    /// What is wrong, for people.
    pub message: String,
}

/// What is wrong with inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InputKind {
    /// Rows of different shapes.
    Ragged,
    /// A number that the type can't hold.
    Overflow,
    /// Another type than is taken.
    Type,
    /// Another shape than is taken.
    Shape,
    /// A tensor whose elements don't fill its shape.
    Content,
    /// A name that isn't known.
    Name,
    /// An input that isn't given.
    Missing,
    /// A setting that can't be.
    Setting,
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InputKind::Ragged => "ragged",
            InputKind::Overflow => "overflow",
            InputKind::Type => "type",
            InputKind::Shape => "shape",
            InputKind::Content => "content",
            InputKind::Name => "name",
            InputKind::Missing => "missing",
            InputKind::Setting => "setting",
        })
    }
}

impl InputError {
    pub(crate) fn new(kind: InputKind, message: impl Into<String>) -> Self {
        InputError { kind, message: message.into() }
    }

    /// The same error, with its place before its message.
    pub(crate) fn about(self, place: impl fmt::Display) -> Self {
        InputError { message: format!("{place}: {}", self.message), ..self }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InputError {}

/// A reply or a file that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyError {
    /// What is wrong with it.
    pub message: String,
}

impl ReplyError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        ReplyError { message: message.into() }
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReplyError {}

/// Some rows of a batch: from `start` on, without `stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The first one.
    pub start: i64,
    /// The one after the last.
    pub stop: i64,
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rows {} to {}", self.start, self.stop - 1)
    }
}

/// Which call an error is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Such as "Predict".
    pub method: String,
    /// Empty where the call is about no model.
    pub model: String,
    /// The version or the label that was asked for; empty where none was.
    pub version: String,
    /// The one that was called; empty where none was named.
    pub signature: String,
    /// The one that was called last.
    pub address: String,
    /// Those of the part that failed, where a batch went in parts.
    pub rows: Option<Rows>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.method)?;
        if !self.model.is_empty() {
            write!(f, " of model {}", self.model)?;
        }
        let mut about = Vec::new();
        if !self.version.is_empty() {
            about.push(format!("version {}", self.version));
        }
        if !self.signature.is_empty() {
            about.push(format!("signature {}", self.signature));
        }
        if let Some(rows) = self.rows {
            about.push(rows.to_string());
        }
        if !about.is_empty() {
            write!(f, " ({})", about.join(", "))?;
        }
        if !self.address.is_empty() {
            write!(f, " at {}", self.address)?;
        }
        Ok(())
    }
}

/// Kinds of failed calls that programs tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallKind {
    /// Cancelled: by this side (a closed client too), or by the server.
    Cancelled,
    /// No answer before the deadline. The server may have done the work.
    DeadlineExceeded,
    /// The server can't be reached, or takes no calls now; after all attempts.
    Unreachable,
    /// Anything else, by its status.
    Other,
}

/// A call that failed, with the status that gRPC gives it.
#[derive(Clone, Debug)]
pub struct CallError {
    /// Which call it was.
    pub call: Call,
    /// What gRPC tells of it, with the trailer that the server sent.
    pub status: Status,
}

impl CallError {
    /// The error of a call with that status.
    pub fn new(call: Call, status: Status) -> Self {
        CallError { call, status }
    }

    /// The status's code.
    pub fn code(&self) -> Code {
        self.status.code()
    }

    /// What the server or gRPC says about it.
    pub fn details(&self) -> &str {
        self.status.message()
    }

    /// Which of the kinds that programs tell apart it is.
    pub fn kind(&self) -> CallKind {
        match self.code() {
            Code::Cancelled => CallKind::Cancelled,
            Code::DeadlineExceeded => CallKind::DeadlineExceeded,
            Code::Unavailable => CallKind::Unreachable,
            _ => CallKind::Other,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.call, code_name(self.code()), self.details())
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.status)
    }
}

impl From<CallError> for Status {
    fn from(error: CallError) -> Status {
        error.status
    }
}

/// A status's code as servers write it, such as "NOT_FOUND".
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// All that a client's methods, and those that read and write files, may fail with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Nothing was sent.
    Input(InputError),
    /// A call failed.
    Call(Box<CallError>),
    /// A reply can't be read.
    Reply(ReplyError),
    /// A model isn't available after all the time given, or can't become so; and why.
    NotReady(String),
    /// A file can't be read or written.
    File(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Input(error) => error.fmt(f),
            Error::Call(error) => error.fmt(f),
            Error::Reply(error) => error.fmt(f),
            Error::NotReady(why) => f.write_str(why),
            Error::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Call(error) => error.source(),
            Error::File(error) => error.source(),
            _ => None,
        }
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Error::Input(error)
    }
}

impl From<ReplyError> for Error {
    fn from(error: ReplyError) -> Self {
        Error::Reply(error)
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Error::Call(Box::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::File(error)
    }
}
