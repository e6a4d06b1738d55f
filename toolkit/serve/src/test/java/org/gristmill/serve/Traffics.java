package org.gristmill.serve;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Clients that ask a service again and again, and note the status of every answer. */
final class Traffics implements AutoCloseable {
  private static final int CLIENTS = 3;

  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private final Set<Integer> statuses = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  Traffics(Serve service, List<byte[]> pictures) {
    var client = new Client(service);
    for (int number = 0; number < CLIENTS; number++) {
      int first = number;
      clients.execute(
          () -> {
            for (int i = first; !stopped; i++) {
              var answer = client.predict(pictures.get(i % pictures.size())).join();
              statuses.add(answer.statusCode());
            }
          });
    }
  }

  Set<Integer> stop() throws InterruptedException {
    stopped = true;
    clients.shutdown();
    clients.awaitTermination(30, TimeUnit.SECONDS);
    return statuses;
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
