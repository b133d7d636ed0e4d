/** What users get: the core's jar, its module, and applications that depend on it. */
@NullMarked
package dev.lastly.artifact;

import org.jspecify.annotations.NullMarked;
