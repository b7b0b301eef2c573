package client

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"@import{tensorflow_serving/apis}"
)

// How long one question for readiness may take: a server that hangs is asked again.
const statusTime = 10 * time.Second

type server struct {
	address     string
	predictions apis.PredictionServiceClient
	models      apis.ModelServiceClient
}

func newServer(address string, connection grpc.ClientConnInterface) server {
	return server{address, apis.NewPredictionServiceClient(connection), apis.NewModelServiceClient(connection)}
}

// core is the state of a client: what it knows about models, and whose turn it is among the addresses.
type core struct {
	config      Config
	deadline    time.Duration
	secure      bool
	servers     []server
	callOptions []grpc.CallOption // of a connection that isn't this client's
	running     running
	turns       atomic.Uint64

	lock  sync.Mutex
	known map[modelKey]known
}

type modelKey struct {
	model   string
	version int64
	pinned  bool
	label   string
}

// known is what is known about a model's signatures.
type known struct {
	version    int64                // that they are of
	signatures map[string]Signature // nil where the server doesn't tell
}

// begin is the context of all that a call does, which ends by its deadline, and when the client is closed.
func (c *core) begin(ctx context.Context, target Target) (context.Context, context.CancelFunc, error) {
	none := func() {}
	if err := target.check(); err != nil {
		return ctx, none, err
	}
	if target.Credentials != nil && !c.secure {
		return ctx, none, errPlaintext
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := c.running.add(cancel)
	ended := cancel
	if deadline := orElse(target.Deadline, c.deadline); deadline > 0 {
		ctx, ended = context.WithTimeout(ctx, deadline)
	}
	given, _ := metadata.FromOutgoingContext(ctx)
	ctx = metadata.NewOutgoingContext(ctx, metadata.Join(given, c.config.Metadata, target.Metadata))
	return ctx, func() { forget(); ended(); cancel() }, nil
}

// running are the calls of a client, which end when it is closed.
type running struct {
	lock    sync.Mutex
	stopped bool
	next    uint64
	cancels map[uint64]context.CancelFunc
}

func (r *running) add(cancel context.CancelFunc) (forget func()) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.stopped {
		cancel()
		return func() {}
	}
	if r.cancels == nil {
		r.cancels = map[uint64]context.CancelFunc{}
	}
	number := r.next
	r.next++
	r.cancels[number] = cancel
	return func() {
		r.lock.Lock()
		defer r.lock.Unlock()
		delete(r.cancels, number)
	}
}

func (r *running) stop() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.stopped = true
	for _, cancel := range r.cancels {
		cancel()
	}
}

// together does several things, at most so many at a time. The first error ends the others.
func together(ctx context.Context, total, parallel int, each func(context.Context, int) error) error {
	if total == 1 {
		return each(ctx, 0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var waiting sync.WaitGroup
	var once sync.Once
	var failed error
	var next atomic.Int64
	for worker := 0; worker < parallel && worker < total; worker++ {
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			for {
				number := int(next.Add(1)) - 1
				if number >= total {
					return
				}
				if err := each(ctx, number); err != nil {
					once.Do(func() { failed = err })
					cancel()
					return
				}
			}
		}()
	}
	waiting.Wait()
	return failed
}

// once is one call of one server.
func once[R any](
	ctx context.Context, c *Client, server *server, method string, target Target, rows *Rows,
	call func(context.Context, ...grpc.CallOption) (*R, error),
) (*R, error) {
	var trailer metadata.MD
	options := append([]grpc.CallOption{grpc.Trailer(&trailer)}, c.callOptions...)
	if target.Credentials != nil {
		options = append(options, grpc.PerRPCCredentials(target.Credentials))
	}
	reply, err := call(ctx, options...)
	if err != nil {
		return nil, NewCallError(target.call(method, server.address, rows), err, trailer)
	}
	return reply, nil
}

// inTurns calls the server whose turn it is, and the others while they can't be reached.
func inTurns[R any](
	ctx context.Context, c *Client, method string, target Target, rows *Rows,
	call func(context.Context, *server, ...grpc.CallOption) (*R, error),
) (*R, error) {
	count := uint64(len(c.servers))
	first := c.turns.Add(1) - 1
	var failed error
	for number := uint64(0); number < count; number++ {
		server := &c.servers[(first+number)%count]
		reply, err := once(ctx, c, server, method, target, rows,
			func(ctx context.Context, options ...grpc.CallOption) (*R, error) {
				return call(ctx, server, options...)
			})
		if err == nil {
			return reply, nil
		}
		failed = err
		if !errors.Is(err, ErrUnreachable) {
			break
		}
	}
	return nil, failed
}

func send[Q, R any](
	ctx context.Context, c *Client, method string, target Target, rows *Rows, request *Q,
	call func(apis.PredictionServiceClient, context.Context, *Q, ...grpc.CallOption) (*R, error),
) (*R, error) {
	return inTurns(ctx, c, method, target, rows,
		func(ctx context.Context, server *server, options ...grpc.CallOption) (*R, error) {
			return call(server.predictions, ctx, request, options...)
		})
}

func sendModel[Q, R any](
	ctx context.Context, c *Client, method string, target Target, request *Q,
	call func(apis.ModelServiceClient, context.Context, *Q, ...grpc.CallOption) (*R, error),
) (*R, error) {
	return inTurns(ctx, c, method, target, nil,
		func(ctx context.Context, server *server, options ...grpc.CallOption) (*R, error) {
			return call(server.models, ctx, request, options...)
		})
}

func (c *Client) predictPart(
	ctx context.Context, target Target, inputs tensorsByName, rows *Rows,
) (*apis.PredictResponse, error) {
	request := predictRequest(target, inputs)
	return send(ctx, c, "Predict", target, rows, request, apis.PredictionServiceClient.Predict)
}

// checked is the inputs as tensors, checked where the signature is known, and those that were filled.
func (c *Client) checked(
	ctx context.Context, target Target, inputs Inputs,
) (tensorsByName, []string, error) {
	strict := target.Fill != "" && target.Fill != FillError
	if c.config.Unchecked && !strict {
		tensors, err := MakeTensors(inputs)
		return tensors, nil, err
	}
	for {
		_, old := c.lookUp(target)
		found, err := c.read(ctx, target)
		if err != nil {
			return nil, nil, err
		}
		if found.signatures == nil {
			if strict {
				return nil, nil, inputError(
					"setting", "the server tells no signatures: Fill %q can't be done", string(target.Fill))
			}
			tensors, err := MakeTensors(inputs)
			return tensors, nil, err
		}
		signature, err := choose(found.signatures, target.Signature)
		if err == nil {
			var tensors tensorsByName
			var filled []string
			if tensors, filled, err = signature.Check(inputs, target.Outputs, target.Fill); err == nil {
				return tensors, filled, nil
			}
		}
		// What is known may be of a version that isn't served any more.
		if !old || target.Version != nil {
			return nil, nil, err
		}
		c.forget(target)
	}
}

// read is what is known about a model's signatures; asked for once.
func (c *Client) read(ctx context.Context, target Target) (known, error) {
	if found, is := c.lookUp(target); is {
		return found, nil
	}
	target.Signature = ""
	request := &apis.GetModelMetadataRequest{ModelSpec: target.spec(), MetadataField: []string{"signature_def"}}
	reply, err := send(ctx, c, "GetModelMetadata", target, nil, request, apis.PredictionServiceClient.GetModelMetadata)
	found := known{version: reply.GetModelSpec().GetVersion().GetValue()}
	var failed *CallError
	switch {
	case errors.As(err, &failed) && failed.Code() == codes.Unimplemented:
	case err != nil:
		return found, err
	default:
		if found.signatures, err = readSignatures(reply); err != nil {
			return found, err
		}
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.known == nil {
		c.known = map[modelKey]known{}
	}
	c.known[keyOf(target)] = found
	return found, nil
}

// answered forgets the signatures of another version than the one that answers now.
func (c *Client) answered(target Target, spec *apis.ModelSpec) {
	found, is := c.lookUp(target)
	version := spec.GetVersion().GetValue()
	if is && found.signatures != nil && version != 0 && version != found.version {
		c.forget(target)
	}
}

func (c *core) lookUp(target Target) (known, bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	found, is := c.known[keyOf(target)]
	return found, is
}

func (c *core) forget(target Target) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.known, keyOf(target))
}

func keyOf(target Target) modelKey {
	made := modelKey{model: target.Model, label: target.Label}
	if target.Version != nil {
		made.version, made.pinned = *target.Version, true
	}
	return made
}

// waitReadyAt is WaitReady for one server; the context has the deadline.
func (c *Client) waitReadyAt(
	ctx context.Context, server *server, target Target, poll time.Duration,
) ([]VersionStatus, error) {
	request, said := &apis.GetModelStatusRequest{ModelSpec: target.spec()}, ""
	for {
		asking, cancel := context.WithTimeout(ctx, statusTime)
		reply, err := once(asking, c, server, "GetModelStatus", target, nil,
			func(ctx context.Context, options ...grpc.CallOption) (*apis.GetModelStatusResponse, error) {
				return server.models.GetModelStatus(ctx, request, options...)
			})
		cancel()
		var failed *CallError
		if errors.As(err, &failed) {
			if !waitsFor(failed, target) {
				return nil, err
			}
			// What was known last says more than that there was no time to ask again.
			if said == "" || !errors.Is(err, ErrDeadline) {
				said = err.Error()
			}
		} else {
			ready, ended := []VersionStatus(nil), false
			var lines []string
			for _, each := range readStatuses(reply) {
				if each.State == "AVAILABLE" {
					ready = append(ready, each)
				}
				ended = ended || each.State == "END" && each.Code != codes.OK
				lines = append(lines, each.String())
			}
			if ready != nil {
				return ready, nil
			}
			about := target.call("GetModelStatus", server.address, nil).String()
			said = about + ": " + orElse(strings.Join(lines, "; "), "no version")
			if ended && target.Version != nil {
				return nil, &NotReadyError{said}
			}
		}
		if until, is := ctx.Deadline(); is && time.Until(until) <= poll {
			return nil, &NotReadyError{said}
		}
		select {
		case <-ctx.Done():
			return nil, NewCallError(target.call("GetModelStatus", server.address, nil), status.FromContextError(ctx.Err()).Err(), nil)
		case <-time.After(poll):
		}
	}
}

// waitsFor tells whether a model may become ready though a question for it failed.
func waitsFor(failed *CallError, target Target) bool {
	switch failed.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.NotFound:
		return true
	case codes.InvalidArgument:
		// That is how a server answers for a label that no version has yet.
		return target.Label != ""
	}
	return false
}
