package org.gristmill.cluster;

import org.gristmill.ActorPool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite with actors on two executors. */
class EngineOnExecutorsTest extends EngineSuite {
  private static SparkCluster spark;

  @BeforeAll
  static void start() {
    spark = SparkCluster.start("local-cluster[2,1,512]");
  }

  @AfterAll
  static void stop() {
    spark.close();
  }

  @Override
  <T, R> ActorPool<T, R> placed(ActorPool<T, R> pool) {
    return pool.on(spark);
  }
}
