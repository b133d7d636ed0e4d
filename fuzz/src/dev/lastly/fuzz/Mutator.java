package dev.lastly.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages seeds at random, the same way on every JVM for the same number. For one thread. */
final class Mutator {
  private static final byte[] TELLING =
      "\0\t\n\r \"\\#()[]{}:;,.-+/%0189AZaz\u007f\u0080\u00ff"
          .getBytes(StandardCharsets.ISO_8859_1);

  private static final List<String> NUMBERS =
      List.of("0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "1e400");

  private final SplittableRandom random;
  private final List<byte[]> seeds;
  private final int maxLength;

  Mutator(long seed, List<byte[]> seeds, int maxLength) {
    this.random = new SplittableRandom(seed);
    this.seeds = seeds;
    this.maxLength = maxLength;
  }

  byte[] next() {
    byte[] input = any(seeds).clone();
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      input = mutated(input);
    }
    return input.length <= maxLength ? input : Arrays.copyOf(input, maxLength);
  }

  private byte[] mutated(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int to = Math.min(input.length, at + random.nextInt(1, 16));
    return switch (random.nextInt(8)) {
      case 0 -> flipped(input, at);
      case 1 -> replaced(input, at, Math.min(input.length, at + 1), telling());
      case 2 -> replaced(input, at, at, telling());
      case 3 -> replaced(input, at, to, new byte[0]);
      case 4 -> replaced(input, at, at, Arrays.copyOfRange(input, at, to));
      case 5 -> replaced(input, at, to, piece(any(seeds)));
      case 6 -> replaced(input, at, to, any(NUMBERS).getBytes(StandardCharsets.US_ASCII));
      default -> repeated(input, at, to);
    };
  }

  private byte[] flipped(byte[] input, int at) {
    if (at < input.length) {
      input[at] ^= (byte) (1 << random.nextInt(8));
    }
    return input;
  }

  private byte[] repeated(byte[] input, int at, int to) {
    byte[] piece = Arrays.copyOfRange(input, at, to);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = random.nextInt(2, 64); i > 0; i--) {
      many.writeBytes(piece);
    }
    return replaced(input, at, to, many.toByteArray());
  }

  private byte[] piece(byte[] of) {
    int from = random.nextInt(of.length + 1);
    return Arrays.copyOfRange(of, from, Math.min(of.length, from + random.nextInt(1, 64)));
  }

  private byte[] telling() {
    return new byte[] {TELLING[random.nextInt(TELLING.length)]};
  }

  private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(input, 0, from);
    out.writeBytes(by);
    out.write(input, to, input.length - to);
    return out.toByteArray();
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
