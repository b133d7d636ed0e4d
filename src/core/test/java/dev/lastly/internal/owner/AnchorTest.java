package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Of a copy of the library on the class path; UnloadTest unloads another one. */
@Timeout(60)
class AnchorTest {
  @TempDir private Path directory;

  private WeakReference<FileChannel> opened(String name, boolean held) throws Exception {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (held) {
      Anchor.hold(channel);
    }
    return new WeakReference<>(channel);
  }

  @Test
  void hold_channelThatNothingElseRefersTo_keepsItOpen() throws Exception {
    WeakReference<FileChannel> held = opened("held", true);
    WeakReference<FileChannel> dropped = opened("dropped", false);
    while (dropped.get() != null) { // the collector has looked then
      System.gc();
    }
    assertThat(held.get()).isNotNull().matches(FileChannel::isOpen);
  }

  @Test
  void loaders_ofTheJvmAndOfAnApplicationInIt_areToldApart() throws Exception {
    assertThat(Anchor.isNeverUnloaded(null)).isTrue(); // the boot loader
    assertThat(Anchor.isNeverUnloaded(ClassLoader.getPlatformClassLoader())).isTrue();
    assertThat(Anchor.isNeverUnloaded(ClassLoader.getSystemClassLoader())).isTrue();
    try (URLClassLoader application = new URLClassLoader(new URL[0])) {
      assertThat(Anchor.isNeverUnloaded(application)).isFalse();
    }
  }
}
