package dev.lastly.cli;

import picocli.CommandLine.IVersionProvider;

/** The version, from the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Lastly.class.getPackage().getImplementationVersion();
    return new String[] {"lastly " + (version == null ? "(not from a jar)" : version)};
  }
}
