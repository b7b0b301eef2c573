"""What a recipe that says nothing about Java gets.

The generators are the oldest that print current code, the libraries the newest that it fits: code of
the 3.25 line runs on protobuf-java 3.25 and on 4.x, and stubs of grpc-java 1.68, the last without the
blocking stubs of version 2, compile with gRPC from 1.42 on. In Maven the version that is nearest to
the application wins, so newer libraries force nothing on it. All plugins run with Maven 3.6.3 and Java 8.
"""

from protogen.languages.java.section import GRPC_PLUGIN, JAVADOC, PROTOC, JavaSection

SECTION = JavaSection(
    tools={PROTOC: "3.25.9", GRPC_PLUGIN: "1.68.3"},
    protobuf="3.25.9",
    grpc="1.85.1",
    plugins={
        "maven-clean-plugin": "3.4.0",
        "maven-compiler-plugin": "3.13.0",
        "maven-dependency-plugin": "3.8.1",
        "maven-deploy-plugin": "3.1.3",
        "maven-install-plugin": "3.1.3",
        "maven-jar-plugin": "3.4.2",
        JAVADOC: "3.11.2",
        "maven-resources-plugin": "3.3.1",
        "maven-source-plugin": "3.3.1",
        "maven-surefire-plugin": "3.5.2",
    },
)

# By edition, the lowest: the first line of protoc that knows it, and the first stub generator that knows
# either. Code of protoc 26 and newer runs with the library of its own version and newer, never older.
EDITIONS = {
    "2023": JavaSection(tools={PROTOC: "4.27.5", GRPC_PLUGIN: "1.78.0"}, protobuf="4.27.5", grpc="1.78.0"),
    "2024": JavaSection(tools={PROTOC: "4.32.1", GRPC_PLUGIN: "1.78.0"}, protobuf="4.32.1", grpc="1.78.0"),
}
