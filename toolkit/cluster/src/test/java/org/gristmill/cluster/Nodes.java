package org.gristmill.cluster;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Spark's standalone master and workers, each a process of its own on the loopback interface. */
final class Nodes implements AutoCloseable {
  private final List<Process> processes = new ArrayList<>();
  private final int port;

  Nodes(Path home, int workers, int coresOfEach) throws Exception {
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path jar = Path.of(entry);
      if (jar.getFileName().toString().matches("(?!gristmill|cluster-|agent-|samples-).*\\.jar")) {
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
    }
    Files.createDirectories(home.resolve("launcher/target/scala-2.13")); // tells the version
    port = freePort();
    String host = "127.0.0.1";
    processes.add(
        Jvm.start(
            home,
            "org.apache.spark.deploy.master.Master",
            "--host",
            host,
            "--port",
            "" + port,
            "--webui-port",
            "" + freePort()));
    awaitPort();
    for (int i = 0; i < workers; i++) {
      processes.add(
          Jvm.start(
              home,
              "org.apache.spark.deploy.worker.Worker",
              "--host",
              host,
              "--webui-port",
              "" + freePort(),
              "--cores",
              "" + coresOfEach,
              "--memory",
              "2g",
              master()));
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void awaitPort() throws Exception {
    for (int i = 0; i < 600; i++) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return;
      } catch (IOException notYet) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    throw new IOException("Spark's master does not answer");
  }

  String master() {
    return "spark://127.0.0.1:" + port;
  }

  /** Kills a worker and all that it has started, as a machine would end; gives their processes. */
  List<Long> kill(long worker) {
    var process = processes.stream().filter(it -> it.pid() == worker).findFirst().orElseThrow();
    var executors = process.descendants().toList();
    process.destroyForcibly();
    executors.forEach(ProcessHandle::destroyForcibly);
    return executors.stream().map(ProcessHandle::pid).toList();
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }
}
