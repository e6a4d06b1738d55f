package org.gristmill.source;

import java.io.Serializable;
import org.gristmill.dataset.Versioned;

/**
 * Encoded bytes that are not read yet: of a file, or of an object in S3. They can be sent to
 * another process, which reads them itself.
 */
public interface Bytes extends Versioned, Serializable {
  /** Reads all of them; thread-safe. Blocks, and is tried again where that may help. */
  byte[] read() throws Exception;
}
