/** Power loss: files as they may look after a cut, rebuilt from the record of a run. */
@NullMarked
package dev.lastly.disk;

import org.jspecify.annotations.NullMarked;
