/** Data frames on an NVIDIA GPU, by cuDF for Java. */
package org.gristmill.cudf;
