package dev.lastly.fleet.internal;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.StoreUnderTest;
import dev.lastly.model.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Owners of one node of a fleet, as if each were a process; the test is the node's kernel. */
final class OwnersOfAFleet implements StoreUnderTest {
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final String schema =
      "contract_" + ProcessHandle.current().pid() + "_" + NUMBERS.incrementAndGet();
  private final HikariDataSource pool = new HikariDataSource();
  private final AtomicLong passed = new AtomicLong();
  private final FleetMembers fleet;
  private final Kernel kernel = new Kernel();
  private final Map<Membership, Local> locals = new HashMap<>();

  OwnersOfAFleet(PostgresServer server) {
    pool.setDataSource(server.dataSource());
    pool.setMaximumPoolSize(8);
    Config config =
        new Config(
            schema,
            new Config.Terms(Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMinutes(5)),
            new Config.Machine("machine", null),
            Duration.ofSeconds(10),
            "local",
            true,
            why -> {});
    fleet = FleetMembers.open(pool, schema, config, passed::get, Uptime.ofThisMachine());
  }

  /** A statement, or a part of one, in which the schema is called {@code @}. */
  String in(String sql) {
    return sql.replace("@", schema);
  }

  @Override
  public Membership join(UnaryOperator<Settings.Builder> settings) {
    Local local = new Local(kernel);
    Membership joined =
        fleet.join(new Opening(), local, settings.apply(Settings.builder()).build());
    locals.put(joined, local);
    return joined;
  }

  @Override
  public void kill(Membership owner) {
    kernel.end(Objects.requireNonNull(locals.get(owner)));
  }

  @Override
  public void pass(Duration time) {
    passed.addAndGet(time.toNanos());
  }

  @Override
  public boolean seesEveryChange() {
    return false;
  }

  @Override
  public void close() {
    pool.close();
  }

  /** Knows who lives, as the locks of a node's kernel do. */
  private static final class Kernel {
    private final AtomicLong numbers = new AtomicLong();
    private final Set<Long> open = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> roles = new ConcurrentHashMap<>();

    void end(Local local) {
      open.remove(local.number());
      roles.values().remove(local.number());
    }
  }

  private record Local(Kernel kernel, long number) implements LocalOwner {
    Local(Kernel kernel) {
      this(kernel, kernel.numbers.incrementAndGet());
      kernel.open.add(number);
    }

    @Override
    public long pid() {
      return 1_000 + number;
    }

    @Override
    public String host() {
      return "node.example";
    }

    @Override
    public String bootId() {
      return "boot";
    }

    @Override
    public String storeId() {
      return "store";
    }

    @Override
    public Set<Long> open() {
      return openAsKnown();
    }

    @Override
    public Set<Long> openAsKnown() {
      return new HashSet<>(kernel.open);
    }

    @Override
    public boolean take(String role) {
      Long held = kernel.roles.putIfAbsent(role, number);
      return held == null || held == number;
    }

    @Override
    public void giveBack(String role) {
      kernel.roles.remove(role, number);
    }

    @Override
    public void leave(String reason) {
      kernel.end(this);
    }
  }
}
