package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.List;

/**
 * The place in a stage's order of rows that are worked on together. They may be worked on in
 * several pieces: a batch that failed is halved. Owned by the driving thread.
 */
final class Slot {
  /** Rows that one task is given. */
  static final class Piece {
    final List<Row<?>> rows;
    final boolean isRetry;
    List<Row<?>> made; // written by an actor, read after its task has ended
    List<Row<?>> results; // null until it is done

    Piece(List<Row<?>> rows, boolean isRetry) {
      this.rows = rows;
      this.isRetry = isRetry;
    }
  }

  final List<Row<?>> inputs; // those that failed before and those that were dropped included
  final long inputBytes;
  final long reserved; // bytes that its results are expected to take
  private final List<Piece> pieces = new ArrayList<>();
  private int missing; // pieces that are not done
  private List<Row<?>> outputs;

  private Slot(List<Row<?>> inputs, long inputBytes, long reserved) {
    this.inputs = inputs;
    this.inputBytes = inputBytes;
    this.reserved = reserved;
  }

  /** Rows to be worked on. */
  static Slot of(List<Row<?>> inputs, long reserved) {
    return new Slot(inputs, bytes(inputs), reserved);
  }

  /** A row that has no value only keeps its place. */
  static Slot passing(Row<?> row) {
    var slot = new Slot(List.of(row), row.bytes(), 0);
    slot.outputs = slot.inputs;
    return slot;
  }

  static long bytes(List<Row<?>> rows) {
    long sum = 0;
    for (Row<?> row : rows) {
      sum += row.bytes();
    }
    return sum;
  }

  void add(Piece piece) {
    pieces.add(piece);
    missing++;
  }

  /** Puts other pieces in the place of one. */
  void replace(Piece piece, List<Piece> others) {
    int at = pieces.indexOf(piece);
    pieces.remove(at);
    pieces.addAll(at, others);
    missing += others.size() - 1;
  }

  void done(Piece piece, List<Row<?>> results) {
    piece.results = results;
    missing--;
  }

  boolean isWorkedOn() {
    return missing > 0;
  }

  /** The results of all pieces in order. */
  List<Row<?>> results() {
    if (pieces.size() == 1) {
      return pieces.get(0).results;
    }
    var all = new ArrayList<Row<?>>();
    pieces.forEach(piece -> all.addAll(piece.results));
    return all;
  }

  void finish(List<Row<?>> outputs) {
    this.outputs = outputs;
    pieces.clear();
  }

  boolean isDone() {
    return outputs != null;
  }

  List<Row<?>> outputs() {
    return outputs;
  }
}
