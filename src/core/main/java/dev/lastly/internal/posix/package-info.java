/**
 * The POSIX facts that Lastly needs: this process's pid and user, the identity and permissions of
 * files, the spelling of their names. This package does not know Lastly.
 */
@NullMarked
package dev.lastly.internal.posix;

import org.jspecify.annotations.NullMarked;
