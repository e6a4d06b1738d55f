package org.gristmill.cluster;

import java.io.File;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.util.Utils$;
import org.gristmill.GristmillException;

/** How Spark is set up for actors. */
final class Setup {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^]]+]|[^:,/\\[\\]]+):(\\d+)");
  private static final int CONNECT_MILLIS = 5_000;
  private static final String OPENED =
      "java.base/sun.nio.ch=ALL-UNNAMED"; // that Spark fails without

  // The JDK forgets a logger's level with the logger.
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("org.apache.spark"),
          Logger.getLogger("org.apache.hadoop"),
          Logger.getLogger("org.sparkproject"));

  private static final List<Logger> SILENT =
      List.of( // what they say of settings, actors and executors that are lost, we say, too
          Logger.getLogger("org.apache.spark.SparkContext"),
          Logger.getLogger("org.apache.spark.scheduler.TaskSetManager"),
          Logger.getLogger("org.apache.spark.scheduler.TaskSchedulerImpl"),
          Logger.getLogger("org.apache.spark.network"));

  private Setup() {}

  /**
   * Listening sockets that Spark binds to all interfaces, such as those of its pages, unless the
   * environment of its process says otherwise: here the settings say it.
   */
  private static final class Conf extends SparkConf {
    private static final long serialVersionUID = 1L;
    private final boolean loopback;

    Conf(boolean loopback) {
      super(false);
      this.loopback = loopback;
    }

    @Override
    public String getenv(String name) {
      return loopback && name.equals("SPARK_LOCAL_IP") ? LOOPBACK : super.getenv(name);
    }

    @Override
    public SparkConf clone() {
      var copy = new Conf(loopback);
      for (var setting : getAll()) {
        copy.set(setting._1(), setting._2());
      }
      return copy;
    }
  }

  static void checkJvm() {
    var module = Object.class.getModule();
    if (!module.isOpen("sun.nio.ch", Setup.class.getModule())) {
      throw new GristmillException(
          "Spark needs a JVM that was started with --add-opens "
              + OPENED
              + ": use the kernel that kernel/install --cluster makes, or start yours with it");
    }
  }

  /** Spark tells all it does on standard error, which a notebook shows in red. */
  static void quieten() {
    LOGGERS.forEach(logger -> logger.setLevel(Level.SEVERE));
    SILENT.forEach(logger -> logger.setLevel(Level.OFF));
  }

  static SparkConf conf(String master, Map<String, String> settings) throws IOException {
    boolean local = master.startsWith("local-cluster");
    boolean loopback = local || master.startsWith("spark://" + LOOPBACK);
    if (loopback) {
      Utils$.MODULE$.setCustomHostname(LOOPBACK);
    }
    var conf = new Conf(loopback);
    conf.setMaster(master).setAppName("gristmill");
    // Spark's own is loopback, if this process had such a cluster before.
    towards(master).ifPresent(address -> conf.set("spark.driver.host", address));
    if (loopback) {
      conf.set("spark.driver.host", LOOPBACK).set("spark.driver.bindAddress", LOOPBACK);
    }
    conf.set("spark.ui.port", "0");
    conf.set("spark.ui.showConsoleProgress", "false");
    conf.set("spark.scheduler.minRegisteredResourcesRatio", "1"); // or the first executor gets all
    conf.set("spark.executorEnv.OPT_OUT_TRACKING", "true"); // DJL reports its use otherwise
    if (local) {
      conf.set("spark.executor.memory", master.replaceFirst(".*[,\\[]\\s*(\\d+)\\s*]$", "$1m"));
      // Executors are not started from an installation of Spark's; so nobody need look for its
      // jars.
      conf.set("spark.executorEnv.SPARK_SCALA_VERSION", "2.13");
      conf.set("spark.executorEnv.SPARK_SQL_TESTING", "1");
    }
    if (loopback) { // files have the same names there
      conf.set("spark.executor.extraClassPath", joined(File.pathSeparator, path -> true));
      // Else it is the environment's, which may be older than what compiled a cell.
      conf.set("spark.executorEnv.JAVA_HOME", System.getProperty("java.home"));
    } else {
      conf.set("spark.jars", joined(",", Setup::isOurs));
    }
    settings.forEach(conf::set);
    // An actor is made anew, and its batch worked on again, by the run, which knows what is done.
    conf.set("spark.task.maxFailures", "1");
    conf.set("spark.speculation", "false");
    return conf;
  }

  /**
   * This machine's address as a standalone master sees it; empty for other clusters, and where it
   * is loopback, which executors elsewhere could not reach.
   *
   * @throws IOException if there is no such master; Spark would try for a minute
   */
  private static Optional<String> towards(String master) throws IOException {
    if (!master.startsWith("spark://")) {
      return Optional.empty();
    }
    IOException nobody = new IOException("it names no host and port");
    Matcher each = ADDRESS.matcher(master); // several, where one may be on stand-by
    while (each.find()) {
      try (var socket = new Socket()) {
        var address = new InetSocketAddress(each.group(1), Integer.parseInt(each.group(2)));
        socket.connect(address, CONNECT_MILLIS);
        return Optional.of(socket.getLocalAddress())
            .filter(own -> !own.isLoopbackAddress())
            .map(Setup::text);
      } catch (IOException | IllegalArgumentException none) {
        nobody = new IOException("nobody answers at " + each.group(), none);
      }
    }
    throw nobody;
  }

  private static String text(InetAddress address) {
    String text = address.getHostAddress().replaceFirst("%.*", "");
    return address instanceof Inet6Address ? "[" + text + "]" : text;
  }

  private static String joined(String separator, Predicate<Path> choice) {
    return ClassPath.entries().stream()
        .filter(choice)
        .map(Path::toString)
        .collect(Collectors.joining(separator));
  }

  /** Whether a machine with Spark on it does not have it anyway. */
  private static boolean isOurs(Path entry) {
    String name = entry.getFileName().toString();
    return name.endsWith(".jar") && !name.matches("(spark|scala|hadoop|rocksdbjni|zookeeper)-.*");
  }
}
