package client

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"@import{tensorflow_serving/apis}"
)

// WarmupFile is where a server looks for warm-up requests, below the folder of a version. The file is a TFRecord of
// PredictionLog messages; a file of anything else makes the model fail to load.
const WarmupFile = "assets.extra/tf_serving_warmup_requests"

// A server reads no more.
const mostRecords = 1000

// WarmupRequest is a request for Predict from values, of the types that they have by themselves.
func WarmupRequest(model, signature string, inputs Inputs) (*apis.PredictRequest, error) {
	made, err := MakeTensors(inputs)
	if err != nil {
		return nil, err
	}
	return predictRequest(Target{Model: model, Signature: signature}, made), nil
}

// WarmupRequest is a request for Predict from values that the signature takes.
func (s Signature) WarmupRequest(model string, inputs Inputs) (*apis.PredictRequest, error) {
	made, _, err := s.Check(inputs, nil, FillError)
	if err != nil {
		return nil, err
	}
	return predictRequest(Target{Model: model, Signature: s.Name}, made), nil
}

// WarmupZeros is a request for Predict of zeros, made from what the model takes.
func (s Signature) WarmupZeros(model string, rows int64) (*apis.PredictRequest, error) {
	made := tensorsByName{}
	for _, name := range sortedKeys(s.Inputs) {
		tensor, err := makeZeros(name, s.Inputs[name], rows)
		if err != nil {
			return nil, err
		}
		made[name] = tensor
	}
	return predictRequest(Target{Model: model, Signature: s.Name}, made), nil
}

// WriteWarmup writes the file where a server looks for it, below the folder of a version, and tells where that is.
// requests: those of Predict, Classify, Regress and MultiInference, and PredictionLogs.
func WriteWarmup(versionFolder string, requests ...proto.Message) (string, error) {
	if len(requests) > mostRecords {
		return "", inputError("setting", "%d records: a server reads %d", len(requests), mostRecords)
	}
	var records [][]byte
	for _, request := range requests {
		log, err := logOf(request)
		if err != nil {
			return "", err
		}
		record, err := proto.MarshalOptions{Deterministic: true}.Marshal(log)
		if err != nil {
			return "", err
		}
		records = append(records, record)
	}
	path := filepath.Join(versionFolder, filepath.FromSlash(WarmupFile))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, FrameRecords(records), 0o644)
}

func logOf(request proto.Message) (*apis.PredictionLog, error) {
	switch request := request.(type) {
	case *apis.PredictionLog:
		return request, nil
	case *apis.PredictRequest:
		log := &apis.PredictionLog_PredictLog{PredictLog: &apis.PredictLog{Request: request}}
		return &apis.PredictionLog{LogType: log}, nil
	case *apis.ClassificationRequest:
		log := &apis.PredictionLog_ClassifyLog{ClassifyLog: &apis.ClassifyLog{Request: request}}
		return &apis.PredictionLog{LogType: log}, nil
	case *apis.RegressionRequest:
		log := &apis.PredictionLog_RegressLog{RegressLog: &apis.RegressLog{Request: request}}
		return &apis.PredictionLog{LogType: log}, nil
	case *apis.MultiInferenceRequest:
		log := &apis.MultiInferenceLog{Request: request}
		return &apis.PredictionLog{LogType: &apis.PredictionLog_MultiInferenceLog{MultiInferenceLog: log}}, nil
	}
	return nil, inputError("type", "no warm-up of a %T", request)
}

// ReadWarmup reads a file back: it, or the folder of its version. A ReplyError says that it is damaged.
func ReadWarmup(path string) ([]*apis.PredictionLog, error) {
	if found, err := os.Stat(path); err == nil && found.IsDir() {
		path = filepath.Join(path, filepath.FromSlash(WarmupFile))
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	records, err := ReadRecords(content)
	if err != nil {
		return nil, err
	}
	logs := make([]*apis.PredictionLog, len(records))
	for number, record := range records {
		logs[number] = &apis.PredictionLog{}
		if err := proto.Unmarshal(record, logs[number]); err != nil {
			return nil, &ReplyError{fmt.Sprintf("record %d is no PredictionLog: %s", number, err)}
		}
	}
	return logs, nil
}

const recordHead, recordFoot = 12, 4

// FrameRecords makes a TFRecord file: of each record its length, the checksum of that, it, and its checksum.
func FrameRecords(records [][]byte) []byte {
	made := []byte{}
	for _, record := range records {
		length := binary.LittleEndian.AppendUint64(nil, uint64(len(record)))
		made = append(made, length...)
		made = binary.LittleEndian.AppendUint32(made, maskedChecksum(length))
		made = append(made, record...)
		made = binary.LittleEndian.AppendUint32(made, maskedChecksum(record))
	}
	return made
}

// ReadRecords parts a TFRecord file. A ReplyError says that it is damaged, or something else.
func ReadRecords(content []byte) ([][]byte, error) {
	var found [][]byte
	for position := 0; position < len(content); {
		rest := content[position:]
		if len(rest) < recordHead || maskedChecksum(rest[:8]) != binary.LittleEndian.Uint32(rest[8:]) {
			said := "isn't a TFRecord file"
			if found != nil {
				said = fmt.Sprintf("is damaged at record %d", len(found))
			}
			return nil, &ReplyError{
				fmt.Sprintf("the file %s: the length at byte %d has another checksum", said, position)}
		}
		length, rest := binary.LittleEndian.Uint64(rest), rest[recordHead:]
		if uint64(len(rest)) < recordFoot || uint64(len(rest))-recordFoot < length ||
			maskedChecksum(rest[:length]) != binary.LittleEndian.Uint32(rest[length:]) {
			return nil, &ReplyError{
				fmt.Sprintf("the file is damaged at record %d: cut off, or another checksum", len(found))}
		}
		found = append(found, rest[:length:length])
		position += recordHead + int(length) + recordFoot
	}
	return found, nil
}

// maskedChecksum is that of TFRecord files: a checksum of bytes that hold checksums is weak, so the format turns it
// and adds a constant.
func maskedChecksum(content []byte) uint32 {
	checksum := crc32.Checksum(content, castagnoli)
	return (checksum>>15 | checksum<<17) + 0xa282ead8
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
