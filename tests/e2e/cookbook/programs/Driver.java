package com.example.team;

import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/** Runs the functions of docs/cookbook.md: see ../builds.py. */
public final class Driver {
  private Driver() {}

  private static void write(Path path, Message message) throws IOException {
    Files.write(path, message.toByteArray());
  }

  public static void main(String[] arguments) throws IOException {
    Path folder = Paths.get(arguments[0]);
    Path out = Paths.get(arguments[1]);
    write(out.resolve("batching.pb"), Conf.batching(folder.resolve("batching.conf")));
    write(out.resolve("monitoring.pb"), Conf.monitoring(folder.resolve("monitoring.conf")));
    try {
      Conf.batching(folder.resolve("bad.conf"));
    } catch (IOException error) {
      System.out.println("refused " + error.getMessage());
    }
  }
}
