package org.gristmill.pool;

/**
 * When a pool grows and shrinks, from measured rates. It grows by one actor while all of them are
 * busy all the time, and looks whether that brought more rows a second: if not, the actor goes
 * again and the pool does not try for a while, each time for longer. It shrinks by one actor where
 * the others would still have time to spare. Between growing and shrinking lies a band in which
 * nothing happens, so that noise does not make it flap.
 *
 * <p>Owned by the driving thread.
 */
public final class Scaling {
  private static final double SATURATED = 0.10; // share of time without input, under which it grows
  private static final double TO_SPARE = 0.25; // what must be left after shrinking
  private static final double WORTH_IT =
      1.08; // rows a second with one more actor, to those without
  private static final int CALM = 2; // windows in a row that say the same
  private static final int FIRST_BAN = 8; // windows
  private static final int LONGEST_BAN = 512;

  private final int min;
  private final int max;
  private int votes; // windows in a row for growing (positive) or shrinking (negative)
  private double rateBefore = -1; // rows a second before the latest growth, while that is on trial
  private int settling; // windows until a trial is judged: a new actor loads its model first
  private int ban; // windows without a trial
  private int nextBan = FIRST_BAN;

  public Scaling(int min, int max) {
    this.min = min;
    this.max = max;
  }

  /**
   * What a window of time says.
   *
   * @param size actors now
   * @param starved the share of their time, 0..1, that they waited for input
   * @param rate rows a second
   * @return actors from now on
   */
  public int decide(int size, double starved, double rate) {
    ban = Math.max(0, ban - 1);
    if (rateBefore >= 0) {
      return judge(size, starved, rate);
    }
    boolean saturated = starved < SATURATED && size < max && ban == 0;
    boolean idle = size > min && 1 - (1 - starved) * size / (size - 1) > TO_SPARE;
    votes = saturated ? Math.max(0, votes) + 1 : idle ? Math.min(0, votes) - 1 : 0;
    if (votes >= CALM) {
      votes = 0;
      rateBefore = rate;
      settling = CALM;
      return size + 1;
    }
    if (votes <= -CALM) {
      votes = 0;
      return size - 1;
    }
    return size;
  }

  private int judge(int size, double starved, double rate) {
    if (settling-- > 0) {
      return size;
    }
    boolean worthIt = rate > WORTH_IT * rateBefore;
    rateBefore = -1;
    if (worthIt
        || starved > SATURATED) { // starved: the input ran dry, which says nothing of the actor
      nextBan = worthIt ? FIRST_BAN : nextBan;
      return size;
    }
    ban = nextBan;
    nextBan = Math.min(LONGEST_BAN, 2 * nextBan);
    return Math.max(min, size - 1);
  }
}
