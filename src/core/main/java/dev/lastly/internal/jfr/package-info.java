/**
 * The events that Lastly adds to a recording of the JDK's Flight Recorder.
 *
 * <p>{@link Flight#isOn} is asked first, always: while nothing is recorded it is the only code of
 * this package that runs, no event class is loaded, and no object is made. The JDK's module may be
 * missing from a run-time image; then nothing is ever recorded.
 */
@NullMarked
package dev.lastly.internal.jfr;

import org.jspecify.annotations.NullMarked;
