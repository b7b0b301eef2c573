//! How fast the kit in Rust is, beside what there is without it: `speed ECHO ROWS PAIRS LARGEST`; see speed.py.

use std::any::Any;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use std::{env, mem, slice};

use tensorflow_serving_client::client::{self, Batch, Client, Value};
use tensorflow_serving_client::tensorflow::serving::prediction_service_client::PredictionServiceClient;
use tensorflow_serving_client::tensorflow::serving::{ModelSpec, PredictRequest};
use tensorflow_serving_client::tensorflow::{tensor_shape_proto::Dim, DataType, TensorProto, TensorShapeProto};
use tokio::runtime::Runtime;
use tonic::transport::Channel;

const KB: usize = 1 << 10;
const MB: usize = 1 << 20;

type Side<'a> = (&'static str, Box<dyn Fn() -> Box<dyn Any> + 'a>);
type Found = BTreeMap<&'static str, Vec<f64>>;

fn side<'a, T: 'static>(name: &'static str, call: impl Fn() -> T + 'a) -> Side<'a> {
    (name, Box::new(move || Box::new(call())))
}

/// Seconds of so many calls of each side, one by one. What a call makes is freed when it was measured.
fn in_turns<const N: usize>(calls: usize, sides: [Side; N]) -> Found {
    let mut found = Found::new();
    for number in 0..=calls {
        for (name, call) in &sides {
            let start = Instant::now();
            let made = call();
            let passed = start.elapsed().as_secs_f64();
            drop(made);
            // The first time is for what is made once.
            if number > 0 {
                found.entry(name).or_default().push(passed);
            }
        }
    }
    found
}

fn tell(title: &str, found: &Found) {
    // Names and numbers are in JSON what they are here.
    println!("{{\"case\": {title:?}, \"sides\": {found:?}}}");
}

fn numbers(size: usize) -> Vec<f32> {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    (0..size / 4).map(|_| next()).collect()
}

fn copied(values: &[f32]) -> Vec<u8> {
    // SAFETY: any bytes of floats are bytes.
    unsafe { slice::from_raw_parts(values.as_ptr().cast::<u8>(), mem::size_of_val(values)) }.to_vec()
}

fn tensors(pairs: usize, largest: usize) {
    for size in [1, largest] {
        let values = numbers(size * MB);
        let tensor = Value::new(&values).tensor().unwrap();
        let calls = pairs * if size == 1 { 100 } else { 3 };
        let memcpy = || side("memcpy", || copied(&values));
        let encode = side("kit", || Value::new(&values).tensor().unwrap());
        let decode = side("kit", || client::values::<f32>(&tensor).unwrap());
        tell(&format!("encode {size} MB"), &in_turns(calls, [encode, memcpy()]));
        tell(&format!("decode {size} MB"), &in_turns(calls, [decode, memcpy()]));
    }
}

/// What everybody writes without a kit.
async fn by_stub(mut stub: PredictionServiceClient<Channel>, values: &[f32]) -> Vec<f32> {
    let dim = vec![Dim { size: values.len() as i64, ..Default::default() }];
    let x = TensorProto {
        dtype: DataType::DtFloat.into(),
        tensor_shape: Some(TensorShapeProto { dim, ..Default::default() }),
        tensor_content: copied(values),
        ..Default::default()
    };
    let mut request = tonic::Request::new(PredictRequest {
        model_spec: Some(ModelSpec { name: "echo".into(), ..Default::default() }),
        inputs: [("x".into(), x)].into(),
        ..Default::default()
    });
    request.set_timeout(Duration::from_secs(30));
    let reply = stub.predict(request).await.unwrap().into_inner();
    let content = &reply.outputs["x"].tensor_content;
    content.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn calls(runtime: &Runtime, address: &str, pairs: usize) {
    let serving = Client::new(address).unwrap();
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let stub = PredictionServiceClient::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    for (title, size, number) in [("1 KB", KB, 100), ("8 MB", 8 * MB, 3)] {
        let values = numbers(size);
        let kit = side("kit", || {
            let result = runtime.block_on(serving.predict("echo", [("x", &values)])).unwrap();
            result.output::<f32>("x").unwrap()
        });
        let bare = side("stub", || runtime.block_on(by_stub(stub.clone(), &values)));
        tell(&format!("Predict of {title}"), &in_turns(pairs * number, [kit, bare]));
    }
}

fn batches(runtime: &Runtime, address: &str, pairs: usize) {
    let serving = Client::new(address).unwrap();
    let rows = numbers(700 * 4);
    let kit = side("kit", || {
        let batch = Batch::of(175).parallel(4);
        runtime.block_on(serving.predict_batches("rows", [("x", &rows)], batch)).unwrap()
    });
    let one = "a quarter of one";
    let whole = side(one, || runtime.block_on(serving.predict("rows", [("x", &rows)])).unwrap());
    let mut found = in_turns(pairs, [kit, whole]);
    found.entry(one).or_default().iter_mut().for_each(|seconds| *seconds /= 4.0);
    tell("700 rows in 4 parts", &found);
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let (pairs, largest) = (arguments[3].parse().unwrap(), arguments[4].parse().unwrap());
    let runtime = Runtime::new().unwrap();
    // Connections are made in the runtime.
    let _inside = runtime.enter();
    tensors(pairs, largest);
    calls(&runtime, &arguments[1], pairs);
    batches(&runtime, &arguments[2], pairs);
}
