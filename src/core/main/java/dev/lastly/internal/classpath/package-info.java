/**
 * What Lastly needs of the class path, and what to say where it is not there. Its front is {@link
 * dev.lastly.internal.classpath.ClassPath}.
 */
@NullMarked
package dev.lastly.internal.classpath;

import org.jspecify.annotations.NullMarked;
