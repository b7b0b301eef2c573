//! Calls TensorFlow Serving, on top of this crate's messages.
//!
//! ```no_run
//! # use @package{}::client::{Client, Error};
//! # async fn call() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("localhost:8500")?;
//! let result = client.predict("half_plus_two", [("x", [1.0, 2.0, 5.0])]).await?;
//! println!("{:?}", result.output::<f32>("y")?);
//! # Ok(())
//! # }
//! ```
//!
//! Errors are [`Error::Input`] before anything is sent, else one of the others.

#![warn(clippy::all, deprecated, missing_docs)]
// Some releases have more fields than others.
#![allow(clippy::module_inception, clippy::needless_update)]

mod client;
mod connection;
mod core;
mod elements;
mod errors;
#[cfg(feature = "fake")]
mod fake;
mod models;
mod requests;
mod signatures;
mod tensors;
mod text;
#[cfg(feature = "tls")]
mod tls;
mod values;
mod warmup;
mod wire;

pub use client::{Batch, Client, Wait};
pub use connection::{Config, Credentials, Interceptor, Resolver};
pub use elements::{BFloat16, Bytes, Element, Float16};
pub use errors::{code_name, Call, CallError, CallKind, Error, InputError, InputKind, ReplyError, Rows};
#[cfg(feature = "fake")]
pub use fake::{BoxError, FakeCall, FakeExample, FakeModel, FakeRequest, FakeServer};
pub use models::{ModelsConf, Serving};
pub use requests::{
    join, make_input, split, Class, Features, Part, Prediction, Target, Task, TaskKind, TaskResult, VersionStatus,
};
pub use signatures::{make_tensors, Checked, Fill, Inputs, Signature, Spec, DEFAULT_SIGNATURE};
pub use tensors::{shape_of, type_of, values, Tensor};
#[cfg(feature = "tls")]
pub use tls::Tls;
pub use values::{Item, Value, Values};
pub use warmup::{frame_records, read_records, read_warmup, warmup_request, write_warmup, WARMUP_FILE};
