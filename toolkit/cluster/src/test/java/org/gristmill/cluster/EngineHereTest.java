package org.gristmill.cluster;

import org.gristmill.ActorPool;

/** The suite with actors in this process. */
class EngineHereTest extends EngineSuite {
  @Override
  <T, R> ActorPool<T, R> placed(ActorPool<T, R> pool) {
    return pool;
  }
}
