package dev.lastly.bench.jmh;

import dev.lastly.DeferredFunction;
import dev.lastly.bench.tool.Call;
import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.Settings;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Encodes a method reference with an argument as text, and decodes it into a call. */
@State(Scope.Benchmark)
public class CodecBenchmark {
  private Codec codec;
  private EncodedCall call;

  @Setup
  public void prepare() {
    Action.Of1<String> function = Call::nothing;
    codec = Codec.create(Settings.defaults());
    call = Codec.encode(function, List.of(Call.ARGUMENT));
  }

  /** Capture and encode: what {@code defer} does before it writes. */
  @Benchmark
  public DeferredFunction captureAndEncode() {
    return DeferredFunction.create(Call::nothing, Call.ARGUMENT);
  }

  /** Resolve and decode: what a row costs before it is called. */
  @Benchmark
  public Codec.Invocation resolveAndDecode() {
    return codec.resolve(call.function(), call.classDigest(), call.name()).bind(call.arguments());
  }
}
