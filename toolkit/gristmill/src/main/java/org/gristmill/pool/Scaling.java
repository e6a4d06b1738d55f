package org.gristmill.pool;

/**
 * When a pool grows and shrinks, from measured rates. It grows by one actor while all of them are
 * busy all the time, and looks whether that brought more rows a second: if not, the actor goes
 * again and the pool does not try for a while, each time for longer, unless the load changes. It
 * shrinks by one actor where the others would still have time to spare. Between growing and
 * shrinking lies a band in which nothing happens, and rates are measured until they are precise
 * enough to tell, so that noise does not make it flap.
 *
 * <p>Owned by the driving thread.
 */
public final class Scaling {
  private static final double SATURATED = 0.10; // share of time without input, under which it grows
  private static final double TO_SPARE = 0.25; // what must be left after shrinking
  private static final double WORTH_IT = 0.4; // of the rows that one more actor brings at best
  private static final double OTHER_LOAD = 0.3; // change of the rate that lifts a ban
  private static final int FEWEST = 3; // windows that are judged together
  private static final int MOST = 24;
  private static final int FIRST_BAN = 8; // windows
  private static final int LONGEST_BAN = 512;

  private final int min;
  private final int max;
  private Sample sample = new Sample(); // since the latest decision
  private double before = -1; // rows a second before the latest growth, while that is on trial
  private int grown; // the size that is on trial
  private boolean settling; // the first window after a change tells nothing
  private int ban; // windows without a trial, from this size on:
  private int bannedSize;
  private int nextBan = FIRST_BAN;
  private double bannedRate; // rows a second when it was banned
  private int strange; // samples in a row with another rate than that

  public Scaling(int min, int max) {
    this.min = min;
    this.max = max;
  }

  /** Windows of the same size. */
  private static final class Sample {
    private int count;
    private double rates;
    private double squares;
    private double starved;

    void add(double rate, double starvedShare) {
      count++;
      rates += rate;
      squares += rate * rate;
      starved += starvedShare;
    }

    double rate() {
      return rates / count;
    }

    double starved() {
      return starved / count;
    }

    /** Whether the mean rate is known so well that a change by that share of it would show. */
    boolean shows(double share) {
      double variance = Math.max(0, squares - rates * rates / count) / (count - 1);
      return count >= MOST || 3 * Math.sqrt(variance / count) <= share * rate();
    }
  }

  /**
   * What a window of time says, in which no actor was being made.
   *
   * @param size actors now
   * @param starved the share of their time, 0..1, that they waited for input
   * @param rate rows a second
   * @return actors from now on
   */
  public int decide(int size, double starved, double rate) {
    ban = Math.max(0, ban - 1);
    if (settling) {
      settling = false;
      return size;
    }
    sample.add(rate, starved);
    if (sample.count < FEWEST) {
      return size;
    }
    if (before >= 0 && size < grown) { // there was no room for one more
      ban(size);
      return size;
    }
    if (before >= 0) {
      return sample.shows(worth(size - 1)) ? judge(size) : size;
    }
    if (size > min && 1 - (1 - sample.starved()) * size / (size - 1) > TO_SPARE) {
      return change(size - 1);
    }
    if (sample.starved() >= SATURATED || size >= max || isBanned(size)) {
      sample = new Sample();
      return size;
    }
    return sample.shows(worth(size)) ? grow(size) : size;
  }

  /** The share of more rows that makes it worth while to have one more actor than that many. */
  private static double worth(int size) {
    return WORTH_IT / size;
  }

  private int grow(int size) {
    before = sample.rate();
    grown = size + 1;
    return change(grown);
  }

  private int change(int size) {
    settling = true;
    sample = new Sample();
    return size;
  }

  private boolean isBanned(int size) {
    if (ban == 0 || size < bannedSize) {
      return false;
    }
    boolean other = Math.abs(sample.rate() - bannedRate) > OTHER_LOAD * bannedRate;
    strange = other ? strange + 1 : 0;
    if (strange < 2) {
      return true;
    }
    ban = 0;
    nextBan = FIRST_BAN;
    return false;
  }

  private int judge(int size) {
    boolean worthIt = sample.rate() > (1 + worth(size - 1)) * before;
    if (worthIt) {
      nextBan = Math.max(FIRST_BAN, nextBan / 2);
      boolean more = sample.starved() < SATURATED && size < max && sample.shows(worth(size));
      before = -1;
      return more ? grow(size) : size;
    }
    ban(size - 1);
    return change(Math.max(min, size - 1));
  }

  private void ban(int size) {
    bannedSize = size;
    bannedRate = before;
    ban = nextBan;
    nextBan = Math.min(LONGEST_BAN, 2 * nextBan);
    strange = 0;
    before = -1;
  }
}
