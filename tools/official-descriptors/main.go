// Writes the descriptors of Pulumi's protocol, as the official Go SDK has them, to stdout: a FileDescriptorSet.
//
// The test `protocol` reads it and compares the messages and methods of `proto/` with it.
package main

import (
	"fmt"
	"os"

	_ "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "official-descriptors:", err)
		os.Exit(1)
	}
}

func run() error {
	var set descriptorpb.FileDescriptorSet
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
		return true
	})
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(&set)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(bytes)
	return err
}
