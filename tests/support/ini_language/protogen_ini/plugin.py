"""protoc-gen-ini: each message of a file is a section, and its fields are keys."""

import sys

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write("protoc-gen-ini 1.0.0\n")
        return
    request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    answer = CodeGeneratorResponse(supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
    for file in request.proto_file:
        if file.name in request.file_to_generate:
            sections = [
                f"[{file.package}.{message.name}]\n"
                + "".join(f"{field.name} = {field.number}\n" for field in message.field)
                for message in file.message_type
            ]
            answer.file.add(name=f"{file.name.removesuffix('.proto')}.ini", content="\n".join(sections))
    sys.stdout.buffer.write(answer.SerializeToString())
