package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"@import{tensorflow/core/example}"
	framework "@import{tensorflow/core/framework/tensor.proto}"
	meta "@import{tensorflow/core/protobuf/meta_graph.proto}"
	"@import{tensorflow_serving/apis}"
)

// FakeServer is a model server for tests, in the same process, whose models are functions. It refuses what a real one
// refuses: unknown models, versions, labels and signatures, versions that aren't available, inputs that are missing or
// too many.
type FakeServer struct {
	server   *grpc.Server
	listener *bufconn.Listener

	lock     sync.Mutex
	calls    []FakeCall
	models   map[string]map[int64]*fakeVersion
	failures map[string]*fakeFailure
	delays   map[string]time.Duration
}

// FakeCall is a call that came.
type FakeCall struct {
	Method   string
	Request  proto.Message
	Metadata metadata.MD
}

// FakeModel is a version of a model. Each field may be left out.
type FakeModel struct {
	// Version is 1 where it isn't given.
	Version int64
	// Predict makes outputs of inputs: values as MakeTensor takes them.
	Predict func(inputs map[string]*framework.TensorProto) (Inputs, error)
	// Classify gives the classes of each example.
	Classify func(examples []FakeExample) ([][]Class, error)
	// Regress gives the value of each example.
	Regress func(examples []FakeExample) ([]float32, error)
	// Signature is DefaultSignature where it isn't given.
	Signature string
	// Inputs, Outputs, Defaults are what the signature says; without Inputs there is none to tell.
	Inputs, Outputs map[string]Spec
	Defaults        Inputs
	Labels          []string
	// State is AVAILABLE where it isn't given.
	State string
}

// FakeExample is an example's features by name, those of the context among them.
type FakeExample struct {
	Ints   map[string][]int64
	Floats map[string][]float32
	Texts  map[string][]string
}

type fakeVersion struct {
	FakeModel
	code    codes.Code
	message string
}

type fakeFailure struct {
	err   error
	times int
}

// NewFakeServer starts a server without models.
func NewFakeServer(options ...grpc.ServerOption) *FakeServer {
	unlimited := []grpc.ServerOption{grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32)}
	made := &FakeServer{
		server:   grpc.NewServer(append(unlimited, options...)...),
		listener: bufconn.Listen(1 << 20),
		models:   map[string]map[int64]*fakeVersion{},
		failures: map[string]*fakeFailure{},
		delays:   map[string]time.Duration{},
	}
	apis.RegisterPredictionServiceServer(made.server, fakePredictions{fake: made})
	apis.RegisterModelServiceServer(made.server, fakeModels{fake: made})
	go made.server.Serve(made.listener)
	return made
}

// Config is that of a client of this server.
func (f *FakeServer) Config() Config {
	dial := func(ctx context.Context, _ string) (net.Conn, error) { return f.listener.DialContext(ctx) }
	return Config{
		Addresses: []string{"passthrough:fake"},
		Options:   []grpc.DialOption{grpc.WithContextDialer(dial)},
	}
}

// Stop ends all calls.
func (f *FakeServer) Stop() { f.server.Stop() }

// Serve serves a version of a model.
func (f *FakeServer) Serve(name string, model FakeModel) {
	model.Version = orElse(model.Version, 1)
	model.Signature = orElse(model.Signature, DefaultSignature)
	model.State = orElse(model.State, "AVAILABLE")
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.models[name] == nil {
		f.models[name] = map[int64]*fakeVersion{}
	}
	f.models[name][model.Version] = &fakeVersion{FakeModel: model}
}

// SetState changes the state of a version: START, LOADING, AVAILABLE, UNLOADING or END; with a code, why.
func (f *FakeServer) SetState(name string, version int64, state string, code codes.Code, message string) {
	f.lock.Lock()
	defer f.lock.Unlock()
	held := f.models[name][version]
	if held == nil {
		panic(fmt.Sprintf("the fake server has no version %d of model %s", version, name))
	}
	held.State, held.code, held.message = state, code, message
}

// Fail lets calls of a model fail: the next so many, or all of them where times is 0. The code OK ends it.
func (f *FakeServer) Fail(name string, code codes.Code, details string, times int) {
	f.lock.Lock()
	defer f.lock.Unlock()
	delete(f.failures, name)
	if code != codes.OK {
		f.failures[name] = &fakeFailure{status.Error(code, details), times}
	}
}

// Slow lets calls of a model last longer; one that is cancelled ends at once.
func (f *FakeServer) Slow(name string, by time.Duration) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.delays[name] = by
}

// Calls are all calls that came, in their order.
func (f *FakeServer) Calls() []FakeCall {
	f.lock.Lock()
	defer f.lock.Unlock()
	return append([]FakeCall(nil), f.calls...)
}

// called notes a call, and lets it be slow or fail as it was told.
func (f *FakeServer) called(ctx context.Context, method string, request proto.Message, name string) error {
	headers, _ := metadata.FromIncomingContext(ctx)
	f.lock.Lock()
	f.calls = append(f.calls, FakeCall{method, request, headers})
	delay, failure := f.delays[name], f.failures[name]
	var failed error
	if failure != nil {
		failed = failure.err
		if failure.times > 0 {
			if failure.times--; failure.times == 0 {
				delete(f.failures, name)
			}
		}
	}
	f.lock.Unlock()
	if delay > 0 {
		select {
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case <-time.After(delay):
		}
	}
	return failed
}

// find is the version that is asked for, if it is available.
func (f *FakeServer) find(spec *apis.ModelSpec) (*fakeVersion, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	said, label := fmt.Sprintf("Latest(%s)", spec.GetName()), labelOf(spec)
	if spec.GetVersion() != nil {
		said = fmt.Sprintf("Specific(%s, %d)", spec.GetName(), spec.GetVersion().GetValue())
	}
	var found *fakeVersion
	for number, each := range f.models[spec.GetName()] {
		asked := spec.GetVersion() == nil || spec.GetVersion().GetValue() == number
		asked = asked && (label == "" || contains(each.Labels, label))
		if asked && each.State == "AVAILABLE" && (found == nil || number > found.Version) {
			found = each
		}
	}
	switch {
	case found != nil:
		held := *found
		return &held, nil
	case label != "":
		return nil, status.Errorf(codes.InvalidArgument, "Unrecognized servable version label: %s", label)
	}
	return nil, status.Errorf(codes.NotFound, "Servable not found for request: %s", said)
}

// labelOf reads a field that older releases don't have.
func labelOf(spec *apis.ModelSpec) string {
	message := spec.ProtoReflect()
	if field := message.Descriptor().Fields().ByName("version_label"); field != nil {
		return message.Get(field).String()
	}
	return ""
}

func (m *fakeVersion) effective(spec *apis.ModelSpec) *apis.ModelSpec {
	made := &apis.ModelSpec{Name: spec.GetName(), SignatureName: orElse(spec.GetSignatureName(), m.Signature)}
	setVersion(made, m.Version)
	return made
}

type fakePredictions struct {
	apis.UnimplementedPredictionServiceServer
	fake *FakeServer
}

func (p fakePredictions) Predict(
	ctx context.Context, request *apis.PredictRequest,
) (reply *apis.PredictResponse, failed error) {
	defer recovered(&failed)
	spec := request.GetModelSpec()
	if err := p.fake.called(ctx, "Predict", request, spec.GetName()); err != nil {
		return nil, err
	}
	model, err := p.fake.find(spec)
	if err != nil {
		return nil, err
	}
	if err := model.takes(request); err != nil {
		return nil, err
	}
	outputs, err := model.Predict(request.GetInputs())
	if err != nil {
		return nil, asStatus(err)
	}
	made := tensorsByName{}
	for name, value := range outputs {
		if filter := request.GetOutputFilter(); len(filter) > 0 && !contains(filter, name) {
			continue
		}
		var wanted *Spec
		if spec, is := model.Outputs[name]; is {
			wanted = &Spec{Type: spec.Type}
			if wanted.Type, err = typeName(spec.Type); err != nil {
				return nil, asStatus(err)
			}
		}
		if made[name], err = makeInput(name, value, wanted); err != nil {
			return nil, asStatus(err)
		}
	}
	return &apis.PredictResponse{ModelSpec: model.effective(spec), Outputs: made}, nil
}

// takes tells whether the model has a function for a request, and its inputs.
func (m *fakeVersion) takes(request *apis.PredictRequest) error {
	spec := request.GetModelSpec()
	if wanted := orElse(spec.GetSignatureName(), DefaultSignature); wanted != m.Signature {
		return status.Errorf(codes.FailedPrecondition, "Serving signature key %q not found.", wanted)
	}
	if m.Predict == nil {
		return status.Errorf(codes.Unimplemented, "model %s has no function for Predict", spec.GetName())
	}
	var extra, missing []string
	for _, name := range sortedKeys(request.GetInputs()) {
		if _, is := m.Inputs[name]; !is && m.Inputs != nil {
			extra = append(extra, name)
		}
	}
	for _, name := range sortedKeys(m.Inputs) {
		if request.GetInputs()[name] == nil {
			missing = append(missing, name)
		}
	}
	if extra != nil || missing != nil {
		return status.Errorf(codes.InvalidArgument, "Sent extra: {%s}. Missing but required: {%s}.",
			strings.Join(extra, ","), strings.Join(missing, ","))
	}
	return nil
}

// asStatus is the error of a test's own function.
func asStatus(err error) error {
	var input *InputError
	if errors.As(err, &input) {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	if _, is := status.FromError(err); is {
		return err
	}
	return status.Error(codes.Internal, err.Error())
}

// recovered lets a call fail whose function panics.
func recovered(failed *error) {
	if reason := recover(); reason != nil {
		*failed = status.Errorf(codes.Internal, "panic: %v", reason)
	}
}

func (p fakePredictions) Classify(
	ctx context.Context, request *apis.ClassificationRequest,
) (reply *apis.ClassificationResponse, failed error) {
	defer recovered(&failed)
	spec := request.GetModelSpec()
	if err := p.fake.called(ctx, "Classify", request, spec.GetName()); err != nil {
		return nil, err
	}
	model, err := p.fake.find(spec)
	if err != nil {
		return nil, err
	}
	result, err := model.classified(request.GetInput())
	if err != nil {
		return nil, err
	}
	return &apis.ClassificationResponse{ModelSpec: model.effective(spec), Result: result}, nil
}

func (p fakePredictions) Regress(
	ctx context.Context, request *apis.RegressionRequest,
) (reply *apis.RegressionResponse, failed error) {
	defer recovered(&failed)
	spec := request.GetModelSpec()
	if err := p.fake.called(ctx, "Regress", request, spec.GetName()); err != nil {
		return nil, err
	}
	model, err := p.fake.find(spec)
	if err != nil {
		return nil, err
	}
	result, err := model.regressed(request.GetInput())
	if err != nil {
		return nil, err
	}
	return &apis.RegressionResponse{ModelSpec: model.effective(spec), Result: result}, nil
}

func (p fakePredictions) MultiInference(
	ctx context.Context, request *apis.MultiInferenceRequest,
) (reply *apis.MultiInferenceResponse, failed error) {
	defer recovered(&failed)
	name := ""
	if len(request.GetTasks()) > 0 {
		name = request.GetTasks()[0].GetModelSpec().GetName()
	}
	if err := p.fake.called(ctx, "MultiInference", request, name); err != nil {
		return nil, err
	}
	reply = &apis.MultiInferenceResponse{}
	for _, task := range request.GetTasks() {
		model, err := p.fake.find(task.GetModelSpec())
		if err != nil {
			return nil, err
		}
		made := &apis.InferenceResult{ModelSpec: model.effective(task.GetModelSpec())}
		if task.GetMethodName() == classifyMethod {
			result, err := model.classified(request.GetInput())
			if err != nil {
				return nil, err
			}
			made.Result = &apis.InferenceResult_ClassificationResult{ClassificationResult: result}
		} else {
			result, err := model.regressed(request.GetInput())
			if err != nil {
				return nil, err
			}
			made.Result = &apis.InferenceResult_RegressionResult{RegressionResult: result}
		}
		reply.Results = append(reply.Results, made)
	}
	return reply, nil
}

var errOtherMethod = status.Error(codes.InvalidArgument, "Expected another signature method_name")

func (m *fakeVersion) classified(input *apis.Input) (*apis.ClassificationResult, error) {
	if m.Classify == nil {
		return nil, errOtherMethod
	}
	found, err := m.Classify(examplesOf(input))
	if err != nil {
		return nil, asStatus(err)
	}
	made := &apis.ClassificationResult{}
	for _, classes := range found {
		one := &apis.Classifications{}
		for _, each := range classes {
			one.Classes = append(one.Classes, &apis.Class{Label: each.Label, Score: each.Score})
		}
		made.Classifications = append(made.Classifications, one)
	}
	return made, nil
}

func (m *fakeVersion) regressed(input *apis.Input) (*apis.RegressionResult, error) {
	if m.Regress == nil {
		return nil, errOtherMethod
	}
	found, err := m.Regress(examplesOf(input))
	if err != nil {
		return nil, asStatus(err)
	}
	made := &apis.RegressionResult{}
	for _, value := range found {
		made.Regressions = append(made.Regressions, &apis.Regression{Value: value})
	}
	return made, nil
}

func examplesOf(input *apis.Input) []FakeExample {
	examples := input.GetExampleList().GetExamples()
	listed := input.GetExampleListWithContext()
	if listed != nil {
		examples = listed.GetExamples()
	}
	found := make([]FakeExample, len(examples))
	for number, each := range examples {
		found[number] = FakeExample{map[string][]int64{}, map[string][]float32{}, map[string][]string{}}
		found[number].add(listed.GetContext())
		found[number].add(each)
	}
	return found
}

func (e FakeExample) add(from *example.Example) {
	for name, feature := range from.GetFeatures().GetFeature() {
		switch kind := feature.GetKind().(type) {
		case *example.Feature_Int64List:
			e.Ints[name] = kind.Int64List.GetValue()
		case *example.Feature_FloatList:
			e.Floats[name] = kind.FloatList.GetValue()
		case *example.Feature_BytesList:
			texts := make([]string, len(kind.BytesList.GetValue()))
			for number, text := range kind.BytesList.GetValue() {
				texts[number] = string(text)
			}
			e.Texts[name] = texts
		}
	}
}

func (p fakePredictions) GetModelMetadata(
	ctx context.Context, request *apis.GetModelMetadataRequest,
) (*apis.GetModelMetadataResponse, error) {
	spec := request.GetModelSpec()
	if err := p.fake.called(ctx, "GetModelMetadata", request, spec.GetName()); err != nil {
		return nil, err
	}
	model, err := p.fake.find(spec)
	if err != nil {
		return nil, err
	}
	if len(model.Inputs) == 0 {
		return nil, status.Error(codes.Unimplemented, "the test has given no signature")
	}
	signature := &meta.SignatureDef{MethodName: "tensorflow/serving/predict"}
	if signature.Inputs, err = infosOf(model.Inputs); err == nil {
		signature.Outputs, err = infosOf(model.Outputs)
	}
	if err == nil {
		err = model.setDefaults(signature)
	}
	if err != nil {
		return nil, asStatus(err)
	}
	packed, err := anypb.New(
		&apis.SignatureDefMap{SignatureDef: map[string]*meta.SignatureDef{model.Signature: signature}})
	if err != nil {
		return nil, err
	}
	return &apis.GetModelMetadataResponse{
		ModelSpec: model.effective(spec), Metadata: map[string]*anypb.Any{"signature_def": packed},
	}, nil
}

func infosOf(specs map[string]Spec) (map[string]*meta.TensorInfo, error) {
	made := map[string]*meta.TensorInfo{}
	for name, spec := range specs {
		dtype, err := typeName(spec.Type)
		if err != nil {
			return nil, err
		}
		of := shaped(dtype, spec.Shape)
		of.TensorShape.UnknownRank = spec.Shape == nil
		made[name] = &meta.TensorInfo{
			Encoding: &meta.TensorInfo_Name{Name: name + ":0"}, Dtype: of.Dtype, TensorShape: of.TensorShape,
		}
	}
	return made, nil
}

// setDefaults fills a field that older releases don't have.
func (m *fakeVersion) setDefaults(signature *meta.SignatureDef) error {
	message := signature.ProtoReflect()
	field := message.Descriptor().Fields().ByName("defaults")
	for name, value := range m.Defaults {
		if field == nil {
			return inputError("setting", "models of this release have no defaults")
		}
		tensor, err := MakeTensor(value, m.Inputs[name].Type, nil)
		if err != nil {
			return err
		}
		key := protoreflect.ValueOfString(name).MapKey()
		message.Mutable(field).Map().Set(key, protoreflect.ValueOfMessage(tensor.ProtoReflect()))
	}
	return nil
}

type fakeModels struct {
	apis.UnimplementedModelServiceServer
	fake *FakeServer
}

func (m fakeModels) GetModelStatus(
	ctx context.Context, request *apis.GetModelStatusRequest,
) (*apis.GetModelStatusResponse, error) {
	spec := request.GetModelSpec()
	if err := m.fake.called(ctx, "GetModelStatus", request, spec.GetName()); err != nil {
		return nil, err
	}
	wanted := spec.GetVersion()
	if labelOf(spec) != "" {
		found, err := m.fake.find(spec)
		if err != nil {
			return nil, err
		}
		wanted = wrapperspb.Int64(found.Version)
	}
	m.fake.lock.Lock()
	defer m.fake.lock.Unlock()
	reply := &apis.GetModelStatusResponse{}
	for number, each := range m.fake.models[spec.GetName()] {
		if wanted != nil && wanted.GetValue() != number {
			continue
		}
		state := apis.ModelVersionStatus_State(apis.ModelVersionStatus_State_value[each.State])
		made := &apis.ModelVersionStatus{Version: number, State: state}
		setStatus(made, each.code, each.message)
		reply.ModelVersionStatus = append(reply.ModelVersionStatus, made)
	}
	if len(reply.ModelVersionStatus) == 0 {
		return nil, status.Errorf(codes.NotFound, "Could not find any versions of model %s", spec.GetName())
	}
	return reply, nil
}

// setStatus fills the field `status`, whose type's place differs from release to release.
func setStatus(of proto.Message, code codes.Code, text string) {
	message := of.ProtoReflect()
	held := message.Mutable(message.Descriptor().Fields().ByName("status")).Message()
	fields := held.Descriptor().Fields()
	held.Set(fields.ByName("error_code"), protoreflect.ValueOfEnum(protoreflect.EnumNumber(code)))
	held.Set(fields.ByName("error_message"), protoreflect.ValueOfString(text))
}

func (m fakeModels) HandleReloadConfigRequest(
	ctx context.Context, request *apis.ReloadConfigRequest,
) (*apis.ReloadConfigResponse, error) {
	if err := m.fake.called(ctx, "HandleReloadConfigRequest", request, ""); err != nil {
		return nil, err
	}
	reply := &apis.ReloadConfigResponse{}
	conf := &ModelsConf{request.GetConfig()}
	for _, each := range conf.Message.GetModelConfigList().GetConfig() {
		if each.GetName() == "" || each.GetBasePath() == "" {
			setStatus(reply, codes.InvalidArgument, "a model needs a name and a base_path")
			return reply, nil
		}
	}
	m.fake.reloaded(conf)
	return reply, nil
}

// reloaded serves these models and no others, as far as the test has given them.
func (f *FakeServer) reloaded(conf *ModelsConf) {
	f.lock.Lock()
	defer f.lock.Unlock()
	for name, held := range f.models {
		model := conf.find(name)
		chosen := map[int64]bool{}
		for _, version := range model.GetModelVersionPolicy().GetSpecific().GetVersions() {
			chosen[version] = true
		}
		for number, version := range held {
			version.State = "END"
			if model == nil {
				continue
			}
			if len(chosen) == 0 || chosen[number] {
				version.State = "AVAILABLE"
			}
			version.Labels = labelsOf(model, number)
		}
	}
}

// labelsOf reads a field that older releases don't have.
func labelsOf(model proto.Message, version int64) []string {
	var found []string
	message := model.ProtoReflect()
	if field := message.Descriptor().Fields().ByName("version_labels"); field != nil {
		message.Get(field).Map().Range(func(label protoreflect.MapKey, of protoreflect.Value) bool {
			if of.Int() == version {
				found = append(found, label.String())
			}
			return true
		})
	}
	return found
}
