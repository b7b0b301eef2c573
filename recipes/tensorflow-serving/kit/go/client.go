package client

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	framework "@import{tensorflow/core/framework/tensor.proto}"
	"@import{tensorflow_serving/apis}"
)

// Client calls model servers, all of which serve the same models. It may be used by several goroutines.
type Client struct {
	core
	owned []*grpc.ClientConn
}

// New makes a client. Nothing is sent yet.
func New(config Config) (*Client, error) {
	deadline := orElse(config.Deadline, 30*time.Second)
	secure := config.TLS != nil || config.Transport != nil || config.Conn != nil
	made := &Client{core: core{config: config, deadline: deadline, secure: secure}}
	if config.Conn != nil {
		found := "the given connection"
		if len(config.Addresses) > 0 {
			found = config.Addresses[0]
		}
		made.servers = []server{newServer(found, intercepted{config.Conn, config.Interceptors})}
		made.callOptions = config.callOptions()
		if config.Credentials != nil {
			made.callOptions = append(made.callOptions, grpc.PerRPCCredentials(config.Credentials))
		}
		return made, nil
	}
	addresses, err := config.addresses()
	if err != nil {
		return nil, err
	}
	options, err := config.dialOptions()
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		connection, err := grpc.NewClient(address, options...)
		if err != nil {
			made.Close()
			return nil, inputError("setting", "%s: %s", address, err)
		}
		made.owned = append(made.owned, connection)
		made.servers = append(made.servers, newServer(address, connection))
	}
	return made, nil
}

// Close ends all calls, and closes the connections that this client opened.
func (c *Client) Close() error {
	c.running.stop()
	var failed error
	for _, connection := range c.owned {
		if err := connection.Close(); err != nil {
			failed = err
		}
	}
	return failed
}

// Predict calls Predict; inputs are what MakeTensor takes, or tensors.
func (c *Client) Predict(ctx context.Context, target Target, inputs Inputs) (*Prediction, error) {
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	tensors, filled, err := c.checked(ctx, target, inputs)
	if err != nil {
		return nil, err
	}
	reply, err := c.predictPart(ctx, target, tensors, nil)
	if err != nil {
		return nil, err
	}
	c.answered(target, reply.GetModelSpec())
	return newPrediction(reply.GetOutputs(), []*apis.ModelSpec{reply.GetModelSpec()}, filled), nil
}

// Batch says how a batch is split.
type Batch struct {
	// Rows is the most that a part has.
	Rows int
	// Parallel is the most parts at a time: 4.
	Parallel int
	// Shared are inputs that are sent with each part, as scalars are.
	Shared []string
}

// PredictBatches calls Predict for a batch in parts. Rows are the first dimension of inputs and outputs. Parts take
// turns among the addresses. The first part that fails ends the others, and its error has its rows. The deadline is
// for all together.
func (c *Client) PredictBatches(
	ctx context.Context, target Target, inputs Inputs, batch Batch,
) (*Prediction, error) {
	batch.Parallel = orElse(batch.Parallel, 4)
	if batch.Parallel < 1 {
		return nil, inputError("setting", "%d calls at a time", batch.Parallel)
	}
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	tensors, filled, err := c.checked(ctx, target, inputs)
	if err != nil {
		return nil, err
	}
	parts, err := Split(tensors, batch.Rows, batch.Shared, filled)
	if err != nil {
		return nil, err
	}
	replies := make([]*apis.PredictResponse, len(parts))
	err = together(ctx, len(parts), batch.Parallel, func(ctx context.Context, number int) error {
		var err error
		replies[number], err = c.predictPart(ctx, target, parts[number].Inputs, &parts[number].Rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	outputs := make([]map[string]*framework.TensorProto, len(parts))
	specs := make([]*apis.ModelSpec, len(parts))
	for number, reply := range replies {
		c.answered(target, reply.GetModelSpec())
		outputs[number], specs[number] = reply.GetOutputs(), reply.GetModelSpec()
	}
	joined, err := Join(parts, outputs)
	if err != nil {
		return nil, err
	}
	return newPrediction(joined, specs, filled), nil
}

// Classify calls Classify; the classes of each example. shared: features that all examples share, or nil.
func (c *Client) Classify(
	ctx context.Context, target Target, examples []Features, shared Features,
) ([][]Class, error) {
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	input, err := MakeInput(examples, shared)
	if err != nil {
		return nil, err
	}
	request := &apis.ClassificationRequest{ModelSpec: target.spec(), Input: input}
	reply, err := send(ctx, c, "Classify", target, nil, request, apis.PredictionServiceClient.Classify)
	return readClasses(reply.GetResult()), err
}

// Regress calls Regress; the value of each example. shared: features that all examples share, or nil.
func (c *Client) Regress(
	ctx context.Context, target Target, examples []Features, shared Features,
) ([]float32, error) {
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	input, err := MakeInput(examples, shared)
	if err != nil {
		return nil, err
	}
	request := &apis.RegressionRequest{ModelSpec: target.spec(), Input: input}
	reply, err := send(ctx, c, "Regress", target, nil, request, apis.PredictionServiceClient.Regress)
	return readValues(reply.GetResult()), err
}

// MultiInference calls MultiInference: for each task, as Classify or Regress gives it.
func (c *Client) MultiInference(
	ctx context.Context, target Target, examples []Features, shared Features, tasks []Task,
) ([]TaskResult, error) {
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	input, err := MakeInput(examples, shared)
	if err != nil {
		return nil, err
	}
	request := &apis.MultiInferenceRequest{Input: input}
	methods := map[string]string{"classify": classifyMethod, "regress": regressMethod}
	for _, task := range tasks {
		method, is := methods[task.Kind]
		if !is {
			return nil, inputError("setting", "a task is classify or regress, not %q", task.Kind)
		}
		of := target
		of.Signature = task.Signature
		request.Tasks = append(request.Tasks, &apis.InferenceTask{ModelSpec: of.spec(), MethodName: method})
	}
	reply, err := send(ctx, c, "MultiInference", target, nil, request, apis.PredictionServiceClient.MultiInference)
	if err != nil {
		return nil, err
	}
	found := make([]TaskResult, len(reply.GetResults()))
	for number, result := range reply.GetResults() {
		if classes := result.GetClassificationResult(); classes != nil {
			found[number].Classes = readClasses(classes)
		} else {
			found[number].Values = readValues(result.GetRegressionResult())
		}
	}
	return found, nil
}

// Signature is what the model takes and gives. It is read once for a version.
func (c *Client) Signature(ctx context.Context, target Target) (Signature, error) {
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return Signature{}, err
	}
	found, err := c.read(ctx, target)
	if err != nil {
		return Signature{}, err
	}
	if found.signatures == nil {
		return Signature{}, inputError("setting", "the server tells no signatures")
	}
	return choose(found.signatures, target.Signature)
}

// Status is what a server says about the versions of a model, the newest first.
func (c *Client) Status(ctx context.Context, target Target) ([]VersionStatus, error) {
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	request := &apis.GetModelStatusRequest{ModelSpec: target.spec()}
	reply, err := sendModel(ctx, c, "GetModelStatus", target, request, apis.ModelServiceClient.GetModelStatus)
	return readStatuses(reply), err
}

// Wait says how long a model is waited for.
type Wait struct {
	// Timeout is 60 s; the deadline of the context holds, too.
	Timeout time.Duration
	// Poll is the time between questions: 0.5 s.
	Poll time.Duration
}

// WaitReady returns once the model, or the target's version or label of it, is AVAILABLE at every address. A server
// that can't be reached yet is waited for, too. A NotReadyError comes after the timeout, and at once where the version
// asked for has failed to load.
func (c *Client) WaitReady(ctx context.Context, target Target, wait Wait) ([]VersionStatus, error) {
	target.Deadline = orElse(wait.Timeout, time.Minute)
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return nil, err
	}
	var ready []VersionStatus
	for number := range c.servers {
		if ready, err = c.waitReadyAt(ctx, &c.servers[number], target, orElse(wait.Poll, time.Second/2)); err != nil {
			return nil, err
		}
	}
	return ready, nil
}

// Reload makes every server serve these models, and no others: models that aren't in the list are unloaded. It
// returns when the servers have taken the list and loaded what is new; it has a deadline always. Of the target, only
// Deadline, Metadata and Credentials count.
func (c *Client) Reload(ctx context.Context, models *ModelsConf, target Target) error {
	if target.Deadline < 0 {
		return inputError("setting", "a reload needs a deadline: a path that is wrong makes it hang")
	}
	if target.Deadline == 0 && c.deadline < 0 {
		target.Deadline = time.Minute
	}
	target.Model, target.Version, target.Label, target.Signature = "", nil, "", ""
	ctx, cancel, err := c.begin(ctx, target)
	defer cancel()
	if err != nil {
		return err
	}
	request := &apis.ReloadConfigRequest{Config: models.Message}
	const method = "HandleReloadConfigRequest"
	for number := range c.servers {
		server := &c.servers[number]
		reply, err := once(ctx, c, server, method, target, nil,
			func(ctx context.Context, options ...grpc.CallOption) (*apis.ReloadConfigResponse, error) {
				return server.models.HandleReloadConfigRequest(ctx, request, options...)
			})
		if err != nil {
			return err
		}
		if code := codes.Code(reply.GetStatus().GetErrorCode()); code != codes.OK {
			failed := status.Error(code, reply.GetStatus().GetErrorMessage())
			return NewCallError(target.call(method, server.address, nil), failed, nil)
		}
	}
	return nil
}
