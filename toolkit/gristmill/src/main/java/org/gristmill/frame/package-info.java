/** Rows in columns: the one room that makes data frames of rows, and rows of data frames. */
package org.gristmill.frame;
