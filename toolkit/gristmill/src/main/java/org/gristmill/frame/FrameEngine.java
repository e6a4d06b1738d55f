package org.gristmill.frame;

import org.dflib.DataFrame;

/**
 * What computes over the numbers in a frame's columns: {@link org.gristmill.Frames#cpu} or {@link
 * org.gristmill.Frames#gpu}, with the same results but for the last bits. Thread-safe. An
 * implementation is found by {@link java.util.ServiceLoader}.
 */
public interface FrameEngine {
  /** What it is and where it runs, in a few words. */
  String name();

  /**
   * The frame with these columns standardised: each number less the column's mean, divided by its
   * standard deviation (of the population: over n). A column of one and the same number becomes
   * 0/0, NaN. The other columns stay as they are.
   *
   * @param columns of numbers, without nulls
   * @throws IllegalArgumentException naming a column that is not there, or not of numbers
   */
  DataFrame standardise(DataFrame frame, String... columns);

  /**
   * The mean of each of these columns in every group of rows that have the same text or number in
   * one column; a row a group, in the order of its keys.
   *
   * @param by the column of the keys, without nulls
   * @param columns of numbers, without nulls
   * @throws IllegalArgumentException naming a column that is not there, or not of numbers
   */
  DataFrame means(DataFrame frame, String by, String... columns);
}
