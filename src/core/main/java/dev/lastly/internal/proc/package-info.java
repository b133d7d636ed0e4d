/**
 * What Lastly reads of proc(5): a process's line in {@code /proc/<pid>/stat}, the clock of start
 * ticks, and the tables of mounts and of locks. Knows nothing of Lastly.
 *
 * <p>Text that the manual does not describe is never guessed at. It is a {@link
 * dev.lastly.internal.proc.ProcFormatException}, which proves nothing: the process is neither there
 * nor gone, and a mount may be anywhere. So it gives no owner a verdict of {@code DEAD}, ends no
 * process, and lets no deletion begin.
 */
@NullMarked
package dev.lastly.internal.proc;

import org.jspecify.annotations.NullMarked;
