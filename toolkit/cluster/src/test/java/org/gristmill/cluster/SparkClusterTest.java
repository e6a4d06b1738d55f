package org.gristmill.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.junit.jupiter.api.Test;

class SparkClusterTest {
  record Doubling() implements BatchWorker<Integer, Integer> {
    @Override
    public List<Integer> apply(List<Integer> batch) {
      return batch.stream().map(n -> 2 * n).toList();
    }
  }

  @Test
  void first() {
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      var pool = ActorPool.<Integer, Integer>of(2, device -> new Doubling()).on(spark);
      var rows = Dataset.of(IntStream.range(0, 1000).boxed().toList()).map(n -> n + 1);
      var run = rows.mapBatches(16, pool).toList();
      assertEquals(IntStream.range(0, 1000).mapToObj(n -> 2 * (n + 1)).toList(), List.copyOf(run));
      System.out.println(run.stats());
      System.out.println(run.stats().plan());
      System.out.println(run.timeline());
      System.out.println(spark.uiUrl());
    }
  }
}
