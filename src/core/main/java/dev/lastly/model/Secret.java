package dev.lastly.model;

import dev.lastly.internal.text.LookedUpSecrets;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * An argument whose value is not stored: a password or token that a clean-up call needs. The row
 * holds a reference to it, or its ciphertext, and so do logs, events, the program and the report.
 *
 * <pre>{@code
 * job.defer(Cloud::deleteVm, "vm-17", Secret.environment("CLOUD_TOKEN"));
 *
 * static void deleteVm(String name, Secret token) { … token.text() … }
 * }</pre>
 *
 * <p>The value is looked up when the function runs, in the process that runs it. A process that
 * does not have it leaves the function to one that does, with the reason in the row, and no attempt
 * is used up; that holds for parameters declared as {@code Secret}, and for records, collections
 * and optionals of them. {@code defer} refuses a secret that its own process does not have.
 *
 * <p>What is recorded and logged of an attempt, its result, exception or reason, shows the
 * reference in the place of a value of at least 4 characters, and of the token in {@code Bearer
 * TOKEN}, as far as the text has it literally. Lastly cannot keep a function from writing it
 * elsewhere, or in another form, such as Base64. Immutable and thread-safe; equal if the references
 * are.
 */
public final class Secret {
  private static final String ENVIRONMENT = "environment";
  private static final String FILE = "file";
  private static final String SEALED = "sealed";
  private static final String KEY = "key";

  private static final int MAX_BYTES = 64 << 10;
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final String CIPHER = "AES/GCM/NoPadding";

  private final Map<String, String> reference;

  private Secret(Map<String, String> reference) {
    this.reference = Map.copyOf(reference);
  }

  /**
   * The value of an environment variable.
   *
   * @param variable its name
   * @return a reference; nothing is looked up yet
   * @throws IllegalArgumentException if the name is empty
   */
  public static Secret environment(String variable) {
    if (variable.isEmpty()) {
      throw new IllegalArgumentException("the name of an environment variable is empty");
    }
    return new Secret(Map.of(ENVIRONMENT, variable));
  }

  /**
   * The content of a regular file, or of one that a symbolic link leads to: UTF-8, at most 64 KiB,
   * without one line feed at its end. If the file belongs to this user, its group and others must
   * not be able to read it.
   *
   * @param file an absolute path
   * @return a reference; nothing is read yet
   * @throws IllegalArgumentException if the path is relative
   */
  public static Secret file(Path file) {
    return new Secret(Map.of(FILE, absolute(file)));
  }

  /**
   * A value that is stored encrypted, with AES-256-GCM and a key from a file. Make the key with
   * {@code (umask 077; openssl rand -hex 32 > FILE)}, and keep it outside the state directory: who
   * has both has the value.
   *
   * @param value what to encrypt, at most 64 KiB of UTF-8
   * @param keyFile an absolute path, to 64 hexadecimal digits
   * @return the ciphertext, and where its key is
   * @throws IllegalArgumentException if the path is relative, the value too long, or the file holds
   *     no key or can be read by others, or by its group if it belongs to this user
   * @throws UncheckedIOException if the key cannot be read
   */
  public static Secret encrypted(String value, Path keyFile) {
    byte[] plain = value.getBytes(StandardCharsets.UTF_8);
    if (plain.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "a secret has %d bytes; the limit is %d", plain.length, MAX_BYTES));
    }
    String key = absolute(keyFile);
    byte[] nonce = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(nonce);
    try {
      byte[] sealed = crypt(Cipher.ENCRYPT_MODE, keyFile, nonce, plain, 0);
      byte[] both = new byte[NONCE_BYTES + sealed.length];
      System.arraycopy(nonce, 0, both, 0, NONCE_BYTES);
      System.arraycopy(sealed, 0, both, NONCE_BYTES, sealed.length);
      return new Secret(Map.of(SEALED, Base64.getEncoder().encodeToString(both), KEY, key));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the key of a secret from " + keyFile, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM cannot encrypt with " + CIPHER, e);
    }
  }

  private static String absolute(Path file) {
    if (!file.isAbsolute()) {
      throw new IllegalArgumentException(
          "the file of a secret needs an absolute path, because another process may read it; got '"
              + file
              + "'");
    }
    return file.toString();
  }

  /**
   * What a row stores of it.
   *
   * @return {@code environment}, or {@code file}, or {@code sealed} and {@code key}
   */
  public Map<String, String> reference() {
    return reference;
  }

  /**
   * A secret from what a row stores of it.
   *
   * @param reference as {@link #reference()} returned it
   * @return the secret; nothing is looked up yet
   * @throws IllegalArgumentException if it is no such reference
   */
  public static Secret of(Map<String, String> reference) {
    Set<String> names = reference.keySet();
    if (!names.equals(Set.of(ENVIRONMENT))
        && !names.equals(Set.of(FILE))
        && !names.equals(Set.of(SEALED, KEY))) {
      throw new IllegalArgumentException(
          "a secret is stored as environment, or file, or sealed and key; found " + names);
    }
    return new Secret(reference);
  }

  /**
   * Looks the value up.
   *
   * @return the value
   * @throws UnresolvableFunctionException if this process does not have it; the message says why
   */
  public String text() {
    String value = value();
    LookedUpSecrets.add(value, toString());
    return value;
  }

  private String value() {
    String variable = reference.get(ENVIRONMENT);
    if (variable != null) {
      String value = System.getenv(variable);
      if (value == null) {
        throw missing("the environment variable " + variable + " is not set", null);
      }
      return value;
    }
    String file = reference.get(FILE);
    try {
      return file == null ? opened() : content(Path.of(file));
    } catch (IOException | IllegalArgumentException e) {
      throw missing(e.toString(), e);
    }
  }

  private String opened() throws IOException {
    byte[] both = Base64.getDecoder().decode(stored(SEALED));
    if (both.length < NONCE_BYTES) {
      throw new IllegalArgumentException("the ciphertext is too short");
    }
    byte[] nonce = new byte[NONCE_BYTES];
    System.arraycopy(both, 0, nonce, 0, NONCE_BYTES);
    Path key = Path.of(stored(KEY));
    try {
      return new String(
          crypt(Cipher.DECRYPT_MODE, key, nonce, both, NONCE_BYTES), StandardCharsets.UTF_8);
    } catch (GeneralSecurityException e) {
      throw missing("the key in " + key + " is not the one that it was encrypted with", e);
    }
  }

  private String stored(String name) {
    return Objects.requireNonNull(reference.get(name));
  }

  private UnresolvableFunctionException missing(String why, @Nullable Throwable cause) {
    return new UnresolvableFunctionException(
        this
            + " is not available in this process: "
            + why
            + ". Start a worker that has it; the function waits",
        cause);
  }

  private static String content(Path file) throws IOException {
    byte[] bytes = read(file);
    int end = bytes.length > 0 && bytes[bytes.length - 1] == '\n' ? bytes.length - 1 : bytes.length;
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private static byte[] read(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException(
          file + " is no regular file"); // to open a pipe would wait for its writer
    }
    requirePrivate(file);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(file + " has more than " + MAX_BYTES + " bytes");
      }
      return bytes;
    }
  }

  /**
   * As ssh(1) looks at its keys: what this user can change is checked. A container mounts secrets
   * that belong to another user, with permissions that let this one read.
   */
  private static void requirePrivate(Path file) throws IOException {
    Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
    boolean open =
        granted.contains(PosixFilePermission.GROUP_READ)
            || granted.contains(PosixFilePermission.OTHERS_READ);
    if (open && isOwn(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the permissions %s of %s let other users read it; chmod 600 it, and change what is"
                  + " in it if they may have done so",
              PosixFilePermissions.toString(granted),
              file));
    }
  }

  private static boolean isOwn(Path file) throws IOException {
    Path process = Path.of("/proc/self");
    return !Files.exists(process)
        || Files.getAttribute(file, "unix:uid").equals(Files.getAttribute(process, "unix:uid"));
  }

  private static byte[] crypt(int mode, Path keyFile, byte[] nonce, byte[] from, int offset)
      throws IOException, GeneralSecurityException {
    if (Files.getPosixFilePermissions(keyFile).contains(PosixFilePermission.OTHERS_READ)) {
      throw new IllegalArgumentException(
          "others can read the key file " + keyFile + "; chmod 600 it, and make another key");
    }
    String digits = content(keyFile);
    byte[] key;
    try {
      key = HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException e) {
      key = new byte[0];
    }
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "the key file "
              + keyFile
              + " does not hold 64 hexadecimal digits (openssl rand -hex 32)");
    }
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    return cipher.doFinal(from, offset, from.length - offset);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret && reference.equals(secret.reference);
  }

  @Override
  public int hashCode() {
    return reference.hashCode();
  }

  /** The reference; never the value. */
  @Override
  public String toString() {
    String variable = reference.get(ENVIRONMENT);
    if (variable != null) {
      return "Secret(environment variable " + variable + ")";
    }
    String file = reference.get(FILE);
    return file == null
        ? "Secret(encrypted, key in " + stored(KEY) + ")"
        : "Secret(file " + file + ")";
  }
}
