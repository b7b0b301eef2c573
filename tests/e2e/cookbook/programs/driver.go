// Runs the functions of docs/cookbook.md: see ../builds.py.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"example.com/client/cookbook"
	"google.golang.org/protobuf/proto"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func write(path string, message proto.Message) {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	must(err)
	must(os.WriteFile(path, content, 0o644))
}

func main() {
	folder, out := os.Args[1], os.Args[2]
	batching, err := cookbook.ReadBatching(filepath.Join(folder, "batching.conf"))
	must(err)
	write(filepath.Join(out, "batching.pb"), batching)
	monitoring, err := cookbook.ReadMonitoring(filepath.Join(folder, "monitoring.conf"))
	must(err)
	write(filepath.Join(out, "monitoring.pb"), monitoring)
	if _, err := cookbook.ReadBatching(filepath.Join(folder, "bad.conf")); err != nil {
		fmt.Println("refused", err)
	}
}
