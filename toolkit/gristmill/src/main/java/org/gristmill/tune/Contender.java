package org.gristmill.tune;

/**
 * A pool in one shape.
 *
 * @param pool what the user calls it
 */
public record Contender(String pool, Shape shape) {
  @Override
  public String toString() {
    return pool + ", " + shape;
  }
}
