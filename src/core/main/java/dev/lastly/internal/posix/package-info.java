/** Who this process runs as, and whom a file lets in. Knows nothing of Lastly. */
@NullMarked
package dev.lastly.internal.posix;

import org.jspecify.annotations.NullMarked;
