//! A client of model servers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tonic::{Code, Status};

use super::connection::{locked, Config, Limit, Server};
use super::core::{self, Core, Scope};
use super::models::ModelsConf;
use super::requests::{
    self, join, make_input, predict_request, split, Class, Features, Part, Prediction, Target, Task, TaskKind,
    TaskResult, VersionStatus,
};
use super::signatures::{choose, make_tensors, Checked, Fill, Inputs, Signature};
use super::{CallError, CallKind, Error, InputError, InputKind, Rows};
use crate::tensorflow::serving::inference_result::Result as Inferred;
use crate::tensorflow::serving::{
    ClassificationRequest, ClassificationResponse, GetModelStatusRequest, GetModelStatusResponse, InferenceTask,
    Input, ModelSpec, MultiInferenceRequest, MultiInferenceResponse, PredictResponse, RegressionRequest,
    RegressionResponse, ReloadConfigRequest, ReloadConfigResponse,
};

/// How long one question for readiness may take: a server that hangs is asked again.
const ASKING: Duration = Duration::from_secs(10);

/// Calls model servers, all of which serve the same models, in tokio's runtime. A clone is the same client.
#[derive(Clone)]
pub struct Client(Arc<Core>);

/// How a batch is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The most rows that a part has.
    pub rows: usize,
    /// The most parts at a time: 4.
    pub parallel: usize,
    /// Inputs that are sent with each part, as scalars are.
    pub shared: Vec<String>,
}

impl Batch {
    /// Parts of so many rows.
    pub fn of(rows: usize) -> Self {
        Batch { rows, parallel: 4, shared: Vec::new() }
    }

    /// So many parts at a time.
    pub fn parallel(self, parallel: usize) -> Self {
        Batch { parallel, ..self }
    }

    /// With these inputs in each part.
    pub fn shared<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Batch { shared: names.into_iter().map(Into::into).collect(), ..self }
    }
}

/// How long a model is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// All in all: 60 s.
    pub timeout: Duration,
    /// Between questions: 0.5 s.
    pub poll: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Wait { timeout: Duration::from_secs(60), poll: Duration::from_millis(500) }
    }
}

impl Client {
    /// A client of servers at an address, or at several. Nothing is sent yet.
    pub fn new(config: impl Into<Config>) -> Result<Self, Error> {
        Ok(Client(Arc::new(Core::new(config.into())?)))
    }

    /// Ends all calls, and closes the connections that this client opened; so does dropping it and its clones.
    pub fn close(&self) {
        self.0.close();
    }

    /// Calls Predict.
    pub async fn predict(
        &self,
        target: impl Into<Target>,
        inputs: impl Into<Inputs>,
    ) -> Result<Prediction, Error> {
        let target = target.into();
        let scope = self.0.begin(&target)?;
        let Checked { tensors, filled } = self.checked(&scope, &target, inputs.into()).await?;
        let request = predict_request(&target, tensors);
        let reply: PredictResponse = self.0.send(&scope, core::PREDICT, &target, None, request).await?;
        self.0.answered(&target, reply.model_spec.as_ref());
        Ok(Prediction::new(reply.outputs, &[reply.model_spec.unwrap_or_default()], filled))
    }

    /// Calls Predict for a batch in parts. Rows are the first dimension of inputs and outputs.
    ///
    /// Parts take turns among the addresses. The first part that fails ends the others, and its error has its rows.
    /// The deadline is for all together.
    pub async fn predict_batches(
        &self,
        target: impl Into<Target>,
        inputs: impl Into<Inputs>,
        batch: Batch,
    ) -> Result<Prediction, Error> {
        let target = target.into();
        if batch.parallel < 1 {
            return Err(InputError::new(InputKind::Setting, "0 calls at a time").into());
        }
        let scope = self.0.begin(&target)?;
        let Checked { tensors, filled } = self.checked(&scope, &target, inputs.into()).await?;
        let parts = split(tensors, batch.rows, &batch.shared, &filled)?;
        let rows: Vec<Rows> = parts.iter().map(|part| part.rows).collect();
        let mut outputs = Vec::with_capacity(rows.len());
        let mut specs: Vec<ModelSpec> = Vec::with_capacity(rows.len());
        for reply in self.together(&scope, &target, parts, batch.parallel).await? {
            self.0.answered(&target, reply.model_spec.as_ref());
            outputs.push(reply.outputs);
            specs.push(reply.model_spec.unwrap_or_default());
        }
        Ok(Prediction::new(join(&rows, outputs)?, &specs, filled))
    }

    /// The replies to all parts, some of which are on the way at a time. The first error ends the others.
    async fn together(
        &self,
        scope: &Scope,
        target: &Target,
        parts: Vec<Part>,
        parallel: usize,
    ) -> Result<Vec<PredictResponse>, Error> {
        let total = parts.len();
        let target = Arc::new(target.clone());
        let parts: Arc<Vec<Mutex<Option<Part>>>> =
            Arc::new(parts.into_iter().map(|part| Mutex::new(Some(part))).collect());
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..parallel.min(total) {
            let (core, scope, target) = (self.0.clone(), scope.clone(), target.clone());
            let (parts, next) = (parts.clone(), next.clone());
            workers.spawn(async move {
                let mut replies = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(part) = parts.get(number).and_then(|part| locked(part).take()) else {
                        return Ok::<_, Error>(replies);
                    };
                    let request = predict_request(&target, part.inputs);
                    let rows = Some(part.rows);
                    replies.push((number, core.send(&scope, core::PREDICT, &target, rows, request).await?));
                }
            });
        }
        let mut replies = Vec::with_capacity(total);
        while let Some(ended) = workers.join_next().await {
            match ended {
                Ok(own) => replies.extend(own?),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => {
                    let call = target.call(core::PREDICT.name, "", None);
                    return Err(CallError::new(call, Status::cancelled("the runtime ends")).into());
                }
            }
        }
        replies.sort_by_key(|(number, _)| *number);
        Ok(replies.into_iter().map(|(_, reply)| reply).collect())
    }

    /// The inputs as tensors, checked where the signature is known, and those that were filled.
    async fn checked(&self, scope: &Scope, target: &Target, mut inputs: Inputs) -> Result<Checked, Error> {
        let strict = target.fill != Fill::Error;
        if !self.0.config.checks && !strict {
            return Ok(Checked { tensors: make_tensors(inputs)?, filled: Vec::new() });
        }
        loop {
            let old = self.0.look_up(target).is_some();
            let known = self.0.read(scope, target).await?;
            let Some(signatures) = &known.signatures else {
                if strict {
                    let said = format!("the server tells no signatures: Fill::{:?} can't be done", target.fill);
                    return Err(InputError::new(InputKind::Setting, said).into());
                }
                return Ok(Checked { tensors: make_tensors(inputs)?, filled: Vec::new() });
            };
            let checked = choose(signatures, &target.signature)
                .and_then(|signature| signature.check_in_place(&mut inputs, &target.outputs, target.fill));
            match checked {
                Ok(checked) => return Ok(checked),
                // What is known may be of a version that isn't served any more.
                Err(_) if old && target.version.is_none() => self.0.forget(target),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Calls Classify: the classes of each example. `shared`: features that all examples share.
    pub async fn classify(
        &self,
        target: impl Into<Target>,
        examples: impl IntoIterator<Item = Features>,
        shared: Option<Features>,
    ) -> Result<Vec<Vec<Class>>, Error> {
        let (target, input) = (target.into(), make_input(examples, shared)?);
        let scope = self.0.begin(&target)?;
        let request = ClassificationRequest { model_spec: Some(target.spec()), input: Some(input) };
        let reply: ClassificationResponse = self.0.send(&scope, core::CLASSIFY, &target, None, request).await?;
        Ok(requests::read_classes(reply.result))
    }

    /// Calls Regress: the value of each example. `shared`: features that all examples share.
    pub async fn regress(
        &self,
        target: impl Into<Target>,
        examples: impl IntoIterator<Item = Features>,
        shared: Option<Features>,
    ) -> Result<Vec<f32>, Error> {
        let (target, input) = (target.into(), make_input(examples, shared)?);
        let scope = self.0.begin(&target)?;
        let request = RegressionRequest { model_spec: Some(target.spec()), input: Some(input) };
        let reply: RegressionResponse = self.0.send(&scope, core::REGRESS, &target, None, request).await?;
        Ok(requests::read_values(reply.result))
    }

    /// Calls MultiInference: for each task, as Classify or Regress gives it.
    pub async fn multi_inference(
        &self,
        target: impl Into<Target>,
        examples: impl IntoIterator<Item = Features>,
        shared: Option<Features>,
        tasks: impl IntoIterator<Item = Task>,
    ) -> Result<Vec<TaskResult>, Error> {
        let (target, input) = (target.into(), make_input(examples, shared)?);
        let request = multi_inference_request(&target, input, tasks);
        let scope = self.0.begin(&target)?;
        let reply: MultiInferenceResponse =
            self.0.send(&scope, core::MULTI_INFERENCE, &target, None, request).await?;
        let results = reply.results.into_iter().map(|each| match each.result {
            Some(Inferred::ClassificationResult(result)) => TaskResult::Classes(requests::read_classes(Some(result))),
            Some(Inferred::RegressionResult(result)) => TaskResult::Values(requests::read_values(Some(result))),
            None => TaskResult::Values(Vec::new()),
        });
        Ok(results.collect())
    }

    /// What the model takes and gives. It is read once for a version.
    pub async fn signature(&self, target: impl Into<Target>) -> Result<Signature, Error> {
        let target = target.into();
        let scope = self.0.begin(&target)?;
        match &self.0.read(&scope, &target).await?.signatures {
            Some(signatures) => Ok(choose(signatures, &target.signature)?.clone()),
            None => Err(InputError::new(InputKind::Setting, "the server tells no signatures").into()),
        }
    }

    /// What a server says about the versions of a model, the newest first.
    pub async fn status(&self, target: impl Into<Target>) -> Result<Vec<VersionStatus>, Error> {
        let target = target.into();
        let scope = self.0.begin(&target)?;
        let request = GetModelStatusRequest { model_spec: Some(target.spec()) };
        let reply: GetModelStatusResponse = self.0.send(&scope, core::STATUS, &target, None, request).await?;
        Ok(requests::read_statuses(reply))
    }

    /// Returns once the model, or the target's version or label of it, is AVAILABLE at every address.
    ///
    /// A server that can't be reached yet is waited for, too. [`Error::NotReady`] comes after the timeout, and at once
    /// where the version asked for has failed to load.
    pub async fn wait_ready(&self, target: impl Into<Target>, wait: Wait) -> Result<Vec<VersionStatus>, Error> {
        let target = target.into().deadline(wait.timeout);
        let scope = self.0.begin(&target)?;
        let mut ready = Vec::new();
        for server in &self.0.servers {
            ready = self.wait_ready_at(&scope, server, &target, wait.poll).await?;
        }
        Ok(ready)
    }

    async fn wait_ready_at(
        &self,
        scope: &Scope,
        server: &Arc<Server>,
        target: &Target,
        poll: Duration,
    ) -> Result<Vec<VersionStatus>, Error> {
        let request = Arc::new(GetModelStatusRequest { model_spec: Some(target.spec()) });
        let call = target.call(core::STATUS.name, &server.address, None);
        let mut said = String::new();
        loop {
            let asking = scope.at_most(ASKING);
            let reply = self.0.once::<_, GetModelStatusResponse>(
                &asking,
                server,
                core::STATUS,
                target,
                None,
                &request,
            );
            match reply.await {
                Err(error) if !waits_for(&error, target) => return Err(error.into()),
                // What was known last says more than that there was no time to ask again.
                Err(error) if said.is_empty() || error.kind() != CallKind::DeadlineExceeded => {
                    said = error.to_string();
                }
                Err(_) => {}
                Ok(reply) => {
                    let statuses = requests::read_statuses(reply);
                    let lines: Vec<String> = statuses.iter().map(ToString::to_string).collect();
                    let lines = if lines.is_empty() { "no version".to_owned() } else { lines.join("; ") };
                    said = format!("{call}: {lines}");
                    let ended = statuses.iter().any(|each| each.state == "END" && each.code != Code::Ok);
                    let ready: Vec<VersionStatus> =
                        statuses.into_iter().filter(|each| each.state == "AVAILABLE").collect();
                    if !ready.is_empty() {
                        return Ok(ready);
                    }
                    if ended && target.version.is_some() {
                        return Err(Error::NotReady(said));
                    }
                }
            }
            if scope.left().is_some_and(|left| left <= poll) {
                return Err(Error::NotReady(said));
            }
            scope.sleep(poll).await.map_err(|status| CallError::new(call.clone(), status))?;
        }
    }

    /// Makes every server serve these models, and no others: models that aren't in the list are unloaded.
    ///
    /// It returns when the servers have taken the list and loaded what is new; it has a deadline always. Of the
    /// target, only deadline, metadata and credentials count.
    pub async fn reload(&self, models: &ModelsConf, target: Target) -> Result<(), Error> {
        let deadline = match (target.deadline, self.0.config.deadline) {
            (Some(Limit::Never), _) => {
                let said = "a reload needs a deadline: a path that is wrong makes it hang";
                return Err(InputError::new(InputKind::Setting, said).into());
            }
            (None, Limit::Never) => Some(Limit::After(Duration::from_secs(60))),
            (given, _) => given,
        };
        let (metadata, credentials) = (target.metadata, target.credentials);
        let target = Target { deadline, metadata, credentials, ..Target::default() };
        let scope = self.0.begin(&target)?;
        let request =
            Arc::new(ReloadConfigRequest { config: Some(models.message.clone()), ..ReloadConfigRequest::default() });
        for server in &self.0.servers {
            let reply: ReloadConfigResponse =
                self.0.once(&scope, server, core::RELOAD, &target, None, &request).await?;
            let status = reply.status.unwrap_or_default();
            let code = Code::from_i32(status.error_code);
            if code != Code::Ok {
                let call = target.call(core::RELOAD.name, &server.address, None);
                return Err(CallError::new(call, Status::new(code, status.error_message)).into());
            }
        }
        Ok(())
    }
}

fn multi_inference_request(
    target: &Target,
    input: Input,
    tasks: impl IntoIterator<Item = Task>,
) -> MultiInferenceRequest {
    let tasks = tasks.into_iter().map(|task| {
        let method_name = match task.kind {
            TaskKind::Classify => requests::CLASSIFY,
            TaskKind::Regress => requests::REGRESS,
        };
        let spec = Target { signature: task.signature, ..target.clone() }.spec();
        InferenceTask { model_spec: Some(spec), method_name: method_name.to_owned() }
    });
    MultiInferenceRequest { tasks: tasks.collect(), input: Some(input) }
}

/// Whether a model may become ready though a question for it failed.
fn waits_for(error: &CallError, target: &Target) -> bool {
    match error.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::NotFound => true,
        // That is how a server answers for a label that no version has yet.
        Code::InvalidArgument => !target.label.is_empty(),
        _ => false,
    }
}
