package dev.lastly.cleanup;

import java.nio.file.Path;

/** Deletes a tree in a JVM of its own: another user, another mount namespace, few descriptors. */
final class DeleteTreeProbe {
  private DeleteTreeProbe() {}

  public static void main(String[] args) throws Exception {
    Cleanup.deleteTree(Path.of(args[0]));
    System.out.println("deleted");
  }
}
