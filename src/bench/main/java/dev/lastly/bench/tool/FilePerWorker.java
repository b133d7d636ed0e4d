package dev.lastly.bench.tool;

import dev.lastly.model.Durability;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The design that Lastly replaces, in Java: each worker appends serialized calls to its own file,
 * which it keeps locked while it lives. A worker that starts a job scans the directory for unlocked
 * files, makes the calls in them, and deletes them.
 *
 * <p>It counts no attempts and keeps no history. Calls after a torn record are lost.
 */
final class FilePerWorker implements Backlog {
  private final Path directory;
  private final boolean toDevice;
  private final Path file;
  private final FileChannel channel;

  @SuppressWarnings("unused") // keeps the file locked
  private final FileLock lock;

  FilePerWorker(Path directory, Durability durability) throws IOException {
    this.directory = Files.createDirectories(directory.resolve("files"));
    this.toDevice = durability == Durability.POWER_LOSS;
    this.file = this.directory.resolve(UUID.randomUUID() + ".calls");
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.lock = channel.lock();
  }

  /** A serializable call with its argument. */
  @FunctionalInterface
  private interface Stored extends Serializable {
    void make();
  }

  @Override
  public synchronized void register() throws IOException {
    String path = Call.ARGUMENT;
    Stored call = () -> Call.nothing(path);
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(record)) {
      out.writeObject(call);
    }
    ByteBuffer bytes = ByteBuffer.wrap(record.toByteArray());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    if (toDevice) {
      channel.force(false);
    }
  }

  /** Acts as the next worker after this one's death. */
  @Override
  public void start() throws IOException, ClassNotFoundException {
    channel.close();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.calls")) {
      for (Path each : files) {
        inherit(each);
      }
    }
  }

  private static void inherit(Path file) throws IOException, ClassNotFoundException {
    try (FileChannel left =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      FileLock mine = left.tryLock();
      if (mine == null) {
        return; // its worker lives
      }
      try (InputStream in = new BufferedInputStream(Channels.newInputStream(left))) {
        while (makeNext(in)) {
          // until the file ends
        }
        Files.delete(file);
      }
    }
  }

  private static boolean makeNext(InputStream in) throws IOException, ClassNotFoundException {
    try {
      ObjectInputStream record = new ObjectInputStream(in); // not closed: the next record follows
      ((Stored) record.readObject()).make();
      return true;
    } catch (EOFException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
