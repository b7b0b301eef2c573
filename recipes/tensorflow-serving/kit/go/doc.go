// Package client calls TensorFlow Serving, on top of this module's messages and stubs.
//
//	serving, err := client.New(client.Config{Addresses: []string{"localhost:8500"}})
//	...
//	defer serving.Close()
//	inputs := client.Inputs{"x": []float32{1, 2, 5}}
//	result, err := serving.Predict(ctx, client.Target{Model: "half_plus_two"}, inputs)
//	...
//	y, err := client.Output[float32](result, "y")
//
// Errors are an InputError before anything is sent, else a CallError, a ReplyError or a NotReadyError; for errors.As
// and errors.Is.
package client
