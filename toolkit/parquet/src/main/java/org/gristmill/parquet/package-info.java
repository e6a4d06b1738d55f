/** Parquet files as datasets, and datasets and data frames as Parquet files. */
package org.gristmill.parquet;
