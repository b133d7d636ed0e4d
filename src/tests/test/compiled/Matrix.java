package matrix;

import dev.lastly.DeferredFunction;
import dev.lastly.JobContext;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.support.Ledger;
import dev.lastly.support.Worker;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Each kind of function and of captured value. Each is called directly, which writes what is
 * expected, and deferred, so that another process writes the same to a ledger of its own.
 */
public final class Matrix implements Worker.Plugin {
  // What is deferred. Each method writes its name and what it was given.

  public static void ofPublic(String a, int b) throws IOException {
    saw("static", a, b);
  }

  private static void ofPrivate(Path a) throws IOException {
    saw("private", a);
  }

  static <T> void ofGeneric(T a, List<T> b) throws IOException {
    saw("generic", a, b);
  }

  static <T extends Comparable<T>> void ofBounded(T a) throws IOException {
    saw("bounded", a);
  }

  static void overloaded(String a) throws IOException {
    saw("overloadedText", a);
  }

  static void overloaded(Path a) throws IOException {
    saw("overloadedPath", a);
  }

  static void overloaded(long a) throws IOException {
    saw("overloadedLong", a);
  }

  static void overloaded(Long a) throws IOException {
    saw("overloadedBoxed", a);
  }

  static void varargs(String a, Path... b) throws IOException {
    saw("varargs", a, b);
  }

  static void nested(Map<String, List<Optional<Path>>> a, List<Set<Map.Entry<Long, UUID>>> b)
      throws IOException {
    saw("nested", a, b);
  }

  static void wildcards(Map<? extends Path, ?> a, Collection<? extends Rec> b)
      throws IOException {
    saw("wildcards", a, List.copyOf(b));
  }

  static void superOf(List<? super Path> a) throws IOException {
    saw("never", a);
  }

  static void enums(EnumMap<Kind, List<Kind>> a, EnumSet<Kind> b) throws IOException {
    saw("enums", a, b);
  }

  static void nulls(String a, Path b, Rec c, Integer d) throws IOException {
    saw("nulls", a, b, c, d);
  }

  static void record(Wide a) throws IOException {
    saw("wide", a.z, a.b, a.s, a.i, a.l, a.c, a.f, a.d, a.text, a.bytes, a.kinds, a.next);
  }

  record Wide(
      boolean z,
      byte b,
      short s,
      int i,
      long l,
      char c,
      float f,
      double d,
      String text,
      byte[] bytes,
      Map<Kind, Instant> kinds,
      Optional<Wide> next) {}

  record Rec(Path path, List<Integer> sizes) implements Iface {
    Rec {
      if (path == null) {
        throw new IllegalArgumentException("no path");
      }
    }

    void run(String a) throws IOException {
      saw("recordRun", this, a);
    }

    private void hidden() throws IOException {
      saw("recordHidden", this);
    }

    Action.Of0 capturesThis(String a) {
      return () -> saw("lambdaThis", path, sizes, a);
    }
  }

  record Box<T>(T content) {
    void open() throws IOException {
      saw("box", content);
    }
  }

  interface Iface {
    static void ofInterface(Instant a) throws IOException {
      saw("interfaceStatic", a);
    }

    default void ofDefault(UUID a) throws IOException {
      saw("interfaceDefault", this, a);
    }

    default Action.Of0 lambda() {
      return () -> saw("lambdaOfInterface");
    }
  }

  interface Closer<T> {
    default void close(T a, List<T> b) throws IOException {
      saw("closer", a, b);
    }
  }

  record PathCloser(int n) implements Closer<Path> {}

  abstract static class Cleaner<K, V> {
    public void clean(Map<K, List<V>> a) throws IOException {
      saw("cleaner", a);
    }
  }

  static class Middle<V> extends Cleaner<Path, V> {}

  static final class PathCleaner extends Middle<Duration> {
    @Override
    public boolean equals(Object other) {
      return other instanceof PathCleaner;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  static class Base {
    public int n;

    static void ofClass(int a) throws IOException {
      saw("inheritedStatic", a);
    }

    protected void inherited(int a) throws IOException {
      saw("inherited", getClass().getSimpleName(), n, a);
    }

    public void overridden() throws IOException {
      saw("never");
    }

    @Override
    public boolean equals(Object other) {
      return other != null && other.getClass() == getClass() && ((Base) other).n == n;
    }

    @Override
    public int hashCode() {
      return n;
    }
  }

  static final class Sub extends Base {
    @Override
    public void overridden() throws IOException {
      saw("overridden", n);
    }
  }

  enum Kind {
    PLAIN,
    BODY {
      @Override
      void run(int a) throws IOException {
        saw("bodyRun", this, a);
      }
    };

    void run(int a) throws IOException {
      saw("plainRun", this, a);
    }

    void common() throws IOException {
      saw("common" + ordinal(), this);
    }
  }

  private static final class Thing {
    Thing(String a, Set<Kind> b) throws IOException {
      saw("constructor", a, List.copyOf(b));
    }
  }

  static CompletableFuture<Void> future() {
    return new CompletableFuture<>();
  }

  static <F extends CompletionStage<String>> F stage() {
    return null;
  }

  static List<Future<?>> futures() {
    return List.of();
  }

  static Optional<CompletableFuture<?>[]> nestedFutures() {
    return Optional.empty();
  }

  // The table.

  private final List<String> refusals = new ArrayList<>();

  private void accepted() throws Exception {
    Path path = Path.of("/tmp/matrix dir");
    Rec rec = new Rec(path, List.of(1, 2));
    UUID id = new UUID(1, 2);
    Instant instant = Instant.parse("2026-02-03T04:05:06.789012345Z");
    two(Matrix::ofPublic, "a \"b\"\n\u00e4\ud83d\ude00", 7);
    one(Matrix::ofPrivate, Path.of("relative/x"));
    two(Matrix::<String>ofGeneric, "t", List.of("u", "v"));
    one((Action.Of1<String>) Matrix::overloaded, "text");
    one((Action.Of1<Path>) Matrix::overloaded, path);
    one((Action.Of1<Integer>) Matrix::overloaded, 8);
    one((Action.Of1<Long>) Matrix::overloaded, 9L);
    two((Action.Of2<String, Path[]>) Matrix::varargs, "array", new Path[] {path, null});
    Action.Of3<String, Path, Path> spread = Matrix::varargs;
    spread.call("spread", path, path);
    accept(() -> job.defer(spread, "spread", path, path));
    one((Action.Of1<String>) Matrix::varargs, "none");
    two(
        Matrix::nested,
        Map.of("k", List.of(Optional.of(path), Optional.empty())),
        List.of(Set.of(Map.entry(5L, id))));
    two(Matrix::wildcards, Map.of(path, "w"), List.of(rec));
    EnumMap<Kind, List<Kind>> kinds = new EnumMap<>(Map.of(Kind.BODY, List.of(Kind.BODY)));
    two(Matrix::enums, kinds, EnumSet.of(Kind.PLAIN, Kind.BODY));
    Action.Of4<String, Path, Rec, Integer> nulls = Matrix::nulls;
    nulls.call(null, null, null, null);
    accept(() -> job.defer(nulls, null, null, null, null));
    byte[] bytes = {-128, 0, 127};
    Wide wide =
        new Wide(
            true,
            (byte) -1,
            Short.MIN_VALUE,
            Integer.MIN_VALUE,
            Long.MAX_VALUE,
            '\ud800',
            Float.MIN_VALUE,
            -0.0,
            "",
            bytes,
            Map.of(Kind.BODY, instant),
            Optional.empty());
    one(
        Matrix::record,
        new Wide(
            false, (byte) 1, (short) 2, 3, 4, '"', Float.NaN, Double.NEGATIVE_INFINITY, null,
            null, Map.of(), Optional.of(wide)));
    two(Rec::run, rec, "unbound");
    one(rec::run, "bound");
    one(Rec::hidden, rec);
    one(Iface::ofInterface, instant);
    two(Rec::ofDefault, rec, id);
    one(rec::ofDefault, id);
    Action.Of3<PathCloser, Path, List<Path>> closer = PathCloser::close;
    closer.call(new PathCloser(1), path, List.of(path));
    accept(() -> job.defer(closer, new PathCloser(1), path, List.of(path)));
    two(PathCleaner::clean, new PathCleaner(), Map.of(path, List.of(Duration.ofSeconds(3))));
    Sub sub = new Sub();
    sub.n = 5;
    one((Action.Of1<Integer>) Sub::ofClass, 6);
    two(Sub::inherited, sub, 7);
    one(sub::inherited, 8);
    one(Base::overridden, sub);
    two(Kind::run, Kind.PLAIN, 1);
    two(Kind::run, Kind.BODY, 2);
    one(Kind.BODY::run, 3);
    one(Kind::common, Kind.PLAIN);
    one(Kind::common, Kind.BODY);
    two(Thing::new, "a", Set.of(Kind.BODY));
    byName(() -> ofPrivate(path), Matrix.class, "ofPrivate", path);
    byName(() -> overloaded(path), Matrix.class, "overloaded", path);
    byName(() -> varargs("a", path), Matrix.class, "varargs", "a", new Path[] {path});
    byName(() -> new Thing("n", Set.of()), Thing.class, "new", "n", Set.of());
    byName(() -> sub.inherited(9), Sub.class, "inherited", sub, 9);
    byName(() -> Iface.ofInterface(instant), Iface.class, "ofInterface", instant);
    byName(() -> rec.ofDefault(id), Rec.class, "ofDefault", rec, id);
    byName(() -> rec.run("n"), Rec.class, "run", rec, "n");
    byName(() -> Kind.BODY.run(4), Kind.class, "run", Kind.BODY, 4);
    byName(
        () -> new PathCloser(2).close(path, List.of(path)),
        PathCloser.class,
        "close",
        new PathCloser(2),
        path,
        List.of(path));
    captures(path, rec, id, instant);
  }

  private void captures(Path path, Rec rec, UUID id, Instant instant) throws Exception {
    boolean z = true;
    byte b = -7;
    short s = 300;
    int i = -70000;
    long l = 1L << 60;
    char c = '\u00df';
    float f = 1.1f;
    double d = 1e300;
    zero(() -> saw("lambdaPrimitives", z, b, s, i, l, c, f, d));
    Integer boxed = 5;
    Long boxedLong = 6L;
    Character boxedChar = 'x';
    zero(() -> saw("lambdaBoxed", boxed, boxedLong, boxedChar));
    String text = "a \u0000\u2028";
    String none = null;
    zero(() -> saw("lambdaText", text, none));
    Kind plain = Kind.PLAIN;
    Kind body = Kind.BODY;
    zero(() -> saw("lambdaRecordEnum", rec, plain, body));
    zero(rec.capturesThis("x"));
    List<String> list = Arrays.asList("a", null);
    Set<Integer> set = Set.of(1);
    Map<String, Boolean> map = Map.of("k", true);
    Optional<String> some = Optional.of("o");
    Optional<Path> empty = Optional.empty();
    zero(() -> saw("lambdaCollections", list, set, map, some, empty));
    URI uri = URI.create("http://example.org/a%20b?c");
    Duration duration = Duration.ofSeconds(-1, 5);
    zero(() -> saw("lambdaTimes", path, uri, instant, duration, id));
    byte[] bytes = {0, -1};
    int[] ints = {1, 2};
    Path[] paths = {path};
    LocalDate date = LocalDate.of(2026, 2, 28);
    BigDecimal decimal = new BigDecimal("1.50");
    zero(() -> saw("lambdaArrays", bytes, ints, paths, date, decimal));
    one((String call) -> saw("lambdaCallAndCapture", call, path), "call");
    Action.Of0 inner = inner(path);
    zero(inner);
    zero(Lambdas.OF_CLASS);
    zero(rec.lambda());
    enum Local {
      HERE
    }
    record Pair(Local local, int n) {}
    Pair pair = new Pair(Local.HERE, 1);
    zero(() -> saw("lambdaLocal", pair.n(), pair.local()));
  }

  private static Action.Of0 inner(Path path) {
    return ((java.util.function.Supplier<Action.Of0>) () -> () -> saw("lambdaInLambda", path))
        .get();
  }

  static final class Lambdas {
    static final Action.Of0 OF_CLASS = () -> saw("lambdaOfClass");
  }

  private void refused() {
    Path path = Path.of("/x");
    List<Path> paths = List.of(path);
    refuse("lambdaListOfPaths", () -> create(() -> saw("never", paths)));
    Optional<Path> optional = Optional.of(path);
    refuse("lambdaOptionalPath", () -> create(() -> saw("never", optional)));
    Map<String, Rec> recs = Map.of("k", new Rec(path, List.of()));
    refuse("lambdaMapOfRecords", () -> create(() -> saw("never", recs)));
    Box<Path> box = new Box<>(path);
    refuse("lambdaBox", () -> create(() -> saw("never", box)));
    Object object = path;
    refuse("lambdaObject", () -> create(() -> saw("never", object)));
    refuse("lambdaThisOfAnything", () -> create(() -> saw("never", this)));
    Iface any = new Rec(path, List.of());
    refuse("lambdaInterface", () -> create(() -> saw("never", any)));
    Iface anonymous = new Iface() {};
    refuse("anonymous", () -> DeferredFunction.create(anonymous::ofDefault, new UUID(1, 2)));
    refuse("generic", () -> DeferredFunction.create(Matrix::<Path>ofGeneric, path, paths));
    refuse("superOf", () -> DeferredFunction.create(Matrix::superOf, paths));
    refuse("bounded", () -> DeferredFunction.create(Matrix::<Integer>ofBounded, 7));
    refuse("nullReceiver", () -> DeferredFunction.create(Rec::run, (Rec) null, "a"));
    refuse("nullPrimitive", () -> DeferredFunction.create(Matrix::ofPublic, "a", (Integer) null));
    refuse("future", () -> create(Matrix::future));
    refuse("stage", () -> create(Matrix::stage));
    refuse("futures", () -> create(Matrix::futures));
    refuse("nestedFutures", () -> create(Matrix::nestedFutures));
    refuse(
        "byNameOverloads",
        () -> DeferredFunction.of(Matrix.class, "overloaded", (Object) null));
    refuse(
        "byNameVarargs", () -> DeferredFunction.of(Matrix.class, "varargs", "a", path, path));
  }

  private static DeferredFunction create(Action.Of0 function) {
    return DeferredFunction.create(function);
  }

  // How the table is worked off.

  private interface Attempt {
    Object make();
  }

  private void refuse(String name, Attempt attempt) {
    try {
      attempt.make();
      refusals.add(name + ": accepted");
    } catch (FunctionRefusedException e) {
      refusals.add(name + ": " + e.getMessage());
    }
  }

  private void accept(Attempt attempt) {
    try {
      attempt.make();
    } catch (FunctionRefusedException e) {
      refusals.add("wrongly: " + e.getMessage());
    }
  }

  private JobContext job;

  private void zero(Action.Of0 function) throws Exception {
    function.call();
    accept(() -> job.defer(function));
  }

  private <A> void one(Action.Of1<A> function, A a) throws Exception {
    function.call(a);
    accept(() -> job.defer(function, a));
  }

  private <A, B> void two(Action.Of2<A, B> function, A a, B b) throws Exception {
    function.call(a, b);
    accept(() -> job.defer(function, a, b));
  }

  private void byName(Action.Of0 direct, Class<?> type, String method, Object... arguments)
      throws Exception {
    direct.call();
    accept(() -> job.defer(DeferredFunction.of(type, method, arguments)));
  }

  @Override
  public void defer(JobContext job, Path refused, String tag) {
    this.job = job;
    try {
      accepted();
      refused();
      java.nio.file.Files.write(refused, refusals);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static void saw(String name, Object... values) throws IOException {
    String line = name + Arrays.stream(values).map(Matrix::text).toList();
    Ledger.append(Path.of(System.getProperty("matrix.ledger")), escaped(line));
  }

  private static String escaped(String line) {
    return line.chars()
        .mapToObj(c -> c > ' ' && c <= '~' ? Character.toString(c) : "\\" + Integer.toHexString(c))
        .collect(Collectors.joining());
  }

  /** With the class of each value, but for containers, which may change theirs. */
  private static String text(Object value) {
    if (value == null) {
      return "null";
    }
    if (value.getClass().isArray()) {
      List<String> elements = new ArrayList<>();
      for (int i = 0; i < java.lang.reflect.Array.getLength(value); i++) {
        elements.add(text(java.lang.reflect.Array.get(value, i)));
      }
      return value.getClass().getSimpleName() + elements;
    }
    if (value instanceof Collection<?> all) {
      return (value instanceof Set ? "Set" : "List") + all.stream().map(Matrix::text).toList();
    }
    if (value instanceof Map<?, ?> map) {
      return "Map" + map.entrySet().stream().map(Matrix::text).toList();
    }
    if (value instanceof Map.Entry<?, ?> entry) {
      return text(entry.getKey()) + "=" + text(entry.getValue());
    }
    if (value instanceof Optional<?> optional) {
      return "Optional:" + text(optional.orElse(null));
    }
    if (value instanceof Wide wide) {
      return "Wide:" + text(wide.bytes) + wide.c + wide.f + wide.d + wide.kinds + wide.l;
    }
    return value.getClass().getName() + ":" + value;
  }
}
