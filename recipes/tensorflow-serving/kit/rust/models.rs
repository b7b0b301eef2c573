//! The list of models that a server serves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prost::Message;

use super::wire::{self, Held};
use super::{text, Error, InputError, InputKind};
use crate::tensorflow::serving::model_server_config::Config;
use crate::tensorflow::serving::{ModelConfig, ModelConfigList, ModelServerConfig};

/// A models.conf, to read, to change and to write. What isn't changed stays as it was.
///
/// A server is sent the whole list ([`Client::reload`](super::Client::reload)): it can't be asked for the one it has.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelsConf {
    /// The list as the server takes it.
    pub message: ModelServerConfig,
}

impl Default for ModelsConf {
    /// A list without models.
    fn default() -> Self {
        ModelsConf { message: ModelServerConfig { config: Some(Config::ModelConfigList(ModelConfigList::default())) } }
    }
}

/// What is said about a model; what isn't given stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Serving {
    /// The folder that has a folder for each version.
    pub base_path: String,
    /// "tensorflow" where it isn't given.
    pub platform: String,
    /// The versions that are served. One of this, `latest` and `every`; a server serves the newest version where none
    /// is given.
    pub versions: Vec<i64>,
    /// The newest so many versions are served.
    pub latest: Option<u32>,
    /// All versions are served.
    pub every: bool,
    /// Names of versions; a server takes one only for a version that is available already.
    pub labels: Option<BTreeMap<String, i64>>,
}

impl Serving {
    /// Of the model in that folder.
    pub fn at(base_path: impl Into<String>) -> Self {
        Serving { base_path: base_path.into(), ..Serving::default() }
    }

    /// The field of the policy, on the wire: where its type is declared differs from release to release.
    fn policy(&self) -> Result<Option<Vec<u8>>, InputError> {
        let (mut chosen, mut policy) = (Vec::new(), Vec::new());
        let number = match (self.versions.is_empty(), self.latest, self.every) {
            (true, None, false) => return Ok(None),
            (true, None, true) => 101,
            (true, Some(count), false) => {
                wire::put_field(&mut chosen, 1, Held::Varint(count.into()));
                100
            }
            (false, None, false) => {
                for version in &self.versions {
                    wire::put_field(&mut chosen, 1, Held::Varint(*version as u64));
                }
                102
            }
            _ => {
                let said = "versions, latest and every: give one of them";
                return Err(InputError::new(InputKind::Setting, said));
            }
        };
        wire::put_field(&mut policy, number, Held::Bytes(&chosen));
        Ok(Some(policy))
    }
}

/// The numbers of fields of a model.
const POLICY: u32 = 7;
const LABELS: u32 = 8;

impl ModelsConf {
    /// A list without models.
    pub fn new() -> Self {
        ModelsConf::default()
    }

    /// Reads text format, as --model_config_file is written in. An input error has file and line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let content = fs::read(path)?;
        let about = |error: InputError| InputError::about(error, path.display());
        let written = text::parse(&content).map_err(about)?;
        let read = ModelServerConfig::decode(written.as_slice());
        let message = read.map_err(|error| about(InputError::new(InputKind::Setting, error.to_string())))?;
        if text::sorted(&written) != text::sorted(&message.encode_to_vec()) {
            let said = "it has a field that servers of this release don't have";
            return Err(about(InputError::new(InputKind::Setting, said)).into());
        }
        Ok(ModelsConf { message })
    }

    /// Writes text format; the file is the old one or the new one at any time.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}-{}", std::process::id()));
        let written = fs::write(&beside, text::print(&self.message.encode_to_vec()))
            .and_then(|()| match fs::metadata(path) {
                Ok(old) => fs::set_permissions(&beside, old.permissions()),
                Err(_) => Ok(()),
            })
            .and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        Ok(written?)
    }

    /// The models in the list.
    pub fn names(&self) -> Vec<&str> {
        self.models().iter().map(|model| model.name.as_str()).collect()
    }

    /// Adds a model, or changes what is given of one that is there.
    pub fn serve(&mut self, name: &str, serving: Serving) -> Result<(), InputError> {
        let policy = serving.policy()?;
        if serving.labels.is_some() && !has_labels() {
            return Err(InputError::new(InputKind::Setting, "servers of this release have no labels"));
        }
        let place = self.models().iter().position(|model| model.name == name);
        if place.is_none() && serving.base_path.is_empty() {
            return Err(InputError::new(InputKind::Missing, format!("model {name} is new: it needs a base_path")));
        }
        let models = &mut self.list().config;
        let place = place.unwrap_or_else(|| {
            let model_platform = "tensorflow".to_owned();
            models.push(ModelConfig { name: name.to_owned(), model_platform, ..ModelConfig::default() });
            models.len() - 1
        });
        let model = &mut models[place];
        if !serving.base_path.is_empty() {
            model.base_path = serving.base_path;
        }
        if !serving.platform.is_empty() {
            model.model_platform = serving.platform;
        }
        if let Some(policy) = policy {
            replace(model, POLICY, [policy]);
        }
        if let Some(labels) = serving.labels {
            replace(model, LABELS, labels.iter().map(|(label, &version)| label_entry(label, version)));
        }
        Ok(())
    }

    /// Takes a model out of the list. A server unloads it.
    pub fn remove(&mut self, name: &str) -> Result<(), InputError> {
        if !self.names().contains(&name) {
            let names = self.names().join(", ");
            let names = if names.is_empty() { "none" } else { &names };
            let said = format!("the list has no model {name}: it has {names}");
            return Err(InputError::new(InputKind::Name, said));
        }
        self.list().config.retain(|model| model.name != name);
        Ok(())
    }

    pub(crate) fn models(&self) -> &[ModelConfig] {
        match &self.message.config {
            Some(Config::ModelConfigList(list)) => &list.config,
            _ => &[],
        }
    }

    /// The list itself, in place of anything else that the message may hold.
    fn list(&mut self) -> &mut ModelConfigList {
        if !matches!(self.message.config, Some(Config::ModelConfigList(_))) {
            *self = ModelsConf::new();
        }
        match &mut self.message.config {
            Some(Config::ModelConfigList(list)) => list,
            _ => unreachable!("it was made above"),
        }
    }
}

/// Gives a model other messages in a field.
fn replace(model: &mut ModelConfig, number: u32, parts: impl IntoIterator<Item = Vec<u8>>) {
    let mut made = wire::without(&model.encode_to_vec(), number);
    for part in parts {
        wire::put_field(&mut made, number, Held::Bytes(&part));
    }
    *model = ModelConfig::decode(made.as_slice()).expect("whole fields");
}

fn label_entry(label: &str, version: i64) -> Vec<u8> {
    let mut made = Vec::new();
    wire::put_field(&mut made, 1, Held::Bytes(label.as_bytes()));
    wire::put_field(&mut made, 2, Held::Varint(version as u64));
    made
}

/// Whether servers of this release know labels: they have the field.
fn has_labels() -> bool {
    let mut model = ModelConfig::default();
    replace(&mut model, LABELS, [label_entry("any", 1)]);
    model.encoded_len() > 0
}

/// The labels of a version.
#[cfg(feature = "fake")]
pub(crate) fn labels_of(model: &ModelConfig, version: i64) -> Vec<String> {
    let whole = model.encode_to_vec();
    let labels = wire::parts(&whole, LABELS).filter(|entry| wire::number(entry, 2) as i64 == version);
    labels.map(|entry| String::from_utf8_lossy(wire::parts(entry, 1).last().unwrap_or_default()).into_owned()).collect()
}

/// The versions that a model's policy names.
#[cfg(feature = "fake")]
pub(crate) fn versions_of(model: &ModelConfig) -> Vec<i64> {
    let whole = model.encode_to_vec();
    let mut found = Vec::new();
    for specific in wire::parts(&whole, POLICY).flat_map(|policy| wire::parts(policy, 102)) {
        for (number, held) in wire::fields(specific) {
            match held {
                Held::Varint(version) if number == 1 => found.push(version as i64),
                Held::Bytes(mut packed) if number == 1 => {
                    while let Some((version, rest)) = wire::take_varint(packed) {
                        found.push(version as i64);
                        packed = rest;
                    }
                }
                _ => {}
            }
        }
    }
    found
}
