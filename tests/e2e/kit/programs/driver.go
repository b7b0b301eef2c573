// Does what cases.json says by the kit of a package, and prints what comes of it; see ../contract.md.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"example.com/tensorflow-serving/client"
	"example.com/tensorflow-serving/tensorflow/core/framework"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

type object = map[string]any

var slices = os.Args[2] == "slices"

func main() {
	file, err := os.Open(os.Args[1])
	check(err)
	decoder := json.NewDecoder(file)
	decoder.UseNumber()
	var given map[string][]object
	check(decoder.Decode(&given))
	told := map[string]object{}
	for section, cases := range given {
		told[section] = object{}
		for _, each := range cases {
			came, err := sections[section](each)
			if err != nil {
				came = refusal(err)
			}
			told[section][each["name"].(string)] = came
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(told))
}

var sections = map[string]func(object) (any, error){
	"tensors": tensors, "reads": reads, "refused_reads": reads, "writes": writes, "refused_writes": writes,
	"checks": checks, "splits": splits, "examples": examples, "statuses": statuses, "records": framed,
	"refused_files": refusedFiles, "warmups": warmups, "models": models,
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func refusal(err error) any {
	var input *client.InputError
	var reply *client.ReplyError
	switch {
	case errors.As(err, &input):
		return object{"error": input.Kind, "message": err.Error()}
	case errors.As(err, &reply):
		return object{"error": "reply", "message": err.Error()}
	}
	panic(err)
}

// ---- values

func isFloat(dtype string) bool {
	return dtype == "DT_FLOAT" || dtype == "DT_DOUBLE" || dtype == "DT_HALF" || dtype == "DT_BFLOAT16"
}

// native is an element or nested lists of JSON as Go has them.
func native(dtype string, value any) any {
	switch value := value.(type) {
	case []any:
		if strings.HasPrefix(dtype, "DT_COMPLEX") && len(value) == 2 && !listed(value) {
			return complex(number(value[0]), number(value[1]))
		}
		made := make([]any, len(value))
		for place, each := range value {
			made[place] = native(dtype, each)
		}
		return made
	case object:
		text, err := hex.DecodeString(value["hex"].(string))
		check(err)
		return string(text)
	case json.Number:
		return whole(string(value))
	case string:
		trimmed := strings.TrimPrefix(value, "-")
		if isFloat(dtype) && (trimmed == "inf" || trimmed == "nan") {
			return number(value)
		}
		if dtype != "DT_STRING" && !isFloat(dtype) && dtype != "" {
			return whole(value)
		}
		return value
	}
	return value
}

func listed(values []any) bool {
	for _, each := range values {
		if _, is := each.([]any); is {
			return true
		}
	}
	return false
}

func whole(text string) any {
	if made, err := strconv.ParseInt(text, 10, 64); err == nil {
		return made
	}
	if made, err := strconv.ParseUint(text, 10, 64); err == nil {
		return made
	}
	return number(text)
}

func number(value any) float64 {
	made, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	check(err)
	if math.IsNaN(made) {
		return math.Float64frombits(0x7ff8 << 48)
	}
	return made
}

// typed is a list as a slice of what elements of the type are in Go.
func typed(dtype string, values []any) any {
	kinds := map[string]any{
		"DT_BOOL": false, "DT_INT8": int8(0), "DT_UINT8": uint8(0), "DT_INT16": int16(0), "DT_UINT16": uint16(0),
		"DT_INT32": int32(0), "DT_UINT32": uint32(0), "DT_INT64": int64(0), "DT_UINT64": uint64(0),
		"DT_FLOAT": float32(0), "DT_DOUBLE": float64(0), "DT_COMPLEX64": complex64(0),
		"DT_COMPLEX128": complex128(0), "DT_STRING": "", "DT_INT4": int8(0), "DT_UINT4": uint8(0),
		"DT_INT2": int8(0), "DT_UINT2": uint8(0), "DT_QINT8": int8(0), "DT_QUINT8": uint8(0),
		"DT_QINT16": int16(0), "DT_QUINT16": uint16(0), "DT_QINT32": int32(0),
	}
	switch dtype {
	case "DT_HALF":
		made := make([]client.Float16, len(values))
		for place, each := range values {
			made[place] = client.ToFloat16(number(each))
		}
		return made
	case "DT_BFLOAT16":
		made := make([]client.BFloat16, len(values))
		for place, each := range values {
			made[place] = client.ToBFloat16(float32(number(each)))
		}
		return made
	}
	kind := kinds[dtype]
	if kind == nil {
		kind = uint8(0) // float8
	}
	of := reflect.TypeOf(kind)
	made := reflect.MakeSlice(reflect.SliceOf(of), 0, len(values))
	for _, each := range values {
		made = reflect.Append(made, reflect.ValueOf(each).Convert(of))
	}
	return made.Interface()
}

// plain is a slice as JSON has it. Numbers with a fraction are text, since JSON has no -0.
func plain(values any) []any {
	found := reflect.ValueOf(values)
	made := make([]any, found.Len())
	for place := range made {
		switch each := found.Index(place).Interface().(type) {
		case client.Float16:
			made[place] = fraction(float64(each.Float32()))
		case client.BFloat16:
			made[place] = fraction(float64(each.Float32()))
		case float32:
			made[place] = fraction(float64(each))
		case float64:
			made[place] = fraction(each)
		case complex64:
			made[place] = []any{fraction(float64(real(each))), fraction(float64(imag(each)))}
		case complex128:
			made[place] = []any{fraction(real(each)), fraction(imag(each))}
		case string:
			made[place] = object{"hex": hex.EncodeToString([]byte(each))}
		default:
			made[place] = each
		}
	}
	return made
}

func fraction(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

func shape(value any) []int64 {
	made := []int64{}
	for _, each := range value.([]any) {
		if each == nil {
			made = append(made, -1)
			continue
		}
		size, err := each.(json.Number).Int64()
		check(err)
		made = append(made, size)
	}
	return made
}

func wire(message proto.Message) string {
	made, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	check(err)
	return hex.EncodeToString(made)
}

func unhex(value any) []byte {
	made, err := hex.DecodeString(value.(string))
	check(err)
	return made
}

func read(tensor *framework.TensorProto) ([]any, error) {
	sizes, err := client.ShapeOf(tensor)
	if err != nil {
		return nil, err
	}
	values, err := client.FromTensor(tensor)
	if err != nil {
		return nil, err
	}
	return []any{client.TypeOf(tensor), sizes, plain(values)}, nil
}

// ---- sections

func tensors(given object) (any, error) {
	dtype, sizes := given["dtype"].(string), shape(given["shape"])
	values := make([]any, 0)
	for _, each := range given["values"].([]any) {
		values = append(values, native(dtype, each))
	}
	var value any = values
	if slices {
		value = typed(dtype, values)
	}
	made, err := client.MakeTensor(value, dtype, sizes)
	if err != nil {
		return nil, err
	}
	other, err := client.MakeListedTensor(value, dtype, sizes)
	if err != nil {
		return nil, err
	}
	first, err := read(made)
	check(err)
	second, err := read(other)
	check(err)
	return object{
		"content": wire(made), "listed": wire(other), "read_content": first[2], "read_listed": second[2],
	}, nil
}

func reads(given object) (any, error) {
	tensor := &framework.TensorProto{}
	check(proto.Unmarshal(unhex(given["wire"]), tensor))
	return read(tensor)
}

func writes(given object) (any, error) {
	dtype := given["dtype"].(string)
	var sizes []int64
	if given["shape"] != nil {
		sizes = shape(given["shape"])
	}
	made, err := client.MakeTensor(native(dtype, given["value"]), dtype, sizes)
	if err != nil {
		return nil, err
	}
	return wire(made), nil
}

func signatureOf(given object) client.Signature {
	specs := func(listed any) map[string]client.Spec {
		made := map[string]client.Spec{}
		for name, each := range listed.(object) {
			pair := each.([]any)
			made[name] = client.Spec{Type: pair[0].(string), Shape: shape(pair[1])}
		}
		return made
	}
	made := client.Signature{Name: "s", Inputs: specs(given["inputs"]), Outputs: specs(given["outputs"])}
	made.Defaults = map[string]*framework.TensorProto{}
	if given["defaults"] != nil {
		for name, each := range given["defaults"].(object) {
			three := each.([]any)
			tensor, err := client.MakeTensor(native("", three[2]), three[0].(string), shape(three[1]))
			check(err)
			made.Defaults[name] = tensor
		}
	}
	return made
}

func checks(given object) (any, error) {
	inputs := client.Inputs{}
	for name, each := range given["given"].(object) {
		of, is := each.(object)
		if !is {
			inputs[name] = native("", each)
			continue
		}
		tensor, err := client.MakeTensor(native("", of["values"]), of["dtype"].(string), shape(of["shape"]))
		check(err)
		inputs[name] = tensor
	}
	var outputs []string
	if given["outputs"] != nil {
		for _, each := range given["outputs"].([]any) {
			outputs = append(outputs, each.(string))
		}
	}
	fill, _ := given["fill"].(string)
	tensors, filled, err := signatureOf(given["signature"].(object)).Check(inputs, outputs, client.Fill(fill))
	if err != nil {
		return nil, err
	}
	sent := object{}
	for name, tensor := range tensors {
		came, err := read(tensor)
		check(err)
		sent[name] = came
	}
	sort.Strings(filled)
	return object{"sent": sent, "filled": append([]string{}, filled...)}, nil
}

func splits(given object) (any, error) {
	inputs := map[string]*framework.TensorProto{}
	for name, each := range given["inputs"].(object) {
		sizes, total := shape(each), int64(1)
		for _, size := range sizes {
			total *= size
		}
		values := make([]int64, total)
		for place := range values {
			values[place] = int64(place)
		}
		tensor, err := client.MakeTensor(values, "", sizes)
		check(err)
		inputs[name] = tensor
	}
	var shared []string
	for _, each := range given["shared"].([]any) {
		shared = append(shared, each.(string))
	}
	rows, err := given["rows"].(json.Number).Int64()
	check(err)
	parts, err := client.Split(inputs, int(rows), shared, nil)
	if err != nil {
		return nil, err
	}
	told, outputs := []any{}, make([]map[string]*framework.TensorProto, len(parts))
	for place, part := range parts {
		// A server that answers with the input that all parts have.
		outputs[place] = map[string]*framework.TensorProto{"x": part.Inputs["x"]}
		came := object{}
		for name, tensor := range part.Inputs {
			came[name], err = client.Values[int64](tensor)
			check(err)
		}
		told = append(told, object{"rows": []int64{part.Rows.Start, part.Rows.Stop}, "inputs": came})
	}
	joined, err := client.Join(parts, outputs)
	if err != nil {
		return nil, err
	}
	values, err := client.Values[int64](joined["x"])
	return object{"parts": told, "joined": values}, err
}

func examples(given object) (any, error) {
	features := func(of any) client.Features {
		made := client.Features{}
		for name, value := range of.(object) {
			made[name] = native("", value)
			if text, is := value.(string); is && strings.Trim(text, "0123456789") == "" {
				made[name] = whole(text)
			}
		}
		return made
	}
	made := []client.Features{}
	for _, each := range given["examples"].([]any) {
		made = append(made, features(each))
	}
	var shared client.Features
	if given["context"] != nil {
		shared = features(given["context"])
	}
	input, err := client.MakeInput(made, shared)
	if err != nil {
		return nil, err
	}
	return wire(input), nil
}

func statuses(given object) (any, error) {
	about := client.Call{Method: "Predict", Model: "m", Version: "3", Signature: "s", Address: "host:1"}
	code := codes.OK
	for client.CodeName(code) != given["code"] {
		code++
	}
	err := client.NewCallError(about, status.Error(code, "the reason"), nil)
	kind := "call"
	switch {
	case errors.Is(err, client.ErrCancelled):
		kind = "cancelled"
	case errors.Is(err, client.ErrDeadline):
		kind = "deadline"
	case errors.Is(err, client.ErrUnreachable):
		kind = "unreachable"
	}
	return object{"kind": kind, "code": client.CodeName(status.Code(err)), "message": err.Error()}, nil
}

func framed(given object) (any, error) {
	records := [][]byte{}
	for _, each := range given["records"].([]any) {
		records = append(records, unhex(each))
	}
	found, err := client.ReadRecords(unhex(given["file"]))
	if err != nil {
		return nil, err
	}
	told := []string{}
	for _, each := range found {
		told = append(told, hex.EncodeToString(each))
	}
	return object{"file": hex.EncodeToString(client.FrameRecords(records)), "records": told}, nil
}

func refusedFiles(given object) (any, error) {
	found, err := client.ReadRecords(unhex(given["file"]))
	return len(found), err
}

func warmups(given object) (any, error) {
	rows, err := given["rows"].(json.Number).Int64()
	check(err)
	made, err := signatureOf(given["signature"].(object)).WarmupZeros("m", rows)
	if err != nil {
		return nil, err
	}
	return wire(made), nil
}

func models(given object) (any, error) {
	folder, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "models.conf")
	check(os.WriteFile(path, []byte(given["conf"].(string)), 0o644))
	conf, err := client.ReadModelsConf(path)
	if err != nil {
		return nil, err
	}
	for _, each := range given["edits"].([]any) {
		edit := each.([]any)
		if edit[0] == "remove" {
			err = conf.Remove(edit[1].(string))
		} else {
			err = conf.Serve(edit[1].(string), serving(edit[2]))
		}
		if err != nil {
			return nil, err
		}
	}
	// It is what is read back that counts.
	check(conf.Write(path))
	if conf, err = client.ReadModelsConf(path); err != nil {
		return nil, err
	}
	return wire(conf.Message), nil
}

func serving(given any) client.Serving {
	text, err := json.Marshal(given)
	check(err)
	var made struct {
		BasePath string `json:"base_path"`
		Versions []int64
		Latest   uint32
		Every    bool
		Labels   map[string]int64
	}
	check(json.Unmarshal(text, &made))
	return client.Serving{
		BasePath: made.BasePath, Versions: made.Versions, Latest: made.Latest, Every: made.Every, Labels: made.Labels,
	}
}
