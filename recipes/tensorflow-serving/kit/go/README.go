package main

import (
	"context"
	"fmt"
	"log"

	"@import{}/client"
)

func main() {
	serving, err := client.New(client.Config{Addresses: []string{"localhost:8500"}})
	if err != nil {
		log.Fatal(err)
	}
	defer serving.Close()
	ctx, half := context.Background(), client.Target{Model: "half_plus_two"}
	if _, err := serving.WaitReady(ctx, half, client.Wait{}); err != nil {
		log.Fatal(err)
	}
	result, err := serving.Predict(ctx, half, client.Inputs{"x": []float32{1, 2, 5}})
	if err != nil {
		log.Fatal(err)
	}
	y, err := client.Output[float32](result, "y")
	fmt.Println(y, err, "by version", result.Version)
}
