// How fast the kit in Go is, beside what there is without it: `speed ECHO ROWS PAIRS LARGEST`; see speed.py.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"time"
	"unsafe"

	"example.com/tensorflow-serving/v2/client"
	"example.com/tensorflow-serving/v2/tensorflow/core/framework"
	"example.com/tensorflow-serving/v2/tensorflow_serving/apis"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const kb, mb = 1 << 10, 1 << 20

type side struct {
	name string
	call func()
}

// What a call makes is kept until the next one, so that no compiler leaves it out.
var kept any

// inTurns measures so many calls of each side, one by one.
func inTurns(calls int, sides ...side) map[string][]float64 {
	found := map[string][]float64{}
	for number := 0; number <= calls; number++ {
		for _, each := range sides {
			start := time.Now()
			each.call()
			// The first time is for what is made once.
			if number > 0 {
				found[each.name] = append(found[each.name], time.Since(start).Seconds())
			}
		}
	}
	return found
}

func tell(title string, found map[string][]float64) {
	line := map[string]any{"case": title, "sides": found}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		panic(err)
	}
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func numbers(size int) []float32 {
	made := make([]float32, size/4)
	for place := range made {
		made[place] = rand.Float32()
	}
	return made
}

func bytesOf(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*4)
}

func copied(content []byte) []byte { return append([]byte(nil), content...) }

func tensors(pairs, largest int) {
	calls := []int{pairs * 100, pairs * 3}
	for place, size := range []int{1, largest} {
		values := numbers(size * mb)
		tensor := must(client.ToTensor(values))
		memcpy := side{"memcpy", func() { kept = copied(bytesOf(values)) }}
		encode := side{"kit", func() { kept = must(client.ToTensor(values)) }}
		decode := side{"kit", func() { kept = must(client.Values[float32](tensor)) }}
		tell(fmt.Sprintf("encode %d MB", size), inTurns(calls[place], encode, memcpy))
		tell(fmt.Sprintf("decode %d MB", size), inTurns(calls[place], decode, memcpy))
	}
}

// byStub is what everybody writes without a kit.
func byStub(stub apis.PredictionServiceClient, values []float32) {
	x := &framework.TensorProto{Dtype: framework.DataType_DT_FLOAT, TensorContent: copied(bytesOf(values))}
	x.TensorShape = &framework.TensorShapeProto{
		Dim: []*framework.TensorShapeProto_Dim{{Size: int64(len(values))}},
	}
	request := &apis.PredictRequest{ModelSpec: &apis.ModelSpec{Name: "echo"}}
	request.Inputs = map[string]*framework.TensorProto{"x": x}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	content := must(stub.Predict(ctx, request)).Outputs["x"].TensorContent
	read := make([]float32, len(content)/4)
	copy(bytesOf(read), content)
	kept = read
}

func calls(address string, pairs int) {
	serving := must(client.New(client.Config{Addresses: []string{address}}))
	defer serving.Close()
	conn := must(grpc.NewClient(
		address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30), grpc.MaxCallSendMsgSize(1<<30)),
	))
	defer conn.Close()
	stub, ctx, target := apis.NewPredictionServiceClient(conn), context.Background(), client.Target{Model: "echo"}
	for _, each := range []struct {
		title        string
		size, number int
	}{{"1 KB", kb, 100}, {"8 MB", 8 * mb, 3}} {
		values := numbers(each.size)
		kit := side{"kit", func() {
			result := must(serving.Predict(ctx, target, client.Inputs{"x": values}))
			kept = must(client.Output[float32](result, "x"))
		}}
		bare := side{"stub", func() { byStub(stub, values) }}
		tell("Predict of "+each.title, inTurns(pairs*each.number, kit, bare))
	}
}

func batches(address string, pairs int) {
	serving := must(client.New(client.Config{Addresses: []string{address}}))
	defer serving.Close()
	ctx, target, rows := context.Background(), client.Target{Model: "rows"}, client.Inputs{"x": numbers(700 * 4)}
	one := "a quarter of one"
	kit := side{"kit", func() {
		kept = must(serving.PredictBatches(ctx, target, rows, client.Batch{Rows: 175, Parallel: 4}))
	}}
	found := inTurns(pairs, kit, side{one, func() { kept = must(serving.Predict(ctx, target, rows)) }})
	for place := range found[one] {
		found[one][place] /= 4
	}
	tell("700 rows in 4 parts", found)
}

func main() {
	pairs, largest := must(strconv.Atoi(os.Args[3])), must(strconv.Atoi(os.Args[4]))
	tensors(pairs, largest)
	calls(os.Args[1], pairs)
	batches(os.Args[2], pairs)
}
