/**
 * What pictures and predictions are like, in a few kilobytes, and whether they have changed: the
 * one room that knows the library of sketches.
 */
package org.gristmill.drift;
