// Runs the functions of docs/cookbook.md: see ../builds.py.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"example.com/client/cookbook"
	"example.com/team/serving/v2/tensorflow/core/framework"
	"example.com/team/serving/v2/tensorflow_serving/apis"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func parse(path string, message proto.Message) {
	content, err := os.ReadFile(path)
	must(err)
	must(proto.Unmarshal(content, message))
}

func write(path string, message proto.Message) {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	must(err)
	must(os.MkdirAll(filepath.Dir(path), 0o755))
	must(os.WriteFile(path, content, 0o644))
}

func list(folder string) []string {
	paths, err := filepath.Glob(filepath.Join(folder, "*.pb"))
	must(err)
	return paths
}

func shapeOf(tensor *framework.TensorProto) []int64 {
	var shape []int64
	for _, dim := range tensor.TensorShape.GetDim() {
		shape = append(shape, dim.Size)
	}
	return shape
}

// The tensor made again from its elements, each of which is converted.
func remake[T, U cookbook.Number](tensor *framework.TensorProto, element func(T) U) (*framework.TensorProto, error) {
	values, err := cookbook.Read[T](tensor)
	if err != nil {
		return nil, err
	}
	made := make([]U, len(values))
	for i, value := range values {
		made[i] = element(value)
	}
	return cookbook.NewTensor(made, shapeOf(tensor)...)
}

func itself[T cookbook.Number](value T) T { return value }

func again(tensor *framework.TensorProto) (*framework.TensorProto, error) {
	switch tensor.Dtype {
	case framework.DataType_DT_BOOL:
		return remake(tensor, itself[bool])
	case framework.DataType_DT_INT8:
		return remake(tensor, itself[int8])
	case framework.DataType_DT_UINT8:
		return remake(tensor, itself[uint8])
	case framework.DataType_DT_INT16:
		return remake(tensor, itself[int16])
	case framework.DataType_DT_UINT16:
		return remake(tensor, itself[uint16])
	case framework.DataType_DT_INT32:
		return remake(tensor, itself[int32])
	case framework.DataType_DT_UINT32:
		return remake(tensor, itself[uint32])
	case framework.DataType_DT_INT64:
		return remake(tensor, itself[int64])
	case framework.DataType_DT_UINT64:
		return remake(tensor, itself[uint64])
	case framework.DataType_DT_HALF:
		return remake(tensor, func(half cookbook.Half) cookbook.Half { return cookbook.NewHalf(half.Float32()) })
	case framework.DataType_DT_BFLOAT16:
		return remake(tensor, func(number cookbook.BFloat16) cookbook.BFloat16 {
			return cookbook.NewBFloat16(number.Float32())
		})
	case framework.DataType_DT_FLOAT:
		return remake(tensor, itself[float32])
	case framework.DataType_DT_DOUBLE:
		return remake(tensor, itself[float64])
	case framework.DataType_DT_COMPLEX64:
		return remake(tensor, itself[complex64])
	case framework.DataType_DT_COMPLEX128:
		return remake(tensor, itself[complex128])
	}
	values, err := cookbook.ReadStrings(tensor)
	if err != nil {
		return nil, err
	}
	return cookbook.NewStringTensor(values, shapeOf(tensor)...)
}

func writeTensor(folder, name string, tensor *framework.TensorProto, err error) {
	must(err)
	write(filepath.Join(folder, "content", name+".pb"), tensor)
	if tensor.Dtype != framework.DataType_DT_STRING {
		tensor, err = cookbook.AsValues(tensor)
		must(err)
	}
	write(filepath.Join(folder, "values", name+".pb"), tensor)
}

func tensors(bad string, folders ...string) {
	for _, path := range list(bad) {
		tensor := &framework.TensorProto{}
		parse(path, tensor)
		if _, err := again(tensor); err == nil {
			fmt.Println("taken", path)
		}
	}
	for ; len(folders) > 0; folders = folders[2:] {
		for _, path := range list(folders[0]) {
			tensor := &framework.TensorProto{}
			parse(path, tensor)
			name := strings.TrimSuffix(filepath.Base(path), ".pb")
			made, err := again(tensor)
			writeTensor(folders[1], name, made, err)
			if name == "rounding" || name == "overflow" {
				made, err = remake(tensor, cookbook.NewHalf)
				writeTensor(folders[1], name+"-HALF", made, err)
				made, err = remake(tensor, cookbook.NewBFloat16)
				writeTensor(folders[1], name+"-BFLOAT16", made, err)
			}
		}
	}
}

func warmup(folder, versionFolder string) {
	var requests []*apis.PredictRequest
	for _, path := range list(folder) {
		request := &apis.PredictRequest{}
		parse(path, request)
		requests = append(requests, request)
	}
	must(cookbook.WriteWarmup(versionFolder, requests))
}

func conf(folder, out string) {
	models, err := cookbook.ReadModels(filepath.Join(folder, "models.conf"))
	must(err)
	batching, err := cookbook.ReadBatching(filepath.Join(folder, "batching.conf"))
	must(err)
	monitoring, err := cookbook.ReadMonitoring(filepath.Join(folder, "monitoring.conf"))
	must(err)
	write(filepath.Join(out, "models.pb"), models)
	write(filepath.Join(out, "batching.pb"), batching)
	write(filepath.Join(out, "monitoring.pb"), monitoring)
	_, err = cookbook.ReadModels(filepath.Join(folder, "bad.conf"))
	fmt.Println("refused", err)
}

func numbers(shape ...int64) *framework.TensorProto {
	count := int64(1)
	for _, size := range shape {
		count *= size
	}
	values := make([]int64, count)
	for i := range values {
		values[i] = int64(i)
	}
	tensor, err := cookbook.NewTensor(values, shape...)
	must(err)
	tensor, err = cookbook.AsValues(tensor)
	must(err)
	return tensor
}

// Go alone spells codes as names of its own.
func codeName(code codes.Code) string {
	if code == codes.InvalidArgument {
		return "INVALID_ARGUMENT"
	}
	return code.String()
}

type inputs = map[string]*framework.TensorProto

func predict(client apis.PredictionServiceClient, model string, rows int64, parallel int, inputs inputs) {
	request := &apis.PredictRequest{ModelSpec: &apis.ModelSpec{Name: model}, Inputs: inputs}
	for name := range inputs {
		if name != "scalar" {
			request.OutputFilter = append(request.OutputFilter, name)
		}
	}
	reply, err := cookbook.PredictInParts(context.Background(), client, request, rows, parallel)
	if failed, is := status.FromError(err); err != nil && is {
		fmt.Println("error", codeName(failed.Code()), failed.Message())
		return
	} else if err != nil {
		fmt.Println("refused")
		return
	}
	var names []string
	for name := range reply.Outputs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		show(name, reply.Outputs[name])
	}
}

func show(name string, tensor *framework.TensorProto) {
	words := []any{name}
	for _, size := range shapeOf(tensor) {
		words = append(words, size)
	}
	if tensor.Dtype == framework.DataType_DT_STRING {
		values, err := cookbook.ReadStrings(tensor)
		must(err)
		for _, value := range values {
			words = append(words, value)
		}
	} else {
		values, err := cookbook.Read[int64](tensor)
		must(err)
		for _, value := range values {
			words = append(words, value)
		}
	}
	fmt.Println(words...)
}

func batches(place string) {
	conn, err := grpc.NewClient(place, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)
	client := apis.NewPredictionServiceClient(conn)
	told := func() {
		reply, err := client.Predict(context.Background(), &apis.PredictRequest{ModelSpec: &apis.ModelSpec{Name: "told"}})
		must(err)
		values, err := cookbook.Read[int64](reply.Outputs["told"])
		must(err)
		fmt.Println("told", values[0], values[1], values[2])
	}
	var texts []string
	for i := 0; i < 17; i++ {
		texts = append(texts, fmt.Sprintf("t%d", i))
	}
	text, err := cookbook.NewStringTensor(texts, 17)
	must(err)
	predict(client, "together", 3, 3, inputs{"scalar": numbers(), "text": text, "x": numbers(17, 2)})
	told()
	predict(client, "failing", 1, 3, inputs{"x": numbers(9)})
	told()
	predict(client, "echo", 5, 3, inputs{"x": numbers(0, 2)})
	predict(client, "echo", 5, 3, inputs{"x": numbers(3), "y": numbers(4)})
	predict(client, "echo", 5, 3, inputs{"x": numbers()})
	told()
}

func main() {
	switch arguments := os.Args[2:]; os.Args[1] {
	case "tensors":
		tensors(arguments[0], arguments[1:]...)
	case "warmup":
		warmup(arguments[0], arguments[1])
	case "conf":
		conf(arguments[0], arguments[1])
	case "batches":
		batches(arguments[0])
	}
}
