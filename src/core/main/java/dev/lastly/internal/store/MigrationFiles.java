package dev.lastly.internal.store;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/**
 * The files of {@code migrations/}, as resources of the jar. This class names each file, because
 * Java cannot list the resources of a module or of a linked image. Immutable.
 */
final class MigrationFiles implements ResourceProvider {
  static final List<String> NAMES = List.of("V1__lastly.sql");

  @Override
  public @Nullable LoadableResource getResource(String name) {
    return null; // Flyway asks for configuration files and callbacks, of which there are none
  }

  @Override
  public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
    return NAMES.stream()
        .filter(name -> name.startsWith(prefix) && Stream.of(suffixes).anyMatch(name::endsWith))
        .<LoadableResource>map(Script::new)
        .toList();
  }

  private static final class Script extends LoadableResource {
    private final String name;

    Script(String name) {
      this.name = name;
    }

    @Override
    public Reader read() {
      InputStream text = MigrationFiles.class.getResourceAsStream("/dev/lastly/migrations/" + name);
      return new InputStreamReader(
          Objects.requireNonNull(text, () -> name + " is missing from the jar of Lastly"),
          StandardCharsets.UTF_8);
    }

    @Override
    public String getAbsolutePath() {
      return name;
    }

    @Override
    public String getAbsolutePathOnDisk() {
      return name;
    }

    @Override
    public String getFilename() {
      return name;
    }

    @Override
    public String getRelativePath() {
      return name;
    }
  }
}
