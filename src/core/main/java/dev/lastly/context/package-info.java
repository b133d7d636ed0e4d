/**
 * What goes along with a function from its registration to its run, in whichever process that is:
 * {@link dev.lastly.context.MdcCarrier} for SLF4J's MDC, {@link dev.lastly.context.TraceCarrier}
 * for OpenTelemetry, whose API must then be on the application's class path.
 */
@NullMarked
package dev.lastly.context;

import org.jspecify.annotations.NullMarked;
