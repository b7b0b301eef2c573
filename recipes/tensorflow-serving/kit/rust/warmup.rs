//! Warm-up files: TFRecords of requests that a server sends to a version before it is available.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;

use super::requests::{predict_request, Target};
use super::signatures::{make_tensors, make_zeros, Fill, Inputs, Signature};
use super::{Error, InputError, InputKind, ReplyError};
use crate::tensorflow::serving::prediction_log::LogType;
use crate::tensorflow::serving::{
    ClassificationRequest, ClassifyLog, MultiInferenceLog, MultiInferenceRequest, PredictLog, PredictRequest,
    PredictionLog, RegressLog, RegressionRequest,
};

/// Where a server looks for warm-up requests, below the folder of a version.
///
/// The file is a TFRecord of `PredictionLog` messages; a file of anything else makes the model fail to load.
pub const WARMUP_FILE: &str = "assets.extra/tf_serving_warmup_requests";

/// A server reads no more.
const MOST_RECORDS: usize = 1000;

macro_rules! logs {
    ($($request:ty, $kind:ident, $log:ident;)*) => {$(
        impl From<$request> for PredictionLog {
            fn from(request: $request) -> Self {
                let log = $log { request: Some(request), ..$log::default() };
                PredictionLog { log_type: Some(LogType::$kind(log)), ..PredictionLog::default() }
            }
        }
    )*};
}

logs! {
    PredictRequest, PredictLog, PredictLog;
    ClassificationRequest, ClassifyLog, ClassifyLog;
    RegressionRequest, RegressLog, RegressLog;
    MultiInferenceRequest, MultiInferenceLog, MultiInferenceLog;
}

/// A request for Predict from values, of the types that they have by themselves.
pub fn warmup_request(target: impl Into<Target>, inputs: impl Into<Inputs>) -> Result<PredictRequest, InputError> {
    Ok(predict_request(&target.into(), make_tensors(inputs)?))
}

impl Signature {
    /// A request for Predict from values that the signature takes.
    pub fn warmup_request(&self, model: &str, inputs: impl Into<Inputs>) -> Result<PredictRequest, InputError> {
        let checked = self.check(inputs, &[], Fill::Error)?;
        Ok(predict_request(&Target::model(model).signature(&self.name), checked.tensors))
    }

    /// A request for Predict of zeros, made from what the model takes.
    pub fn warmup_zeros(&self, model: &str, rows: i64) -> Result<PredictRequest, InputError> {
        let made = self.inputs.iter().map(|(name, spec)| Ok((name.clone(), make_zeros(name, spec, rows)?)));
        let made = made.collect::<Result<HashMap<_, _>, InputError>>()?;
        Ok(predict_request(&Target::model(model).signature(&self.name), made))
    }
}

/// Writes the file where a server looks for it, below the folder of a version, and tells where that is.
///
/// `requests`: those of Predict, Classify, Regress and MultiInference, or `PredictionLog`s.
pub fn write_warmup<R: Into<PredictionLog>>(
    version_folder: impl AsRef<Path>,
    requests: impl IntoIterator<Item = R>,
) -> Result<PathBuf, Error> {
    let records: Vec<Vec<u8>> = requests.into_iter().map(|request| request.into().encode_to_vec()).collect();
    if records.len() > MOST_RECORDS {
        let said = format!("{} records: a server reads {MOST_RECORDS}", records.len());
        return Err(InputError::new(InputKind::Setting, said).into());
    }
    let path = version_folder.as_ref().join(WARMUP_FILE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, frame_records(&records))?;
    Ok(path)
}

/// Reads a file back: it, or the folder of its version.
pub fn read_warmup(path: impl AsRef<Path>) -> Result<Vec<PredictionLog>, Error> {
    let path = path.as_ref();
    let content = fs::read(if path.is_dir() { path.join(WARMUP_FILE) } else { path.to_owned() })?;
    let logs = read_records(&content)?.into_iter().enumerate().map(|(number, record)| {
        PredictionLog::decode(record)
            .map_err(|error| ReplyError::new(format!("record {number} is no PredictionLog: {error}")).into())
    });
    logs.collect()
}

const RECORD_HEAD: usize = 12;
const RECORD_FOOT: usize = 4;

/// A TFRecord file: of each record its length, the checksum of that, it, and its checksum.
pub fn frame_records<R: AsRef<[u8]>>(records: &[R]) -> Vec<u8> {
    let mut made = Vec::new();
    for record in records {
        let length = (record.as_ref().len() as u64).to_le_bytes();
        for part in [&length, record.as_ref()] {
            made.extend_from_slice(part);
            made.extend_from_slice(&masked_checksum(part).to_le_bytes());
        }
    }
    made
}

/// The records of a TFRecord file. The error says that it is damaged, or something else.
pub fn read_records(content: &[u8]) -> Result<Vec<&[u8]>, ReplyError> {
    let (mut found, mut rest) = (Vec::new(), content);
    while !rest.is_empty() {
        let number = found.len();
        let length = checked(rest, 8).map(|bytes| u64::from_le_bytes(bytes.try_into().expect("so long")));
        let Some(length) = length else {
            let said = match number {
                0 => "isn't a TFRecord file".to_owned(),
                _ => format!("is damaged at record {number}"),
            };
            let position = content.len() - rest.len();
            return Err(ReplyError::new(format!(
                "the file {said}: the length at byte {position} has another checksum"
            )));
        };
        rest = &rest[RECORD_HEAD..];
        let record = usize::try_from(length).ok().and_then(|length| checked(rest, length)).ok_or_else(|| {
            ReplyError::new(format!("the file is damaged at record {number}: cut off, or another checksum"))
        })?;
        found.push(record);
        rest = &rest[record.len() + RECORD_FOOT..];
    }
    Ok(found)
}

/// So many bytes, where the checksum behind them is theirs.
fn checked(from: &[u8], length: usize) -> Option<&[u8]> {
    let behind = from.get(length..length.checked_add(RECORD_FOOT)?)?;
    let own = &from[..length];
    (masked_checksum(own).to_le_bytes() == behind).then_some(own)
}

/// That of TFRecord files: a checksum of bytes that hold checksums is weak, so the format turns it and adds a constant.
fn masked_checksum(content: &[u8]) -> u32 {
    let checksum =
        !content.iter().fold(u32::MAX, |sum, byte| CASTAGNOLI[(sum as u8 ^ byte) as usize] ^ (sum >> 8));
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The checksums CRC-32C of each byte.
const CASTAGNOLI: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0x82f6_3b78 } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};
