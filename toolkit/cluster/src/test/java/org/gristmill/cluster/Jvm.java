package org.gristmill.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Processes of Java with the tests' class path. */
final class Jvm {
  private Jvm() {}

  /** Starts one; what it says goes to a file in the folder. */
  static Process start(Path folder, String main, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "--add-opens",
            "java.base/sun.nio.ch=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_HOME", folder.toString());
    builder.environment().put("SPARK_NO_DAEMONIZE", "true");
    String simple = main.substring(main.lastIndexOf('.') + 1);
    return builder
        .redirectOutput(folder.resolve(simple + "-" + System.nanoTime() + ".log").toFile())
        .start();
  }
}
