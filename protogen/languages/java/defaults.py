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
