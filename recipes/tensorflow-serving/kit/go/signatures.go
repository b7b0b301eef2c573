package client

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	framework "@import{tensorflow/core/framework/tensor.proto}"
	meta "@import{tensorflow/core/protobuf/meta_graph.proto}"
	"@import{tensorflow_serving/apis}"
)

// DefaultSignature is the signature that is called where none is named.
const DefaultSignature = "serving_default"

// Types of TensorFlow 1's variables: each stands for the one that is 100 lower.
const references = 100

// Inputs are values by name: what MakeTensor takes, or tensors.
type Inputs map[string]any

// Spec is the type and the shape of an input or an output.
type Spec struct {
	// Type as TensorFlow writes it, "DT_FLOAT".
	Type string
	// Shape, with -1 for a size that may be any; nil where it may be any, empty for a scalar.
	Shape []int64
}

func (s Spec) String() string {
	if s.Shape == nil {
		return s.Type + " of any shape"
	}
	return s.Type + " " + shapeText(s.Shape)
}

// Signature is one way to call a model.
type Signature struct {
	Name string
	// Method is such as "tensorflow/serving/predict".
	Method  string
	Inputs  map[string]Spec
	Outputs map[string]Spec
	// Defaults are what inputs are when they aren't given, where the model says so (TensorFlow 2.13 and newer).
	Defaults map[string]*framework.TensorProto
}

// Fill says what becomes of inputs that aren't given.
type Fill string

const (
	// FillError refuses the call.
	FillError Fill = "error"
	// FillZeros sends zeros: as many rows as the given inputs have, where a size may be any.
	FillZeros Fill = "zeros"
	// FillDefaults sends the model's own defaults.
	FillDefaults Fill = "defaults"
)

// readSignatures is all signatures in the server's answer, by name.
func readSignatures(reply *apis.GetModelMetadataResponse) (map[string]Signature, error) {
	packed := &apis.SignatureDefMap{}
	held := reply.GetMetadata()["signature_def"]
	if held == nil || !held.MessageIs(packed) || held.UnmarshalTo(packed) != nil {
		return nil, &ReplyError{"the server's metadata holds no signatures"}
	}
	found := map[string]Signature{}
	for name, signature := range packed.GetSignatureDef() {
		found[name] = Signature{
			Name:     name,
			Method:   signature.GetMethodName(),
			Inputs:   specs(signature.GetInputs()),
			Outputs:  specs(signature.GetOutputs()),
			Defaults: defaultsOf(signature),
		}
	}
	return found, nil
}

func specs(infos map[string]*meta.TensorInfo) map[string]Spec {
	found := map[string]Spec{}
	for name, info := range infos {
		number := int32(info.GetDtype())
		if number > references {
			number -= references
		}
		spec := Spec{Type: dtypeText(number)}
		if shape := info.GetTensorShape(); shape != nil && !shape.GetUnknownRank() {
			spec.Shape = []int64{}
			for _, dim := range shape.GetDim() {
				size := dim.GetSize()
				if size < 0 {
					size = -1
				}
				spec.Shape = append(spec.Shape, size)
			}
		}
		found[name] = spec
	}
	return found
}

// defaultsOf reads a field that older releases don't have.
func defaultsOf(signature *meta.SignatureDef) map[string]*framework.TensorProto {
	found := map[string]*framework.TensorProto{}
	message := signature.ProtoReflect()
	if field := message.Descriptor().Fields().ByName("defaults"); field != nil && field.IsMap() {
		message.Get(field).Map().Range(func(name protoreflect.MapKey, value protoreflect.Value) bool {
			if tensor, is := value.Message().Interface().(*framework.TensorProto); is {
				found[name.String()] = tensor
			}
			return true
		})
	}
	return found
}

// choose is the signature of a name, or the default one.
func choose(signatures map[string]Signature, name string) (Signature, error) {
	if name == "" {
		name = DefaultSignature
	}
	found, is := signatures[name]
	if !is {
		return found, inputError("name", "the model has no signature %s", nearest(name, sortedKeys(signatures)))
	}
	return found, nil
}

type tensorsByName = map[string]*framework.TensorProto

// MakeTensors makes tensors of values, of the types that they have by themselves.
func MakeTensors(inputs Inputs) (map[string]*framework.TensorProto, error) {
	made := tensorsByName{}
	for _, name := range sortedKeys(inputs) {
		tensor, err := makeInput(name, inputs[name], nil)
		if err != nil {
			return nil, err
		}
		made[name] = tensor
	}
	return made, nil
}

// Check makes the tensors that the signature takes of values, and tells which inputs it filled. The InputError says
// what it takes instead. outputs: those that are wanted.
func (s Signature) Check(
	inputs Inputs, outputs []string, fill Fill,
) (map[string]*framework.TensorProto, []string, error) {
	switch fill {
	case "", FillError, FillZeros, FillDefaults:
	default:
		return nil, nil, inputError("setting", "fill is %q, not error, zeros or defaults", string(fill))
	}
	for _, name := range outputs {
		if _, is := s.Outputs[name]; !is {
			return nil, nil, inputError(
				"name", "signature %s has no output %s", s.Name, nearest(name, sortedKeys(s.Outputs)))
		}
	}
	made := tensorsByName{}
	for _, name := range sortedKeys(inputs) {
		spec, is := s.Inputs[name]
		if !is {
			return nil, nil, inputError(
				"name", "signature %s has no input %s", s.Name, nearest(name, sortedKeys(s.Inputs)))
		}
		tensor, err := makeInput(name, inputs[name], &spec)
		if err != nil {
			return nil, nil, err
		}
		made[name] = tensor
	}
	var missing []string
	for _, name := range sortedKeys(s.Inputs) {
		if _, is := inputs[name]; !is {
			missing = append(missing, name)
		}
	}
	rows := s.rows(made)
	for _, name := range missing {
		tensor, err := s.filled(name, rows, fill)
		if err != nil {
			return nil, nil, err
		}
		made[name] = tensor
	}
	return made, missing, nil
}

// makeInput is the tensor of one input, of the type that is wanted.
func makeInput(name string, value any, spec *Spec) (*framework.TensorProto, error) {
	tensor, given := value.(*framework.TensorProto)
	if !given {
		wanted, about := "", ""
		if spec != nil {
			wanted, about = spec.Type, ", which is "+spec.String()
		}
		var err error
		if tensor, err = MakeTensor(value, wanted, nil); err != nil {
			return nil, err.(*InputError).about("input %s%s", name, about)
		}
	}
	if spec == nil {
		return tensor, nil
	}
	shape, err := ShapeOf(tensor)
	if err != nil {
		return nil, err.(*InputError).about("input %s", name)
	}
	own := Spec{TypeOf(tensor), shape}
	if own.Type != spec.Type {
		return nil, inputError("type", "input %s is %s, not %s", name, spec, own)
	}
	if !fits(shape, spec.Shape) {
		return nil, inputError("shape", "input %s is %s, not %s", name, spec, own)
	}
	return tensor, nil
}

func fits(given, wanted []int64) bool {
	if wanted == nil {
		return true
	}
	if len(given) != len(wanted) {
		return false
	}
	for number, size := range wanted {
		if size >= 0 && size != given[number] {
			return false
		}
	}
	return true
}

// makeZeros is what an input takes, all zeros: so many rows, and one where another size may be any.
func makeZeros(name string, spec Spec, rows int64) (*framework.TensorProto, error) {
	if spec.Shape == nil {
		return nil, inputError("shape", "input %s is %s: give a value", name, spec)
	}
	sizes := append([]int64{}, spec.Shape...)
	for number, size := range sizes {
		if size < 0 {
			sizes[number] = 1
			if number == 0 {
				sizes[number] = rows
			}
		}
	}
	return zeros(spec.Type, sizes)
}

func (s Signature) filled(name string, rows int64, fill Fill) (*framework.TensorProto, error) {
	fallback := s.Defaults[name]
	if fill == FillZeros {
		return makeZeros(name, s.Inputs[name], rows)
	}
	if fill == FillDefaults && fallback != nil {
		return proto.Clone(fallback).(*framework.TensorProto), nil
	}
	said := fmt.Sprintf("input %s is missing: %s", name, s.Inputs[name])
	if fill == FillDefaults {
		said += "; the model has no default for it"
	} else if fallback != nil {
		said += "; the model has a default for it, which FillDefaults sends"
	}
	return nil, inputError("missing", "%s", said)
}

// rows is how many the given inputs have, where they agree; else one.
func (s Signature) rows(given tensorsByName) int64 {
	found := map[int64]bool{}
	rows := int64(1)
	for name, tensor := range given {
		if wanted := s.Inputs[name].Shape; len(wanted) > 0 && wanted[0] < 0 {
			rows = tensor.GetTensorShape().GetDim()[0].GetSize()
			found[rows] = true
		}
	}
	if len(found) != 1 {
		return 1
	}
	return rows
}

// nearest is a name that isn't known, and the known one that is nearest to it.
func nearest(name string, known []string) string {
	best, least := "", len(name)/2+1
	for _, each := range known {
		if found := distance(name, each); found < least {
			best, least = each, found
		}
	}
	if best != "" {
		return fmt.Sprintf("%s: did you mean %s?", name, best)
	}
	if len(known) == 0 {
		return name + ": it has none"
	}
	return fmt.Sprintf("%s: it has %s", name, strings.Join(known, ", "))
}

// distance is how many letters have to be put in, left out or changed to make one name of the other.
func distance(a, b string) int {
	last := make([]int, len(b)+1)
	for number := range last {
		last[number] = number
	}
	for i := range a {
		row := append(make([]int, 0, len(last)), i+1)
		for j := range b {
			cost := last[j]
			if a[i] != b[j] {
				cost++
			}
			row = append(row, least(cost, least(last[j+1], row[j])+1))
		}
		last = row
	}
	return last[len(b)]
}

func least(a, b int) int {
	if b < a {
		return b
	}
	return a
}
