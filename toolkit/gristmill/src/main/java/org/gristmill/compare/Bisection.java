package org.gristmill.compare;

import java.util.function.DoublePredicate;

/** Where an interval ends: halving, until a double can tell no more. */
final class Bisection {
  private static final int HALVINGS = 60;

  private Bisection() {}

  /**
   * The last value inside, on the way from one inside to one outside.
   *
   * @param isOutside false from the one on, and true from some place on
   */
  static double boundary(DoublePredicate isOutside, double outside, double inside) {
    double out = outside;
    double in = inside;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (out + in) / 2;
      if (isOutside.test(middle)) {
        out = middle;
      } else {
        in = middle;
      }
    }
    return in;
  }
}
