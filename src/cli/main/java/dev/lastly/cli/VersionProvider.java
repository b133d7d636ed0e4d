package dev.lastly.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the jar's manifest tells. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Lastly.class.getPackage().getImplementationVersion();
    return new String[] {"lastly " + (version == null ? "(not from a jar)" : version)};
  }
}
