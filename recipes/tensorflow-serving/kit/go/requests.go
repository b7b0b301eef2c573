package client

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"@import{tensorflow/core/example}"
	framework "@import{tensorflow/core/framework/tensor.proto}"
	"@import{tensorflow_serving/apis}"
)

const (
	classifyMethod = "tensorflow/serving/classify"
	regressMethod  = "tensorflow/serving/regress"
)

// Target is what is called, and how. All but the model may be left out.
type Target struct {
	Model string
	// Version is one of the model's; the newest one where neither this nor a label is given. See Version.
	Version *int64
	// Label is what the server's configuration calls a version.
	Label string
	// Signature is the one to call: DefaultSignature.
	Signature string
	// Deadline is for all that the call does; the client's where it isn't given, or None.
	Deadline time.Duration
	// Metadata is headers to send besides the client's and those of the context.
	Metadata metadata.MD
	// Credentials are what names the caller in this call, besides the client's; only with TLS.
	Credentials credentials.PerRPCCredentials
	// Outputs are those that are wanted of Predict, where not all are.
	Outputs []string
	// Fill says what becomes of inputs of Predict that aren't given: FillError, FillZeros or FillDefaults.
	Fill Fill
}

// Version is a target's version.
func Version(number int64) *int64 { return &number }

func (t Target) check() error {
	if t.Version != nil && t.Label != "" {
		return inputError("setting", "a version and a label: give one of them")
	}
	return nil
}

// spec is the same for the server.
func (t Target) spec() *apis.ModelSpec {
	made := &apis.ModelSpec{Name: t.Model, SignatureName: t.Signature}
	if t.Version != nil {
		setVersion(made, *t.Version)
	}
	message := made.ProtoReflect()
	// Older releases have no such field.
	if field := message.Descriptor().Fields().ByName("version_label"); t.Label != "" && field != nil {
		message.Set(field, protoreflect.ValueOfString(t.Label))
	}
	return made
}

// setVersion fills a field that is part of a choice in newer releases.
func setVersion(spec *apis.ModelSpec, version int64) {
	message := spec.ProtoReflect()
	field := message.Descriptor().Fields().ByName("version")
	message.Set(field, protoreflect.ValueOfMessage(wrapperspb.Int64(version).ProtoReflect()))
}

// call is the same for errors.
func (t Target) call(method, address string, rows *Rows) Call {
	version := t.Label
	if t.Version != nil {
		version = strconv.FormatInt(*t.Version, 10)
	}
	return Call{method, t.Model, version, t.Signature, address, rows}
}

// Prediction is the outputs of a model.
type Prediction struct {
	// Outputs are tensors as the server sent them; Output reads one.
	Outputs map[string]*framework.TensorProto
	// Filled are inputs that weren't given, and that the client filled.
	Filled []string
	// Model and Signature are those that answered.
	Model, Signature string
	// Version is the one that answered; the newest, where parts met a change of versions; 0 where it isn't told.
	Version int64
	// Versions are all that answered, the oldest first.
	Versions []int64
}

func newPrediction(outputs map[string]*framework.TensorProto, specs []*apis.ModelSpec, filled []string) *Prediction {
	made := &Prediction{
		Outputs: outputs, Filled: filled, Model: specs[0].GetName(), Signature: specs[0].GetSignatureName(),
	}
	seen := map[int64]bool{}
	for _, spec := range specs {
		if version := spec.GetVersion().GetValue(); !seen[version] {
			seen[version] = true
			made.Versions = append(made.Versions, version)
		}
	}
	sort.Slice(made.Versions, func(i, j int) bool { return made.Versions[i] < made.Versions[j] })
	made.Version = made.Versions[len(made.Versions)-1]
	return made
}

// Output reads the elements of an output in row-major order, as Values does. A ReplyError says that it can't be.
func Output[T Element](prediction *Prediction, name string) ([]T, error) {
	tensor, is := prediction.Outputs[name]
	if !is {
		return nil, &ReplyError{"the reply has no output " + nearest(name, sortedKeys(prediction.Outputs))}
	}
	found, err := Values[T](tensor)
	if err != nil {
		return nil, &ReplyError{fmt.Sprintf("output %s: %s", name, err)}
	}
	return found, nil
}

func predictRequest(target Target, inputs tensorsByName) *apis.PredictRequest {
	return &apis.PredictRequest{ModelSpec: target.spec(), Inputs: inputs, OutputFilter: target.Outputs}
}

// Features are one example: values by name, each a number, a string, or a slice of these.
type Features map[string]any

// Class is one class that an example may belong to.
type Class struct {
	Label string
	Score float32
}

// Task is one of those of MultiInference.
type Task struct {
	// Kind is "classify" or "regress".
	Kind string
	// Signature is the one to call.
	Signature string
}

// TaskResult is what a task gives: Classes of each example, or Values, by its kind.
type TaskResult struct {
	Classes [][]Class
	Values  []float32
}

// VersionStatus is what the server says about a version of a model.
type VersionStatus struct {
	Version int64
	// State is START, LOADING, AVAILABLE, UNLOADING or END; only AVAILABLE is served.
	State string
	// Code is OK, or why it isn't served.
	Code    codes.Code
	Message string
}

func (s VersionStatus) String() string {
	said := fmt.Sprintf("%d %s %s", s.Version, s.State, CodeName(s.Code))
	if s.Message != "" {
		said += " " + s.Message
	}
	return said
}

// MakeInput is examples, and what all of them share, as Classify, Regress and MultiInference take them.
// shared: nil where they share nothing.
func MakeInput(examples []Features, shared Features) (*apis.Input, error) {
	made := make([]*example.Example, len(examples))
	for number, each := range examples {
		var err error
		if made[number], err = makeExample(each, fmt.Sprintf("example %d", number)); err != nil {
			return nil, err
		}
	}
	if shared == nil {
		return &apis.Input{Kind: &apis.Input_ExampleList{ExampleList: &apis.ExampleList{Examples: made}}}, nil
	}
	context, err := makeExample(shared, "context")
	if err != nil {
		return nil, err
	}
	list := &apis.ExampleListWithContext{Examples: made, Context: context}
	return &apis.Input{Kind: &apis.Input_ExampleListWithContext{ExampleListWithContext: list}}, nil
}

func makeExample(features Features, place string) (*example.Example, error) {
	made := map[string]*example.Feature{}
	for _, name := range sortedKeys(features) {
		feature, err := makeFeature(features[name])
		if err != nil {
			return nil, err.(*InputError).about("%s, feature %s", place, name)
		}
		made[name] = feature
	}
	return &example.Example{Features: &example.Features{Feature: made}}, nil
}

func makeFeature(value any) (*example.Feature, error) {
	found, err := arrayOf(value)
	if err != nil {
		return nil, err
	}
	if len(found.shape) > 1 {
		return nil, inputError("type", "a feature is a value or a list of values")
	}
	if found.dtype == "" {
		if len(found.loose) == 0 {
			// No values have no type.
			return &example.Feature{}, nil
		}
		if found.dtype, err = inferred(found.loose); err != nil {
			return nil, err
		}
		if found, err = found.encoded(found.dtype, found.loose); err != nil {
			return nil, err
		}
	}
	if len(found.content)+len(found.texts) == 0 {
		return &example.Feature{}, nil
	}
	switch found.dtype {
	case "DT_STRING":
		return &example.Feature{
			Kind: &example.Feature_BytesList{BytesList: &example.BytesList{Value: found.texts}},
		}, nil
	case "DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16":
		return floatFeature(found)
	}
	return intFeature(found)
}

func floatFeature(found array) (*example.Feature, error) {
	tensor := shaped(found.dtype, found.shape)
	tensor.TensorContent = found.content
	var err error
	if found.dtype == "DT_DOUBLE" {
		if found, err = found.narrowed(); err != nil {
			return nil, err
		}
		tensor = shaped(found.dtype, found.shape)
		tensor.TensorContent = found.content
	}
	numbers, err := Values[float32](tensor)
	if err != nil {
		return nil, err
	}
	return &example.Feature{
		Kind: &example.Feature_FloatList{FloatList: &example.FloatList{Value: numbers}},
	}, nil
}

func intFeature(found array) (*example.Feature, error) {
	of := formOf(found.dtype)
	if of == nil || of.kind == 'f' {
		return nil, inputError("type", "a feature can't hold %s", found.dtype)
	}
	numbers := make([]int64, len(found.content)/of.size)
	for number := range numbers {
		var whole [8]byte
		copy(whole[:], found.content[number*of.size:(number+1)*of.size])
		bits := fromBytes[uint64](whole[:])[0]
		if of.kind == 'i' {
			shift := 64 - 8*of.size
			numbers[number] = int64(bits<<shift) >> shift
			continue
		}
		if numbers[number] = int64(bits); numbers[number] < 0 {
			return nil, inputError("overflow", "%d is no DT_INT64", bits)
		}
	}
	return &example.Feature{
		Kind: &example.Feature_Int64List{Int64List: &example.Int64List{Value: numbers}},
	}, nil
}

func readClasses(result *apis.ClassificationResult) [][]Class {
	found := make([][]Class, len(result.GetClassifications()))
	for number, one := range result.GetClassifications() {
		for _, each := range one.GetClasses() {
			found[number] = append(found[number], Class{each.GetLabel(), each.GetScore()})
		}
	}
	return found
}

func readValues(result *apis.RegressionResult) []float32 {
	found := make([]float32, len(result.GetRegressions()))
	for number, each := range result.GetRegressions() {
		found[number] = each.GetValue()
	}
	return found
}

// readStatuses is what is said about each version, the newest first.
func readStatuses(reply *apis.GetModelStatusResponse) []VersionStatus {
	var found []VersionStatus
	for _, each := range reply.GetModelVersionStatus() {
		found = append(found, VersionStatus{
			Version: each.GetVersion(),
			State:   each.GetState().String(),
			Code:    codes.Code(each.GetStatus().GetErrorCode()),
			Message: each.GetStatus().GetErrorMessage(),
		})
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].Version > found[j].Version })
	return found
}

// Part is some rows of a batch.
type Part struct {
	Rows   Rows
	Inputs map[string]*framework.TensorProto
}

// Split makes parts of at most so many rows of a batch. Scalars and shared inputs are in each part.
// optional: inputs that are shared too where they don't have the rows of the others.
func Split(inputs map[string]*framework.TensorProto, rows int, shared, optional []string) ([]Part, error) {
	if rows < 1 {
		return nil, inputError("setting", "parts of %d rows", rows)
	}
	for _, name := range shared {
		if _, is := inputs[name]; !is {
			return nil, inputError("name", "shared inputs that aren't there: %s", name)
		}
	}
	sizes, given := map[string]int64{}, map[string]int64{}
	for name, tensor := range inputs {
		shape, err := ShapeOf(tensor)
		if err != nil {
			return nil, err.(*InputError).about("input %s", name)
		}
		if len(shape) == 0 || contains(shared, name) {
			continue
		}
		sizes[name] = shape[0]
		if !contains(optional, name) {
			given[name] = shape[0]
		}
	}
	if len(given) == 0 {
		given = sizes
	}
	total, err := commonRows(given)
	if err != nil {
		return nil, err
	}
	step := int64(rows)
	if total <= step {
		return []Part{{Rows{0, total}, inputs}}, nil
	}
	var parts []Part
	for start := int64(0); start < total; start += step {
		part := Part{Rows{start, start + step}, tensorsByName{}}
		if part.Rows.Stop > total {
			part.Rows.Stop = total
		}
		for name, tensor := range inputs {
			size, split := sizes[name]
			if !split || size != total {
				part.Inputs[name] = tensor
				continue
			}
			if part.Inputs[name], err = copyRows(tensor, part.Rows); err != nil {
				return nil, err.(*InputError).about("input %s", name)
			}
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func commonRows(sizes map[string]int64) (int64, error) {
	said, total, same := "", int64(-1), true
	for _, name := range sortedKeys(sizes) {
		said += fmt.Sprintf(", %s has %d", name, sizes[name])
		same = same && (total < 0 || total == sizes[name])
		total = sizes[name]
	}
	if said == "" {
		said, same = ", all are shared", false
	}
	if !same {
		return 0, inputError("shape", "the inputs of a batch have no common number of rows: %s", said[2:])
	}
	return total, nil
}

func contains(names []string, name string) bool {
	for _, each := range names {
		if each == name {
			return true
		}
	}
	return false
}

// Join puts the outputs of all parts together, in the order of their rows.
func Join(
	parts []Part, outputs []map[string]*framework.TensorProto,
) (map[string]*framework.TensorProto, error) {
	made := tensorsByName{}
	for name := range outputs[0] {
		pieces := make([]*framework.TensorProto, len(parts))
		for number, part := range parts {
			piece, is := outputs[number][name]
			if !is {
				return nil, &ReplyError{
					fmt.Sprintf("rows %d to %d have no output %s", part.Rows.Start, part.Rows.Stop-1, name)}
			}
			sizes := piece.GetTensorShape().GetDim()
			wanted := part.Rows.Stop - part.Rows.Start
			if len(parts) > 1 && (len(sizes) == 0 || sizes[0].GetSize() != wanted) {
				return nil, &ReplyError{fmt.Sprintf(
					"output %s hasn't a row for each row of the inputs: leave it out with Outputs", name)}
			}
			pieces[number] = piece
		}
		whole, err := joined(pieces)
		if err != nil {
			return nil, &ReplyError{fmt.Sprintf("output %s: %s", name, err)}
		}
		made[name] = whole
	}
	return made, nil
}
