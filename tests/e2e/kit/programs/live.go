// Calls servers by the kit of a package, and prints what came of it by scenario; see ../contract.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"example.com/tensorflow-serving/client"
	"example.com/tensorflow-serving/tensorflow/core/framework"
	"example.com/tensorflow-serving/tensorflow_serving/apis"
	"example.com/tensorflow-serving/tensorflow_serving/config"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

type (
	object = map[string]any
	list   = []any
	target = client.Target
	inputs = client.Inputs
	places = map[string]string
)

var (
	background = context.Background()
	// Servers count for each run by itself.
	run = fmt.Sprint(os.Getpid(), time.Now().UnixNano())
	x   = inputs{"x": []float64{1.5}}
)

var parts = map[string]func(places) object{
	"connect": connect, "predict": predict, "signatures": signatures, "batches": batches, "models": models,
	"warmup": warmup, "fake": fake,
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var given places
	check(json.Unmarshal(text, &given))
	told := object{}
	for name, part := range parts {
		if len(os.Args) == 3 || strings.Contains(strings.Join(os.Args[3:], " "), name) {
			told[name] = part(given)
		}
	}
	made, err := json.Marshal(told)
	check(err)
	// Where a server is differs from run to run.
	fmt.Println(strings.ReplaceAll(string(made), given["first"], "the first"))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

// open is a client whose calls are counted for this run.
func open(settings client.Config, addresses ...string) (*client.Client, error) {
	settings.Addresses = append(addresses, settings.Addresses...)
	settings.Metadata = metadata.Join(settings.Metadata, metadata.Pairs("x-run", run))
	return client.New(settings)
}

func unchecked(addresses ...string) *client.Client {
	return must(open(client.Config{Unchecked: true}, addresses...))
}

// plain is a tensor as JSON has it.
func plain(tensor *framework.TensorProto) any {
	shape := must(client.ShapeOf(tensor))
	values := reflect.ValueOf(must(client.FromTensor(tensor)))
	flat := make(list, values.Len())
	for place := range flat {
		flat[place] = values.Index(place).Interface()
		if half, is := flat[place].(client.Float16); is {
			flat[place] = half.Float32()
		}
	}
	for axis := len(shape) - 1; axis > 0; axis-- {
		size := int(shape[axis])
		rows := make(list, 0, len(flat)/size)
		for start := 0; start < len(flat); start += size {
			rows = append(rows, flat[start:start+size])
		}
		flat = rows
	}
	if len(shape) == 0 {
		return flat[0]
	}
	return flat
}

func plainAll(found *client.Prediction) object {
	made := object{}
	for name, tensor := range found.Outputs {
		made[name] = plain(tensor)
	}
	return made
}

// failure is how something fails.
func failure(err error) list {
	var call *client.CallError
	var input *client.InputError
	var ready *client.NotReadyError
	var reply *client.ReplyError
	switch {
	case err == nil:
		return list{"none"}
	case errors.As(err, &call):
		return list{kind(err), client.CodeName(call.Code()), call.Details()}
	case errors.As(err, &input):
		return list{"input", input.Kind}
	case errors.As(err, &ready):
		return list{"not ready", err.Error()}
	case errors.As(err, &reply):
		return list{"reply", err.Error()}
	}
	panic(err)
}

func kind(err error) string {
	switch {
	case errors.Is(err, client.ErrCancelled) && errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, client.ErrDeadline) && errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.Is(err, client.ErrUnreachable):
		return "unreachable"
	}
	return "call"
}

func failed[T any](_ T, err error) list { return failure(err) }

func failedShortly[T any](_ T, err error) list { return failure(err)[:2] }

func predicted(from *client.Client, of target, given inputs, output string) any {
	return plain(must(from.Predict(background, of, given)).Outputs[output])
}

func closedPort() string {
	listener := must(net.Listen("tcp", "localhost:0"))
	defer listener.Close()
	return fmt.Sprint("localhost:", listener.Addr().(*net.TCPAddr).Port)
}

// token is credentials of a call.
type token string

func (t token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"x-request-id": string(t)}, nil
}

func (token) RequireTransportSecurity() bool { return true }

func version(settings client.Config, addresses ...string) (int64, error) {
	settings.Unchecked = true
	made, err := open(settings, addresses...)
	if err != nil {
		return 0, err
	}
	defer made.Close()
	found, err := made.Predict(background, target{Model: "echo"}, x)
	if err != nil {
		return 0, err
	}
	return found.Version, nil
}

func connect(given places) object {
	told := object{}
	keys := given["certificates"]
	trusted := &client.TLS{CA: filepath.Join(keys, "ca.pem")}
	mutual := *trusted
	mutual.Key, mutual.Certificate = filepath.Join(keys, "client.key"), filepath.Join(keys, "client.pem")
	named := *trusted
	named.ServerName = "localhost"
	first, gone, none := given["first"], closedPort(), client.Config{}
	told["plain"] = must(version(none, first))
	told["one_is_gone"] = list{must(version(none, gone, first)), must(version(none, first+","+gone))}
	told["gone"] = failedShortly(version(none, gone))
	told["tls"] = must(version(client.Config{TLS: trusted}, given["tls"]))
	told["mutual_tls"] = must(version(client.Config{TLS: &mutual}, given["mutual"]))
	told["tls_without_certificate"] = failedShortly(version(client.Config{TLS: trusted}, given["mutual"]))
	numbers := strings.ReplaceAll(given["tls"], "localhost", "127.0.0.1")
	told["tls_name"] = must(version(client.Config{TLS: &named}, numbers))

	seen := func(settings client.Config, of target, address string) any {
		settings.Unchecked = true
		made := must(open(settings, address))
		defer made.Close()
		of.Model = "metadata"
		return predicted(made, of, inputs{}, "seen")
	}
	told["metadata"] = seen(client.Config{Metadata: metadata.Pairs("x-request-id", "r-1")}, target{}, first)
	told["call_metadata"] = seen(none, target{Metadata: metadata.Pairs("x-request-id", "r-2")}, first)
	told["credentials"] = seen(client.Config{TLS: trusted, Credentials: token("r-3")}, target{}, given["tls"])
	told["call_credentials"] = seen(client.Config{TLS: trusted}, target{Credentials: token("r-4")}, given["tls"])
	told["plaintext_credentials"] = failed(version(client.Config{Credentials: token("t")}, first))

	plainly := unchecked(first)
	defer plainly.Close()
	told["credentials_in_plaintext"] = failed(
		plainly.Predict(background, target{Model: "echo", Credentials: token("t")}, x))
	// The servers read the list of an int64.
	size := inputs{"size": must(client.MakeListedTensor(16<<20, "int64", nil))}
	zeros := must(plainly.Predict(background, target{Model: "zeros"}, size))
	given2 := inputs{"zeros": zeros.Outputs["zeros"]}
	back := must(plainly.Predict(background, target{Model: "echo"}, given2))
	told["large"] = list{len(zeros.Outputs["zeros"].TensorContent), len(back.Outputs["zeros"].TensorContent)}
	limited := must(open(client.Config{Unchecked: true, MaxMessageBytes: 1 << 20}, first))
	told["limit"] = failedShortly(limited.Predict(background, target{Model: "zeros"}, size))

	soon := 300 * time.Millisecond
	hasty := must(open(client.Config{Unchecked: true, Deadline: soon}, first))
	told["deadline"] = failedShortly(hasty.Predict(background, target{Model: "slow"}, x))
	told["call_deadline"] = failedShortly(plainly.Predict(background, target{Model: "slow", Deadline: soon}, x))
	flaky := func(name string, given inputs) any {
		of := target{Model: "flaky", Metadata: metadata.Pairs("x-request-id", name)}
		return predicted(plainly, of, given, "count")
	}
	told["retries"] = flaky("small", x)
	told["retries_of_large"] = flaky("large", inputs{"x": make([]float32, 1<<18)})
	told["retries_end"] = failed(plainly.Predict(background, target{Model: "down"}, x))
	trying := must(open(client.Config{Unchecked: true, Attempts: 1}, first))
	told["no_retries"] = failed(trying.Predict(background, target{Model: "flaky"}, x))
	told["keepalive"] = keptAlive(first)

	turns := wheres(none, first, given["second"])
	sort.Strings(turns)
	told["turns"] = turns
	several := manual.NewBuilderWithScheme("several")
	several.InitialState(resolver.State{Addresses: []resolver.Address{{Addr: first}, {Addr: given["second"]}}})
	behind := client.Config{Options: []grpc.DialOption{grpc.WithResolvers(several)}}
	found := map[string]bool{}
	for _, each := range wheres(behind, "several:name") {
		found[each] = true
	}
	told["turns_behind_a_name"] = sortedNames(found)
	told["interceptors"] = intercepted(first)
	told["channel"] = givenConnection(first)
	closing := unchecked(first)
	time.AfterFunc(soon, func() { closing.Close() })
	told["closed"] = failedShortly(closing.Predict(background, target{Model: "slow"}, x))
	return told
}

func sortedNames[V any](of map[string]V) []string {
	found := []string{}
	for name := range of {
		found = append(found, name)
	}
	sort.Strings(found)
	return found
}

// keptAlive is what becomes of a call whose server is there no more, though nobody has closed the connection.
func keptAlive(address string) list {
	var silent atomic.Bool
	listener := must(net.Listen("tcp", "localhost:0"))
	defer listener.Close()
	forward := func(from, to net.Conn) {
		buffer := make([]byte, 1<<16)
		for {
			size, err := from.Read(buffer)
			if !silent.Load() {
				to.Write(buffer[:size])
			}
			if err != nil {
				if err != io.EOF {
					to.Close()
				}
				return
			}
		}
	}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far := must(net.Dial("tcp", address))
			go forward(near, far)
			go forward(far, near)
		}
	}()
	pinging := must(open(client.Config{
		Unchecked: true, Attempts: 1, Keepalive: time.Second / 2, KeepaliveTimeout: time.Second / 2,
	}, listener.Addr().String()))
	defer pinging.Close()
	must(pinging.Predict(background, target{Model: "echo"}, x))
	silent.Store(true)
	return failedShortly(pinging.Predict(background, target{Model: "slow", Deadline: 20 * time.Second}, x))
}

func wheres(settings client.Config, addresses ...string) []string {
	settings.Unchecked = true
	made := must(open(settings, addresses...))
	defer made.Close()
	// A connection begins with the first that it has connected to.
	predicted(made, target{Model: "where"}, inputs{}, "where")
	if len(addresses) == 1 {
		time.Sleep(200 * time.Millisecond)
	}
	var found []string
	for number := 0; number < 4; number++ {
		came := must(made.Predict(background, target{Model: "where"}, inputs{}))
		found = append(found, must(client.Output[string](came, "where"))[0])
	}
	return found
}

func intercepted(address string) []string {
	var seen []string
	note := func(
		ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		seen = append(seen, method)
		return invoke(ctx, method, request, reply, connection, options...)
	}
	must(version(client.Config{Interceptors: []grpc.UnaryClientInterceptor{note}}, address))
	return seen
}

func givenConnection(address string) list {
	connection := must(grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials())))
	defer connection.Close()
	// The first client leaves it open.
	found := list{must(version(client.Config{Conn: connection}))}
	seen := 0
	note := func(
		ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		seen++
		return invoke(ctx, method, request, reply, connection, options...)
	}
	both := []grpc.UnaryClientInterceptor{note, note}
	found = append(found, must(version(client.Config{Conn: connection, Interceptors: both})))
	if seen != 2 {
		panic("interceptors don't see calls of a given connection")
	}
	return found
}

func states(found []client.VersionStatus) list {
	made := list{}
	for _, each := range found {
		made = append(made, list{each.Version, each.State, client.CodeName(each.Code), each.Message})
	}
	return made
}

func classes(found [][]client.Class) list {
	made := list{}
	for _, one := range found {
		row := list{}
		for _, each := range one {
			row = append(row, list{each.Label, each.Score})
		}
		made = append(made, row)
	}
	return made
}

func results(found []client.TaskResult) list {
	made := list{}
	for _, each := range found {
		if each.Classes != nil {
			made = append(made, classes(each.Classes))
		} else {
			made = append(made, each.Values)
		}
	}
	return made
}

func predict(given places) object {
	told := object{}
	checked := must(open(client.Config{}, given["first"]))
	defer checked.Close()
	of := target{Model: "echo", Signature: "serving_default", Outputs: []string{"b"}}
	came := must(checked.Predict(background, of, inputs{"a": 1.0, "b": 2.0}))
	told["outputs"] = list{plainAll(came), came.Version, came.Signature, came.Model}
	three := client.Version(3)
	told["version"] = predicted(checked, target{Model: "spec", Version: three, Signature: "s"}, inputs{}, "spec")
	told["label"] = predicted(checked, target{Model: "spec", Label: "stable"}, inputs{}, "spec")
	told["version_and_label"] = failed(
		checked.Predict(background, target{Model: "spec", Version: three, Label: "stable"}, inputs{}))
	forms := object{}
	for _, model := range []string{"as_content", "as_values"} {
		forms[model] = plainAll(must(checked.Predict(background, target{Model: model}, typed())))
	}
	told["forms"] = forms
	_, err := checked.Predict(background, target{Model: "missing", Version: three, Signature: "s"}, x)
	var call *client.CallError
	if errors.As(err, &call) {
		_, known := status.FromError(err)
		told["not_found"] = list{
			client.CodeName(status.Code(err)), call.Details(), call.Trailer.Get("x-detail")[0], err.Error(), known,
		}
	}
	examples := []client.Features{
		{"labels": []string{"cat", "dog"}, "x": []float64{0.25, 0.75}}, {"labels": "fox", "x": 1.5},
	}
	told["classify"] = classes(must(checked.Classify(background, target{Model: "c"}, examples, nil)))
	values := []client.Features{{"x": []float64{0.25, 0.75}}, {"x": 1.5}}
	shared := client.Features{"labels": "cat"}
	told["regress"] = must(checked.Regress(background, target{Model: "r"}, values, shared))
	tasks := []client.Task{{Kind: "classify", Signature: "a"}, {Kind: "regress", Signature: "b"}}
	told["multi_inference"] = results(
		must(checked.MultiInference(background, target{Model: "m"}, examples, nil, tasks)))
	tasks[0].Kind = "guess"
	told["unknown_task"] = failed(checked.MultiInference(background, target{Model: "m"}, examples, nil, tasks))

	pythie := must(open(client.Config{}, given["pythie"]))
	defer pythie.Close()
	told["pythie"] = plainAll(must(pythie.Predict(background, target{Model: "prices"}, inputs{
		"size": [][]int{{1}, {2}, {3}}, "colour": [][]string{{"red"}, {"red"}, {"blue"}},
	})))
	return told
}

// typed is a tensor of each type that the servers know.
func typed() inputs {
	made := func(value any, dtype string) any { return must(client.MakeTensor(value, dtype, nil)) }
	return inputs{
		"DT_FLOAT":  [][]float32{{1.5, -2.25}, {0, 1e10}},
		"DT_DOUBLE": [][]float64{{1.5, -2.25}, {0, 1e300}},
		"DT_INT32":  [2][2]int32{{1, -2}, {0, 2147483647}},
		"DT_INT64":  [][]int64{{1, -2}, {0, 1<<53 - 1}},
		"DT_BOOL":   [][]bool{{true, false}, {false, true}},
		"DT_HALF":   made([][]float32{{1.5, -2.25}, {0, 65504}}, "float16"),
		"DT_STRING": [][]string{{"a", ""}, {"ü", "long enough"}},
	}
}

func asked(from *client.Client, what string) int64 {
	came := must(from.Predict(background, target{Model: "asked", Signature: what}, inputs{}))
	return must(client.Output[int64](came, "count"))[0]
}

func signatures(given places) object {
	told := object{}
	row, three := [][]int{{1, 2}}, 3
	signed := target{Model: "signed"}
	first := must(open(client.Config{}, given["first"]))
	defer first.Close()
	metadataBefore, predictBefore := asked(first, "signed metadata"), asked(first, "signed predict")
	found := must(first.Signature(background, signed))
	specs := object{}
	for name, spec := range found.Inputs {
		shape := list{}
		for _, size := range spec.Shape {
			if size < 0 {
				shape = append(shape, nil)
			} else {
				shape = append(shape, size)
			}
		}
		specs[name] = list{spec.Type, shape}
	}
	told["signature"] = list{found.Method, specs}
	came := must(first.Predict(background, signed, inputs{"x": row, "k": three}))
	types := object{}
	for name, tensor := range came.Outputs {
		types[name] = list{tensor.Dtype, plain(tensor)}
	}
	told["types_from_signature"] = types
	told["refused"] = list{
		failed(first.Predict(background, signed, inputs{"x": row, "kk": three})),
		failed(first.Predict(background, signed, inputs{"x": []int{1, 2}, "k": three})),
		failed(first.Predict(background, signed, inputs{"x": row})),
	}
	zeros := target{Model: "signed", Fill: client.FillZeros}
	came = must(first.Predict(background, zeros, inputs{"x": row}))
	told["filled"] = list{plain(came.Outputs["k"]), came.Filled}
	// One question for signatures for each time that something is refused: the version may be new.
	told["asked"] = list{
		asked(first, "signed metadata") - metadataBefore, asked(first, "signed predict") - predictBefore,
	}
	told["unsigned_fill"] = failed(
		first.Predict(background, target{Model: "echo", Fill: client.FillZeros}, inputs{}))

	second := must(open(client.Config{}, given["first"]))
	defer second.Close()
	before := asked(second, "signed metadata")
	for number := 0; number < 3; number++ {
		pinned := target{Model: "signed", Version: client.Version(7)}
		must(second.Predict(background, pinned, inputs{"x": row, "k": three}))
	}
	told["asked_for_a_version"] = asked(second, "signed metadata") - before
	before = asked(second, "changing metadata")
	for number := 0; number < 4; number++ {
		came = must(second.Predict(background, target{Model: "changing"}, inputs{"x": row, "k": three}))
	}
	told["changed"] = list{came.Version, asked(second, "changing metadata") - before}

	third := unchecked(given["first"])
	defer third.Close()
	before = asked(third, "signed metadata")
	came = must(third.Predict(background, signed, inputs{"x": row}))
	told["unchecked"] = list{came.Outputs["x"].Dtype, asked(third, "signed metadata") - before}
	return told
}

func batches(given places) object {
	told := object{}
	rows, texts := [][]int{}, []string{}
	for number := 0; number < 17; number++ {
		rows, texts = append(rows, []int{2 * number, 2*number + 1}), append(texts, fmt.Sprint("t", number))
	}
	counting := func(size int) (made []int) {
		for number := 0; number < size; number++ {
			made = append(made, number)
		}
		return made
	}
	first := unchecked(given["first"])
	defer first.Close()
	counted := func() any { return predicted(first, target{Model: "told"}, inputs{}, "told") }
	counted()
	of := target{Model: "together", Outputs: []string{"x", "text"}}
	whole := inputs{"x": rows, "text": texts, "scalar": 5}
	came := must(first.PredictBatches(background, of, whole, client.Batch{Rows: 3, Parallel: 3}))
	same := func(value any, wanted any) bool {
		return string(must(json.Marshal(value))) == string(must(json.Marshal(wanted)))
	}
	told["joined"] = list{
		same(plain(came.Outputs["x"]), rows), same(plain(came.Outputs["text"]), texts), sortedNames(came.Outputs),
	}
	told["parts"] = counted()
	began := time.Now()
	nine := inputs{"x": counting(9)}
	_, err := first.PredictBatches(background, target{Model: "failing"}, nine, client.Batch{Rows: 1, Parallel: 3})
	var call *client.CallError
	if errors.As(err, &call) {
		told["failed"] = list{
			client.CodeName(call.Code()), call.Details(), list{call.Rows.Start, call.Rows.Stop},
			strings.Contains(err.Error(), "rows 1 to 1"),
		}
	}
	told["failed_soon"] = time.Since(began) < 10*time.Second
	counted()
	echo, both := target{Model: "echo"}, inputs{"x": rows, "k": 1}
	_, err = first.PredictBatches(background, echo, both, client.Batch{Rows: 5, Parallel: 3})
	// How outputs are left out is the language's own.
	told["scalar_output"] = list{
		failure(err)[0], strings.Replace(err.Error(), "with Outputs", "with outputs=[...]", 1),
	}
	came = must(first.PredictBatches(background, echo, both, client.Batch{Rows: 17}))
	told["one_part"] = sortedNames(came.Outputs)
	few := client.Batch{Rows: 5, Parallel: client.None}
	told["no_parts"] = failed(first.PredictBatches(background, echo, inputs{"x": rows}, few))
	slow := target{Model: "slow", Deadline: 400 * time.Millisecond}
	told["deadline"] = failedShortly(
		first.PredictBatches(background, slow, inputs{"x": rows}, client.Batch{Rows: 5, Parallel: 2}))

	two := must(open(client.Config{Unchecked: true, Attempts: 1}, given["second"], given["first"]))
	defer two.Close()
	pairs := client.Batch{Rows: 2, Parallel: 2}
	came = must(two.PredictBatches(background, target{Model: "half_down"}, inputs{"x": counting(10)}, pairs))
	told["moved"] = plain(came.Outputs["x"])
	pairs.Rows = 1
	came = must(two.PredictBatches(background, target{Model: "where"}, inputs{"x": counting(8)}, pairs))
	over := must(client.Output[string](came, "where"))
	sort.Strings(over)
	told["over_addresses"] = over
	return told
}

func models(given places) object {
	told := object{}
	first := must(open(client.Config{}, given["first"]))
	defer first.Close()
	wait := func(from *client.Client, of target, timeout time.Duration) ([]client.VersionStatus, error) {
		return from.WaitReady(background, of, client.Wait{Timeout: timeout, Poll: 50 * time.Millisecond})
	}
	told["status"] = states(must(first.Status(background, target{Model: "half"})))
	told["soon"] = states(must(wait(first, target{Model: "soon"}, 20*time.Second)))
	told["never"] = failed(wait(first, target{Model: "never"}, 500*time.Millisecond))
	told["missing"] = failed(wait(first, target{Model: "missing"}, 300*time.Millisecond))
	began := time.Now()
	broken := target{Model: "broken", Version: client.Version(3)}
	told["broken"] = failed(wait(first, broken, 30*time.Second))
	told["broken_at_once"] = time.Since(began) < 10*time.Second

	served := func() []string {
		found := []string{}
		for _, each := range must(first.Status(background, target{Model: "reloaded"})) {
			found = append(found, each.Message)
		}
		sort.Strings(found)
		return found
	}
	conf := client.NewModelsConf()
	labels := map[string]int64{"stable": 1}
	check(conf.Serve("a", client.Serving{BasePath: "/models/a", Versions: []int64{1, 2}, Labels: labels}))
	check(conf.Serve("b", client.Serving{BasePath: "/models/b"}))
	check(first.Reload(background, conf, target{}))
	reloaded := list{served()}
	check(conf.Remove("a"))
	folder := must(os.MkdirTemp("", ""))
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "models.conf")
	check(conf.Write(path))
	check(first.Reload(background, must(client.ReadModelsConf(path)), target{}))
	told["reload"] = append(reloaded, served())
	unnamed := client.NewModelsConf()
	named := unnamed.Message.GetModelConfigList()
	named.Config = append(named.Config, &config.ModelConfig{BasePath: "/models/c"})
	told["reload_refused"] = failure(first.Reload(background, unnamed, target{}))
	hanging := client.NewModelsConf()
	check(hanging.Serve("h", client.Serving{BasePath: "/hangs"}))
	soon := target{Deadline: 300 * time.Millisecond}
	told["reload_deadline"] = failure(first.Reload(background, hanging, soon))[:2]
	told["reload_without_deadline"] = failure(first.Reload(background, conf, target{Deadline: client.None}))

	gone := closedPort()
	nobody := must(open(client.Config{}, gone))
	defer nobody.Close()
	came := failed(wait(nobody, target{Model: "half"}, 3*time.Second))
	said := fmt.Sprint(came[1])
	told["nobody"] = list{came[0], strings.Contains(said, gone) && strings.Contains(said, "UNAVAILABLE")}
	half := must(open(client.Config{}, given["first"], gone))
	defer half.Close()
	told["half_there"] = failed(wait(half, target{Model: "half"}, 300*time.Millisecond))[0]
	return told
}

// warmup writes the file below the folder that is given.
func warmup(given places) object {
	folder := filepath.Join(given["folder"], os.Args[2])
	first := must(open(client.Config{}, given["first"]))
	defer first.Close()
	signature := must(first.Signature(background, target{Model: "signed"}))
	requests := []*apis.PredictRequest{
		must(signature.WarmupRequest("signed", inputs{"x": [][]int{{1, 2}}, "k": 3})),
		must(client.WarmupRequest("plain", "", x)),
		must(signature.WarmupZeros("signed", 2)),
	}
	path := must(client.WriteWarmup(folder, requests[0], requests[1], requests[2]))
	same := []bool{}
	for number, log := range must(client.ReadWarmup(folder)) {
		same = append(same, proto.Equal(log.GetPredictLog().GetRequest(), requests[number]))
	}
	return object{
		"path":    filepath.ToSlash(must(filepath.Rel(folder, path))),
		"read":    same,
		"refused": failed(signature.WarmupRequest("signed", inputs{"x": [][]int{{1, 2}}})),
	}
}

// halfPlusTwo is a model's function.
func halfPlusTwo(given map[string]*framework.TensorProto) (inputs, error) {
	tensor := given["x"]
	if tensor == nil {
		return nil, errors.New("there is no x")
	}
	made := []float64{}
	if found, err := client.Values[float32](tensor); err == nil {
		for _, each := range found {
			made = append(made, float64(each)/2+2)
		}
		return inputs{"y": made}, nil
	}
	found, err := client.Values[float64](tensor)
	for _, each := range found {
		made = append(made, each/2+2)
	}
	return inputs{"y": made}, err
}

func fake(places) object {
	told := object{}
	floats := client.Spec{Type: "float32", Shape: []int64{-1}}
	half := client.FakeModel{
		Predict: halfPlusTwo,
		Inputs:  map[string]client.Spec{"x": floats}, Outputs: map[string]client.Spec{"y": floats},
	}
	server := client.NewFakeServer()
	defer server.Stop()
	server.Serve("half", half)
	half.Version, half.Labels = 2, []string{"new"}
	server.Serve("half", half)
	calling := must(open(server.Config()))
	defer calling.Close()
	one, named := inputs{"x": []int{1}}, target{Model: "half"}
	call := func(of target) (*client.Prediction, error) { return calling.Predict(background, of, one) }
	came := must(calling.Predict(background, named, inputs{"x": []int{1, 2, 5}}))
	told["predict"] = list{plain(came.Outputs["y"]), came.Version}
	told["version"] = list{
		must(call(target{Model: "half", Version: client.Version(1)})).Version,
		must(call(target{Model: "half", Label: "new"})).Version,
	}
	told["refused"] = list{
		failedShortly(call(target{Model: "none"})),
		failedShortly(call(target{Model: "half", Version: client.Version(3)})),
		failedShortly(call(target{Model: "half", Label: "old"})),
	}
	server.Serve("raw", client.FakeModel{Predict: halfPlusTwo})
	raw := target{Model: "raw"}
	told["unsigned"] = predicted(calling, raw, inputs{"x": []float64{1}}, "y")
	told["wrong_function"] = failedShortly(calling.Predict(background, raw, inputs{"z": []float64{1}}))
	server.Fail("half", codes.ResourceExhausted, "full", 1)
	told["fails_once"] = list{failed(call(named)), must(call(named)).Version}
	server.Slow("half", 5*time.Second)
	told["slow"] = failedShortly(call(target{Model: "half", Deadline: 300 * time.Millisecond}))
	server.Slow("half", 0)
	server.SetState("half", 2, "LOADING", codes.OK, "")
	short := func() list {
		made := list{}
		for _, each := range must(calling.Status(background, named)) {
			made = append(made, list{each.Version, each.State})
		}
		return made
	}
	told["states"] = short()
	told["older"] = must(call(named)).Version
	server.Serve("sorter", client.FakeModel{
		Classify: func(examples []client.FakeExample) (found [][]client.Class, err error) {
			for _, each := range examples {
				label := "short"
				if len(each.Texts["s"]) > 1 {
					label = "long"
				}
				found = append(found, []client.Class{{Label: label, Score: 1}})
			}
			return found, nil
		},
		Regress: func(examples []client.FakeExample) (found []float32, err error) {
			for _, each := range examples {
				found = append(found, float32(len(each.Texts["s"])))
			}
			return found, nil
		},
	})
	sorter, two := target{Model: "sorter"}, []client.Features{{"s": []string{"a", "b"}}, {"s": "c"}}
	tasks := []client.Task{{Kind: "regress", Signature: "r"}, {Kind: "classify", Signature: "c"}}
	told["infer"] = list{
		classes(must(calling.Classify(background, sorter, two, nil))),
		must(calling.Regress(background, sorter, two, nil)),
		results(must(calling.MultiInference(background, sorter, two, nil, tasks))),
	}
	conf := client.NewModelsConf()
	check(conf.Serve("half", client.Serving{BasePath: "/models/half", Versions: []int64{1}}))
	check(calling.Reload(background, conf, target{}))
	told["reload"] = list{
		short(), failedShortly(calling.Predict(background, raw, inputs{"x": []float64{1}})),
	}
	calls := server.Calls()
	request := calls[1].Request.(*apis.PredictRequest)
	told["calls"] = list{calls[0].Method, calls[1].Method, request.ModelSpec.Name}
	return told
}
