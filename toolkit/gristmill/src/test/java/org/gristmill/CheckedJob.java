package org.gristmill;

import java.util.List;

/** A batch job as somebody may write it, for {@link RuleTest}. Argument: rows a second. */
final class CheckedJob {
  private CheckedJob() {}

  public static void main(String[] arguments) {
    Dataset.of(List.of(1, 2, 3))
        .mapBatches(2, 1, batch -> batch)
        .toList()
        .check(Rule.throughputBelow(Double.parseDouble(arguments[0])));
    System.out.println("all is well");
  }
}
