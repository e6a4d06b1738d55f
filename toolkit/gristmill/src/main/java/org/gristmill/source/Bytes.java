package org.gristmill.source;

import org.gristmill.dataset.Versioned;

/** Encoded bytes that are not read yet: of a file, or of an object in S3. */
public interface Bytes extends Versioned {
  /** Reads all of them; thread-safe. Blocks, and is tried again where that may help. */
  byte[] read() throws Exception;
}
