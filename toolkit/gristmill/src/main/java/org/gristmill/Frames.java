package org.gristmill;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.dflib.DataFrame;
import org.dflib.Environment;
import org.dflib.print.TabularPrinter;
import org.gristmill.frame.CallersThread;
import org.gristmill.frame.Cuda;
import org.gristmill.frame.FrameEngine;
import org.gristmill.frame.FrameRows;
import org.gristmill.frame.OnProcessor;
import org.gristmill.frame.RowFrame;

/**
 * Rows as data frames, and back. A data frame is DFLib's: immutable and safe to share. Its cells
 * are the objects that the rows held; only ints and booleans lie in arrays of primitives, because
 * DFLib 2.0.0-M6 computes wrongly with arrays of doubles, floats and longs ({@code compactDouble}
 * and its like make such).
 */
public final class Frames {
  static {
    CallersThread.computes();
    Environment.setPrinter(new TabularPrinter()); // where no notebook shows a table
  }

  private Frames() {}

  /**
   * Rows as a data frame, a column for
   *
   * <ul>
   *   <li>each component of a record,
   *   <li>each key of a Map, as text, in the order in which they first appear; null where a row has
   *       none,
   *   <li>a picture's {@code path}, {@code width}, {@code height}, {@code channels} and, itself,
   *       {@code image},
   *   <li>a prediction's {@code index}, {@code label} and {@code confidence}; its other classes
   *       stay with {@link Prediction#top},
   *   <li>anything else: itself, as {@code value}.
   * </ul>
   *
   * @param rows all of one kind, none null; without rows the frame has no columns either
   * @throws IllegalArgumentException naming the row that is of another kind
   */
  public static DataFrame of(List<?> rows) {
    return RowFrame.of(rows);
  }

  /** A frame's rows, each a Map from the names of its columns, in their order, to its cells. */
  public static List<Map<String, Object>> rows(DataFrame frame) {
    return FrameRows.maps(frame);
  }

  /**
   * A frame's rows as records: each component is the cell of the column of its name; numbers fit
   * any type of number that holds them without loss. Columns without a component are left out.
   *
   * @throws IllegalArgumentException naming the row and the column, if one is missing, null where
   *     the component cannot be, or of another type
   */
  public static <R extends Record> List<R> rows(DataFrame frame, Class<R> type) {
    return FrameRows.records(frame, type);
  }

  /**
   * A step over data frames as a function of batches: the batch becomes a frame as in {@link #of},
   * and the rows of what the step returns are the results. For {@link Dataset#mapBatches} it keeps
   * the number of rows and their order; for {@link Dataset#flatMapBatches} it may filter, or group.
   *
   * @param step called by several threads at once, each with a frame of its own
   */
  public static <T> BatchFunction<T, Map<String, Object>> batch(UnaryOperator<DataFrame> step) {
    Objects.requireNonNull(step, "step");
    return batch -> rows(Objects.requireNonNull(step.apply(of(batch)), "the step's data frame"));
  }

  /** What computes over frames' columns on the processor: DFLib. */
  public static FrameEngine cpu() {
    return new OnProcessor();
  }

  /**
   * What computes over frames' columns on an NVIDIA GPU: cuDF, where the optional artifact {@code
   * org.gristmill:cudf} is on the class path.
   *
   * @throws GristmillException saying what is missing, and what does the same without
   */
  public static FrameEngine gpu() {
    return Cuda.engine();
  }
}
