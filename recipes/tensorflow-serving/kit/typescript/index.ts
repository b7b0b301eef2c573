// A client of TensorFlow Serving, on top of this package's messages and services.

export { Client, type BatchOptions, type ExampleOptions, type WaitOptions } from "./client.js";
export type { Headers, Pem, Settings, TLS } from "./connection.js";
export type { Complex, Value } from "./elements.js";
export {
  CallCancelled, CallError, ClientError, DeadlineExceeded, InputError, NotReady, ReplyError, Unreachable,
  type Call, type InputErrorKind, type Rows,
} from "./errors.js";
export { FakeServer, type FakeCall, type FakeModel } from "./fake.js";
export type { Features, FeatureValue } from "./features.js";
export { ModelsConf, type Models, type Serving } from "./models.js";
export { Outputs } from "./outputs.js";
export {
  Prediction, type CallOptions, type Class, type PredictOptions, type Task, type VersionStatus,
} from "./requests.js";
export { defaultSignature, type Fill, type Inputs, type Signature, type Spec } from "./signatures.js";
export {
  dtypeOf, nestedOf, numbersOf, shapeOf, textsOf, toTensor, valuesOf, type Nested, type TensorOptions, type Values,
} from "./tensors.js";
export { readWarmup, warmupFile, warmupFromSignature, warmupRequest, writeWarmup, type Logged } from "./warmup.js";
