//! Does what cases.json says by the kit of a package, and prints what comes of it; see ../contract.md.

use std::collections::{BTreeMap, HashMap};
use std::{env, fs};

use prost::Message;
use serde_json::{json, Map, Value as Json};
use tensorflow_serving_client::client::{
    code_name, frame_records, join, make_input, read_records, shape_of, split, type_of, values, BFloat16, Bytes,
    Call, CallError, CallKind, Element, Error, Features, Fill, Float16, InputError, Inputs, Item, ModelsConf, Rows,
    Serving, Signature, Spec, Tensor, Value,
};
use tonic::{Code, Status};

type Answer = Result<Json, Error>;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let given: Map<String, Json> = serde_json::from_slice(&fs::read(&arguments[1]).unwrap()).unwrap();
    let slices = arguments[2] == "slices";
    let mut told = Map::new();
    for (section, cases) in &given {
        let answers = cases.as_array().unwrap().iter().map(|case| {
            let came = match section.as_str() {
                "tensors" => tensors(case, slices),
                "reads" | "refused_reads" => reads(case),
                "writes" | "refused_writes" => writes(case),
                "checks" => checks(case),
                "splits" => splits(case),
                "examples" => examples(case),
                "statuses" => statuses(case),
                "records" => framed(case),
                "refused_files" => refused_files(case),
                "warmups" => warmups(case),
                "models" => models(case),
                _ => panic!("{section}"),
            };
            (text(&case["name"]).to_owned(), came.unwrap_or_else(refusal))
        });
        told.insert(section.clone(), Json::Object(answers.collect()));
    }
    println!("{}", Json::Object(told));
}

fn refusal(error: Error) -> Json {
    match &error {
        Error::Input(input) => json!({"error": input.kind.to_string(), "message": error.to_string()}),
        Error::Reply(_) => json!({"error": "reply", "message": error.to_string()}),
        _ => panic!("{error}"),
    }
}

// ---- values

fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Json) -> &Vec<Json> {
    value.as_array().unwrap()
}

fn is_float(dtype: &str) -> bool {
    ["DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16"].contains(&dtype)
}

/// An element or nested lists of JSON as Rust has them.
fn native(dtype: &str, value: &Json) -> Item {
    match value {
        Json::Array(pair) if dtype.starts_with("DT_COMPLEX") && pair.len() == 2 && !pair.iter().any(Json::is_array) => {
            Item::Complex(number(&pair[0]), number(&pair[1]))
        }
        Json::Array(items) => Item::List(items.iter().map(|each| native(dtype, each)).collect()),
        Json::Object(of) => Item::Text(unhex(text(&of["hex"]))),
        Json::Bool(truth) => Item::Bool(*truth),
        Json::Number(digits) => whole(&digits.to_string()),
        Json::String(said) if is_float(dtype) && ["inf", "nan"].contains(&said.trim_start_matches('-')) => {
            Item::Float(number(value))
        }
        Json::String(said) if dtype != "DT_STRING" && !is_float(dtype) && !dtype.is_empty() => whole(said),
        Json::String(said) => Item::Text(said.clone().into_bytes()),
        Json::Null => panic!("null"),
    }
}

fn whole(digits: &str) -> Item {
    if let Ok(number) = digits.parse() {
        return Item::Int(number);
    }
    digits.parse().map_or_else(|_| Item::Float(digits.parse().unwrap()), Item::Uint)
}

fn number(value: &Json) -> f64 {
    value.as_f64().unwrap_or_else(|| text(value).parse().unwrap())
}

fn int(item: &Item) -> i64 {
    match item {
        Item::Int(number) => *number,
        _ => panic!("{item:?}"),
    }
}

fn float(item: &Item) -> f64 {
    match item {
        Item::Float(number) => *number,
        _ => int(item) as f64,
    }
}

fn pair(item: &Item) -> (f64, f64) {
    match item {
        Item::Complex(re, im) => (*re, *im),
        _ => (float(item), 0.0),
    }
}

/// A list as a vector of what elements of the type are in Rust.
fn typed(dtype: &str, items: &[Item]) -> Value {
    let ints = || items.iter().map(int);
    match dtype {
        "DT_BOOL" => Value::new(items.iter().map(|item| *item == Item::Bool(true)).collect::<Vec<_>>()),
        "DT_INT8" | "DT_QINT8" | "DT_INT4" | "DT_INT2" => Value::new(ints().map(|each| each as i8).collect::<Vec<_>>()),
        "DT_INT16" | "DT_QINT16" => Value::new(ints().map(|each| each as i16).collect::<Vec<_>>()),
        "DT_UINT16" | "DT_QUINT16" => Value::new(ints().map(|each| each as u16).collect::<Vec<_>>()),
        "DT_INT32" | "DT_QINT32" => Value::new(ints().map(|each| each as i32).collect::<Vec<_>>()),
        "DT_UINT32" => Value::new(ints().map(|each| each as u32).collect::<Vec<_>>()),
        "DT_INT64" => Value::new(ints().collect::<Vec<_>>()),
        "DT_UINT64" => {
            let made = items.iter().map(|item| match item {
                Item::Uint(number) => *number,
                _ => int(item) as u64,
            });
            Value::new(made.collect::<Vec<_>>())
        }
        "DT_HALF" => Value::new(items.iter().map(|item| Float16::from_f64(float(item))).collect::<Vec<_>>()),
        "DT_BFLOAT16" => Value::new(items.iter().map(|item| BFloat16::from_f32(float(item) as f32)).collect::<Vec<_>>()),
        "DT_FLOAT" => Value::new(items.iter().map(|item| float(item) as f32).collect::<Vec<_>>()),
        "DT_DOUBLE" => Value::new(items.iter().map(float).collect::<Vec<_>>()),
        "DT_COMPLEX64" => {
            let made = items.iter().map(pair).map(|(re, im)| (re as f32, im as f32));
            Value::new(made.collect::<Vec<_>>())
        }
        "DT_COMPLEX128" => Value::new(items.iter().map(pair).collect::<Vec<_>>()),
        "DT_STRING" => {
            let made = items.iter().map(|item| match item {
                Item::Text(text) => Bytes(text.clone()),
                _ => panic!("{item:?}"),
            });
            Value::new(made.collect::<Vec<_>>())
        }
        _ => Value::new(ints().map(|each| each as u8).collect::<Vec<_>>()),
    }
}

fn plain<T: Element>(tensor: &Tensor, shown: impl Fn(T) -> Json) -> Result<Json, InputError> {
    Ok(values::<T>(tensor)?.into_iter().map(shown).collect())
}

/// Numbers with a fraction are text, since JSON has neither -0 nor NaN.
fn fraction(number: impl ToString) -> Json {
    number.to_string().into()
}

/// A tensor's elements as JSON has them.
fn elements(tensor: &Tensor) -> Result<Json, InputError> {
    match &*type_of(tensor) {
        "DT_BOOL" => plain::<bool>(tensor, Json::from),
        "DT_INT8" | "DT_QINT8" | "DT_INT4" | "DT_INT2" => plain::<i8>(tensor, Json::from),
        "DT_INT16" | "DT_QINT16" => plain::<i16>(tensor, Json::from),
        "DT_UINT16" | "DT_QUINT16" => plain::<u16>(tensor, Json::from),
        "DT_INT32" | "DT_QINT32" => plain::<i32>(tensor, Json::from),
        "DT_UINT32" => plain::<u32>(tensor, Json::from),
        "DT_INT64" => plain::<i64>(tensor, Json::from),
        "DT_UINT64" => plain::<u64>(tensor, Json::from),
        "DT_HALF" => plain::<Float16>(tensor, |each| fraction(each.to_f32())),
        "DT_BFLOAT16" | "DT_FLOAT" => plain::<f32>(tensor, fraction),
        "DT_DOUBLE" => plain::<f64>(tensor, fraction),
        "DT_COMPLEX64" => plain::<(f32, f32)>(tensor, |(re, im)| json!([fraction(re), fraction(im)])),
        "DT_COMPLEX128" => plain::<(f64, f64)>(tensor, |(re, im)| json!([fraction(re), fraction(im)])),
        "DT_STRING" => plain::<Bytes>(tensor, |each| json!({"hex": hex(&each.0)})),
        _ => plain::<u8>(tensor, Json::from),
    }
}

fn read(tensor: &Tensor) -> Result<Json, InputError> {
    Ok(json!([type_of(tensor), shape_of(tensor)?, elements(tensor)?]))
}

fn shape(value: &Json) -> Vec<i64> {
    list(value).iter().map(|size| size.as_i64().unwrap_or(-1)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn wire(message: &impl Message) -> Json {
    hex(&message.encode_to_vec()).into()
}

// ---- sections

fn tensors(case: &Json, slices: bool) -> Answer {
    let dtype = text(&case["dtype"]);
    let items: Vec<Item> = list(&case["values"]).iter().map(|each| native(dtype, each)).collect();
    let value = if slices { typed(dtype, &items) } else { Value::new(items) };
    let value = value.typed(dtype).shaped(shape(&case["shape"]));
    let (made, listed) = (value.clone().tensor()?, value.listed_tensor()?);
    Ok(json!({
        "content": wire(&made), "listed": wire(&listed),
        "read_content": elements(&made).unwrap(), "read_listed": elements(&listed).unwrap(),
    }))
}

fn reads(case: &Json) -> Answer {
    Ok(read(&Tensor::decode(unhex(text(&case["wire"])).as_slice()).unwrap())?)
}

fn writes(case: &Json) -> Answer {
    let dtype = text(&case["dtype"]);
    let mut value = Value::new(native(dtype, &case["value"])).typed(dtype);
    if !case["shape"].is_null() {
        value = value.shaped(shape(&case["shape"]));
    }
    Ok(wire(&value.tensor()?))
}

fn signature_of(given: &Json) -> Signature {
    let specs = |listed: &Json| -> BTreeMap<String, Spec> {
        let listed = listed.as_object().unwrap().iter();
        listed.map(|(name, each)| (name.clone(), Spec::new(text(&each[0]), shape(&each[1])))).collect()
    };
    let defaults = given["defaults"].as_object().into_iter().flatten().map(|(name, each)| {
        let value = Value::new(native("", &each[2])).typed(text(&each[0])).shaped(shape(&each[1]));
        (name.clone(), value.tensor().unwrap())
    });
    Signature {
        name: "s".into(),
        inputs: specs(&given["inputs"]),
        outputs: specs(&given["outputs"]),
        defaults: defaults.collect(),
        ..Signature::default()
    }
}

fn checks(case: &Json) -> Answer {
    let inputs: Inputs = case["given"].as_object().unwrap().iter().map(|(name, each)| {
        let value = if each.is_object() {
            let made = Value::new(native("", &each["values"])).typed(text(&each["dtype"]));
            Value::new(made.shaped(shape(&each["shape"])).tensor().unwrap())
        } else {
            Value::new(native("", each))
        };
        (name.clone(), value)
    }).collect();
    let outputs: Vec<String> =
        case["outputs"].as_array().into_iter().flatten().map(|each| text(each).to_owned()).collect();
    let fill: Fill = case["fill"].as_str().unwrap_or("error").parse()?;
    let checked = signature_of(&case["signature"]).check(inputs, &outputs, fill)?;
    let sent: Map<String, Json> =
        checked.tensors.iter().map(|(name, tensor)| (name.clone(), read(tensor).unwrap())).collect();
    Ok(json!({"sent": sent, "filled": checked.filled}))
}

fn splits(case: &Json) -> Answer {
    let inputs: HashMap<String, Tensor> = case["inputs"].as_object().unwrap().iter().map(|(name, each)| {
        let sizes = shape(each);
        let counted: Vec<i64> = (0..sizes.iter().product()).collect();
        (name.clone(), Value::new(counted).shaped(sizes).tensor().unwrap())
    }).collect();
    let shared: Vec<String> = list(&case["shared"]).iter().map(|each| text(each).to_owned()).collect();
    let parts = split(inputs, case["rows"].as_u64().unwrap() as usize, &shared, &[])?;
    let told: Vec<Json> = parts.iter().map(|part| {
        let came: Map<String, Json> =
            part.inputs.iter().map(|(name, tensor)| (name.clone(), elements(tensor).unwrap())).collect();
        json!({"rows": [part.rows.start, part.rows.stop], "inputs": came})
    }).collect();
    let rows: Vec<Rows> = parts.iter().map(|part| part.rows).collect();
    // A server that answers with the input that all parts have.
    let outputs = parts.into_iter().map(|mut part| [("x".to_owned(), part.inputs.remove("x").unwrap())].into());
    let joined = join(&rows, outputs.collect())?;
    Ok(json!({"parts": told, "joined": elements(&joined["x"])?}))
}

fn examples(case: &Json) -> Answer {
    let features = |of: &Json| -> Features {
        let of = of.as_object().unwrap().iter();
        of.map(|(name, value)| {
            let item = match value.as_str() {
                Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => whole(digits),
                _ => native("", value),
            };
            (name.clone(), item)
        }).collect()
    };
    let shared = (!case["context"].is_null()).then(|| features(&case["context"]));
    Ok(wire(&make_input(list(&case["examples"]).iter().map(features), shared)?))
}

fn statuses(case: &Json) -> Answer {
    let call = Call {
        method: "Predict".into(),
        model: "m".into(),
        version: "3".into(),
        signature: "s".into(),
        address: "host:1".into(),
        rows: None,
    };
    let code = (0..17).map(Code::from_i32).find(|code| code_name(*code) == text(&case["code"])).unwrap();
    let error = CallError::new(call, Status::new(code, "the reason"));
    let kind = match error.kind() {
        CallKind::Cancelled => "cancelled",
        CallKind::DeadlineExceeded => "deadline",
        CallKind::Unreachable => "unreachable",
        _ => "call",
    };
    Ok(json!({"kind": kind, "code": code_name(error.code()), "message": error.to_string()}))
}

fn framed(case: &Json) -> Answer {
    let records: Vec<Vec<u8>> = list(&case["records"]).iter().map(|each| unhex(text(each))).collect();
    let file = unhex(text(&case["file"]));
    let found: Vec<String> = read_records(&file)?.into_iter().map(hex).collect();
    Ok(json!({"file": hex(&frame_records(&records)), "records": found}))
}

fn refused_files(case: &Json) -> Answer {
    Ok(read_records(&unhex(text(&case["file"])))?.len().into())
}

fn warmups(case: &Json) -> Answer {
    let signature = signature_of(&case["signature"]);
    Ok(wire(&signature.warmup_zeros("m", case["rows"].as_i64().unwrap())?))
}

fn models(case: &Json) -> Answer {
    let folder = env::temp_dir().join(format!("kit-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("models.conf");
    fs::write(&path, text(&case["conf"])).unwrap();
    let came = (|| {
        let mut conf = ModelsConf::read(&path)?;
        for edit in list(&case["edits"]) {
            match text(&edit[0]) {
                "remove" => conf.remove(text(&edit[1]))?,
                _ => conf.serve(text(&edit[1]), serving(&edit[2]))?,
            }
        }
        // It is what is read back that counts.
        conf.write(&path)?;
        Ok(wire(&ModelsConf::read(&path)?.message))
    })();
    fs::remove_dir_all(&folder).unwrap();
    came
}

fn serving(given: &Json) -> Serving {
    let labels = given["labels"].as_object();
    Serving {
        base_path: given["base_path"].as_str().unwrap_or_default().into(),
        versions: given["versions"].as_array().into_iter().flatten().map(|each| each.as_i64().unwrap()).collect(),
        latest: given["latest"].as_u64().map(|count| count as u32),
        every: given["every"].as_bool().unwrap_or_default(),
        labels: labels.map(|labels| labels.iter().map(|(name, of)| (name.clone(), of.as_i64().unwrap())).collect()),
        ..Serving::default()
    }
}
