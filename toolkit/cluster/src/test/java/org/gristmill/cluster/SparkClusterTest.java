package org.gristmill.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.OnError;
import org.gristmill.Prices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SparkClusterTest {
  @TempDir Path folder;

  private static Dataset<Integer> rows(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  /** A pool that tells on what its actors run. */
  private static ActorPool<Integer, String> devices(int actors, SparkCluster spark) {
    return ActorPool.<Integer, String>of(
            actors,
            device ->
                batch -> {
                  Thread.sleep(20);
                  return batch.stream().map(row -> Device.current().toString()).toList();
                })
        .on(spark);
  }

  @Test
  void everythingListensOnLoopbackOnly() throws Exception {
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      var pool = devices(2, spark).keepWarm("sockets");
      rows(40).mapBatches(4, pool).toList();
      await(() -> spark.actors().size() == 2);
      var processes = new TreeSet<Long>(spark.actors().stream().map(it -> it.pid()).toList());
      assertEquals(2, processes.size());
      processes.add(ProcessHandle.current().pid());
      var addresses = new ArrayList<String>();
      for (long process : processes) {
        addresses.addAll(listening(process));
      }
      assertTrue(addresses.size() >= 8, addresses::toString);
      assertEquals(Set.of("loopback"), new HashSet<>(addresses), addresses::toString);
      System.out.println(addresses.size() + " listening sockets, all on loopback");
      pool.close();
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    assertTrue(condition.getAsBoolean());
  }

  /** Where the sockets of a process listen, by proc(5). */
  private static List<String> listening(long process) throws IOException {
    var own = new HashSet<String>();
    try (Stream<Path> files = Files.list(Path.of("/proc", "" + process, "fd"))) {
      for (Path file : files.toList()) {
        try {
          own.add(Files.readSymbolicLink(file).toString());
        } catch (IOException closed) {
          // meanwhile
        }
      }
    }
    var addresses = new ArrayList<String>();
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : Files.readAllLines(Path.of("/proc/net", table))) {
        String[] cells = line.trim().split("\\s+", -1);
        boolean listens = cells[3].equals("0A");
        if (listens && own.contains("socket:[" + cells[9] + "]")) {
          String address = cells[1].replaceFirst(":.*", "");
          boolean loopback =
              address.equals("0100007F") || address.equals("0000000000000000FFFF00000100007F");
          addresses.add(loopback ? "loopback" : address);
        }
      }
    }
    return addresses;
  }

  @Test
  void aStrangerIsNotLetIn() throws Exception {
    try (var door = new Door("127.0.0.1", 0)) {
      String ticket = door.ticket();
      for (String wrong : List.of("", "no ticket", ticket.substring(1))) {
        assertEquals(-1, call(door, wrong).getInputStream().read());
      }
      try (var first = call(door, ticket)) {
        assertTrue(door.await(ticket, 5_000).isPresent());
        assertEquals(-1, read(call(door, ticket + "x")));
      }
      door.forget(ticket);
      assertEquals(-1, read(call(door, ticket)));
    }
  }

  private static int read(Socket socket) throws IOException {
    try (socket) {
      return socket.getInputStream().read();
    }
  }

  private static Socket call(Door door, String ticket) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), door.port());
    new Door.Hello(ticket, "0", "somewhere", 1).write(socket.getOutputStream());
    return socket;
  }

  @Test
  void moreActorsThanThereIsRoomForAreRefusedAndNothingHangs() {
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      var job = rows(100_000).mapBatches(4, devices(3, spark));
      var failure = assertThrows(GristmillException.class, job::toList);
      assertTrue(
          failure.getMessage().contains("has no room for one more actor: 2 run on its 2 executors"),
          failure::getMessage);
      assertTrue(failure.getMessage().contains("ActorPool.size"), failure::getMessage);
      assertEquals(List.of(), spark.actors());
      assertEquals(8, rows(8).mapBatches(4, devices(2, spark)).toList().size());
    }
  }

  @Test
  void gpusAreThoseThatSparkGivesATask() throws Exception {
    Path script = folder.resolve("gpus");
    Files.writeString(
        script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"4\", \"5\"]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    var settings =
        Map.of(
            "spark.worker.resource.gpu.amount", "2",
            "spark.worker.resource.gpu.discoveryScript", script.toString(),
            "spark.executor.resource.gpu.amount", "2",
            "spark.task.resource.gpu.amount", "1");
    try (var spark = SparkCluster.start("local-cluster[1,2,512]", settings)) {
      var pool = devices(2, spark).gpusPerActor(1);
      var run = rows(80).mapBatches(4, pool).toList();
      assertEquals(Set.of("gpu:4", "gpu:5"), new TreeSet<>(run));
      assertTrue(
          run.timeline().toString().contains("gpu:4 on executor 0"), run.timeline()::toString);
    }
  }

  /** The server answers none of four reads before it has all of them. */
  @Test
  void anExecutorReadsPicturesOfABatchAtOnce() throws Exception {
    var reads = new CountDownLatch(4);
    var alone = new AtomicInteger();
    Runnable together =
        () -> {
          reads.countDown();
          try {
            alone.addAndGet(reads.await(20, TimeUnit.SECONDS) ? 0 : 1);
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
        };
    try (var bucket = new Bucket(8, together);
        var spark = SparkCluster.start("local-cluster[1,1,512]", bucket.settings())) {
      var pool =
          ActorPool.<Image, String>of(
              1, device -> batch -> batch.stream().map(Image::path).toList());
      var job = bucket.images().mapBatches(4, pool.on(spark));
      var there = List.copyOf(job.toList());
      assertEquals(0, alone.get(), "reads that no other one came with");
      assertEquals(8, there.size());
      assertEquals(there, List.copyOf(bucket.images().map(Image::path).toList()));
    }
  }

  @Test
  void executorsComeAndGoWithTheActors() throws Exception {
    var settings =
        Map.of(
            "spark.dynamicAllocation.enabled", "true",
            "spark.dynamicAllocation.shuffleTracking.enabled", "true",
            "spark.dynamicAllocation.minExecutors", "0",
            "spark.dynamicAllocation.initialExecutors", "0",
            "spark.dynamicAllocation.executorIdleTimeout", "1s");
    try (var spark = SparkCluster.start("local-cluster[2,1,512]", settings)) {
      assertEquals(0, spark.executors());
      var pool = devices(2, spark).keepWarm("coming and going");
      assertEquals(40, rows(40).mapBatches(4, pool).toList().size());
      await(() -> spark.executors() == 2);
      pool.close();
      await(() -> spark.executors() == 0);
      assertEquals(4, rows(4).mapBatches(4, devices(1, spark)).toList().size());
    }
  }

  @Test
  void explainAndSparksPageTellWhereItRuns() throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    var settings = Map.of("spark.gristmill.port", "" + port);
    try (var spark = SparkCluster.start("local-cluster[2,1,512]", settings)) {
      try (var door = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertTrue(door.isConnected());
      }
      var job = rows(8).map(n -> n + 1).mapBatches(4, devices(2, spark));
      String plan = job.explain().toString();
      assertTrue(plan.contains("2 actors on local-cluster[2,1,512]"), plan);
      assertTrue(plan.contains("map > mapBatches(4, 2 workers)"), plan);
      var run = job.toList();
      assertTrue(run.stats().notes().toString().contains(spark.uiUrl().orElseThrow()));
      String cost = run.stats().cost(Prices.of("EUR").here(1)).toString();
      assertTrue(cost.contains("the run was on a cluster"), cost);
      var page = HttpRequest.newBuilder(URI.create(spark.uiUrl().orElseThrow() + "/jobs/")).build();
      var answer = HttpClient.newHttpClient().send(page, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      assertTrue(answer.body().contains("gristmill"));
    }
  }

  @Test
  void aClosedClusterSaysSoAndAnotherTakesItsPlace() {
    var first = SparkCluster.start("local-cluster[1,1,512]");
    var second = SparkCluster.start("local-cluster[1,1,512]");
    try {
      var job = rows(8).mapBatches(4, devices(1, first));
      var failure = assertThrows(GristmillException.class, job::toList);
      assertTrue(failure.getMessage().contains("is closed: start one"), failure::getMessage);
      assertEquals(8, rows(8).mapBatches(4, devices(1, second)).toList().size());
    } finally {
      second.close();
    }
    assertFalse(Files.exists(Path.of("work")), "what Spark wrote is left");
  }

  @Test
  void aMasterThatIsNotThereIsTold() throws Exception {
    String closed;
    try (var door = new Door("127.0.0.1", 0)) {
      closed = "127.0.0.1:" + door.port();
    }
    for (String master : List.of("local-cluster[x]", "spark://" + closed)) {
      var failure = assertThrows(GristmillException.class, () -> SparkCluster.start(master));
      String text = "cannot start Spark on " + master;
      assertTrue(failure.getMessage().contains(text), failure::getMessage);
    }
  }

  @Test
  void aPoolGrowsAsLargeAsTheClusterAndGoesOn() {
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      var pool = ActorPool.of(1, 4, new Workers(folder.resolve("log")).slow(20)).on(spark);
      var run = Dataset.from("rows", () -> whileItMayGrow(spark)).mapBatches(4, pool).toList();
      var stage = run.stats().plan().stages().get(1).measured().orElseThrow();
      assertEquals(2, stage.actors().size(), stage::toString);
      assertEquals(2, stage.workers(), stage::toString);
      assertTrue(
          run.stats().notes().toString().contains("goes on with 2 workers: local-cluster[2,1,512]"),
          () -> run.stats().notes().toString());
    }
  }

  /** Rows until there have been two actors for long enough to find that there is no third. */
  private static Iterator<Integer> whileItMayGrow(SparkCluster spark) {
    return new Iterator<>() {
      private long two; // System.nanoTime()

      @Override
      public boolean hasNext() {
        if (two == 0 && spark.actors().size() == 2) {
          two = System.nanoTime();
        }
        return two == 0 || System.nanoTime() - two < TimeUnit.SECONDS.toNanos(35);
      }

      @Override
      public Integer next() {
        return 1;
      }
    };
  }

  @Test
  void aWorkerThatDoesNotAnswerAnInterruptLosesItsSeat() {
    try (var spark = SparkCluster.start("local-cluster[1,1,512]")) {
      var pool =
          ActorPool.of(1, new Workers(folder.resolve("log")))
              .on(spark)
              .timeLimit(Duration.ofSeconds(2));
      var rows = new ArrayList<>(IntStream.range(0, 12).boxed().toList());
      rows.set(5, Workers.DEAF);
      var aside = OnError.setAside(folder.resolve("failed.jsonl").toString());
      var run = Dataset.of(rows).mapBatches(1, pool).onError(aside).toList();
      assertEquals(11, run.size());
      assertEquals(12, run.get(5), "the row behind it");
    }
  }

  @Test
  void aDriverThatCannotBeReachedIsTold() throws Exception {
    int closed;
    try (var door = new Door("127.0.0.1", 0)) {
      closed = door.port();
    }
    var seat = new Seat("127.0.0.1", closed, "ticket", 1);
    var failure = assertThrows(GristmillException.class, () -> seat.call(0));
    assertTrue(
        failure.getMessage().contains("cannot reach the driver at 127.0.0.1:" + closed),
        failure::getMessage);
  }

  @Test
  void executorsThatDoNotStartAreTold() {
    var settings = Map.of("spark.executorEnv.JAVA_HOME", folder.resolve("no-java").toString());
    try (var spark = SparkCluster.start("local-cluster[1,1,512]", settings)) {
      var job = rows(8).mapBatches(4, devices(1, spark));
      var failure = assertThrows(GristmillException.class, job::toList);
      assertTrue(
          failure.getMessage().contains("Spark has ended the cluster local-cluster[1,1,512]"),
          failure::getMessage);
    }
  }

  @Test
  void poolsAreKeptLast() {
    try (var spark = SparkCluster.start("local-cluster[1,1,512]")) {
      var pool = ActorPool.<Integer, Integer>of(1, device -> batch -> batch).keepWarm("order");
      assertThrows(IllegalStateException.class, () -> pool.on(spark));
      pool.close();
    }
  }
}
