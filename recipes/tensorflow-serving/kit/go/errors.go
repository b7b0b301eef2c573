package client

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// InputError says that values make no tensor, or that the model's signature doesn't take them. Nothing was sent.
type InputError struct {
	// Kind is one word for programs: ragged, overflow, type, shape, content, name, missing or setting.
	Kind    string
	Message string
}

func (e *InputError) Error() string { return e.Message }

func inputError(kind, format string, arguments ...any) *InputError {
	return &InputError{Kind: kind, Message: fmt.Sprintf(format, arguments...)}
}

// about puts the place before an error's message.
func (e *InputError) about(format string, arguments ...any) *InputError {
	return &InputError{Kind: e.Kind, Message: fmt.Sprintf(format, arguments...) + ": " + e.Message}
}

// ReplyError says that a reply or a file can't be read.
type ReplyError struct{ Message string }

func (e *ReplyError) Error() string { return e.Message }

// NotReadyError says that a model isn't available after all the time given, or that it can't become so.
type NotReadyError struct{ Message string }

func (e *NotReadyError) Error() string { return e.Message }

// Rows are some rows of a batch: from Start on, without Stop.
type Rows struct{ Start, Stop int64 }

// Call says which call an error is about.
type Call struct {
	Method string
	Model  string
	// Version is the version or the label that was asked for; empty where none was.
	Version string
	// Signature is the one that was called; empty where none was named.
	Signature string
	// Address is the one that was called last.
	Address string
	// Rows are those of the part that failed, where a batch went in parts.
	Rows *Rows
}

func (c Call) String() string {
	said := []string{c.Method}
	if c.Model != "" {
		said = append(said, "of model "+c.Model)
	}
	var about []string
	if c.Version != "" {
		about = append(about, "version "+c.Version)
	}
	if c.Signature != "" {
		about = append(about, "signature "+c.Signature)
	}
	if c.Rows != nil {
		about = append(about, fmt.Sprintf("rows %d to %d", c.Rows.Start, c.Rows.Stop-1))
	}
	if about != nil {
		said = append(said, "("+strings.Join(about, ", ")+")")
	}
	if c.Address != "" {
		said = append(said, "at "+c.Address)
	}
	return strings.Join(said, " ")
}

// Kinds of failed calls, for errors.Is. Others have their status only: status.Code.
var (
	// ErrCancelled is a call that was cancelled: by this side (a closed client too) or by the server.
	ErrCancelled = errors.New("the call was cancelled")
	// ErrDeadline is a call that had no answer before its deadline. The server may have done the work.
	ErrDeadline = errors.New("the call had no answer before its deadline")
	// ErrUnreachable is a server that can't be reached, or that takes no calls now; after all attempts.
	ErrUnreachable = errors.New("the server can't be reached")
)

// CallError is a call that failed, with the status that gRPC gives it: status.FromError and status.Code read it.
type CallError struct {
	Call
	// Trailer is what the server sent at the end of the call.
	Trailer metadata.MD

	status *status.Status
}

// NewCallError makes the error of a call from any error of gRPC.
func NewCallError(call Call, err error, trailer metadata.MD) *CallError {
	made := &CallError{Call: call, Trailer: trailer, status: status.Convert(err)}
	// Newer ones tell in front of what the server says how often they have tried.
	var held interface{ GRPCStatus() *status.Status }
	if errors.As(err, &held) && held.GRPCStatus() != nil {
		made.status = held.GRPCStatus()
	}
	return made
}

func (e *CallError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Call, CodeName(e.Code()), e.Details())
}

// GRPCStatus is the status as gRPC has it.
func (e *CallError) GRPCStatus() *status.Status { return e.status }

// Code is the status's code.
func (e *CallError) Code() codes.Code { return e.status.Code() }

// Details is what the server or gRPC says about it.
func (e *CallError) Details() string { return e.status.Message() }

// Is tells the kinds of failed calls, and the errors of contexts that are the same.
func (e *CallError) Is(target error) bool {
	switch e.Code() {
	case codes.Canceled:
		return target == ErrCancelled || target == context.Canceled
	case codes.DeadlineExceeded:
		return target == ErrDeadline || target == context.DeadlineExceeded
	case codes.Unavailable:
		return target == ErrUnreachable
	}
	return false
}

var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
	"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// CodeName is a status's code as servers write it, such as NOT_FOUND.
func CodeName(code codes.Code) string {
	if int(code) < len(codeNames) {
		return codeNames[code]
	}
	return fmt.Sprint(uint32(code))
}
