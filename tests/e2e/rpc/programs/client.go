// The Go client of ../contract.md: the generated module and grpc.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"example.com/team/serving/v2/tensorflow/core/example"
	"example.com/team/serving/v2/tensorflow/core/framework"
	"example.com/team/serving/v2/tensorflow/core/protobuf"
	"example.com/team/serving/v2/tensorflow_serving/apis"
	"example.com/team/serving/v2/tensorflow_serving/config"
)

const raised = 256 << 20

type places struct {
	Plain, Large, TLS, Gzip, Pythie, Certificates string
}

// A scenario's answer, as the contract writes it.
type answer = any

type client struct {
	at         places
	prediction apis.PredictionServiceClient
	models     apis.ModelServiceClient
	sessions   apis.SessionServiceClient
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func dial(at string, options ...grpc.DialOption) *grpc.ClientConn {
	options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
	conn, err := grpc.NewClient(at, options...)
	must(err)
	return conn
}

// The names of status codes, as all languages but Go spell them.
func codeOf(err error) answer {
	names := map[codes.Code]string{
		codes.NotFound: "NOT_FOUND", codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.Canceled: "CANCELLED",
		codes.ResourceExhausted: "RESOURCE_EXHAUSTED", codes.Unavailable: "UNAVAILABLE",
	}
	if name, known := names[status.Code(err)]; known {
		return name
	}
	return status.Code(err).String()
}

// Half precision, by its bits: a sign, five of exponent, ten of fraction.
func halfToFloat(bits uint16) float64 {
	sign, exponent, fraction := 1.0, int(bits>>10&31), float64(bits&1023)
	if bits>>15 == 1 {
		sign = -1
	}
	if exponent == 0 {
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// For values that half precision has exactly.
func floatToHalf(value float64) uint16 {
	for bits := 0; bits < 1<<16; bits++ {
		if bits>>10&31 != 31 && halfToFloat(uint16(bits)) == value {
			return uint16(bits)
		}
	}
	panic("not a half")
}

func fill(dtype framework.DataType, shape []int64, values any, content bool) *framework.TensorProto {
	tensor := &framework.TensorProto{Dtype: dtype, TensorShape: &framework.TensorShapeProto{}}
	for _, size := range shape {
		tensor.TensorShape.Dim = append(tensor.TensorShape.Dim, &framework.TensorShapeProto_Dim{Size: size})
	}
	if half, is := values.([]float64); is && dtype == framework.DataType_DT_HALF {
		bits := make([]uint16, len(half))
		for i, value := range half {
			bits[i] = floatToHalf(value)
			tensor.HalfVal = append(tensor.HalfVal, int32(bits[i]))
		}
		values = bits
	}
	if content {
		var packed bytes.Buffer
		must(binary.Write(&packed, binary.LittleEndian, values))
		tensor.TensorContent, tensor.HalfVal = packed.Bytes(), nil
		return tensor
	}
	switch typed := values.(type) {
	case []float32:
		tensor.FloatVal = typed
	case []float64:
		tensor.DoubleVal = typed
	case []int32:
		tensor.IntVal = typed
	case []int64:
		tensor.Int64Val = typed
	case []bool:
		tensor.BoolVal = typed
	case []string:
		for _, value := range typed {
			tensor.StringVal = append(tensor.StringVal, []byte(value))
		}
	}
	return tensor
}

func unpack[T any](tensor *framework.TensorProto, values []T) []T {
	var one T
	if len(tensor.TensorContent) > 0 {
		values = make([]T, len(tensor.TensorContent)/binary.Size(one))
		must(binary.Read(bytes.NewReader(tensor.TensorContent), binary.LittleEndian, values))
	}
	return values
}

func read(tensor *framework.TensorProto) answer {
	var values any
	switch tensor.Dtype {
	case framework.DataType_DT_FLOAT:
		values = unpack(tensor, tensor.FloatVal)
	case framework.DataType_DT_DOUBLE:
		values = unpack(tensor, tensor.DoubleVal)
	case framework.DataType_DT_INT32:
		values = unpack(tensor, tensor.IntVal)
	case framework.DataType_DT_INT64:
		values = unpack(tensor, tensor.Int64Val)
	case framework.DataType_DT_BOOL:
		values = unpack(tensor, tensor.BoolVal)
	case framework.DataType_DT_HALF:
		bits := make([]uint16, 0)
		for _, value := range tensor.HalfVal {
			bits = append(bits, uint16(value))
		}
		halves := []float64{}
		for _, value := range unpack(tensor, bits) {
			halves = append(halves, halfToFloat(value))
		}
		values = halves
	case framework.DataType_DT_STRING:
		texts := []string{}
		for _, value := range tensor.StringVal {
			texts = append(texts, string(value))
		}
		values = texts
	}
	return []answer{tensor.Dtype.String(), sizes(tensor.TensorShape), values}
}

func sizes(shape *framework.TensorShapeProto) []int64 {
	found := []int64{}
	for _, dim := range shape.GetDim() {
		found = append(found, dim.Size)
	}
	return found
}

func predict(model string, inputs map[string]*framework.TensorProto) *apis.PredictRequest {
	return &apis.PredictRequest{ModelSpec: &apis.ModelSpec{Name: model}, Inputs: inputs}
}

func only(key string, tensor *framework.TensorProto) map[string]*framework.TensorProto {
	return map[string]*framework.TensorProto{key: tensor}
}

func (c *client) version(ctx context.Context, model string) (int64, error) {
	reply, err := c.prediction.Predict(ctx, predict(model, nil))
	return reply.GetModelSpec().GetVersion().GetValue(), err
}

func (c *client) types() answer {
	table := []struct {
		dtype  framework.DataType
		values any
	}{
		{framework.DataType_DT_FLOAT, []float32{1.5, -2.25, 0, 1e10, 3, -0.5}},
		{framework.DataType_DT_DOUBLE, []float64{1.5, -2.25, 0, 1e300, 3, -0.5}},
		{framework.DataType_DT_INT32, []int32{1, -2, 0, math.MaxInt32, math.MinInt32, 5}},
		{framework.DataType_DT_INT64, []int64{1, -2, 0, 9007199254740991, -9007199254740991, 5}},
		{framework.DataType_DT_BOOL, []bool{true, false, false, true, true, false}},
		{framework.DataType_DT_HALF, []float64{1.5, -2.25, 0, 65504, 0.000030517578125, -0.5}},
		{framework.DataType_DT_STRING, []string{"a", "", "ü", "long enough", "x", "y"}},
	}
	told := map[string]answer{}
	for _, each := range table {
		for _, form := range []string{"content", "val"} {
			if each.dtype == framework.DataType_DT_STRING && form == "content" {
				continue
			}
			for _, model := range []string{"echo", "as_content", "as_values"} {
				tensor := fill(each.dtype, []int64{3, 2}, each.values, form == "content")
				reply, err := c.prediction.Predict(context.Background(), predict(model, only("x", tensor)))
				must(err)
				told[fmt.Sprintf("%s/%s/%s", each.dtype, form, model)] = read(reply.Outputs["x"])
			}
		}
	}
	return told
}

func (c *client) spec() answer {
	scalar := func(value float32) *framework.TensorProto {
		return fill(framework.DataType_DT_FLOAT, nil, []float32{value}, false)
	}
	request := predict("echo", map[string]*framework.TensorProto{"a": scalar(1), "b": scalar(2)})
	request.ModelSpec.SignatureName = "serving_default"
	request.OutputFilter = []string{"b"}
	reply, err := c.prediction.Predict(context.Background(), request)
	must(err)
	names := []string{}
	for name := range reply.Outputs {
		names = append(names, name)
	}
	sort.Strings(names)
	return map[string]answer{
		"outputs": names, "version": reply.ModelSpec.GetVersion().GetValue(),
		"signature": reply.ModelSpec.SignatureName,
	}
}

func labels(names ...string) *example.Feature {
	list := &example.BytesList{}
	for _, name := range names {
		list.Value = append(list.Value, []byte(name))
	}
	return &example.Feature{Kind: &example.Feature_BytesList{BytesList: list}}
}

func floats(values ...float32) *example.Feature {
	return &example.Feature{Kind: &example.Feature_FloatList{FloatList: &example.FloatList{Value: values}}}
}

func features(feature map[string]*example.Feature) *example.Example {
	return &example.Example{Features: &example.Features{Feature: feature}}
}

func examples() *apis.Input {
	return &apis.Input{Kind: &apis.Input_ExampleList{ExampleList: &apis.ExampleList{Examples: []*example.Example{
		features(map[string]*example.Feature{"labels": labels("cat", "dog"), "x": floats(0.25, 0.75)}),
		features(map[string]*example.Feature{"labels": labels("fox"), "x": floats(1.5)}),
	}}}}
}

func classes(result *apis.ClassificationResult) answer {
	told := []answer{}
	for _, every := range result.Classifications {
		row := []answer{}
		for _, each := range every.Classes {
			row = append(row, []answer{each.Label, each.Score})
		}
		told = append(told, row)
	}
	return told
}

func regressions(result *apis.RegressionResult) answer {
	told := []float32{}
	for _, each := range result.Regressions {
		told = append(told, each.Value)
	}
	return told
}

func (c *client) classify() answer {
	request := &apis.ClassificationRequest{ModelSpec: &apis.ModelSpec{Name: "half"}, Input: examples()}
	reply, err := c.prediction.Classify(context.Background(), request)
	must(err)
	return classes(reply.Result)
}

func (c *client) regress() answer {
	listed := &apis.ExampleListWithContext{
		Context: features(map[string]*example.Feature{"labels": labels("cat")}),
		Examples: []*example.Example{
			features(map[string]*example.Feature{"x": floats(0.25, 0.75)}),
			features(map[string]*example.Feature{"x": floats(1.5)}),
		},
	}
	input := &apis.Input{Kind: &apis.Input_ExampleListWithContext{ExampleListWithContext: listed}}
	request := &apis.RegressionRequest{ModelSpec: &apis.ModelSpec{Name: "half"}, Input: input}
	reply, err := c.prediction.Regress(context.Background(), request)
	must(err)
	return regressions(reply.Result)
}

func (c *client) multiInference() answer {
	request := &apis.MultiInferenceRequest{Input: examples()}
	for _, method := range []string{"tensorflow/serving/classify", "tensorflow/serving/regress"} {
		task := &apis.InferenceTask{ModelSpec: &apis.ModelSpec{Name: "half"}, MethodName: method}
		request.Tasks = append(request.Tasks, task)
	}
	reply, err := c.prediction.MultiInference(context.Background(), request)
	must(err)
	return map[string]answer{
		"classify": classes(reply.Results[0].GetClassificationResult()),
		"regress":  regressions(reply.Results[1].GetRegressionResult()),
	}
}

func described(tensors map[string]*protobuf.TensorInfo) answer {
	told := map[string]answer{}
	for name, tensor := range tensors {
		told[name] = []answer{tensor.Dtype.String(), sizes(tensor.TensorShape)}
	}
	return told
}

func (c *client) metadata() answer {
	request := &apis.GetModelMetadataRequest{
		ModelSpec: &apis.ModelSpec{Name: "half"}, MetadataField: []string{"signature_def"},
	}
	reply, err := c.prediction.GetModelMetadata(context.Background(), request)
	must(err)
	signatures := &apis.SignatureDefMap{}
	must(reply.Metadata["signature_def"].UnmarshalTo(signatures))
	told := map[string]answer{}
	for name, signature := range signatures.SignatureDef {
		told[name] = map[string]answer{
			"method": signature.MethodName, "inputs": described(signature.Inputs), "outputs": described(signature.Outputs),
		}
	}
	return told
}

func (c *client) status() answer {
	request := &apis.GetModelStatusRequest{ModelSpec: &apis.ModelSpec{Name: "half"}}
	reply, err := c.models.GetModelStatus(context.Background(), request)
	must(err)
	told := []answer{}
	for _, each := range reply.ModelVersionStatus {
		told = append(told, []answer{
			each.Version, each.State.String(), each.Status.ErrorCode.String(), each.Status.ErrorMessage,
		})
	}
	return told
}

func (c *client) reload() answer {
	told := []answer{}
	for _, name := range []string{"m", ""} {
		policy := &config.FileSystemStoragePathSourceConfig_ServableVersionPolicy{
			PolicyChoice: &config.FileSystemStoragePathSourceConfig_ServableVersionPolicy_Specific_{
				Specific: &config.FileSystemStoragePathSourceConfig_ServableVersionPolicy_Specific{Versions: []int64{1, 2}},
			},
		}
		model := &config.ModelConfig{
			Name: name, BasePath: "/models/m", ModelPlatform: "tensorflow", ModelVersionPolicy: policy,
		}
		list := &config.ModelConfigList{Config: []*config.ModelConfig{model}}
		request := &apis.ReloadConfigRequest{
			Config: &config.ModelServerConfig{Config: &config.ModelServerConfig_ModelConfigList{ModelConfigList: list}},
		}
		reply, err := c.models.HandleReloadConfigRequest(context.Background(), request)
		must(err)
		told = append(told, []answer{reply.GetStatus().GetErrorCode().String(), reply.GetStatus().GetErrorMessage()})
	}
	return told
}

func (c *client) session() answer {
	request := &apis.SessionRunRequest{Fetch: []string{"b"}}
	for value, name := range []string{"a", "b"} {
		tensor := fill(framework.DataType_DT_INT64, []int64{1}, []int64{int64(value) + 1}, false)
		request.Feed = append(request.Feed, &protobuf.NamedTensorProto{Name: name, Tensor: tensor})
	}
	reply, err := c.sessions.SessionRun(context.Background(), request)
	must(err)
	told := []answer{}
	for _, each := range reply.Tensor {
		told = append(told, []answer{each.Name, read(each.Tensor)})
	}
	return told
}

func (c *client) failure() answer {
	var trailing metadata.MD
	_, err := c.prediction.Predict(context.Background(), predict("missing", nil), grpc.Trailer(&trailing))
	return []answer{codeOf(err), status.Convert(err).Message(), trailing.Get("x-detail")[0]}
}

func (c *client) gone() int64 {
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	defer cancel()
	version, err := c.version(ctx, "gone")
	must(err)
	return version
}

func (c *client) deadline() answer {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := c.version(ctx, "slow")
	return []answer{codeOf(err), c.gone()}
}

func (c *client) cancel() answer {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(300*time.Millisecond, cancel)
	_, err := c.version(ctx, "slow")
	return []answer{codeOf(err), c.gone()}
}

func (c *client) callMetadata() answer {
	var initial, trailing metadata.MD
	ctx := metadata.AppendToOutgoingContext(context.Background(), "x-request-id", "r-1")
	reply, err := c.prediction.Predict(ctx, predict("metadata", nil), grpc.Header(&initial), grpc.Trailer(&trailing))
	must(err)
	return map[string]answer{
		"initial": initial.Get("x-initial")[0], "trailing": trailing.Get("x-trailing")[0],
		"seen": string(reply.Outputs["seen"].StringVal[0]),
	}
}

func zeros(size int) *apis.PredictRequest {
	tensor := fill(framework.DataType_DT_UINT8, []int64{int64(size)}, make([]byte, size), true)
	return predict("echo", only("x", tensor))
}

func (c *client) gzip() answer {
	conn := dial(c.at.Gzip)
	defer conn.Close()
	request := zeros(4_000_000)
	request.OutputFilter = []string{"none"}
	stub := apis.NewPredictionServiceClient(conn)
	_, err := stub.Predict(context.Background(), request, grpc.UseCompressor(gzip.Name))
	must(err)
	return "sent"
}

func (c *client) tls() answer {
	authority, err := os.ReadFile(filepath.Join(c.at.Certificates, "ca.pem"))
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	own, err := tls.LoadX509KeyPair(
		filepath.Join(c.at.Certificates, "client.pem"), filepath.Join(c.at.Certificates, "client.key"))
	must(err)
	told := []answer{}
	for _, certificates := range [][]tls.Certificate{{own}, nil} {
		secured := credentials.NewTLS(&tls.Config{RootCAs: pool, Certificates: certificates})
		conn, err := grpc.NewClient(c.at.TLS, grpc.WithTransportCredentials(secured))
		must(err)
		secure := &client{prediction: apis.NewPredictionServiceClient(conn)}
		version, err := secure.version(context.Background(), "echo")
		if err != nil {
			told = append(told, codeOf(err))
		} else {
			told = append(told, version)
		}
		must(conn.Close())
	}
	return told
}

func (c *client) large() answer {
	size := 64 << 20
	limits := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(raised), grpc.MaxCallSendMsgSize(raised))
	call := func(at string, request proto.Message, options ...grpc.DialOption) answer {
		conn := dial(at, options...)
		defer conn.Close()
		stub := apis.NewPredictionServiceClient(conn)
		reply, err := stub.Predict(context.Background(), request.(*apis.PredictRequest))
		if err != nil {
			return codeOf(err)
		}
		return len(reply.Outputs["x"].TensorContent)
	}
	wanted := only("size", fill(framework.DataType_DT_INT64, []int64{1}, []int64{int64(size)}, false))
	return []answer{
		call(c.at.Large, zeros(size), limits),
		call(c.at.Plain, zeros(size), limits),
		call(c.at.Large, predict("zeros", wanted)),
	}
}

func (c *client) parallel() answer {
	var wait sync.WaitGroup
	got := make([]int64, 64)
	for i := range got {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			tensor := fill(framework.DataType_DT_INT64, []int64{1}, []int64{int64(i)}, false)
			reply, err := c.prediction.Predict(context.Background(), predict("together", only("x", tensor)))
			must(err)
			got[i] = reply.Outputs["x"].Int64Val[0]
		}(i)
	}
	wait.Wait()
	sum := int64(0)
	for _, each := range got {
		sum += each
	}
	return sum
}

func (c *client) pythie() answer {
	conn := dial(c.at.Pythie)
	defer conn.Close()
	request := predict("prices", map[string]*framework.TensorProto{
		"size":   fill(framework.DataType_DT_INT64, []int64{3, 1}, []int64{1, 2, 3}, true),
		"colour": fill(framework.DataType_DT_STRING, []int64{3, 1}, []string{"red", "red", "blue"}, false),
	})
	reply, err := apis.NewPredictionServiceClient(conn).Predict(context.Background(), request)
	must(err)
	return read(reply.Outputs["predictions"])
}

// Seconds that each call took, in any order, and all of them together.
func (c *client) load(calls, sideBySide int) answer {
	values := make([]float32, 1000)
	for i := range values {
		values[i] = 0.5
	}
	request := predict("echo", only("x", fill(framework.DataType_DT_FLOAT, []int64{1000}, values, true)))
	call := func() float64 {
		began := time.Now()
		_, err := c.prediction.Predict(context.Background(), request)
		must(err)
		return time.Since(began).Seconds()
	}
	call()
	each := make([]float64, calls)
	next := make(chan int)
	var wait sync.WaitGroup
	began := time.Now()
	for i := 0; i < sideBySide; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for number := range next {
				each[number] = call()
			}
		}()
	}
	for number := range each {
		next <- number
	}
	close(next)
	wait.Wait()
	return map[string]answer{"all": time.Since(began).Seconds(), "each": each}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	must(err)
	return value
}

func main() {
	content, err := os.ReadFile(os.Args[1])
	must(err)
	c := &client{}
	must(json.Unmarshal(content, &c.at))
	conn := dial(c.at.Plain)
	c.prediction, c.models = apis.NewPredictionServiceClient(conn), apis.NewModelServiceClient(conn)
	c.sessions = apis.NewSessionServiceClient(conn)
	if len(os.Args) > 2 {
		must(json.NewEncoder(os.Stdout).Encode(c.load(number(os.Args[2]), number(os.Args[3]))))
		return
	}
	scenarios := []struct {
		name string
		tell func() answer
	}{
		{"types", c.types}, {"spec", c.spec}, {"classify", c.classify}, {"regress", c.regress},
		{"multi_inference", c.multiInference}, {"metadata", c.metadata}, {"status", c.status}, {"reload", c.reload},
		{"session", c.session}, {"error", c.failure}, {"deadline", c.deadline}, {"cancel", c.cancel},
		{"call_metadata", c.callMetadata}, {"gzip", c.gzip}, {"tls", c.tls}, {"large", c.large},
		{"parallel", c.parallel}, {"pythie", c.pythie},
	}
	told := map[string]answer{}
	for _, scenario := range scenarios {
		told[scenario.name] = scenario.tell()
	}
	must(json.NewEncoder(os.Stdout).Encode(told))
}
