/** The pages are sound, and the site that is built from them can be searched. */
@NullMarked
package dev.lastly.site;

import org.jspecify.annotations.NullMarked;
