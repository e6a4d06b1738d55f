package org.gristmill.source;

/** Encoded bytes that are not read yet: of a file, or of an object in S3. */
public interface Bytes {
  /** Reads all of them; thread-safe. Blocks, and is tried again where that may help. */
  byte[] read() throws Exception;
}
