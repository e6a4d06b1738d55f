package org.gristmill.observe;

import java.nio.file.Path;

/**
 * A model that a worker has loaded.
 *
 * @param settings what else decides what it says, such as preprocessing and labels
 */
public record LoadedModel(Path file, String settings) {}
